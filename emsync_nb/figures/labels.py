"""The emotion of a score, bar by bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from emsync_nb.extras import require
from emsync_nb.figures.style import AROUSAL, FAINT, HAIRLINE, INK, PAPER, SMALL, VALENCE, dress

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: inches
_SIZE = (10.0, 3.2)
_DPI = 150


def plot_labels(ax: Axes, labels: Sequence[tuple[float, float]]) -> Axes:
    """(valence, arousal) of each bar in [-1, 1], as steps over the numbers of the bars, from 1."""
    edges = np.arange(len(labels) + 1) + 0.5
    for name, axis, colour in (("valence", 0, VALENCE), ("arousal", 1, AROUSAL)):
        values = [label[axis] for label in labels]
        ax.stairs(values, edges, baseline=None, color=colour, linewidth=1.6, label=name)
    ax.axhline(0, color=HAIRLINE, linewidth=0.8, zorder=0)
    dress(ax, "emotion")
    ax.set(xlim=(0.5, len(labels) + 0.5), ylim=(-1.05, 1.05), yticks=(-1, 0, 1))
    ax.set_yticklabels(["dark, calm", "0", "bright, excited"])
    ax.locator_params(axis="x", integer=True, nbins=12)
    ax.set_xlabel("bar", color=FAINT, fontsize=SMALL)
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=2,
        frameon=False,
        fontsize=SMALL,
        labelcolor="linecolor",
        handlelength=1.2,
    )
    return ax


def label_picture(labels: Sequence[tuple[float, float]], *, title: str = "Emotion by bar") -> Figure:
    """One sheet with the emotion of a score."""
    figure: Figure = require("matplotlib.figure").Figure(figsize=_SIZE, dpi=_DPI, facecolor=PAPER)
    ax = figure.add_axes((0.11, 0.17, 0.87, 0.68))
    plot_labels(ax, labels)
    figure.text(0.11, 0.92, title, color=INK, fontweight="bold", parse_math=False)
    return figure
