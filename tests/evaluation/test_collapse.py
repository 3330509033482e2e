"""Pieces that collapse, and pieces on the edge of it that do not."""

from __future__ import annotations

import pytest
from hypothesis import given

from emsync_nb.domain import MusicTable
from emsync_nb.evaluation import collapse_of
from emsync_nb.evaluation.collapse import is_endless_repeat, is_stuck, longest_silence_s
from tests.evaluation.hand_made import BAR, DRUMS, FLUTE, PIANO, Row, any_piece, by_chance, melody, table


def bar(kind: int, number: int, velocity: int = 70) -> list[Row]:
    """A bar of four notes, unlike that of another kind."""
    return [(number * BAR + at, 12, 60 + kind + at // 6, velocity, PIANO) for at in (0, 12, 24, 36)]


def bars(*kinds: int) -> MusicTable:
    return table(
        [row for at, kind in enumerate(kinds) for row in bar(kind, at, 60 + at % 9)], bars=len(kinds)
    )


@pytest.mark.parametrize(
    ("kinds", "collapses"),
    [
        ([0] * 8, True),
        ([0] * 7, False),
        ([1, 2, *[0] * 8, 3], True),
        ([0, 1] * 8, True),
        ([0, 1] * 7 + [0], False),
        ([0, 1, 2, 3] * 4, True),
        ([0, 1, 2, 3] * 3 + [0, 1, 2], False),
        ([0, 1, 2] * 8, False),
        (list(range(24)), False),
    ],
)
def test_a_loop_is_endless_after_some_bars(kinds: list[int], collapses: bool) -> None:
    assert collapse_of(bars(*kinds)) == ("endless repeat" if collapses else None)


def test_one_note_that_differs_ends_a_loop() -> None:
    rows = [row for at in range(8) for row in bar(0, at)]
    for other in [(4 * BAR, 6, 90, 70, FLUTE), (4 * BAR, 12, 60, 70, FLUTE)]:
        assert is_endless_repeat(table(rows, bars=8))
        assert not is_endless_repeat(table([*rows, other], bars=8))


def test_rests_are_no_loop() -> None:
    assert not is_endless_repeat(table([(0, 40 * BAR, 60, 70, PIANO)], bars=40))


@pytest.mark.parametrize(("bpm", "silence_s"), [(120.0, 3.5), (60.0, 7.0)])
def test_silence_lasts_in_seconds(bpm: float, silence_s: float) -> None:
    # nothing sounds for 84 steps: seven beats
    rows = [(20, 4, 60, 70, PIANO), (108, 36, 62, 70, PIANO)]
    music = table(rows, bars=3, bpm=bpm)
    assert longest_silence_s(music) == pytest.approx(silence_s)
    assert collapse_of(music) == (None if silence_s < 4 else "silence")


def test_silence_counts_up_to_the_end_but_not_before_the_first_note() -> None:
    late = table([(3 * BAR, BAR, 60, 70, DRUMS)], bars=4)
    assert longest_silence_s(late) == 0
    early = table([(0, BAR, 60, 70, DRUMS), (6, 6, 60, 70, PIANO)], bars=4)
    assert longest_silence_s(early) == pytest.approx(6.0)
    assert collapse_of(table([], bars=4)) == "silence"


@pytest.mark.parametrize(("stuck", "free", "collapses"), [(61, 39, True), (60, 40, False)])
def test_one_note_must_not_be_most_of_the_music(stuck: int, free: int, collapses: bool) -> None:
    span = 16 * BAR
    rows = [(at * span // stuck, 3, 60, 70, PIANO) for at in range(stuck)]
    rows += [(at * span // free, 3, 70 + at % 7, 70, FLUTE) for at in range(free)]
    rows += [(at, 3, 38, 70, DRUMS) for at in range(0, span, 6)]
    assert collapse_of(table(rows, bars=16)) == ("stuck note" if collapses else None)


def test_sixteen_bars_anywhere_are_enough() -> None:
    pitches, _ = by_chance(160, seed=1)
    moving = [(at * 12, 12, pitch, 70, PIANO) for at, pitch in enumerate(pitches)]
    stuck = [(40 * BAR + at * 36, 36, 60, 70, PIANO) for at in range(22)]
    assert not is_stuck(table(moving, bars=40))
    assert is_stuck(table([*moving, *stuck], bars=57))


def test_few_notes_are_not_stuck() -> None:
    assert not is_stuck(melody([60] * 15, BAR + 12))


@pytest.mark.parametrize(("steps", "collapses"), [(16 * BAR, False), (16 * BAR + 1, True)])
def test_a_note_must_not_sound_for_ever(steps: int, collapses: bool) -> None:
    pitches, gaps = by_chance(150, seed=2)
    moving = melody(pitches, gaps).rows.tolist()
    music = table([*map(tuple, moving), (BAR, steps, 36, 70, PIANO)], bars=30)
    assert is_stuck(music) is collapses


@given(any_piece())
def test_any_piece_gets_an_answer(music: MusicTable) -> None:
    reason = collapse_of(music)
    whole_s = float(music.bar_seconds.sum())
    assert reason in (None, "endless repeat", "silence", "stuck note")
    assert 0 <= longest_silence_s(music) <= whole_s + 1e-6
    assert reason != "stuck note" or music.bars > 16 or len(music.onset) >= 16
