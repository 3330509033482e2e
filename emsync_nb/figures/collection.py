"""A collection of music at a glance: who plays, in which keys, how fast, how dense, how it feels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emsync_nb.extras import require
from emsync_nb.figures.style import FAINT, HAIRLINE, INK, PAPER, SMALL, TEXT, TRACK_COLOURS, dress

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]
#: inches
_SIZE = (13.0, 7.5)
_DPI = 150
#: bars shown of a long list
_ROWS = 24


def collection_picture(
    *,
    title: str,
    hours: Mapping[str, float],
    instruments: Mapping[str, int],
    keys: Mapping[str, int],
    tempi: FloatArray,
    densities: FloatArray,
    labels: FloatArray,
) -> Figure:
    """One sheet.

    Args:
        title: stands above all.
        hours: of music, by collection.
        instruments: notes by part.
        keys: pieces by key.
        tempi: (bars,) quarters a minute.
        densities: (bars,) notes a second.
        labels: (bars, 2) valence and arousal.
    """
    figure: Figure = require("matplotlib.figure").Figure(figsize=_SIZE, dpi=_DPI, facecolor=PAPER)
    grid = figure.add_gridspec(2, 3, left=0.14, right=0.98, top=0.88, bottom=0.08, wspace=0.42, hspace=0.38)
    panels = [figure.add_subplot(grid[row, column]) for row in range(2) for column in range(3)]
    _bars(panels[0], hours, "hours of music")
    _bars(panels[1], instruments, "notes by part")
    _bars(panels[2], keys, "pieces by key")
    _histogram(panels[3], tempi, np.arange(20.0, 245.0, 5.0), "quarters a minute", TRACK_COLOURS[1])
    _histogram(panels[4], densities, np.linspace(0, 40, 41), "notes a second", TRACK_COLOURS[2])
    _plane(panels[5], labels)
    figure.text(0.03, 0.94, title, color=INK, fontsize=TEXT + 3, fontweight="bold", parse_math=False)
    return figure


def _bars(ax: Axes, counts: Mapping[str, float], label: str) -> None:
    names = list(counts)[:_ROWS]
    ax.barh(range(len(names)), [counts[name] for name in names], color=TRACK_COLOURS[0], height=0.72)
    dress(ax, "")
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.tick_params(axis="y", labelsize=5.5 if len(names) > 12 else SMALL, labelcolor=INK)
    ax.set_title(label, loc="left", fontsize=TEXT, color=INK)
    ax.locator_params(axis="x", nbins=4)
    if max(counts.values(), default=0) >= 10_000:
        ax.xaxis.set_major_formatter(require("matplotlib.ticker").EngFormatter(sep=""))


def _histogram(ax: Axes, values: FloatArray, edges: FloatArray, label: str, colour: str) -> None:
    """Bars of music; what lies beyond the last edge counts with it."""
    ax.hist(np.clip(values, edges[0], edges[-1] - 1e-9), bins=edges.tolist(), color=colour)
    dress(ax, "")
    ax.set_yticks([])
    ax.set_title(
        f"bars by {label} ({edges[-1]:.0f} and more in the last)", loc="left", fontsize=TEXT, color=INK
    )


def _plane(ax: Axes, labels: FloatArray) -> None:
    """Where on the plane of valence and arousal the bars lie; counts on a logarithmic scale."""
    edges = np.linspace(-1, 1, 41)
    ax.hist2d(labels[:, 0], labels[:, 1], bins=(edges, edges), cmap="Blues", norm="log")
    ax.axhline(0, color=HAIRLINE, linewidth=0.8)
    ax.axvline(0, color=HAIRLINE, linewidth=0.8)
    dress(ax, "arousal")
    ax.set(xlim=(-1, 1), ylim=(-1, 1), xticks=(-1, 0, 1), yticks=(-1, 0, 1), aspect="equal")
    ax.set_xlabel("valence", color=FAINT, fontsize=SMALL)
    ax.set_title("bars by emotion (darker: more, logarithmic)", loc="left", fontsize=TEXT, color=INK)
