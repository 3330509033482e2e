"""The way back from a DAW, in a session: what was edited with another library is merged, accepted and locked."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest

from emsync_nb.domain import Note
from emsync_nb.errors import UserError
from emsync_nb.session import Session


def edit_in_daw(take: Path, path: Path) -> tuple[str, int]:
    """The first note of a take raised by a semitone, as a DAW would save it; its track, and its new pitch."""
    file = mido.MidiFile(take)
    file.type, chunk = 1, file.tracks[1]
    on = next(m for m in chunk if m.type == "note_on" and m.velocity)
    off = next(m for m in chunk if m.type == "note_off" and m.note == on.note)
    on.note = off.note = on.note + 1
    file.save(path)
    return chunk.name, on.note


def test_what_comes_back_from_a_daw_is_merged_and_locked(session: Session, tmp_path: Path) -> None:
    session.accept(session.generate()[0])
    track, pitch = edit_in_daw(session.folder / "takes/001.mid", tmp_path / "back.mid")
    merged = session.import_music(tmp_path / "back.mid")
    assert (merged.edited, merged.added, merged.removed) == (1, 0, 0)
    assert session.state.accepted == "002"
    (lock,) = session.state.locks
    assert (lock.track, [spot[1] for spot in lock.notes]) == (track, [pitch])
    assert session.history()[-1].what == "imported back.mid as take 002"
    edited = next(t for t in session.music("002").tracks if t.name == track).notes[0]
    for take in session.regenerate(takes=3):
        (kept,) = [n for t in session.music(take).tracks if t.name == track for n in t.notes if n == edited]
        assert kept.pitch == pitch
    session.undo()
    session.undo()
    assert (session.state.accepted, session.state.locks) == ("001", ())
    with pytest.raises(UserError):
        session.import_music(tmp_path / "film.mp4")


def test_edits_finer_than_a_take_can_hold_are_locked_all_the_same(session: Session, tmp_path: Path) -> None:
    session.accept(session.generate()[0])
    file = mido.MidiFile(session.folder / "takes/001.mid")
    for chunk in file.tracks:
        for message in chunk:
            message.time *= 2
    file.ticks_per_beat *= 2
    chunk = file.tracks[1]
    late = next(i for i, m in enumerate(chunk) if m.type == "note_on" and i > 8)
    chunk[late].time += 77
    chunk[late + 1].time -= 77
    file.save(tmp_path / "fine.mid")
    session.import_music(tmp_path / "fine.mid")
    (lock,) = session.state.locks
    starts = {
        (n.start_beat, n.pitch) for t in session.music("002").tracks if t.name == lock.track for n in t.notes
    }
    assert set(lock.notes) <= starts


def test_a_note_behind_the_last_bar_does_not_move_the_click(session: Session, tmp_path: Path) -> None:
    session.accept(session.generate()[0])
    file = mido.MidiFile(session.folder / "takes/001.mid")
    end = file.tracks[1].pop()
    file.tracks[1] += [
        mido.Message("note_on", note=40, velocity=60, time=480 * 9, channel=file.tracks[1][1].channel),
        mido.Message("note_off", note=40, time=240, channel=file.tracks[1][1].channel),
        end,
    ]
    file.save(tmp_path / "longer.mid")
    merged = session.import_music(tmp_path / "longer.mid")
    assert merged.added == 1
    (take,) = session.regenerate(bars=(1, 2))
    assert any(
        note.pitch == 40 and isinstance(note, Note) for t in session.music(take).tracks for note in t.notes
    )
