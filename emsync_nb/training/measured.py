"""What the bars of a piece are like: keys, and how each part plays, measured over the bars around each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable, key_fit
from emsync_nb.generation.tokens import NO_KEY

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

#: bars on each side of a bar that count for its key and its parts
CONTEXT_BARS = 4
#: correlation with the best key from which on it is heard
KEY_HEARD = 0.6
#: bars over which the emotion that a bar leads to is heard: labels look back, so it shows in those that follow
EMOTION_AHEAD = 4


def around(counts: FloatArray) -> FloatArray:
    """(bars, …) sums over each bar and the CONTEXT_BARS before and after it."""
    running = np.concatenate([np.zeros((1, *counts.shape[1:])), np.cumsum(counts, axis=0)])
    bars = np.arange(len(counts))
    return np.asarray(
        running[np.minimum(len(counts), bars + CONTEXT_BARS + 1)]
        - running[np.maximum(0, bars - CONTEXT_BARS)]
    )


def keys(table: MusicTable) -> IntArray:
    """(bars,) tonic of a major key, 12 + tonic of a minor key, NO_KEY where none would be heard."""
    pitched = table.part != DRUMS
    place = table.bar_of()[pitched] * 12 + table.pitch[pitched] % 12
    beats = np.bincount(place, weights=table.duration[pitched] / GRID, minlength=12 * table.bars)
    fits = np.stack(
        [np.concatenate(key_fit(weights)) for weights in around(beats.reshape(-1, 12).astype(np.float64))]
    )
    return np.where(fits.max(axis=1) > KEY_HEARD, fits.argmax(axis=1), NO_KEY)


def playing(table: MusicTable) -> FloatArray:
    """(bars, len(PARTS), 4) notes a beat, mean pitch, notes at once, mean velocity of each part; nan where silent."""
    cell = table.bar_of() * len(PARTS) + table.part

    def total(weights: NDArray[np.generic] | None) -> FloatArray:
        counts = np.bincount(cell, weights=weights, minlength=table.bars * len(PARTS))
        return around(counts.reshape(table.bars, len(PARTS)).astype(np.float64))

    first = np.zeros(len(cell))
    first[np.unique(table.onset * len(PARTS) + table.part, return_index=True)[1]] = 1
    notes, beats = total(None), around(np.diff(table.bar_start) / GRID)[:, None]
    known = np.where(notes > 0, notes, np.nan)
    onsets = np.where(notes > 0, total(first), np.nan)
    return np.stack(
        [known / beats, total(table.pitch) / known, known / onsets, total(table.velocity) / known], axis=2
    )


def emotion_ahead(labels: FloatArray) -> FloatArray:
    """(bars, 2) mean of the labels of each bar and the EMOTION_AHEAD after it."""
    running = np.concatenate([np.zeros((1, 2)), np.cumsum(labels, axis=0)])
    first = np.arange(len(labels))
    last = np.minimum(len(labels), first + EMOTION_AHEAD + 1)
    return np.asarray((running[last] - running[first]) / (last - first)[:, None])
