"""What is a melody line, and what in it is only a figure."""

from __future__ import annotations

import pytest

from emsync_nb.domain.melody import in_figure, melody_lines
from tests.evaluation.hand_made import DRUMS, FLUTE, PIANO, by_chance, melody, table, tune

C_MAJOR = (60, 62, 64, 65, 67, 69, 71, 72)
#: Beethoven, Symphony No. 9, fourth movement: the theme in D, in beats of 12 steps
ODE = [66, 66, 67, 69, 69, 67, 66, 64, 62, 62, 64, 66, 66, 64, 64]
ODE_GAPS = [12] * 12 + [18, 6, 24]


def figure_notes(pitches: list[int] | tuple[int, ...], gaps: list[int] | int = 6) -> list[int]:
    (line,) = melody_lines(melody(pitches, gaps))
    return [at for at, is_in in enumerate(in_figure(line)) if is_in]


def test_a_line_is_the_top_of_each_part() -> None:
    rows = [(0, 12, 60, 70, PIANO), (0, 12, 72, 70, PIANO), (12, 12, 48, 70, PIANO), (0, 3, 99, 70, DRUMS)]
    lines = list(melody_lines(table([*rows, *tune([80, 81], 12, FLUTE)])))
    assert [line.part for line in lines] == [PIANO, FLUTE]
    assert [line.pitch.tolist() for line in lines] == [[72, 48], [80, 81]]


@pytest.mark.parametrize(
    "pitches",
    [
        C_MAJOR,
        C_MAJOR[::-1],
        tuple(range(60, 68)),
        (60,) * 8,
        (60, 67) * 4,
        (60, 60, 60, 67, 67, 60, 67, 67),
        (60, 67, 64, 67) * 4,
        # through another chord
        (60, 67, 64, 67, 60, 67, 64, 67, 60, 68, 65, 68, 60, 68, 65, 68),
        # falling thirds along a scale
        (60, 64, 62, 65, 64, 67, 65, 69, 67, 71, 69, 72),
    ],
)
def test_figures(pitches: tuple[int, ...]) -> None:
    assert figure_notes(pitches) == list(range(len(pitches)))


@pytest.mark.parametrize(
    ("pitches", "gaps"),
    [
        (C_MAJOR[:7], 6),  # too short
        (C_MAJOR, [6, 6, 6, 6, 12, 6, 6, 6]),  # not even
        ((60, 62, 64, 65, 64, 65, 67, 69), 6),  # turns
        ((60, 64, 67, 72, 60, 64, 67, 72), 6),  # a cell of four twice only
        (ODE, ODE_GAPS),
    ],
)
def test_no_figures(pitches: tuple[int, ...], gaps: list[int] | int) -> None:
    assert figure_notes(pitches, gaps) == []


def test_repeated_notes_are_a_figure_in_any_rhythm() -> None:
    assert figure_notes([60] * 8, [3, 9, 12, 6, 3, 3, 18, 6]) == list(range(8))


def test_a_figure_ends_where_the_tune_goes_on() -> None:
    pitches, gaps = by_chance(20, seed=3)
    assert figure_notes(pitches, gaps) == []
    assert figure_notes([50, *C_MAJOR, 64, 77, 61], 6) == list(range(1, 9))


def test_a_line_of_one_note_has_no_figure() -> None:
    assert figure_notes([60], 6) == []
