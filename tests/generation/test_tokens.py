"""Pieces as events and back."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable
from emsync_nb.generation.tokens import (
    BAR,
    BAR_EVENT,
    BESIDE,
    COLUMNS,
    DURATIONS,
    EVENT,
    HEAD,
    IN_FORCE,
    MAX_BAR_STEPS,
    NO_HEAD,
    NO_KEY,
    RECALLED,
    SIZES,
    SOURCE,
    WRITTEN,
    Heads,
    as_steps,
    decode,
    density_index,
    density_of,
    duration_index,
    encode,
    meter_index,
    tempo_index,
    tempo_of,
    velocity_of_bin,
)

IntArray = NDArray[np.int64]
#: middles of the sixteen bins of eight
VELOCITIES = range(4, 128, 8)


@st.composite
def tables(draw: st.DrawFn) -> MusicTable:
    bars = draw(st.lists(st.integers(1, 96), min_size=1, max_size=6))
    bpm = draw(st.lists(st.floats(20, 400), min_size=len(bars), max_size=len(bars)))
    note = st.tuples(
        st.integers(0, sum(bars) - 1),
        st.sampled_from(DURATIONS.tolist()),
        st.integers(0, 127),
        st.sampled_from(VELOCITIES),
        st.integers(0, len(PARTS) - 1),
    )
    rows = np.array(draw(st.lists(note, max_size=40)), dtype=np.int64).reshape(-1, 5)
    return MusicTable.build(rows, np.array([0, *itertools.accumulate(bars)]), np.array(bpm))


def heads_of(table: MusicTable) -> Heads:
    """Keys that change with every bar, the last kind being none."""
    return Heads.measure(table, np.arange(table.bars) * 12 % (NO_KEY + 1))


@settings(max_examples=80)
@given(tables())
def test_what_can_be_written_comes_back(table: MusicTable) -> None:
    events = encode(table, heads_of(table))
    assert events.shape == (len(table.onset) + 2 * table.bars, 6)
    assert np.array_equal(decode(events, table.bar_start), table.rows)
    assert (events >= 0).all()
    assert (events < np.array(SIZES)).all()
    lines, heads = (np.flatnonzero(events[:, 0] == kind) for kind in (BAR, HEAD))
    assert (events[lines] == BAR_EVENT).all()
    assert len(lines) == table.bars
    assert (heads == lines + 1).all()


@settings(max_examples=80)
@given(tables())
def test_events_stand_in_the_order_of_sounding(table: MusicTable) -> None:
    events = encode(table, heads_of(table))
    bar = np.cumsum(events[:, 0] == BAR)
    notes = events[:, 0] > HEAD
    keys = [
        (int(b), int(position), part == DRUMS, int(pitch), int(part))
        for b, (position, part, pitch, *_) in zip(bar[notes], events[notes], strict=True)
    ]
    assert keys == sorted(keys)


def by_hand() -> tuple[MusicTable, Heads]:
    """Four beats in A major and three in no key, 90 beats a minute."""
    rows = [(0, 12, 60, 68, 0), (0, 12, 36, 100, DRUMS), (0, 24, 40, 68, 12), (54, 6, 61, 20, 0)]
    table = MusicTable.build(np.array(rows), np.array([0, 48, 84]), np.array([90.0, 90.0]))
    return table, Heads.measure(table, np.array([9, NO_KEY]))


#: 28 parts and 33 lengths of bars, 128 pitches and 32 tempi, 26 durations and 25 keys, 16 velocities and 16 levels
LINE = [0, 61, 160, 51, 32, 23]
#: sixteen and twelve sixteenths; 90 is 14.85 classes above 30; A major, none; means 78 and 20; ¾ and ⅓ notes a beat
FIRST, SECOND = [1, 28 + 16, 128 + 14, 26 + 9, 16 + 9, 6], [1, 28 + 12, 128 + 14, 26 + 24, 16 + 2, 2]
EVENTS = [
    LINE,
    FIRST,
    [2, 12, 40, 14, 8, 23],  # the bass first
    [2, 0, 60, 9, 8, 23],
    [2, 27, 36, 9, 12, 23],  # drums last
    LINE,
    SECOND,
    [8, 0, 61, 5, 2, 23],
]


def test_events_by_hand() -> None:
    assert SIZES == (98, 62, 161, 52, 33, 24)
    assert list(BAR_EVENT) == LINE
    table, heads = by_hand()
    assert heads.classes.tolist() == [[16, 14, 9, 9, 6], [12, 14, 24, 2, 2]]
    assert encode(table, heads).tolist() == EVENTS


def test_an_empty_bar_has_no_density_and_no_loudness() -> None:
    none = np.empty((0, 5), dtype=np.int64)
    table = MusicTable.build(none, np.array([0, 24]), np.array([30.0]))
    assert Heads.measure(table, np.array([0])).classes.tolist() == [[8, 0, 0, 0, 0]]


@pytest.mark.parametrize("source", [WRITTEN, RECALLED])
def test_steps_by_hand(source: int) -> None:
    steps = as_steps(np.array(EVENTS), source)
    assert steps.shape == (8, COLUMNS) == (8, 12)
    assert steps[:, EVENT].tolist() == EVENTS
    assert steps[:, SOURCE].tolist() == [source] * 8
    none = LINE[1:]
    first, second = FIRST[1:], SECOND[1:]
    # a bar line ends the head before it, and a head is in force where it stands
    assert steps[:, IN_FORCE].tolist() == [none, first, first, first, first, none, second, second]
    assert list(NO_HEAD) == none


def test_notes_before_a_head_have_none_in_force() -> None:
    given_first = [LINE, EVENTS[2], FIRST, EVENTS[3], LINE, EVENTS[7]]
    steps = as_steps(np.array(given_first), np.array([WRITTEN, BESIDE, WRITTEN, WRITTEN, WRITTEN, BESIDE]))
    none, first = LINE[1:], FIRST[1:]
    assert steps[:, IN_FORCE].tolist() == [none, none, first, first, none, none]
    assert steps[:, SOURCE].tolist() == [0, 1, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("bpm", "index"), [(20, 0), (30, 0), (32.2, 0), (32.5, 1), (120, 18), (319, 31), (1000, 31)]
)
def test_classes_of_tempi(bpm: float, index: int) -> None:
    assert tempo_index(np.array([bpm])).tolist() == [index]


def test_tempi_stand_in_the_middle_of_their_class() -> None:
    tempi = np.array([tempo_of(index) for index in range(32)])
    assert tempo_index(tempi).tolist() == list(range(32))
    assert tempi[1:] / tempi[:-1] == pytest.approx(1.0768, abs=1e-4)
    assert tempi[[0, -1]] == pytest.approx([31.13, 308.4], abs=0.05)


@pytest.mark.parametrize(("steps", "index"), [(1, 1), (3, 1), (4, 2), (36, 12), (48, 16), (96, 32)])
def test_classes_of_bars(steps: int, index: int) -> None:
    assert meter_index(np.array([steps])).tolist() == [index]


@pytest.mark.parametrize(
    ("notes", "index"), [(0, 0), (0.01, 1), (0.25, 1), (0.5, 4), (1, 7), (2.5, 11), (32, 22), (99, 22)]
)
def test_classes_of_densities(notes: float, index: int) -> None:
    assert density_index(np.array([notes])).tolist() == [index]


def test_densities_and_velocities_by_hand() -> None:
    assert [density_of(index) for index in (0, 1, 4, 7, 22)] == pytest.approx([0, 0.25, 0.5, 1, 32])
    assert [velocity_of_bin(index) for index in (0, 8, 15)] == [4, 68, 124]


@pytest.mark.parametrize(("steps", "written"), [(7, 8), (11, 12), (13, 12), (14, 15), (100, 96), (1000, 192)])
def test_odd_durations_become_the_nearest_by_ratio(steps: int, written: int) -> None:
    assert DURATIONS[duration_index(np.array([steps]))].tolist() == [written]


def test_eight_beats_fit_and_more_do_not() -> None:
    none = np.empty((0, 5), dtype=np.int64)
    fits = MusicTable.build(none, np.array([0, 8 * GRID]), np.array([90.0]))
    assert len(encode(fits, heads_of(fits))) == 2
    long = MusicTable.build(none, np.array([0, MAX_BAR_STEPS + 1]), np.array([90.0]))
    with pytest.raises(ValueError, match="more than eight beats"):
        encode(long, heads_of(long))
