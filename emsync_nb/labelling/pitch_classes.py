"""What a set of pitch classes is: one look-up for each of the 4,096 sets, bit k standing for pitch class k."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import key_fit

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: roughness of interval classes 1 … 6, from Huron (1994), table of consonance, sign turned and scaled to 0 … 1
ROUGHNESS = np.array([1.0, 0.77, 0.28, 0.23, 0.0, 0.52])
#: semitones above the root
CHORDS = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "diminished": (0, 3, 6),
    "dominant": (0, 4, 10),
    "suspended": (0, 5, 7),
}
_DIATONIC = np.array([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1], dtype=np.float64)
#: how sharply a better correlation is believed
_BELIEF = 8.0


def _bits() -> IntArray:
    """(4096, 12) ones where the set holds the pitch class."""
    return np.asarray((np.arange(4096)[:, None] >> np.arange(12)) & 1, dtype=np.int64)


@cache
def set_sizes() -> IntArray:
    """(4096,) how many pitch classes are in each set."""
    return np.asarray(_bits().sum(axis=1), dtype=np.int64)


@cache
def set_roughness() -> FloatArray:
    """(4096,) mean roughness of the pairs in each set; zero where there is none."""
    pairs = interval_counts(_bits().astype(np.float64))
    return np.asarray(pairs @ ROUGHNESS / np.maximum(pairs.sum(axis=1), 1.0))


@cache
def sets_with(chord: str) -> FloatArray:
    """(4096,) one where the set holds the chord on any root."""
    sets, found = np.arange(4096), np.zeros(4096, dtype=bool)
    for root in range(12):
        wanted = sum(1 << ((root + step) % 12) for step in CHORDS[chord])
        found |= (sets & wanted) == wanted
    return found.astype(np.float64)


def interval_counts(weights: FloatArray) -> FloatArray:
    """(n, 6) weight of the pairs of interval classes 1 … 6 in (n, 12) weights; a tritone counts once."""
    counts = np.stack(
        [(weights * np.roll(weights, step, axis=1)).sum(axis=1) for step in range(1, 7)], axis=1
    )
    counts[:, 5] /= 2
    return counts


@cache
def _keys() -> FloatArray:
    """(12, 24) correlation of each pitch class alone, unscaled, with the major and then the minor keys."""
    alone = [np.concatenate(key_fit(one)) for one in np.eye(12)]
    return np.asarray(np.stack(alone) * np.sqrt(11 / 12))


def tonality(weights: FloatArray) -> dict[str, FloatArray]:
    """Key features, (n,) each, of (n, 12) weights of pitch classes; see the catalogue."""
    share = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    centred = share - share.mean(axis=1, keepdims=True)
    fit = centred @ _keys() / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    best = fit.max(axis=1, keepdims=True)
    belief = np.exp(_BELIEF * (fit - best))
    # two keys may fit equally but for rounding: the first is taken
    tonic = (fit > best - 1e-9).argmax(axis=1) % 12
    degrees = np.take_along_axis(share, (tonic[:, None] + np.arange(12)) % 12, axis=1)
    scales = np.stack([np.roll(_DIATONIC, step) for step in range(12)], axis=1)
    intervals = interval_counts(share)
    intervals /= np.maximum(intervals.sum(axis=1, keepdims=True), 1e-9)
    return {
        "key_clarity": best[:, 0],
        "mode": belief[:, :12].sum(axis=1) / belief.sum(axis=1),
        "leading_tone": degrees[:, 11] - degrees[:, 10],
        "diatonic": (share @ scales).max(axis=1),
        "semitones": intervals[:, 0],
        "tritones": intervals[:, 5],
    }
