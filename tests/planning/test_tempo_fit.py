"""Clicks that meet every anchor, and cost as little as any other."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.domain import TempoChange
from emsync_nb.planning import Anchor, FitSettings, TempoFit, fit_tempo

#: what 24 bits of a set-tempo event hold
MIDI_TEMPI = range(1, 2**24)


def anchors_at(*times_s: Fraction | float, weight: float = 1.0) -> list[Anchor]:
    return [Anchor(Fraction(time), weight) for time in times_s]


def after_gaps(gaps: Sequence[Fraction]) -> list[Fraction]:
    return list(itertools.accumulate(gaps, initial=Fraction(0)))


gaps = st.lists(
    st.one_of(
        st.fractions(Fraction(3, 10), 12, max_denominator=1001),
        st.fractions(Fraction(3, 10), 170, max_denominator=30_000),
    ),
    min_size=1,
    max_size=40,
)


def check_click(fit: TempoFit, times: Sequence[Fraction], bar_beats: int) -> None:
    """What every click promises."""
    assert fit.beats[0] == 0
    assert all(earlier < later for earlier, later in itertools.pairwise(fit.beats))
    for index in range(1, len(times)):
        counted = fit.beats[index] - fit.beats[index - 1]
        error = abs(fit.tempo_map.seconds(fit.beats[index]) - times[index])
        assert error <= Fraction(counted, 2_000_000)
        assert error < Fraction(1, 1000)
    assert all(change.us_per_beat in MIDI_TEMPI for change in fit.tempo_map.changes)
    assert fit.beats[-1] <= fit.grid.end_beat < fit.beats[-1] + bar_beats
    assert sum(bar.beats for bar in fit.grid.bars) == fit.grid.end_beat
    assert all(bar.beats == bar_beats or bar.end_beat in fit.beats for bar in fit.grid.bars)
    assert max(bar.beats for bar in fit.grid.bars) <= bar_beats + 1


@settings(max_examples=60)
@given(gaps, st.data(), st.integers(2, 6))
def test_every_anchor_is_a_beat(some_gaps: list[Fraction], data: st.DataObject, bar_beats: int) -> None:
    times = after_gaps(some_gaps)
    weights = data.draw(st.lists(st.floats(0, 2), min_size=len(times), max_size=len(times)))
    tempi = data.draw(st.lists(st.floats(30, 240), min_size=len(some_gaps), max_size=len(some_gaps)))
    anchors = [Anchor(time, weight) for time, weight in zip(times, weights, strict=True)]
    check_click(fit_tempo(anchors, tempi, FitSettings(bar_beats=bar_beats)), times, bar_beats)


@settings(max_examples=15)
@given(st.lists(st.fractions(Fraction(3, 10), 1200, max_denominator=1001), min_size=1, max_size=6))
def test_any_tempo_asked_for_gives_tempi_that_midi_can_hold(some_gaps: list[Fraction]) -> None:
    times = after_gaps(some_gaps)
    check_click(fit_tempo(anchors_at(*times), [1.0] * len(some_gaps), FitSettings()), times, 4)


def test_two_hours_without_an_anchor_between() -> None:
    fit = fit_tempo(anchors_at(0, 7200), [97.0], FitSettings())
    assert fit.tempo_map.bpm_at(0) == pytest.approx(97, rel=0.01)
    assert abs(fit.tempo_map.seconds(fit.beats[1]) - 7200) <= Fraction(fit.beats[1], 2_000_000)


def test_anchors_on_a_click_give_that_click() -> None:
    # every 2 s a bar of four beats at 120
    times = range(0, 42, 2)
    fit = fit_tempo(anchors_at(*times), [118.0] * 20, FitSettings())
    assert fit.tempo_map.changes == (TempoChange(0, 500_000),)
    assert fit.beats == tuple(range(0, 84, 4))
    assert [bar.beats for bar in fit.grid.bars] == [4] * 20


def test_cuts_off_the_beat_bend_the_tempo_a_little() -> None:
    times = [Fraction(time) for time in ("0", "7.3", "12.9", "20.25")]
    fit = fit_tempo(anchors_at(*times), [100.0] * 3, FitSettings())
    check_click(fit, times, 4)
    assert [change.bpm for change in fit.tempo_map.changes] == pytest.approx([100] * 3, rel=0.12)


@pytest.mark.parametrize(("weight", "bars"), [(3.0, [5]), (0.0, [4, 4])])
def test_a_bar_line_comes_to_a_weighty_anchor_only(weight: float, bars: list[int]) -> None:
    # 2.5 s are five beats at 120: one lengthened bar, or a fifth beat in a regular one
    fit = fit_tempo([Anchor(Fraction(0), 0), Anchor(Fraction(5, 2), weight)], [120.0], FitSettings())
    assert fit.beats == (0, 5)
    assert [bar.beats for bar in fit.grid.bars] == bars


def cost_of(fit: TempoFit, anchors: Sequence[Anchor], tempi: Sequence[float]) -> float:
    """The documented cost, read off the finished click."""
    counts = [later - earlier for earlier, later in itertools.pairwise(fit.beats)]
    bar_lines = {bar.start_beat for bar in fit.grid.bars} | {fit.grid.end_beat}
    odd = [bar.beats for bar in fit.grid.bars if bar.beats != 4]
    off = sum(a.weight for a, beat in zip(anchors, fit.beats, strict=True) if beat not in bar_lines)
    return tempo_cost(counts, anchors, tempi) + off + sum(0.12 + (0.5 if beats == 1 else 0) for beats in odd)


def tempo_cost(counts: Sequence[int], anchors: Sequence[Anchor], tempi: Sequence[float]) -> float:
    spans = [float(b.time_s - a.time_s) for a, b in itertools.pairwise(anchors)]
    octaves = [math.log2(60 * count / span) for count, span in zip(counts, spans, strict=True)]
    own = [
        4.0 * (octave - math.log2(bpm)) ** 2 * math.sqrt(span)
        for octave, bpm, span in zip(octaves, tempi, spans, strict=True)
    ]
    return sum(own) + sum(6.0 * (b - a) ** 2 for a, b in itertools.pairwise(octaves))


def bar_cost(counts: Sequence[int], lines: Sequence[bool], anchors: Sequence[Anchor]) -> float:
    """Of bars of four, with a bar line brought to the anchors marked in `lines`."""
    cost, since = 0.0, 0
    for count, line, anchor in zip(counts, lines, anchors[1:], strict=True):
        since += count
        if since % 4 and line:
            cost += 0.12 + (0.5 if since == 1 else 0.0)
            since = 0
        elif since % 4:
            cost += anchor.weight
        since %= 4
    return cost


@settings(max_examples=12)
@given(
    st.lists(st.fractions(Fraction(3, 10), 3, max_denominator=50), min_size=1, max_size=3),
    st.lists(st.sampled_from([0.0, 0.3, 1.0, 1.8]), min_size=4, max_size=4),
    st.lists(st.floats(60, 150), min_size=3, max_size=3),
)
def test_no_other_click_costs_less(
    some_gaps: list[Fraction], weights: list[float], asked: list[float]
) -> None:
    anchors = [Anchor(time, weight) for time, weight in zip(after_gaps(some_gaps), weights, strict=False)]
    tempi = asked[: len(some_gaps)]
    least = min(
        tempo_cost(counts, anchors, tempi)
        + min(
            bar_cost(counts, lines, anchors) for lines in itertools.product((False, True), repeat=len(counts))
        )
        for counts in itertools.product(range(1, 13), repeat=len(tempi))
    )
    assert cost_of(fit_tempo(anchors, tempi, FitSettings()), anchors, tempi) == pytest.approx(least)


def test_five_hundred_anchors() -> None:
    rng = random.Random(3)
    times = after_gaps([Fraction(rng.randrange(300, 9000), 1000) for _ in range(500)])
    fit = fit_tempo(anchors_at(*times), [rng.uniform(66, 141) for _ in range(500)], FitSettings())
    check_click(fit, times, 4)


@pytest.mark.parametrize(
    ("times", "tempi", "message"),
    [
        ((), (), "at least two"),
        ((0,), (), "at least two"),
        ((1, 2), (100,), "from second 0"),
        ((0, 2, 2), (100, 100), "rise"),
        ((0, 3, 2), (100, 100), "rise"),
        ((0, 2), (), "as many tempi"),
        ((0, 2), (100, 90), "as many tempi"),
        ((0, 2), (0.0,), "above 0"),
        ((0, 2), (-90.0,), "above 0"),
        ((0, 2), (math.nan,), "above 0"),
    ],
)
def test_senseless_wishes_are_refused(times: tuple[int, ...], tempi: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_tempo(anchors_at(*times), tempi, FitSettings())


@pytest.mark.parametrize("bar_beats", [1, 7])
def test_bars_of_one_or_seven_beats_are_refused(bar_beats: int) -> None:
    with pytest.raises(ValueError, match="bar_beats"):
        FitSettings(bar_beats=bar_beats)
