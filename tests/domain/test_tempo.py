"""The click: exact in both directions, and bars without gaps."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.domain import Bar, BarGrid, TempoChange, TempoMap
from emsync_nb.domain.tempo import MAX_US_PER_BEAT

beats = st.fractions(min_value=0, max_value=2000, max_denominator=480)
tempi = st.integers(1, MAX_US_PER_BEAT)


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    places = sorted(draw(st.sets(beats.filter(bool), max_size=6)))
    return TempoMap(tuple(TempoChange(beat, draw(tempi)) for beat in [Fraction(0), *places]))


@settings(max_examples=30, deadline=None)
@given(tempo_maps(), beats)
def test_a_beat_comes_back_from_its_time_exactly(tempo_map: TempoMap, beat: Fraction) -> None:
    assert tempo_map.beat(tempo_map.seconds(beat)) == beat


@settings(max_examples=30, deadline=None)
@given(tempo_maps(), st.fractions(min_value=0, max_value=10_000, max_denominator=30_000))
def test_a_time_comes_back_from_its_beat_exactly(tempo_map: TempoMap, time_s: Fraction) -> None:
    assert tempo_map.seconds(tempo_map.beat(time_s)) == time_s


@settings(max_examples=30, deadline=None)
@given(tempo_maps(), st.sets(beats, min_size=2, max_size=8))
def test_later_beats_have_later_times(tempo_map: TempoMap, some: set[Fraction]) -> None:
    times = [tempo_map.seconds(beat) for beat in sorted(some)]
    assert all(earlier < later for earlier, later in pairwise(times))


def test_seconds_by_hand() -> None:
    # four beats of 0.5 s, then beats of 1 s
    tempo_map = TempoMap((TempoChange(0, 500_000), TempoChange(4, 1_000_000)))
    assert tempo_map.seconds(4) == 2
    assert tempo_map.seconds(Fraction(11, 2)) == Fraction(7, 2)
    assert tempo_map.beat(Fraction(5, 2)) == Fraction(9, 2)
    assert (tempo_map.bpm_at(3), tempo_map.bpm_at(4)) == (120, 60)


@pytest.mark.parametrize(
    "changes",
    [
        (),
        (TempoChange(1, 500_000),),
        (TempoChange(0, 500_000), TempoChange(2, 1), TempoChange(2, 2)),
    ],
)
def test_a_broken_tempo_map_is_refused(changes: tuple[TempoChange, ...]) -> None:
    with pytest.raises(ValueError, match="tempo"):
        TempoMap(changes)


@pytest.mark.parametrize(("beat", "us"), [(-1, 500_000), (0, 0), (0, MAX_US_PER_BEAT + 1)])
def test_a_tempo_no_midi_file_can_hold_is_refused(beat: int, us: int) -> None:
    with pytest.raises(ValueError, match=r"tempo|us_per_beat"):
        TempoChange(beat, us)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=30), st.fractions(min_value=0, max_value=400))
def test_every_beat_lies_in_its_bar(lengths: list[int], beat: Fraction) -> None:
    grid = BarGrid.from_lengths(lengths)
    bar = grid.at(beat)
    assert grid.end_beat == sum(lengths)
    assert bar.start_beat <= beat
    assert beat < bar.end_beat or bar is grid.bars[-1]


def test_bars_with_a_gap_are_refused() -> None:
    with pytest.raises(ValueError, match="bar 2 does not follow"):
        BarGrid((Bar(1, 0, 4), Bar(2, 5, 4)))


def test_a_grid_without_bars_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one bar"):
        BarGrid(())
