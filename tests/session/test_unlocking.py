"""Some of what is locked is let go; the rest of it stays."""

from __future__ import annotations

from fractions import Fraction

import pytest

from emsync_nb.domain import BarGrid, Note, Score, TempoMap, Track
from emsync_nb.errors import PlanError
from emsync_nb.session import Lock, Session, perform
from emsync_nb.session.locking import locked_notes
from emsync_nb.session.unlocking import Whole, unlocked

LINE = tuple(Note(Fraction(beat), Fraction(1), 60 + beat, 90) for beat in range(16))
SCORE = Score(
    (Track("A", 0, False, LINE), Track("B", 0, False, LINE)),
    TempoMap.constant(100),
    BarGrid.from_lengths([4, 4, 4, 4]),
)
#: C rests
WHOLE = Whole(("A", "B", "C"), 4)


def spots(*beats: int) -> tuple[tuple[Fraction, int], ...]:
    """Notes of a line."""
    return tuple((Fraction(beat), 60 + beat) for beat in beats)


CASES = {
    "a track of all": (Lock(), Lock("A"), [Lock("B"), Lock("C")]),
    "bars of all": (Lock(), Lock(None, (2, 3)), [Lock(None, (1, 1)), Lock(None, (4, 4))]),
    "bars of a track of all": (
        Lock(None, (1, 2)),
        Lock("A", (2, 4)),
        [Lock("A", (1, 1)), Lock("B", (1, 2)), Lock("C", (1, 2))],
    ),
    "bars of a track": (Lock("A"), Lock("A", (1, 2)), [Lock("A", (3, 4))]),
    "a track": (Lock("A", (2, 3)), Lock("A"), []),
    "more than is locked": (Lock("A", (2, 3)), Lock(None, (1, 4)), []),
    "another track": (Lock("A"), Lock("B"), [Lock("A")]),
    "other bars": (Lock("A", (1, 2)), Lock("A", (3, 4)), [Lock("A", (1, 2))]),
    "some of single notes": (
        Lock("A", None, spots(0, 1, 5)),
        Lock("A", None, spots(1, 2)),
        [Lock("A", None, spots(0, 5))],
    ),
    "bars with single notes": (
        Lock("A", None, spots(0, 1, 5)),
        Lock(None, (1, 1)),
        [Lock("A", None, spots(5))],
    ),
    "all of single notes": (Lock("A", None, spots(0, 1)), Lock("A"), []),
    "a note of bars": (
        Lock("A", (1, 2)),
        Lock("A", None, spots(1)),
        [Lock("A", (2, 2)), Lock("A", None, spots(0, 2, 3))],
    ),
    "a note elsewhere": (Lock("A", (1, 2)), Lock("A", None, spots(9)), [Lock("A", (1, 2))]),
    "all notes of a bar": (Lock("A", (1, 1)), Lock("A", None, spots(0, 1, 2, 3)), []),
}


@pytest.mark.parametrize(("lock", "wanted", "left"), CASES.values(), ids=CASES.keys())
def test_the_rest_stays_locked(lock: Lock, wanted: Lock, left: list[Lock]) -> None:
    rest = unlocked([lock], wanted, SCORE, WHOLE)
    assert list(rest) == left
    before, gone = set(locked_notes(SCORE, [lock])), set(locked_notes(SCORE, [wanted]))
    assert set(locked_notes(SCORE, rest)) == before - gone


def test_whichever_locks_hold_them_notes_are_let_go(session: Session) -> None:
    session.accept(session.generate()[0])
    session.lock(bars=(1, 2))
    session.lock("Cello")
    before = session.state.locks
    session.unlock("cello", (2, 2))
    held = locked_notes(session.music("001"), session.state.locks)
    bar_of = session.music("001").grid.at
    assert not [note for name, note in held if name == "Cello" and bar_of(note.start_beat).number == 2]
    assert {bar_of(note.start_beat).number for name, note in held if name == "Viola"} == {1, 2}
    assert session.history()[-1].what == "unlocked Cello, bars 2 to 2"
    session.regenerate(bars=(2, 2))  # some of it can be written now
    session.undo()
    session.undo()
    assert session.state.locks == before
    session.unlock()
    assert session.state.locks == ()
    session.undo()
    assert session.state.locks == before


def test_what_is_not_locked_cannot_be_let_go(session: Session) -> None:
    with pytest.raises(PlanError, match="no take is accepted"):
        session.unlock("Cello")
    session.accept(session.generate()[0])
    session.lock("Cello", (1, 2))
    count = len(session.history())
    for track, bars, notes, line in (
        ("Viola", None, (), "no such lock; see emsync session show"),
        ("Cello", (3, 3), (), "no such lock"),
        ("Kazoo", None, (), "no track named 'Kazoo'"),
        ("Cello", (2, 99), (), "bars 2 to 99 are not in 1 to"),
        (None, None, ((Fraction(0), 60),), "needs their track"),
    ):
        with pytest.raises(PlanError, match=line):
            session.unlock(track, bars, notes)
    assert (session.state.locks, len(session.history())) == ((Lock("Cello", (1, 2)),), count)


def test_others_ask_for_it_in_the_same_words(session: Session) -> None:
    session.accept(session.generate()[0])
    session.lock("Cello", (1, 3))
    asked = {"do": "unlock", "track": "cello", "bars": [2, 2]}
    assert perform(session.folder, asked) == {"locks": ["Cello, bars 1 to 1", "Cello, bars 3 to 3"]}
    note = next(track for track in session.music("001").tracks if track.name == "Cello").notes[0]
    asked = {"do": "unlock", "track": "Cello", "notes": [[str(note.start_beat), note.pitch]]}
    assert perform(session.folder, asked)["locks"] == ["4 notes of Cello", "Cello, bars 3 to 3"]
    assert perform(session.folder, {"do": "unlock"}) == {"locks": []}
