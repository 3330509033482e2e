"""Runs of music that was learnt from are known again in any key and at any tempo, and not continued."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import DRUMS, GRID, MusicTable
from emsync_nb.generation.borrowing import BYTES, RUN, Memory, known_runs

#: a melody of twenty notes with a rhythm of its own: (steps to the next note, pitch)
MELODY = [
    (6, 60), (6, 64), (12, 67), (3, 65), (3, 71), (6, 62), (18, 69), (6, 59), (12, 66), (6, 72),
    (3, 58), (9, 63), (12, 70), (6, 61), (6, 68), (12, 57), (3, 65), (9, 74), (6, 62), (12, 69),
]  # fmt: skip


def line(transposed: int = 0, start: int = 0, part: int = 9) -> list[tuple[int, int, int]]:
    """(part, step, pitch) of the melody."""
    steps = np.cumsum([start] + [gap for gap, _ in MELODY])[:-1]
    return [(part, int(step), pitch + transposed) for step, (_, pitch) in zip(steps, MELODY, strict=True)]


def table(notes: list[tuple[int, int, int]]) -> MusicTable:
    rows = np.array([[step, 3, pitch, 80, part] for part, step, pitch in notes])
    bars = np.arange(0, rows[:, 0].max() + 8 * GRID, 4 * GRID)
    return MusicTable.build(rows, bars, np.full(len(bars) - 1, 100.0))


LEARNT = known_runs([table(line())])


def heard(notes: list[tuple[int, int, int]]) -> Memory:
    memory = Memory(LEARNT)
    for note in notes:
        memory.hear(*note)
    return memory


@given(st.integers(-20, 20), st.integers(0, 500), st.integers(0, len(MELODY) - RUN - 1))
def test_the_next_note_of_a_known_run_is_known_in_any_key(transposed: int, start: int, first: int) -> None:
    notes = line(transposed, start)
    part, step, pitch = notes[first + RUN]
    assert heard(notes[first : first + RUN]).borrowed(part, step) == 1 << pitch


def test_shorter_runs_and_other_rhythms_are_anybodys() -> None:
    notes = line()
    part, step, _ = notes[RUN]
    assert heard(notes[1:RUN]).borrowed(part, step) == 0
    assert heard(notes[:RUN]).borrowed(part, step + 1) == 0
    changed = [*notes[:5], (part, notes[5][1], notes[5][2] + 1), *notes[6:RUN]]
    assert heard(changed).borrowed(part, step) == 0


def test_lines_are_the_highest_notes_of_each_part() -> None:
    """Lower notes of a chord and other parts beside it do not hide a run; a higher one makes another line."""
    notes = line()
    part, step, pitch = notes[RUN]
    chords = [note for p, s, n in notes[:RUN] for note in ((p, s, n - 5), (p, s, n), (3, s, n + 20))]
    assert heard(chords).borrowed(part, step) == 1 << pitch
    assert heard([*notes[:RUN], (part, notes[RUN - 1][1], 120)]).borrowed(part, step) == 0


def test_what_sounds_at_the_step_already_is_not_the_note_before() -> None:
    notes = line()
    part, step, pitch = notes[RUN]
    assert heard([*notes[:RUN], (part, step, 30)]).borrowed(part, step) == 1 << pitch


@pytest.mark.parametrize(
    "pitches", [[60] * 30, list(range(40, 70)), [60, 64, 67, 64] * 8], ids=["repeated", "scale", "arpeggio"]
)
def test_figures_belong_to_nobody(pitches: list[int]) -> None:
    assert not known_runs([table([(9, 6 * i, pitch) for i, pitch in enumerate(pitches)])]).any()


def test_drums_and_unknown_music_are_free() -> None:
    assert not known_runs([table(line(part=DRUMS))]).any()
    notes = line()
    memory = Memory(None)
    for note in notes[:RUN]:
        memory.hear(*note)
    assert memory.borrowed(9, notes[RUN][1]) == 0


def test_a_stranger_is_seldom_taken_for_known() -> None:
    """With a third of the bits set, less than one in fifty."""
    rng = np.random.default_rng(1)
    bits = np.packbits(rng.random(BYTES * 8) < 1 / 3)
    memory = Memory(bits)
    for step in range(RUN):
        memory.hear(9, 6 * step, int(rng.integers(40, 80)))
    found = [memory.borrowed(9, 6 * RUN + later).bit_count() for later in range(200)]
    assert sum(found) / (200 * 128) < 1 / 50
