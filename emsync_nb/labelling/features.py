"""What a listener hears in each bar, as numbers.

Each feature has a known tie to perceived emotion; see Gabrielsson & Lindström, "The role of structure in the
musical expression of emotions" (2010), and Livingstone et al., "Changing musical emotion" (CMJ 34:1, 2010).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, MusicTable, key_fit

FloatArray = NDArray[np.float64]

#: bars on each side that count with a bar
WINDOW = 2
NAMES = (
    "tempo",  # log2 of beats a minute: fast = aroused
    "onset_rate",  # log of distinct onsets a second: dense = aroused
    "note_rate",  # log of notes a second
    "velocity",  # mean: loud = aroused
    "velocity_top",  # 90th percentile
    "register",  # mean pitch weighted by duration
    "register_top",  # 90th percentile of pitch
    "register_low",  # 10th percentile of pitch
    "major_fit",  # Krumhansl–Kessler correlation of the best major key: positive valence
    "minor_fit",  # of the best minor key
    "mode",  # their difference
    "key_clarity",  # best of both: clear = pleasant
    "entropy",  # of pitch classes, bits: uncertain = unpleasant
    "dissonance",  # roughness of the pitch-class set (Hutchinson & Knopoff's ordering of intervals)
    "tritones",  # share of tritones among pitch-class pairs
    "note_length",  # log of mean duration in seconds: long = calm
    "legato",  # duration against the distance to the next onset
    "polyphony",  # mean number of sounding pitches
    "drums",  # drum onsets a second
)

#: roughness of interval classes 0 … 6, from Huron (1994), table of consonance, sign turned and scaled to 0 … 1
_ROUGHNESS = np.array([0.0, 1.0, 0.77, 0.28, 0.23, 0.0, 0.52])


def pitch_class_weights(table: MusicTable, first: int, last: int) -> FloatArray:
    """(12,) sounding beats of each pitch class among pitched notes `first` … `last` − 1 of the table."""
    pitched = table.part[first:last] != DRUMS
    classes = table.pitch[first:last][pitched] % 12
    beats = table.duration[first:last][pitched] / GRID
    return np.asarray(np.bincount(classes, weights=beats, minlength=12), dtype=np.float64)


def _interval_shares(weights: FloatArray) -> FloatArray:
    """(7,) share of each interval class 0 … 6 among pairs of pitch classes, weighted by duration."""
    share = weights / max(1e-9, weights.sum())
    counts = np.zeros(7)
    for interval in range(7):
        counts[interval] = float(share @ np.roll(share, interval))
    counts[0] = 0.0
    return np.asarray(counts / max(1e-9, counts.sum()))


def _entropy(weights: FloatArray) -> float:
    share = weights[weights > 0] / max(1e-9, weights.sum())
    return float(-(share * np.log2(share)).sum())


def _tonal(weights: FloatArray) -> list[float]:
    major, minor = (float(fit.max()) for fit in key_fit(weights))
    shares = _interval_shares(weights)
    clarity = max(major, minor)
    return [
        major,
        minor,
        major - minor,
        clarity,
        _entropy(weights),
        float(shares @ _ROUGHNESS),
        float(shares[6]),
    ]


def _window(table: MusicTable, first_bar: int, last_bar: int, bounds: NDArray[np.int64]) -> list[float]:
    """The features of bars `first_bar` … `last_bar` − 1 taken together, in the order of NAMES."""
    first, last = int(bounds[first_bar]), int(bounds[last_bar])
    seconds = max(1e-3, float(table.bar_seconds[first_bar:last_bar].sum()))
    beats = max(1e-3, float(table.bar_start[last_bar] - table.bar_start[first_bar]) / GRID)
    bpm = float(np.mean(table.bar_bpm[first_bar:last_bar]))
    is_drum = table.part[first:last] == DRUMS
    pitch, velocity = table.pitch[first:last][~is_drum], table.velocity[first:last]
    duration = table.duration[first:last][~is_drum] / GRID
    onsets = np.unique(table.onset[first:last][~is_drum])
    drums = float(is_drum.sum()) / seconds
    if not len(pitch):
        level = float(velocity.mean()) if len(velocity) else 0.0
        silent = [60.0, 60.0, 60.0, *_tonal(np.zeros(12)), 0.0, 0.0, 0.0]
        return [
            float(np.log2(bpm)),
            float(np.log1p(drums)),
            float(np.log1p(drums)),
            level,
            level,
            *silent,
            drums,
        ]
    gap = np.diff(onsets).mean() / GRID if len(onsets) > 1 else beats
    return [
        float(np.log2(bpm)),
        float(np.log1p(len(onsets) / seconds)),
        float(np.log1p(len(pitch) / seconds)),
        float(velocity.mean()),
        float(np.percentile(velocity, 90)),
        float(np.average(pitch, weights=duration)),
        float(np.percentile(pitch, 90)),
        float(np.percentile(pitch, 10)),
        *_tonal(pitch_class_weights(table, first, last)),
        float(np.log(duration.mean() * seconds / beats)),
        float(np.clip(duration.mean() / gap, 0, 4)),
        float(duration.sum() / beats),
        drums,
    ]


def bar_features(table: MusicTable) -> FloatArray:
    """(bars, len(NAMES)) features of each bar, heard together with the WINDOW bars on each side."""
    bounds = np.searchsorted(table.onset, table.bar_start)
    rows = [
        _window(table, max(0, bar - WINDOW), min(table.bars, bar + WINDOW + 1), bounds)
        for bar in range(table.bars)
    ]
    return np.array(rows, dtype=np.float64).reshape(table.bars, len(NAMES))
