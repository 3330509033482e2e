"""Which sightings of faces are one face that goes on: tracks within a shot."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import Boundary
from emsync_nb.domain.curve import FloatArray

#: a face that was not seen for longer than this is another one, in seconds
_LOST_S = 1.1
#: a box goes on where it overlaps this much of the union, or where its middle moved less than this many widths
_OVERLAP, _MOVED = 0.25, 0.7
#: and where it has grown or shrunk by no more than this
_GROWN = 2.0


def shots_of(times_s: FloatArray, boundaries: Sequence[Boundary]) -> NDArray[np.intp]:
    """(n,) number of the shot, from 0, that each time lies in."""
    return np.searchsorted([float(boundary.time_s) for boundary in boundaries], times_s + 1e-9, side="right")


def tracks_of(times_s: FloatArray, shots: NDArray[np.intp], boxes: FloatArray) -> NDArray[np.intp]:
    """Number of the track, from 0, that each sighting belongs to.

    Each sighting goes to the track of its shot, not lost yet, whose last box is most like it; the likest pairs first.

    Args:
        times_s: (n,) seconds, not falling; sightings of one picture share a time.
        shots: (n,) number of the shot.
        boxes: (n, 4) left, top, width, height, in one unit for both axes.
    """
    tracks = np.full(times_s.size, -1, dtype=np.intp)
    last: dict[int, int] = {}
    count = 0
    for first, end in _pictures(times_s):
        live = {
            track: index
            for track, index in last.items()
            if shots[index] == shots[first] and times_s[first] - times_s[index] <= _LOST_S
        }
        for track, index in _pairs(live, boxes, range(first, end)):
            tracks[index] = track
        for index in range(first, end):
            if tracks[index] < 0:
                tracks[index], count = count, count + 1
        last = live | {int(tracks[index]): index for index in range(first, end)}
    return tracks


def _pictures(times_s: FloatArray) -> list[tuple[int, int]]:
    """First and end of each run of equal times."""
    if not times_s.size:
        return []
    edges = [0, *(np.flatnonzero(np.diff(times_s)) + 1).tolist(), times_s.size]
    return list(pairwise(edges))


def _pairs(live: dict[int, int], boxes: FloatArray, arrived: range) -> list[tuple[int, int]]:
    """(track, sighting) that go together, each at most once."""
    likeness = sorted(
        (-_likeness(boxes[old], boxes[new]), track, new)
        for track, old in live.items()
        for new in arrived
        if _likeness(boxes[old], boxes[new]) > 0
    )
    pairs: dict[int, int] = {}
    for _, track, new in likeness:
        if track not in pairs and new not in pairs.values():
            pairs[track] = new
    return list(pairs.items())


def _likeness(one: FloatArray, other: FloatArray) -> float:
    """How like two boxes are, above 0 and at most 1; 0 where they cannot be one face."""
    larger, smaller = max(one[2], other[2]), min(one[2], other[2])
    if larger > _GROWN * smaller:
        return 0.0
    shared = np.minimum(one[:2] + one[2:], other[:2] + other[2:]) - np.maximum(one[:2], other[:2])
    common = float(np.prod(np.maximum(shared, 0)))
    overlap = common / float(np.prod(one[2:]) + np.prod(other[2:]) - common)
    moved = float(np.hypot(*(one[:2] + one[2:] / 2 - other[:2] - other[2:] / 2))) / larger
    if overlap < _OVERLAP and moved > _MOVED:
        return 0.0
    return max(overlap, 1e-3)
