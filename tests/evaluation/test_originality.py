"""Planted copies are found, with their length and place; figures do not count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import MusicTable
from emsync_nb.evaluation import MelodyIndex, SharedRun
from tests.evaluation.hand_made import DRUMS, FLUTE, PIANO, any_piece, by_chance, melody, table, tune

SCALE = [48 + step for octave in range(3) for step in (12 * octave + s for s in (0, 2, 4, 5, 7, 9, 11))]


def learned(count: int = 3, notes: int = 60) -> list[MusicTable]:
    return [melody(*by_chance(notes, seed)) for seed in range(count)]


@given(st.integers(2, 40), st.integers(0, 20), st.integers(-12, 12))
def test_a_transposed_copy_is_found_with_its_length_and_place(count: int, first: int, up: int) -> None:
    pitches, gaps = by_chance(60, seed=1)
    copied = [pitch + up for pitch in pitches[first : first + count]]
    # notes of a length that nothing learned has stand around the copy
    rows = tune([40, *copied, 41], [7, *gaps[first : first + count - 1], 7, 7], PIANO)
    runs = MelodyIndex.build(learned()).shared_runs(table(rows, bars=40))
    assert runs.longest.notes == runs.most_free.notes == runs.longest.free_notes == count
    if count > 4:  # two notes may agree by chance with others
        start = int(sum(gaps[:first]))
        assert runs.longest == SharedRun(count, count, PIANO, 7, 1, FLUTE, start)


def test_nothing_is_shared_with_other_music_drums_or_single_notes() -> None:
    index = MelodyIndex.build(learned())
    other = melody(by_chance(60, 9)[0], 7)
    drums = melody(*by_chance(60, 1), part=DRUMS)
    for music in (other, drums, melody([60])):
        assert index.shared_runs(music).longest == SharedRun()
    assert MelodyIndex.build([]).shared_runs(other).longest.notes == 0


def test_a_run_does_not_go_on_from_one_piece_to_the_next() -> None:
    pitches, gaps = by_chance(20, seed=5)
    halves = [melody(pitches[:10], gaps[:10]), melody(pitches[10:], gaps[10:])]
    assert MelodyIndex.build(halves).shared_runs(melody(pitches, gaps)).longest.notes == 10


def test_a_long_scale_does_not_hide_a_shorter_copy() -> None:
    pitches, gaps = by_chance(12, seed=2)
    index = MelodyIndex.build([melody(SCALE), melody(pitches, gaps)])
    music = table(tune([*SCALE, 40, *pitches], [6] * 20 + [7, 7, *gaps]), bars=20)
    runs = index.shared_runs(music)
    assert (runs.longest.notes, runs.longest.free_notes) == (21, 0)
    assert (runs.most_free.notes, runs.most_free.free_notes) == (12, 12)
    assert runs.most_free.learned_piece == 1


def test_a_scale_within_a_copy_does_not_count_but_does_not_end_it() -> None:
    pitches, gaps = by_chance(10, seed=4)
    whole = [*pitches[:5], 30, *SCALE, 31, *pitches[5:]]
    lengths = [*gaps[:5], 9, *[6] * 20, 9, 9, *gaps[5:]]
    runs = MelodyIndex.build([melody(whole, lengths)]).shared_runs(melody(whole, lengths))
    assert (runs.most_free.notes, runs.most_free.free_notes) == (33, 12)


@given(any_piece())
def test_a_piece_shares_all_its_lines_with_itself(music: MusicTable) -> None:
    index = MelodyIndex.build([*learned(1), music])
    pitched = music.rows[music.rows[:, 4] != DRUMS]
    most = max((len(np.unique(pitched[pitched[:, 4] == part, 0])) for part in set(pitched[:, 4])), default=0)
    assert index.shared_runs(music).longest.notes == (most if most > 1 else 0)


@pytest.mark.parametrize("part", [FLUTE, PIANO])
def test_a_chord_underneath_does_not_hide_a_melody(part: int) -> None:
    pitches, gaps = (values[:20] for values in by_chance(60, seed=1))
    rows = [(at, length, pitch - 20, 60, part) for at, length, pitch, _, _ in tune(pitches, gaps, part)]
    music = table([*tune(pitches, gaps, part), *rows], bars=10)
    assert MelodyIndex.build(learned()).shared_runs(music).longest.notes == 20
