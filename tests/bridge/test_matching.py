"""What was sent against what arrived, on cases worked out by hand."""

from __future__ import annotations

import pytest

from bridge.selftest.matching import Onset, far_from, matched, shift_s, stuck

ON, OFF = bytes((0x93, 60, 64)), bytes((0x83, 60, 0))


def at(*times_s: float, velocity: int = 64) -> list[Onset]:
    """Beginnings of one note of port 2, channel 3."""
    return [Onset(time_s, 2, 3, 60, velocity) for time_s in times_s]


def test_what_comes_late_and_early_is_measured() -> None:
    found = matched(at(1.0, 2.0), at(1.25, 1.9))
    assert found.errors_s.tolist() == pytest.approx([0.25, -0.1])
    assert (found.lost, found.doubled) == (0, 0)


@pytest.mark.parametrize(
    ("heard", "lost", "doubled", "errors_s"),
    [
        (at(1.0, 3.0), 1, 0, [0, 0]),
        (at(2.0, 3.0), 1, 0, [0, 0]),
        (at(1.0, 2.0), 1, 0, [0, 0]),
        (at(1.0, 2.0, 2.1, 3.0), 0, 1, [0, 0, 0]),
        (at(), 3, 0, []),
        (at(1.0, 2.0, 3.0, velocity=65), 3, 3, []),
    ],
    ids=["middle lost", "first lost", "last lost", "doubled", "nothing", "another velocity"],
)
def test_what_is_lost_and_doubled_is_counted(
    heard: list[Onset], lost: int, doubled: int, errors_s: list[float]
) -> None:
    found = matched(at(1.0, 2.0, 3.0), heard)
    assert (found.lost, found.doubled) == (lost, doubled)
    assert found.errors_s.tolist() == errors_s


def test_faults_are_told_with_their_places() -> None:
    found = matched(at(1.0, 2.0, 3.0), at(1.0, 3.0))
    assert (found.missing, found.extra) == (tuple(at(2.0)), ())
    assert found.starts_s.tolist() == [1.0, 3.0]


def test_one_lost_note_of_a_quick_row_makes_no_other_late() -> None:
    row = at(1.0, 1.1, 1.2, 1.3, 1.4)
    found = matched(row, [*row[:1], *row[2:]])
    assert (found.missing, found.extra) == ((row[1],), ())
    assert found.errors_s.tolist() == [0, 0, 0, 0]
    found = matched(row, at(1.0, 1.15, 1.201, 1.299))
    assert found.missing == (row[4],)
    assert found.errors_s.tolist() == pytest.approx([0, 0.05, 0.001, -0.001])


@pytest.mark.parametrize(
    ("times_s", "spans_s", "count"),
    [
        ([1.0, 2.0], [], 2),
        ([1.0, 2.0], [(1.5, 1.5)], 0),
        ([1.0, 2.0], [(9.0, 9.0), (2.5, 2.5)], 1),
        ([0.4, 1.0, 5.0, 9.0, 9.6], [(1.0, 9.0)], 2),
        ([], [(1.0, 1.0)], 0),
    ],
)
def test_what_has_nothing_near_is_counted(
    times_s: list[float], spans_s: list[tuple[float, float]], count: int
) -> None:
    assert far_from(times_s, spans_s, 0.5) == count


def test_clocks_are_laid_over_each_other_by_the_rows_that_are_whole() -> None:
    sent = at(1.0, 2.0, 3.0) + at(1.5, 2.5, velocity=9)
    heard = at(11.0, 12.0, 13.1) + at(12.5, velocity=9)
    assert shift_s(sent, heard) == pytest.approx(10.0)
    assert shift_s(sent, []) == 0


@pytest.mark.parametrize(
    ("messages", "count"),
    [
        ([(1.0, 2, ON), (1.5, 2, OFF)], 0),
        ([(1.0, 2, ON), (2.4, 2, OFF)], 0),
        ([(1.0, 2, ON), (2.6, 2, OFF)], 1),
        ([(1.0, 2, ON), (1.5, 2, bytes((0x93, 60, 0)))], 0),
        ([(1.0, 2, ON), (1.5, 2, bytes((0xB3, 123, 0)))], 0),
        ([(1.0, 2, ON), (1.5, 2, bytes((0xB4, 123, 0))), (1.5, 1, OFF)], 1),
        ([(1.0, 2, ON)], 1),
        ([(7.0, 2, ON), (9.0, 2, OFF)], 1),
        ([(1.0, 2, ON), (5.0, 2, ON), (5.5, 2, OFF)], 1),
    ],
    ids=["ended", "a bit late", "late", "by velocity 0", "all off", "others", "never", "odd", "again"],
)
def test_notes_that_stay_on_are_counted(messages: list[tuple[float, int, bytes]], count: int) -> None:
    assert stuck(at(1.0, 5.0), [1.5, 5.5], messages) == count


@pytest.mark.parametrize(
    ("messages", "count"),
    [
        ([(1.0, 2, ON), (1.6, 2, ON), (5.0, 2, OFF)], 0),
        ([(1.0, 2, ON), (2.4, 2, ON), (5.0, 2, OFF)], 0),
        ([(1.0, 2, ON), (2.6, 2, ON), (5.0, 2, OFF)], 1),
        ([(1.0, 2, ON), (1.6, 2, ON), (6.1, 2, OFF)], 1),
        ([(1.0, 2, ON), (1.4, 2, ON), (6.1, 2, OFF)], 2),
    ],
    ids=["end lost", "and late", "too late", "second end late", "overlapping"],
)
def test_a_repeated_note_takes_the_place_of_one_that_was_over(
    messages: list[tuple[float, int, bytes]], count: int
) -> None:
    assert stuck(at(1.0, 1.6), [1.5, 5.0], messages) == count
