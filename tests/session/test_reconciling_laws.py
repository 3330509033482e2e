"""Whatever somebody edits: no note is lost, and what nobody edits is kept."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.domain import BarGrid, Note, Score, TempoMap, Track
from emsync_nb.notation import write_midi
from emsync_nb.session.reconciling import reconcile
from tests.session.conservation import back, obeys
from tests.session.edited_exports import begin_later

_EDITS = st.sampled_from(["delete", "move", "transpose", "louder", "longer", "leave", "leave"])


@st.composite
def small_scores(draw: st.DrawFn) -> Score:
    """Tracks whose notes a file can hold, on ticks of 1/480 beat."""
    tracks = []
    for number in range(draw(st.integers(0, 4))):
        notes = []
        for pitch in draw(st.sets(st.integers(30, 90), max_size=6)):
            cuts = sorted(draw(st.sets(st.integers(0, 480 * 30), max_size=8)))
            for start, stop in zip(cuts[::2], cuts[1::2], strict=False):
                velocity = draw(st.integers(1, 127))
                notes.append(Note(Fraction(start, 480), Fraction(stop - start, 480), pitch, velocity))
        notes.sort(key=lambda note: (note.start_beat, note.pitch))
        tracks.append(Track(f"Part {'ABCD'[number]}", number * 9, False, tuple(notes)))
    return Score(tuple(tracks), TempoMap.constant(90), BarGrid.from_lengths([4] * 8))


@settings(max_examples=60, deadline=None)
@given(small_scores(), st.sampled_from([0, 480, 4 * 480, 7 * 480, 333]))
def test_unedited_exports_are_kept_wherever_they_lie(score: Score, ticks: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mid"
        write_midi(score, path)
        begin_later(mido.MidiFile(path), ticks).save(path)
        result = back(score, path)
    assert result.kept == score.note_count
    assert result.score.tracks == score.tracks
    assert result.offset_beats == (Fraction(ticks, 480) if score.note_count else 0)


@settings(max_examples=150, deadline=None)
@given(small_scores(), st.data())
def test_no_edit_loses_a_note(score: Score, data: st.DataObject) -> None:
    rng = random.Random(data.draw(st.integers(0, 1 << 16)))
    shift = Fraction(data.draw(st.sampled_from([0, 0, 12, 1])), 3)
    tracks = [_edited_track(track, data.draw(_EDITS), shift, rng) for track in score.tracks]
    if rng.random() < 0.5:
        rng.shuffle(tracks)
        tracks = [replace(track, name=rng.choice([track.name, "", "New"])) for track in tracks]
    if tracks and rng.random() < 0.5:
        tracks.append(_edited_track(tracks[0], "move", Fraction(0), rng))
    export = replace(score, tracks=tuple(tracks))
    result = reconcile(score, export)
    obeys(score, export, result)
    assert reconcile(score, export) == result


def _edited_track(track: Track, edit: str, shift: Fraction, rng: random.Random) -> Track:
    notes = []
    for note in track.notes:
        moved = replace(note, start_beat=note.start_beat + shift)
        kind = edit if rng.random() < 0.5 else "leave"
        if kind == "move":
            moved = replace(moved, start_beat=moved.start_beat + Fraction(rng.randrange(500), 480))
        if kind == "transpose":
            moved = replace(moved, pitch=moved.pitch + rng.randrange(-12, 13))
        if kind == "louder":
            moved = replace(moved, velocity=min(127, moved.velocity + 9))
        if kind == "longer":
            moved = replace(moved, duration_beats=moved.duration_beats + Fraction(1, 7))
        if kind != "delete":
            notes.append(moved)
    return replace(track, notes=tuple(sorted(notes, key=lambda note: (note.start_beat, note.pitch))))


def test_thousands_of_notes_on_one_pitch_end() -> None:
    """Every pair of them could be the same note."""
    notes = tuple(Note(Fraction(n, 50), Fraction(1, 100), 60, 64) for n in range(6000))
    score = Score((Track("A", 1, False, notes),), TempoMap.constant(100), BarGrid.from_lengths([4] * 30))
    late = tuple(replace(note, start_beat=note.start_beat + Fraction(1, 130)) for note in notes[::2])
    other = replace(score, tracks=(Track("A", 1, False, late),))
    obeys(score, other, reconcile(score, other))
