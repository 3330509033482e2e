"""Pieces as events and back."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable
from emsync_nb.generation.tokens import (
    BAR_EVENT,
    DURATIONS,
    MAX_BAR_STEPS,
    SIZES,
    decode,
    duration_index,
    encode,
)

#: middles of the sixteen bins of eight
VELOCITIES = range(4, 128, 8)


@st.composite
def tables(draw: st.DrawFn) -> MusicTable:
    bars = draw(st.lists(st.integers(1, 96), min_size=1, max_size=6))
    note = st.tuples(
        st.integers(0, sum(bars) - 1),
        st.sampled_from(DURATIONS.tolist()),
        st.integers(0, 127),
        st.sampled_from(VELOCITIES),
        st.integers(0, len(PARTS) - 1),
    )
    rows = np.array(draw(st.lists(note, max_size=40)), dtype=np.int64).reshape(-1, 5)
    starts = np.array([0, *itertools.accumulate(bars)])
    return MusicTable.build(rows, starts, np.full(len(bars), 100.0))


def columns(table: MusicTable) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.stack([table.onset, table.duration, table.pitch, table.velocity, table.part], axis=1)


@settings(max_examples=80)
@given(tables())
def test_what_can_be_written_comes_back(table: MusicTable) -> None:
    events = encode(table)
    assert np.array_equal(decode(events, table.bar_start), columns(table))
    assert (events >= 0).all()
    assert (events < np.array(SIZES)).all()
    assert (events == BAR_EVENT).all(axis=1).sum() == table.bars == (events[:, 0] == 0).sum()


@settings(max_examples=80)
@given(tables())
def test_events_stand_in_the_order_of_sounding(table: MusicTable) -> None:
    events = encode(table)
    assert tuple(events[0]) == BAR_EVENT
    bar = np.cumsum(events[:, 0] == 0)
    notes = events[:, 0] > 0
    keys = [
        (int(b), int(position), part == DRUMS, int(pitch), int(part))
        for b, (position, part, pitch, _, _) in zip(bar[notes], events[notes], strict=True)
    ]
    assert keys == sorted(keys)


def test_events_by_hand() -> None:
    rows = [(0, 12, 60, 68, 0), (0, 12, 36, 100, DRUMS), (0, 24, 40, 68, 12), (54, 6, 61, 20, 0)]
    table = MusicTable.build(np.array(rows), np.array([0, 48, 84]), np.array([90.0, 90.0]))
    assert encode(table).tolist() == [
        list(BAR_EVENT),
        [1, 12, 40, 14, 8],  # the bass first
        [1, 0, 60, 9, 8],
        [1, DRUMS, 36, 9, 12],  # drums last
        list(BAR_EVENT),
        [7, 0, 61, 5, 2],
    ]


@pytest.mark.parametrize(("steps", "written"), [(7, 8), (11, 12), (13, 12), (14, 15), (100, 96), (1000, 192)])
def test_odd_durations_become_the_nearest_by_ratio(steps: int, written: int) -> None:
    assert DURATIONS[duration_index(np.array([steps]))].tolist() == [written]


def test_eight_beats_fit_and_more_do_not() -> None:
    none = np.empty((0, 5), dtype=np.int64)
    fits = MusicTable.build(none, np.array([0, 8 * GRID]), np.array([90.0]))
    assert len(encode(fits)) == 1
    long = MusicTable.build(none, np.array([0, MAX_BAR_STEPS + 1]), np.array([90.0]))
    with pytest.raises(ValueError, match="more than eight beats"):
        encode(long)
