"""How much changes at each bar line, and whether more changes at the hits.

The idea of novelty curves is Foote's (2000, "Automatic audio segmentation using a measure of audio novelty"): what
was heard just before is compared with what is heard from here on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, MusicTable
from emsync_nb.evaluation.by_bar import bar_chroma, bar_parts

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: bars that are compared on either side of a bar line
SIDE_BARS = 2
#: bars by which a change may come before or after its hit
NEAR_BARS = 1
#: onsets a beat below which music just stands
_FLOOR = 0.25


@dataclass(frozen=True, slots=True)
class NoveltyTest:
    """What `hit_novelty` found."""

    #: mean over the hits, in standard deviations within their pieces
    mean_at_hits: float
    #: the same at bars by chance
    mean_elsewhere: float
    #: how often chance does as well or better: one-sided, (1 + times) / (1 + permutations)
    p_value: float


def bar_novelty(table: MusicTable) -> FloatArray:
    """(bars,) how much changes where each bar begins, in standard deviations within the piece; nan at the first.

    The mean of three: texture (itself the mean of changes of log2 onsets a beat, mean pitch and parts that sound in
    a bar), harmony (cosine distance of chroma), instrumentation (Jaccard distance of the parts). Each compares up to
    2 bars before with up to 2 bars from the line on, and is standardised within the piece.
    """
    if not table.bars:
        return np.zeros(0)
    counts, parts = _bar_counts(table), bar_parts(table)
    totals = np.concatenate([np.zeros((1, counts.shape[1])), np.cumsum(counts, axis=0)])
    line = np.arange(1, table.bars)
    sides = [(np.maximum(line - SIDE_BARS, 0), line), (line, np.minimum(line + SIDE_BARS, table.bars))]
    before, after = (totals[last] - totals[first] for first, last in sides)
    plays_before, plays_after = (_either(parts, first, last) for first, last in sides)
    texture = [
        np.log2(after[:, 0] / after[:, 3] + _FLOOR) - np.log2(before[:, 0] / before[:, 3] + _FLOOR),
        _register(before, after),
        after[:, 4] / after[:, 5] - before[:, 4] / before[:, 5],
    ]
    aspects = [
        _standardised(np.mean([_standardised(np.abs(change)) for change in texture], axis=0)),
        _standardised(_chroma_distance(before[:, 6:], after[:, 6:])),
        _standardised(_jaccard_distance(plays_before, plays_after)),
    ]
    return np.concatenate(([np.nan], np.mean(aspects, axis=0)))


def hit_novelty(
    tables: Sequence[MusicTable], hit_bars: Sequence[Sequence[int]], seed: int, permutations: int = 2000
) -> NoveltyTest:
    """Whether more changes near hits than elsewhere: the most within a bar of each hit, averaged over all hits.

    Chance shifts all hits of a piece round its bars by one random number, so that their spacing stays.

    Raises:
        ValueError: a hit outside its piece, lists of different lengths, or no hits in pieces of at least 2 bars.
    """
    pieces = [
        (peaks, _checked(hits, len(peaks)))
        for peaks, hits in zip(map(_peaks, tables), hit_bars, strict=True)
        if len(peaks) > 1 and len(hits)
    ]
    if not pieces:
        raise ValueError("novelty needs hits in pieces of at least two bars; give some")
    rng = np.random.default_rng(seed)
    chance = np.zeros(permutations)
    for peaks, hits in pieces:
        shift = rng.integers(len(peaks), size=(permutations, 1))
        chance += peaks[(hits + shift) % len(peaks)].sum(axis=1)
    count = sum(len(hits) for _, hits in pieces)
    found = sum(float(peaks[hits].sum()) for peaks, hits in pieces) / count
    chance /= count
    as_good = int(np.sum(chance >= found - 1e-12))
    return NoveltyTest(found, float(np.mean(chance)), (1 + as_good) / (1 + permutations))


def _checked(hits: Sequence[int], bars: int) -> IntArray:
    bar = np.array(hits, dtype=np.int64)
    if bar.min() < 0 or bar.max() >= bars:
        raise ValueError(f"hits must lie in bars 0 … {bars - 1}; got {bar.min()} to {bar.max()}")
    return bar


def _peaks(table: MusicTable) -> FloatArray:
    """(bars,) the most that changes within NEAR_BARS of each bar."""
    novelty = np.nan_to_num(bar_novelty(table), nan=-np.inf)
    if len(novelty) < 2:
        return novelty
    padded = np.pad(novelty, NEAR_BARS, constant_values=-np.inf)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * NEAR_BARS + 1).max(axis=1))


def _bar_counts(table: MusicTable) -> FloatArray:
    """(bars, 18) onsets, pitched onsets, their summed pitch, beats, parts, 1, sounding beats of pitch classes."""
    bar, pitched = table.bar_of(), table.part != DRUMS
    columns = [
        np.bincount(bar, minlength=table.bars),
        np.bincount(bar[pitched], minlength=table.bars),
        np.bincount(bar[pitched], weights=table.pitch[pitched], minlength=table.bars),
        np.diff(table.bar_start) / GRID,
        bar_parts(table).sum(axis=1),
        np.ones(table.bars),
    ]
    return np.column_stack([*columns, bar_chroma(table)])


def _register(before: FloatArray, after: FloatArray) -> FloatArray:
    """(lines,) change of the mean pitch in semitones; 0 where no pitched note begins on one side."""
    both = (before[:, 1] > 0) & (after[:, 1] > 0)
    means = [side[:, 2] / np.maximum(side[:, 1], 1) for side in (before, after)]
    return np.where(both, means[1] - means[0], 0.0)


def _either(parts: BoolArray, first: IntArray, last: IntArray) -> BoolArray:
    """(lines, parts) which parts sound anywhere in bars `first` … `last` − 1."""
    totals = np.concatenate([np.zeros((1, parts.shape[1]), dtype=np.int64), np.cumsum(parts, axis=0)])
    return np.asarray(totals[last] > totals[first])


def _chroma_distance(before: FloatArray, after: FloatArray) -> FloatArray:
    """(lines,) 0 … 1: 0 for two silences, 1 where only one side is silent."""
    before, after = (np.where(side < 1e-9, 0.0, side) for side in (before, after))
    norms = np.linalg.norm(before, axis=1), np.linalg.norm(after, axis=1)
    product = norms[0] * norms[1]
    alike = np.divide(np.sum(before * after, axis=1), product, out=np.zeros(len(product)), where=product > 0)
    return np.where((norms[0] == 0) & (norms[1] == 0), 0.0, np.clip(1 - alike, 0.0, 1.0))


def _jaccard_distance(before: BoolArray, after: BoolArray) -> FloatArray:
    """(lines,) 0 … 1; 0 for two silences."""
    either, both = (before | after).sum(axis=1), (before & after).sum(axis=1)
    return np.asarray(1 - np.where(either > 0, both / np.maximum(either, 1), 1.0))


def _standardised(values: FloatArray) -> FloatArray:
    """(n,) less their mean, in standard deviations; zeros where they are all alike."""
    spread = float(np.std(values)) if len(values) else 0.0
    return np.asarray((values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values)))
