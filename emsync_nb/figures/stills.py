"""A film as a strip of pictures on a time axis, so that a plot below it can be read with the film in mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import Boundary
from emsync_nb.figures.style import dress_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: no picture stands for less than this share of the film: what is narrower cannot be seen
_NARROWEST = 1 / 36
#: a shot of more than this share of the film has several pictures
_WIDEST = 1 / 7.5
#: inches between two pictures
_GAP_IN = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One picture, and the stretch of the film that it stands for, in seconds."""

    start_s: float
    end_s: float
    #: (height, width, 3) uint8, RGB
    rgb: NDArray[np.uint8]


def still_spans(boundaries: Sequence[Boundary], duration_s: float) -> list[tuple[float, float]]:
    """Stretches of a film that one picture each may stand for: a shot, a part of a long one, or a few short ones.

    At most 44 of them, whatever the film's length and cutting.
    """
    edges = [0.0]
    least_s = _NARROWEST * duration_s
    for time_s in (float(boundary.time_s) for boundary in boundaries):
        if time_s - edges[-1] >= least_s and duration_s - time_s >= least_s:
            edges.append(time_s)
    edges.append(duration_s)
    spans = []
    for start_s, end_s in pairwise(edges):
        parts = max(1, round((end_s - start_s) / (_WIDEST * duration_s)))
        inner = np.linspace(start_s, end_s, parts + 1).tolist()
        spans += list(pairwise(inner))
    return spans


def plot_stills(ax: Axes, stills: Sequence[Still], duration_s: float) -> Axes:
    """Pictures over time in seconds, each in the middle of its stretch, its sides cut off where that is narrow."""
    width_in, height_in = _size_in(ax)
    for still in stills:
        room_in = (still.end_s - still.start_s) / duration_s * width_in - _GAP_IN
        rgb = _cropped(still.rgb, room_in / height_in)
        half_s = rgb.shape[1] / rgb.shape[0] * height_in / width_in * duration_s / 2
        middle_s = (still.start_s + still.end_s) / 2
        ax.imshow(rgb, extent=(middle_s - half_s, middle_s + half_s, 0, 1), aspect="auto", zorder=3)
    for side in ax.spines.values():
        side.set_visible(False)
    dress_time(ax, duration_s)
    ax.set(ylim=(0, 1), yticks=[])
    ax.tick_params(length=0)
    return ax


def _size_in(ax: Axes) -> tuple[float, float]:
    """Width and height of axes, in inches."""
    figure = ax.get_figure(root=True)
    if figure is None:  # axes that were taken off their figure
        return 1.0, 1.0
    place, size = ax.get_position(), figure.get_size_inches()
    return float(place.width * size[0]), float(place.height * size[1])


def _cropped(rgb: NDArray[np.uint8], shape: float) -> NDArray[np.uint8]:
    """The middle of a picture, no wider than `shape` times its height."""
    width = rgb.shape[1]
    keep = min(width, max(1, round(shape * rgb.shape[0])))
    left = (width - keep) // 2
    return rgb[:, left : left + keep]
