"""A tempo map whose beats meet the picture: what a film composer does with a click track.

Between neighbouring anchors the tempo is constant and the number of beats is whole, so every anchor is a beat.
One dynamic programme over those numbers (and over where in its bar each anchor falls) weighs how far the tempo
is from the one that the emotion asks for, how much it changes from one stretch to the next, and how far an
anchor is from being a downbeat. Bars may be shortened or lengthened to bring a bar line to an anchor.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BarGrid, TempoChange, TempoMap
from emsync_nb.domain.tempo import MAX_US_PER_BEAT, MICROSECONDS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: numbers of beats tried for each stretch
CANDIDATES = 14
#: slowest and fastest tempo of a stretch in beats a minute
Limits = tuple[float, float]
#: cost of a stretch that is an octave outside its limits: more than all else together; and octaves of rounding
_OUTSIDE, _ROUNDING = 1e5, 1e-4


@dataclass(frozen=True, slots=True)
class Anchor:
    """A time that must be a beat."""

    time_s: Fraction
    #: how much it wants to be a downbeat; 0 where that does not matter
    weight: float


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What the fit weighs; costs are in squared octaves of tempo."""

    #: beats of a regular bar
    bar_beats: int = 4
    #: of a stretch of one second that is an octave off the tempo asked for
    deviation: float = 4.0
    #: of a change of tempo by an octave between neighbours
    change: float = 6.0
    #: of an anchor of weight 1 off the downbeat
    off_downbeat: float = 1.0
    #: of a bar that is shortened or lengthened to bring its end to an anchor
    irregular_bar: float = 0.12
    #: more, if that bar has a single beat
    single_beat_bar: float = 0.5

    def __post_init__(self) -> None:
        if not 2 <= self.bar_beats <= 6:
            raise ValueError(f"bar_beats must lie in 2 … 6, got {self.bar_beats}")


@dataclass(frozen=True, slots=True)
class TempoFit:
    """A click track."""

    tempo_map: TempoMap
    grid: BarGrid
    #: the beat of each anchor, in order
    beats: tuple[int, ...]


@dataclass(slots=True)
class _Stretch:
    """One stretch of the programme: what may be chosen in it, and how its states were reached."""

    #: (k,) beats, and (k,) log2 of the tempo each gives
    counts: IntArray
    tempo: FloatArray
    #: (k, phases) for each state, the best choice before it and its phase
    from_choice: IntArray
    from_phase: IntArray


def fit_tempo(
    anchors: Sequence[Anchor],
    target_bpm: Sequence[float],
    settings: FitSettings,
    limits: Sequence[Limits | None] | None = None,
) -> TempoFit:
    """Fit beats and bars to `anchors`; `target_bpm` holds the tempo asked for in each stretch between them.

    The first anchor is second 0, which is beat 0 and a downbeat. A stretch keeps its `limits` where a whole number of
    beats does, and else comes as near as it can.

    Raises:
        ValueError: fewer than two anchors, times that do not rise from 0, or tempi that are not above 0.
    """
    times = [anchor.time_s for anchor in anchors]
    if len(times) < 2 or times[0] != 0 or any(b <= a for a, b in itertools.pairwise(times)):
        raise ValueError("anchors must rise from second 0, and there must be at least two")
    if len(target_bpm) != len(anchors) - 1:
        raise ValueError(f"{len(anchors) - 1} stretches need as many tempi, got {len(target_bpm)}")
    if not all(0 < bpm < math.inf for bpm in target_bpm):
        raise ValueError(f"tempi must be above 0 beats a minute, got {min(target_bpm)} … {max(target_bpm)}")
    limits = limits or [None] * len(target_bpm)
    counts, resets = _solve(anchors, target_bpm, settings, limits)
    grid = BarGrid.from_lengths(_bar_lengths(counts, resets, settings.bar_beats))
    beats = (0, *np.cumsum(counts).tolist())
    return TempoFit(_tempo_map(times, counts), grid, beats)


def _candidates(duration_s: float, bpm: float) -> IntArray:
    """(k,) numbers of beats near the one that the tempo asks for."""
    wanted = max(1.0, duration_s * bpm / 60)
    # a hundredth to spare for what rounding left over in the stretch before
    slowest = math.ceil(1.01 * duration_s * MICROSECONDS / MAX_US_PER_BEAT)
    low = max(1, slowest, round(wanted) - CANDIDATES // 2)
    return np.arange(low, low + CANDIDATES)


def _phase_costs(counts: IntArray, settings: FitSettings) -> tuple[FloatArray, FloatArray]:
    """(k, phases before, phases after) cost of each way to end a stretch: what it always costs, and by the weight.

    A phase is the number of beats since the last bar line. The anchor falls where regular bars bring it, or a
    bar line is brought to it.
    """
    bar = settings.bar_beats
    costs = np.full((len(counts), bar, bar), np.inf)
    off = np.zeros_like(costs)
    for index, count in enumerate(counts):
        for before in range(bar):
            phase = (before + int(count)) % bar
            costs[index, before, phase] = 0.0
            if phase:
                off[index, before, phase] = settings.off_downbeat
                costs[index, before, 0] = _reset_cost(before + int(count), settings)
    return costs, off


def _reset_cost(total: int, settings: FitSettings) -> float:
    """Cost of a bar line after `total` beats since the last one, where no regular bar ends."""
    lonely = total % settings.bar_beats == 1 and total < settings.bar_beats
    return settings.irregular_bar + (settings.single_beat_bar if lonely else 0.0)


def _outside(tempo: FloatArray, limits: Limits) -> FloatArray:
    """(k,) cost of tempi, given as log2, outside their limits."""
    low, high = (math.log2(bpm) for bpm in limits)
    return _OUTSIDE * np.maximum(0.0, np.maximum(low - tempo, tempo - high) - _ROUNDING)


def _solve(
    anchors: Sequence[Anchor],
    target_bpm: Sequence[float],
    settings: FitSettings,
    limits: Sequence[Limits | None],
) -> tuple[list[int], list[bool]]:
    """Beats of each stretch, and whether a bar line stands at its end."""
    bar = settings.bar_beats
    stretches: list[_Stretch] = []
    costs = np.full((1, bar), np.inf)
    costs[0, 0] = 0.0
    tempo_before = np.array([np.nan])
    tables: dict[int, tuple[FloatArray, FloatArray]] = {}
    for index, bpm in enumerate(target_bpm):
        duration = float(anchors[index + 1].time_s - anchors[index].time_s)
        counts = _candidates(duration, bpm)
        tempo = np.log2(counts * 60.0 / duration)
        own = settings.deviation * (tempo - math.log2(bpm)) ** 2 * math.sqrt(duration)
        if (limit := limits[index]) is not None:
            own = own + _outside(tempo, limit)
        change = settings.change * (tempo[None, :] - tempo_before[:, None]) ** 2
        if not index:
            change = np.zeros_like(change)  # the first stretch has nothing before it
        arrival = costs[:, None, :] + change[:, :, None]  # (before, k, phase before)
        low = int(counts[0])  # beyond one bar, only its place in a bar matters
        key = low if low < bar else bar + low % bar
        if key not in tables:
            tables[key] = _phase_costs(counts, settings)
        fixed, off = tables[key]
        # (k, phase before, phase after)
        total = arrival.min(axis=0)[:, :, None] + (fixed + off * anchors[index + 1].weight)
        from_phase = total.argmin(axis=1)
        from_choice = np.take_along_axis(arrival.argmin(axis=0), from_phase, axis=1)
        costs = total.min(axis=1) + own[:, None]
        stretches.append(_Stretch(counts, tempo, from_choice, from_phase))
        tempo_before = tempo
    return _trace(stretches, costs)


def _trace(stretches: list[_Stretch], costs: FloatArray) -> tuple[list[int], list[bool]]:
    choice, phase = (int(i) for i in np.unravel_index(int(costs.argmin()), costs.shape))
    counts: list[int] = []
    on_bar_line: list[bool] = []
    for stretch in reversed(stretches):
        counts.append(int(stretch.counts[choice]))
        on_bar_line.append(phase == 0)
        before = int(stretch.from_choice[choice, phase]), int(stretch.from_phase[choice, phase])
        choice, phase = before
    return counts[::-1], on_bar_line[::-1]


def _bar_lengths(counts: Sequence[int], resets: Sequence[bool], bar: int) -> Iterator[int]:
    """Beats of each bar; the last bar is completed."""
    pending = 0
    for count, reset in zip(counts, resets, strict=True):
        pending += count
        if not reset:
            while pending >= bar:
                yield bar
                pending -= bar
        elif pending:
            yield from _closed_bars(pending, bar)
            pending = 0
    if pending:
        yield bar


def _closed_bars(beats: int, bar: int) -> Iterator[int]:
    """Bars that fill exactly `beats`: regular ones, the last shortened, or lengthened by a single beat."""
    full, rest = divmod(beats, bar)
    if rest == 1 and full:
        yield from [bar] * (full - 1)
        yield bar + 1
        return
    yield from [bar] * full
    if rest:
        yield rest


def _tempo_map(times: Sequence[Fraction], counts: Sequence[int]) -> TempoMap:
    """One tempo a stretch, in whole microseconds; rounding never adds up, each stretch makes good the last."""
    changes: list[TempoChange] = []
    beat, elapsed_us = 0, 0
    for end, count in zip(times[1:], counts, strict=True):
        us_per_beat = max(1, round((end * MICROSECONDS - elapsed_us) / count))
        if not changes or changes[-1].us_per_beat != us_per_beat:
            changes.append(TempoChange(beat, us_per_beat))
        beat += count
        elapsed_us += count * us_per_beat
    return TempoMap(tuple(changes))
