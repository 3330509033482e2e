"""Whether music that is told of a hit runs up to it: louder, denser, with a cadence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, MusicTable

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: notes a beat below which music just stands
_FLOOR = 0.25


@dataclass(frozen=True, slots=True)
class RunUp:
    """What happens before a hit."""

    #: mean MIDI velocity of the second half of the run-up less that of the first; nan where one has no notes
    loudness_slope: float
    #: log2 of notes a beat in the second half less that of the first, each with a floor of ¼
    density_slope: float
    #: 1.0 where the bass leads into the hit, else 0.0
    cadence: float


@dataclass(frozen=True, slots=True)
class Effect:
    """How much more of something there is on one side of pairs."""

    #: shown less hidden
    mean_difference: float
    #: the same in pooled standard deviations (Cohen's d); nan where nothing varies
    effect_sd: float
    #: 95 % bootstrap interval of the mean difference, from its 2.5th percentile …
    low: float
    #: … to its 97.5th
    high: float


def run_up(table: MusicTable, hit_step: int, beats: int = 8) -> RunUp:
    """The `beats` before a hit at a grid step. Slopes are nan for a hit that has not so many before it.

    The cadence is one where the lowest pitched note at the hit, against the lowest one just before, lies

    - a fifth lower or a fourth higher (V–I; ii–V and I–IV do as well), or
    - a semitone higher or a tone lower, and the beat before the hit has the sound of its dominant: the leading tone
      and at least two of the second, fourth and fifth degree above the bass of the hit (V6, V⁴₃, vii° and the like).

    Raises:
        ValueError: no beats.
    """
    if beats < 1:
        raise ValueError(f"a run-up needs at least one beat; got {beats}")
    start, half = hit_step - beats * GRID, hit_step - beats * GRID // 2
    halves = [
        (table.onset >= first) & (table.onset < last) for first, last in ((start, half), (half, hit_step))
    ]
    if start < 0:
        return RunUp(float("nan"), float("nan"), _cadence(table, hit_step))
    loudness = [float(table.velocity[each].mean()) if each.any() else float("nan") for each in halves]
    density = [float(np.log2(_FLOOR + each.sum() / (beats / 2))) for each in halves]
    return RunUp(loudness[1] - loudness[0], density[1] - density[0], _cadence(table, hit_step))


def paired_effect(shown: FloatArray, hidden: FloatArray, seed: int, resamples: int = 5000) -> Effect:
    """The effect of showing something, from (pairs,) values with it and without; pairs with a nan are left out.

    Pairs are drawn again with replacement for the interval (Efron & Tibshirani 1993, percentile bootstrap). The pooled
    standard deviation is the root of the mean of both variances (Cohen 1988).

    Raises:
        ValueError: shapes that differ, or fewer than two whole pairs.
    """
    if shown.shape != hidden.shape or shown.ndim != 1:
        raise ValueError(f"pairs need two lists of one length; got {shown.shape} and {hidden.shape}")
    whole = np.isfinite(shown) & np.isfinite(hidden)
    shown, hidden = shown[whole], hidden[whole]
    if len(shown) < 2:
        raise ValueError(f"an effect needs at least two pairs without nan; got {len(shown)}")
    difference = shown - hidden
    mean = float(difference.mean())
    pooled = float(np.sqrt((shown.var(ddof=1) + hidden.var(ddof=1)) / 2))
    rng = np.random.default_rng(seed)
    means = [difference[rng.integers(len(difference), size=len(difference))].mean() for _ in range(resamples)]
    low, high = np.percentile(means, (2.5, 97.5))
    return Effect(mean, mean / pooled if pooled > 0 else float("nan"), float(low), float(high))


def _sounding(table: MusicTable, start: int, end: int) -> IntArray:
    """Pitches of pitched notes that sound anywhere in steps `start` … `end` − 1."""
    sounds = (table.onset < end) & (table.onset + table.duration > start) & (table.part != DRUMS)
    return np.asarray(table.pitch[sounds], dtype=np.int64)


def _bass_before(table: MusicTable, hit_step: int) -> int | None:
    """The lowest pitch at the last step of the beat before a hit at which any sounds."""
    for step in range(hit_step - 1, hit_step - 1 - GRID, -1):
        pitches = _sounding(table, step, step + 1)
        if len(pitches):
            return int(pitches.min())
    return None


def _cadence(table: MusicTable, hit_step: int) -> float:
    """1.0 where the bass leads into the hit, else 0.0."""
    at_hit, before = _sounding(table, hit_step, hit_step + 1), _bass_before(table, hit_step)
    if before is None or not len(at_hit):
        return 0.0
    goal = int(at_hit.min())
    motion = (goal - before) % 12
    degrees = {int(pitch) for pitch in (_sounding(table, hit_step - GRID, hit_step) - goal) % 12}
    has_dominant = 11 in degrees and len(degrees & {2, 5, 7}) >= 2
    return float(motion == 5 or (motion in (1, 10) and has_dominant))
