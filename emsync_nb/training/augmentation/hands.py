"""What two hands can hold of music for many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

#: notes that sound together under two hands; how far the fingers reach is not asked
FINGERS = 10


def most_sounding(onset: IntArray, end: IntArray) -> int:
    """How many notes sound at once at most; one that ends where another begins does not meet it."""
    step = np.concatenate([onset, end])
    change = np.repeat([1, -1], len(onset))
    return int(np.cumsum(change[np.lexsort((change, step))]).max(initial=0))


def within_hands(rows: IntArray) -> IntArray:
    """(n, 5) rows of onset, duration, pitch, velocity, part, thinned so that at most FINGERS sound at once.

    Where there are more, the lowest and the highest stay, then new notes that double no other, then held ones,
    then new doublings, the loud before the soft. Of the others, held notes end there and new ones are left out.
    """
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    onset, end, pitch, velocity = rows[:, 0], rows[:, 0] + rows[:, 1], rows[:, 2], rows[:, 3]
    if most_sounding(onset, end) <= FINGERS:
        return rows
    steps, first = np.unique(onset, return_index=True)
    kept, held = np.ones(len(rows), dtype=bool), np.empty(0, dtype=np.int64)
    for step, new in zip(steps, np.split(np.arange(len(rows)), first[1:]), strict=True):
        held = held[end[held] > step]
        sounding = np.concatenate([held, new])
        order = _by_importance(pitch[sounding], velocity[sounding], np.arange(len(sounding)) < len(held))
        held, released = sounding[order[:FINGERS]], sounding[order[FINGERS:]]
        kept[released[onset[released] == step]] = False
        end[released] = np.minimum(end[released], step)
    rows[:, 1] = end - onset
    return rows[kept]


def _by_importance(pitch: IntArray, velocity: IntArray, is_held: NDArray[np.bool_]) -> IntArray:
    """(n,) indices of sounding notes, the most important first."""
    rising = np.argsort(pitch, kind="stable")
    _, first_of_class = np.unique(pitch[rising] % 12, return_index=True)
    doubles = np.ones(len(pitch), dtype=bool)
    doubles[rising[first_of_class]] = False
    rank = np.where(is_held, 2, np.where(doubles, 3, 1))
    rank[[int(pitch.argmin()), int(pitch.argmax())]] = 0
    return np.lexsort((-velocity, rank))
