"""How an excerpt is laid out as steps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from emsync_nb.domain import PARTS, MusicTable
from emsync_nb.generation.tokens import (
    AFTER,
    BAR,
    BAR_EVENT,
    BESIDE,
    COLUMNS,
    EVENT,
    HEAD,
    IN_FORCE,
    PREFIX_EVENTS,
    RECALLED,
    SOURCE,
    WRITTEN,
    Heads,
    bar_events,
    decode,
    encode,
)
from emsync_nb.training.layout import (
    after_steps,
    draw_given,
    main_steps,
    recalled_bar,
    recalled_steps,
)

Row = tuple[int, int, int, int, int]
#: sixteen sixteenths, a tempo, no key, a loudness, a density: one for each bar
CLASSES = [16, 14, 24, 8, 7]


def music(rows: list[Row], bars: int, steps: int = 48) -> MusicTable:
    return MusicTable.build(np.array(rows).reshape(-1, 5), np.arange(bars + 1) * steps, np.full(bars, 90.0))


def heads(bars: int) -> Heads:
    """Heads that tell which bar they are of: by their densities."""
    rows = np.tile(np.array(CLASSES), (bars, 1))
    rows[:, 4] = np.arange(bars) % 23
    return Heads(rows)


def kinds(steps: NDArray[np.int64]) -> list[str]:
    names = {BAR: "bar", HEAD: "head"}
    return [names.get(kind, "note") for kind in steps[:, 0].tolist()]


@st.composite
def tables(draw: st.DrawFn) -> MusicTable:
    lengths = draw(st.lists(st.sampled_from([12, 36, 48, 96]), min_size=1, max_size=8))
    note = st.tuples(
        st.integers(0, sum(lengths) - 1),
        st.sampled_from([3, 6, 12, 24]),
        st.integers(40, 80),
        st.sampled_from([4, 68, 124]),
        st.integers(0, 5),
    )
    rows = np.array(draw(st.lists(note, max_size=60)), dtype=np.int64).reshape(-1, 5)
    starts = np.array([0, *itertools.accumulate(lengths)])
    return MusicTable.build(rows, starts, np.full(len(lengths), 100.0))


@given(tables())
def test_bars_begin_where_their_lines_are(table: MusicTable) -> None:
    events = encode(table, heads(table.bars))
    assert bar_events(table).tolist() == [*np.flatnonzero(events[:, 0] == BAR).tolist(), len(events)]


def test_given_notes_stand_between_line_and_head() -> None:
    rows = [(0, 12, 40, 68, 11), (0, 12, 60, 68, 0), (24, 12, 42, 68, 11), (54, 6, 61, 68, 0)]
    table = music(rows, 2)
    laid = main_steps(table, heads(2), np.isin(table.part, [11]))
    none = list(BAR_EVENT[1:])
    first, second = ([44, 142, 50, 24, density] for density in (0, 1))
    assert laid.steps[:, EVENT].tolist() == [
        list(BAR_EVENT),
        [2, 11, 40, 9, 8, 23],
        [26, 11, 42, 9, 8, 23],
        [1, *first],
        [2, 0, 60, 9, 8, 23],
        list(BAR_EVENT),
        [1, *second],
        [8, 0, 61, 5, 8, 23],
    ]
    assert laid.steps[:, SOURCE].tolist() == [0, BESIDE, BESIDE, 0, 0, 0, 0, 0]
    assert laid.steps[:, IN_FORCE].tolist() == [none, none, none, first, first, none, second, second]
    assert laid.bar.tolist() == [0, 0, 0, 0, 0, 1, 1, 1]
    assert laid.position.tolist() == [0, 0, 24, 0, 0, 0, 0, 6]


@given(tables(), st.integers(0, 2**32 - 1))
def test_nothing_is_lost_and_all_is_in_its_bar(table: MusicTable, seed: int) -> None:
    given_notes = np.random.default_rng(seed).random(len(table.part)) < 0.5
    laid = main_steps(table, heads(table.bars), given_notes)
    back = decode(laid.steps[:, EVENT], table.bar_start)
    assert sorted(back.tolist()) == sorted(table.rows.tolist())
    sounds = laid.steps[:, 0] > HEAD
    beside = laid.steps[sounds, SOURCE] == BESIDE
    assert sorted(back[beside].tolist()) == sorted(table.rows[given_notes].tolist())
    assert (laid.steps[~sounds, SOURCE] == WRITTEN).all()
    assert (np.diff(laid.bar) >= 0).all()
    assert (table.bar_start[laid.bar[sounds]] + laid.position[sounds] == back[:, 0]).all()
    # in each bar: the line, what is given, the head, what is written
    for bar in range(table.bars):
        inside = laid.steps[laid.bar == bar]
        order = [0 if kind == "bar" else 2 if kind == "head" else 1 if source == BESIDE else 3
                 for kind, source in zip(kinds(inside), inside[:, SOURCE].tolist(), strict=True)]  # fmt: skip
        assert order == sorted(order)
        assert order.count(0) == order.count(2) == 1


def test_without_given_notes_it_is_the_piece_as_it_is() -> None:
    table = music([(at, 6, 60, 68, part) for at in range(0, 96, 6) for part in (0, 11)], 2)
    laid = main_steps(table, heads(2), np.zeros(len(table.part), dtype=bool))
    assert np.array_equal(laid.steps[:, EVENT], encode(table, heads(2)))


@pytest.mark.parametrize(
    ("notes_a_bar", "first", "bars"),
    [
        (4, 0, 4),  # never more than four
        (4, 6, 2),  # up to the end
        (30, 0, 3),  # 32 events a bar: three make 96
        (31, 0, 2),
        (94, 0, 1),
        (95, 0, 0),  # not even one fits
        (4, 8, 0),  # nothing is left
    ],
)
def test_how_far_a_prefix_goes(notes_a_bar: int, first: int, bars: int) -> None:
    rows = [(bar * 96 + i, 3, 60, 68, 0) for bar in range(8) for i in range(notes_a_bar)]
    table = music(rows, 8, steps=96)
    prefixes = (
        (after_steps(table, heads(8), first), AFTER),
        (recalled_steps(table, heads(8), first, 8), RECALLED),
    )
    for steps, source in prefixes:
        assert steps.shape == (bars * (notes_a_bar + 2), COLUMNS)
        assert len(steps) <= PREFIX_EVENTS
        assert (steps[:, SOURCE] == source).all()
        assert steps[steps[:, 0] == HEAD, 5].tolist() == list(range(first, first + bars))


@pytest.mark.parametrize(("first", "end"), [(0, 8), (0, 3), (2, 4), (3, 4), (4, 4), (5, 4), (7, 8)])
def test_what_is_recalled_stops_before_the_excerpt(first: int, end: int) -> None:
    table = music([(bar * 48, 12, 60 + bar, 68, 0) for bar in range(8)], 8)
    steps = recalled_steps(table, heads(8), first, end)
    bars = list(range(first, min(end, first + 4)))
    assert steps[steps[:, 0] == HEAD, 5].tolist() == bars
    assert steps[steps[:, 0] > HEAD, 2].tolist() == [60 + bar for bar in bars]


def test_some_parts_are_given_never_all() -> None:
    parts = [PARTS.index(name) for name in ("piano", "cello", "flute")]
    table = music([(at, 12, 60, 68, part) for at in range(0, 384, 12) for part in parts], 8)
    seen, whole = set(), 0
    for seed in range(200):
        chosen = draw_given(table, np.random.default_rng(seed))
        given_parts = set(table.part[chosen].tolist())
        assert len(given_parts) < 3
        assert len(set(table.part[~chosen].tolist())) >= 1
        bars = set(table.bar_of()[chosen].tolist())
        assert bars == set(range(min(bars), max(bars) + 1)) if bars else not given_parts
        for part in given_parts:  # all that it plays in these bars
            assert chosen[(table.part == part) & np.isin(table.bar_of(), list(bars))].all()
        seen.add(frozenset(given_parts))
        whole += len(bars) == 8
    assert {frozenset([part]) for part in parts} < seen
    assert 100 - 25 < whole < 100 + 40  # half of the time, and now and then by chance


def test_of_one_part_nothing_is_given() -> None:
    alone = music([(at, 12, 60, 68, 0) for at in range(0, 96, 12)], 2)
    assert not any(draw_given(alone, np.random.default_rng(seed)).any() for seed in range(20))
    assert draw_given(music([], 2), np.random.default_rng(0)).shape == (0,)


def test_the_bar_that_comes_back_is_recalled() -> None:
    theme = {2: [60, 64, 67], 7: [60, 64, 67]}
    rows = [
        (bar * 48 + i * 12, 12, pitch, 68, 0)
        for bar in range(9)
        for i, pitch in enumerate(theme.get(bar, [61 + bar % 2, 63, 70]))
    ]
    table = music(rows, 9)
    drawn = [recalled_bar(table, 7, 8, np.random.default_rng(seed)) for seed in range(200)]
    assert drawn.count(2) / 200 == pytest.approx(0.7 + 0.3 / 6, abs=0.08)
    assert set(drawn) == set(range(6))  # the bar right before is heard anyway


@pytest.mark.parametrize("first", [0, 1])
def test_there_is_nothing_to_recall_at_the_beginning(first: int) -> None:
    table = music([(at, 12, 60, 68, 0) for at in range(0, 192, 12)], 4)
    assert recalled_bar(table, first, 4, np.random.default_rng(0)) is None
