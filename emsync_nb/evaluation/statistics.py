"""Numbers that describe a piece, and how far generated pieces lie from human ones in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, MusicTable
from emsync_nb.evaluation.by_bar import bar_chroma, bar_onsets, cosine

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: bars in which pitch classes are counted together
_ENTROPY_BARS = 4
#: bars that must lie between a bar and the one that it may repeat
_REPEAT_AFTER = 2
_MAJOR = np.array([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1])
STATISTICS = (
    "pitch_class_entropy",
    "scale_consistency",
    "groove_consistency",
    "empty_beat_rate",
    "polyphony",
    "self_similarity",
)


def music_statistics(table: MusicTable) -> dict[str, float]:
    """Each of STATISTICS; nan where a piece is too short or has no notes to tell.

    - pitch_class_entropy: bits, 0 … 3.58; of the pitch classes of the notes in each 4 bars, averaged over all
      windows with pitched notes (Wu & Yang 2020, "The Jazz Transformer on the front line", H4).
    - scale_consistency: 0 … 1; share of pitched notes in the major scale that holds most (Mogren 2016, "C-RNN-GAN",
      as MusPy has it: Dong et al. 2020; natural minor scales hold the same notes).
    - groove_consistency: 0 … 1; 1 less the share of places in the bar where one of two neighbouring bars has an
      onset and the other has not, averaged over neighbours of one length (Wu & Yang 2020; MusPy).
    - empty_beat_rate: 0 … 1; share of the beats in which nothing sounds (MusPy; Dong et al. 2018, "MuseGAN", has
      it for bars).
    - polyphony: ≥ 1; how many pitches sound, averaged over the steps where any does (MusPy); drums are none.
    - self_similarity: 0 … 1; each bar's likeness to the bar most like it that lies at least 2 bars before: the mean
      of the cosines of chroma and of onsets; the idea of Foote's matrix (1999) as one number.
    """
    return {
        "pitch_class_entropy": _pitch_class_entropy(table),
        "scale_consistency": _scale_consistency(table),
        "groove_consistency": _groove_consistency(table),
        "empty_beat_rate": _empty_beat_rate(table),
        "polyphony": _polyphony(table),
        "self_similarity": _self_similarity(table),
    }


def distance_to_human(
    generated: Sequence[Mapping[str, float]], human: Sequence[Mapping[str, float]]
) -> dict[str, float]:
    """How far the distributions lie apart, in standard deviations of human pieces: 1-D Wasserstein distances.

    Pieces where a statistic is nan are left out of it; the distance is nan where none are left on one side, and
    infinite where human pieces are all alike and generated ones are not like them.
    """
    names = list(human[0]) if human else []
    return {name: _distance(_finite(generated, name), _finite(human, name)) for name in names}


def wasserstein(first: FloatArray, second: FloatArray) -> float:
    """Area between the distribution functions of (n,) and (m,) values, in their unit (Vallender 1974)."""
    values = np.sort(np.concatenate([first, second]))
    shares = [
        np.searchsorted(np.sort(each), values[:-1], side="right") / len(each) for each in (first, second)
    ]
    return float(np.sum(np.abs(shares[0] - shares[1]) * np.diff(values)))


def _finite(pieces: Sequence[Mapping[str, float]], name: str) -> FloatArray:
    values = np.array([piece[name] for piece in pieces], dtype=np.float64)
    return np.asarray(values[np.isfinite(values)])


def _distance(generated: FloatArray, human: FloatArray) -> float:
    if not len(generated) or not len(human):
        return float("nan")
    apart, spread = wasserstein(generated, human), float(np.std(human))
    if spread > 0:
        return apart / spread
    return 0.0 if apart == 0 else float("inf")


def _pitch_class_entropy(table: MusicTable) -> float:
    pitched = table.part != DRUMS
    windows = -(-table.bars // _ENTROPY_BARS)
    cell = table.bar_of()[pitched] // _ENTROPY_BARS * 12 + table.pitch[pitched] % 12
    counts = np.bincount(cell, minlength=12 * windows).reshape(windows, 12)
    counts = counts[counts.sum(axis=1) > 0]
    if not len(counts):
        return float("nan")
    share = counts / counts.sum(axis=1, keepdims=True)
    bits = np.log2(share, out=np.zeros_like(share), where=share > 0)
    return float(np.mean(-np.sum(share * bits, axis=1)))


def _scale_consistency(table: MusicTable) -> float:
    counts = np.bincount(table.pitch[table.part != DRUMS] % 12, minlength=12)
    if not counts.sum():
        return float("nan")
    return float(max(np.roll(_MAJOR, tonic) @ counts for tonic in range(12)) / counts.sum())


def _groove_consistency(table: MusicTable) -> float:
    begins, length = bar_onsets(table), np.diff(table.bar_start)
    differ = np.sum(begins[1:] != begins[:-1], axis=1) / length[1:]
    alike = length[1:] == length[:-1]
    return float(1 - np.mean(differ[alike])) if alike.any() else float("nan")


def _sounding_pitches(table: MusicTable, chosen: NDArray[np.bool_]) -> IntArray:
    """(steps,) how many different pitches of the chosen notes sound at each step of the bars."""
    steps = int(table.bar_start[-1])
    order = np.flatnonzero(chosen)
    order = order[np.lexsort((table.onset[order], table.pitch[order]))]
    pitch, onset, end = (column[order] for column in (table.pitch, table.onset, table.onset + table.duration))
    # where the same pitch still sounds, the later note counts from when the earlier ends
    reach = np.maximum.accumulate(end + pitch * (1 << 40)) - pitch * (1 << 40)
    onset[1:] = np.where(pitch[1:] == pitch[:-1], np.maximum(onset[1:], reach[:-1]), onset[1:])
    counts = np.zeros(steps + 1, dtype=np.int64)
    np.add.at(counts, np.minimum(onset, steps), 1)
    np.add.at(counts, np.minimum(np.maximum(end, onset), steps), -1)
    return np.cumsum(counts)[:-1]


def _empty_beat_rate(table: MusicTable) -> float:
    sounds = _sounding_pitches(table, np.ones(len(table.onset), dtype=np.bool_)) > 0
    if not len(sounds):
        return float("nan")
    return float(1 - np.mean(np.logical_or.reduceat(sounds, np.arange(0, len(sounds), GRID))))


def _polyphony(table: MusicTable) -> float:
    counts = _sounding_pitches(table, table.part != DRUMS)
    return float(np.mean(counts[counts > 0])) if counts.any() else float("nan")


def _self_similarity(table: MusicTable) -> float:
    if table.bars <= _REPEAT_AFTER or not len(table.onset):
        return float("nan")
    chroma, begins = bar_chroma(table), bar_onsets(table).astype(np.float64)
    alike = (cosine(chroma, chroma) + cosine(begins, begins)) / 2
    earlier = np.tri(table.bars, k=-_REPEAT_AFTER, dtype=np.bool_)
    return float(np.mean(np.where(earlier, alike, -1.0).max(axis=1)[_REPEAT_AFTER:]))
