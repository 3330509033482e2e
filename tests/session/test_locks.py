"""What is locked stays: the same notes, and the same events in the file. The tiny network composes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mido
import pytest

from emsync_nb.domain import BarGrid, Note, Score, TempoMap, Track
from emsync_nb.errors import OutputError, PlanError
from emsync_nb.session import Lock, Session, Take
from emsync_nb.session.locking import described, locked_notes, open_cells
from tests.session.tiny_session import BOUNDARIES

#: (tick, pitch, velocity) of an event; a note-off has velocity 0
Event = tuple[int, int, int]


def events(path: Path, track: str) -> set[Event]:
    """The notes of a track as they stand in a file, read by mido."""
    chunk = next(chunk for chunk in mido.MidiFile(path).tracks if chunk.name == track)
    now, found = 0, set()
    for message in chunk:
        now += message.time
        if message.type in ("note_on", "note_off"):
            found.add((now, message.note, message.velocity if message.type == "note_on" else 0))
    return found


def events_of(note: Note) -> set[Event]:
    """What a note is in a file of 480 ticks a beat."""
    return {
        (int(note.start_beat * 480), note.pitch, note.velocity),
        (int(note.end_beat * 480), note.pitch, 0),
    }


def notes(session: Session, take: Take | str, track: str) -> list[Note]:
    """The notes of a track of a take."""
    return [note for one in session.music(take).tracks if one.name == track for note in one.notes]


def bar_of(session: Session, note: Note) -> int:
    """The bar in which a note begins."""
    return session.score_plan.grid.at(note.start_beat).number


def test_locks_hold_in_every_new_take_and_in_its_file(composing: Session) -> None:
    session = composing
    (first,) = session.generate(seed=3)
    session.accept(first)
    tracks = [track.name for track in session.music(first).tracks]
    last = len(session.score_plan.grid.bars)
    whole, part, single = tracks[0], tracks[1], tracks[2]
    some = notes(session, first, single)[::3]
    bar = min(bar_of(session, notes(session, first, part)[0]), last - 1)
    session.lock(track=whole)
    session.lock(track=part.upper(), bars=(bar, bar + 1))
    session.lock(track=single, notes=[(note.start_beat, note.pitch) for note in some])
    session.lock(bars=(last, last))
    kept = locked_notes(session.music(first), session.state.locks)
    assert {name for name, _ in kept} >= {whole, part, single}
    takes = [*session.regenerate(takes=2, seed=11), *session.generate(seed=40)]
    for take in takes:
        path = session.folder / take.file
        for name, note in kept:
            assert note in notes(session, take, name)
            assert events_of(note) <= events(path, name)
        assert notes(session, take, whole) == notes(session, first, whole)
        assert events(path, whole) == events(session.folder / first.file, whole)
        for name in tracks:
            closed = {last} | ({bar, bar + 1} if name == part else set())
            new = set(notes(session, take, name)) - set(notes(session, first, name))
            assert not {bar_of(session, note) for note in new} & closed
        assert session.compare(first, take)
    assert {take.kind for take in takes} == {"regenerated"}


def test_only_what_is_asked_for_is_written_anew(composing: Session) -> None:
    session = composing
    session.accept(session.generate(seed=3)[0])
    track = session.music("001").tracks[-1].name
    (take,) = session.regenerate(bars=(2, 3), tracks=[track.lower()], seed=9)
    (difference,) = session.compare("001", take)
    assert difference.track == track
    assert set(difference.bars) <= {2, 3}


def test_when_all_is_locked_nothing_can_be_written(session: Session) -> None:
    session.accept(session.generate()[0])
    session.lock(bars=(2, 3))
    with pytest.raises(PlanError, match="unlock some"):
        session.regenerate(bars=(2, 3))
    session.lock()
    for work in (session.generate, session.regenerate):
        with pytest.raises(PlanError, match="unlock some"):
            work()
    session.unlock(session.state.locks[1])
    session.regenerate()
    session.unlock()
    assert not session.state.locks
    with pytest.raises(PlanError, match="no such lock"):
        session.unlock(Lock("Cello"))


def test_a_lock_names_what_is_there(session: Session) -> None:
    for wrong in ({"bars": (1, 2)}, {"track": "Cello"}, {}):
        with pytest.raises(PlanError, match="no take is accepted"):
            session.lock(**wrong)  # type: ignore[arg-type]
    session.accept(session.generate()[0])
    bars = len(session.score_plan.grid.bars)
    for track, span, spots, line in (
        ("Kazoo", None, (), "no track named 'Kazoo'"),
        ("Cello", (0, 1), (), "counted from 1"),
        ("Cello", (3, 2), (), "counted from 1"),
        ("Cello", (1, bars + 1), (), f"not in 1 to {bars}"),
        (None, (1, 10**15), (), f"not in 1 to {bars}"),
        ("Cello", (1.5, 2), (), "whole numbers"),
        (None, None, ((Fraction(0), 60),), "needs their track"),
        ("Cello", None, ((Fraction(1, 7), 60),), "no note of pitch 60 at beat 1/7"),
    ):
        with pytest.raises(PlanError, match=line):
            session.lock(track, span, spots)  # type: ignore[arg-type]
    assert not session.state.locks
    session.lock("cello")
    session.lock("Cello")
    assert session.state.locks == (Lock("Cello"),)


def test_locks_of_a_longer_take_cost_nothing_in_a_shorter_plan(session: Session) -> None:
    last = len(session.score_plan.grid.bars)
    cells = open_cells(session.score_plan, [Lock(None, (last, 10**15))], None, ())
    assert {cell.last_bar for cell in cells} == {last - 1}


def test_when_the_click_has_moved_locks_are_not_written_around(session: Session) -> None:
    session.accept(session.generate()[0])
    session.lock(track="Cello")
    session.change("moved", lambda plan: plan.moved(1, Fraction(5, 2)))
    for work in (session.generate, session.regenerate):
        with pytest.raises(PlanError, match=r"another click than the plan.*undo the change.*without locks"):
            work()
    session.undo()
    session.regenerate()
    # what does not move the click does not stand in the way
    weakest = 1 + [strength for _, strength in BOUNDARIES].index(0.5)
    session.change("weighted", lambda plan: plan.weighted(weakest, 0.4))
    session.regenerate()


def test_music_for_another_click_is_made_anew_without_locks(session: Session) -> None:
    session.accept(session.generate()[0])
    session.change("moved", lambda plan: plan.moved(1, Fraction(5, 2)))
    assert session.generate()[0].plan != session.state.takes[0].plan


def test_a_lock_of_an_edited_take_is_not_taken_from_it(session: Session) -> None:
    session.accept(session.generate()[0])
    (session.folder / "takes/001.mid").write_bytes(b"edited")
    with pytest.raises(OutputError, match="was edited"):
        session.lock()
    with pytest.raises(OutputError, match="was edited"):
        session.regenerate()


def test_which_notes_a_lock_holds() -> None:
    line = tuple(Note(Fraction(beat), Fraction(1), 60 + beat, 90) for beat in range(8))
    tracks = (Track("A", 0, False, line), Track("B", 0, False, line))
    score = Score(tracks, TempoMap.constant(100), BarGrid.from_lengths([4, 4]))

    def held(*locks: Lock) -> list[str]:
        return [f"{track}{note.pitch - 60}" for track, note in locked_notes(score, locks)]

    assert held() == []
    assert held(Lock()) == [f"{track}{beat}" for track in "AB" for beat in range(8)]
    assert held(Lock("A", (2, 2))) == ["A4", "A5", "A6", "A7"]
    assert held(Lock(None, (2, 9)), Lock("B", None, ((Fraction(1), 61),))) == [
        *("A4", "A5", "A6", "A7"),
        *("B1", "B4", "B5", "B6", "B7"),
    ]
    assert held(Lock("B", None, ((Fraction(1), 60),))) == []
    assert [
        described(lock) for lock in (Lock(), Lock("A", (1, 2)), Lock("A", None, ((Fraction(1), 60),)))
    ] == [
        *("all tracks", "A, bars 1 to 2", "1 note of A"),
    ]
