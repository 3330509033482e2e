"""How well the composer does what it is asked, on one sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emsync_nb.extras import require
from emsync_nb.figures.style import (
    AROUSAL,
    FAINT,
    HAIRLINE,
    INK,
    PAPER,
    SMALL,
    TEXT,
    TRACK_COLOURS,
    VALENCE,
    dress,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]
#: inches
_SIZE = (13.0, 7.5)
_DPI = 150


def generator_picture(
    *,
    title: str,
    points: FloatArray,
    guidance: Sequence[Mapping[str, float]],
    turns: Mapping[str, Sequence[float]],
    anticipation: Mapping[str, Mapping[str, float]],
    shared_runs: Sequence[int],
    statistics: Mapping[str, Mapping[str, float]],
) -> Figure:
    """One sheet; panels of what was not measured stay empty.

    Args:
        title: stands above all.
        points: (pieces, 4) valence and arousal asked, valence and arousal labelled.
        guidance: slopes of the labels at each strength of guidance.
        turns: for valence and arousal, how far the label of each piece went the way that was asked at half time.
        anticipation: effect of boundary offsets on loudness, density and cadence, in deviations, with its interval.
        shared_runs: notes of the longest run that each piece shares with the training music, figures left out.
        statistics: distance to human music of composed and of Markov music.
    """
    figure: Figure = require("matplotlib.figure").Figure(figsize=_SIZE, dpi=_DPI, facecolor=PAPER)
    grid = figure.add_gridspec(2, 3, left=0.07, right=0.98, top=0.88, bottom=0.09, wspace=0.3, hspace=0.42)
    panels = [figure.add_subplot(grid[row, column]) for row in range(2) for column in range(3)]
    _asked(panels[0], points)
    _slopes(panels[1], guidance)
    _turned(panels[2], turns)
    _effects(panels[3], anticipation)
    _runs(panels[4], shared_runs)
    _distances(panels[5], statistics)
    figure.text(0.03, 0.94, title, color=INK, fontsize=TEXT + 3, fontweight="bold", parse_math=False)
    return figure


def _asked(ax: Axes, points: FloatArray) -> None:
    """Asked against labelled, each level of the grid a little spread."""
    dress(ax, "labelled")
    ax.plot([-1, 1], [-1, 1], color=HAIRLINE, linewidth=1)
    for axis, colour, name, shift in ((1, AROUSAL, "arousal", 0.03), (0, VALENCE, "valence", -0.03)):
        if len(points):
            asked, found = points[:, axis] + shift, points[:, 2 + axis]
            ax.scatter(asked, found, s=9, color=colour, alpha=0.5, linewidths=0, label=name)
    ax.set_xlim(-1.05, 1.05)
    ax.set_ylim(-1.05, 1.05)
    ax.set_xlabel("asked", color=INK, fontsize=SMALL)
    _legend(ax)


def _slopes(ax: Axes, guidance: Sequence[Mapping[str, float]]) -> None:
    dress(ax, "change of label for change asked")
    for name, colour in (("arousal", AROUSAL), ("valence", VALENCE)):
        strengths = [point["guidance"] for point in guidance]
        ax.plot(strengths, [p[f"{name}_slope"] for p in guidance], color=colour, marker="o", label=name)
    ax.set_xlabel("strength of guidance", color=INK, fontsize=SMALL)
    _legend(ax)


def _turned(ax: Axes, turns: Mapping[str, Sequence[float]]) -> None:
    dress(ax, "pieces")
    edges = np.linspace(-1.5, 1.5, 31).tolist()
    for name, colour in (("arousal", AROUSAL), ("valence", VALENCE)):
        ax.hist(np.asarray(turns.get(name, ())), edges, color=colour, alpha=0.6, label=name)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_xlabel("label moves as asked at half time", color=INK, fontsize=SMALL)
    _legend(ax)


def _effects(ax: Axes, anticipation: Mapping[str, Mapping[str, float]]) -> None:
    """Effects with their intervals, brought to deviations by the ratio of difference and effect."""
    dress(ax, "")
    for place, (_name, effect) in enumerate(anticipation.items()):
        scale = effect["effect_sd"] / effect["mean_difference"] if effect["mean_difference"] else 0.0
        ax.plot([effect["low"] * scale, effect["high"] * scale], [place, place], color=INK, linewidth=1)
        ax.plot(effect["effect_sd"], place, "o", color=TRACK_COLOURS[2])
    ax.axvline(0, color=HAIRLINE, linewidth=1)
    ax.axvline(0.3, color=FAINT, linewidth=0.8, linestyle=":")
    ax.set_yticks(range(len(anticipation)), list(anticipation))
    ax.set_xlabel("before a hit, told against untold, in deviations", color=INK, fontsize=SMALL)


def _runs(ax: Axes, shared: Sequence[int]) -> None:
    dress(ax, "pieces")
    ax.hist(np.asarray(shared), list(range(max([18, *shared]) + 2)), color=TRACK_COLOURS[3])
    ax.axvline(16, color=INK, linewidth=0.8)
    ax.set_xlabel("longest run of notes shared with the training music", color=INK, fontsize=SMALL)


def _distances(ax: Axes, statistics: Mapping[str, Mapping[str, float]]) -> None:
    dress(ax, "")
    places = np.arange(len(statistics))
    for shift, (name, colour) in zip(
        (-0.2, 0.2), (("composed", TRACK_COLOURS[0]), ("markov", FAINT)), strict=True
    ):
        ax.barh(
            places + shift, [found[name] for found in statistics.values()], 0.38, color=colour, label=name
        )
    ax.set_yticks(places, [name.replace("_", "\n") for name in statistics])
    ax.set_xlabel("distance to human music, in deviations", color=INK, fontsize=SMALL)
    _legend(ax)


def _legend(ax: Axes) -> None:
    if ax.get_legend_handles_labels()[0]:
        ax.legend(fontsize=SMALL, frameon=False, labelcolor=INK)
