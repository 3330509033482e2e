"""Where scenes give way to the next, and which of these places the music meets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emsync_nb.domain import Boundary, Hit
from emsync_nb.figures.style import FAINT, HAIRLINE, INK, PAPER, SMALL, dress, dress_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHAPES = {"cut": "o", "fade": "D", "dissolve": "s"}


def plot_boundaries(ax: Axes, boundaries: Sequence[Boundary], hits: Sequence[Hit], duration_s: float) -> Axes:
    """Boundaries over time in seconds, as high as they are strong; those that are hits are filled."""
    met = {hit.boundary.time_s for hit in hits}
    for boundary in boundaries:
        time_s, strength = float(boundary.time_s), boundary.strength
        is_hit = boundary.time_s in met
        colour = INK if is_hit else FAINT
        ax.vlines(time_s, 0, strength, color=colour, linewidth=1.4 if is_hit else 0.8)
        ax.plot(
            time_s,
            strength,
            _SHAPES[boundary.kind],
            color=colour,
            markerfacecolor=colour if is_hit else PAPER,
            markersize=5,
            clip_on=False,
        )
    _explain(ax)
    dress(ax, "cuts")
    dress_time(ax, duration_s)
    ax.set(ylim=(0, 1.1), yticks=[0, 1])
    ax.grid(axis="y", color=HAIRLINE, linewidth=0.5)
    return ax


def _explain(ax: Axes) -> None:
    """A line of words for the shapes, above the panel."""
    for label, shape, face in (
        ("hit", "o", INK),
        ("cut", "o", PAPER),
        ("fade", "D", PAPER),
        ("dissolve", "s", PAPER),
    ):
        ax.plot([], [], shape, color=INK, markerfacecolor=face, markersize=4, label=label)
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 0.98),
        ncols=4,
        frameon=False,
        fontsize=SMALL,
        labelcolor=FAINT,
        handletextpad=0.1,
        columnspacing=1.0,
    )
