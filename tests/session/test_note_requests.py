"""Single notes locked and let go by requests: by beat, and by the second at which they are seen."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import BarGrid, Note, Score, TempoChange, TempoMap, Track
from emsync_nb.errors import PlanError
from emsync_nb.session import Lock, Session
from emsync_nb.session.note_requests import notes_at
from emsync_nb.session.request_values import MAX_NOTES

#: 120 beats a minute up to beat 8, then 60; a note on each of these ticks of the second tempo
TEMPO = TempoMap((TempoChange(0, 500_000), TempoChange(8, 1_000_000)))


def _score(*spots: tuple[Fraction | int, int]) -> Score:
    line = tuple(Note(Fraction(beat), Fraction(1, 4), pitch, 80) for beat, pitch in spots)
    other = (Note(Fraction(3), Fraction(1), 99, 80),)
    return Score(
        (Track("A", 0, False, line), Track("B", 0, False, other)), TEMPO, BarGrid.from_lengths([4] * 8)
    )


def _as_browsers_hold(time_s: Fraction) -> float:
    found: float = struct.unpack("<f", struct.pack("<f", float(time_s)))[0]
    return found


def test_notes_are_found_by_second_and_pitch() -> None:
    score = _score((0, 60), (2, 60), (2, 64), (Fraction(25, 3), 60))
    seconds = TEMPO.seconds(Fraction(25, 3))
    spots = [(1.0, 64), (_as_browsers_hold(seconds), 60), (1.0, 60)]
    assert notes_at(score, "A", spots) == [(2, 64), (Fraction(25, 3), 60), (2, 60)]


@given(st.integers(0, 3600 * 480), st.integers(250_000, 2_000_000))
def test_a_tick_is_found_again_however_late_and_fast(tick: int, us_per_beat: int) -> None:
    tempo_map = TempoMap((TempoChange(0, us_per_beat),))
    beats = [Fraction(max(0, tick + step), 480) for step in (-2, 0, 2)]
    line = tuple(Note(beat, Fraction(1), 60, 80) for beat in dict.fromkeys(beats))
    score = Score((Track("A", 0, False, line),), tempo_map, BarGrid.from_lengths([4]))
    seen = _as_browsers_hold(tempo_map.seconds(Fraction(tick, 480)))
    assert notes_at(score, "A", [(seen, 60)]) == [(Fraction(tick, 480), 60)]


@pytest.mark.parametrize(
    ("track", "spot", "line"),
    [
        ("A", (1.5, 60), "A has no note of pitch 60 at 1.5 s"),
        ("A", (1.002, 60), "A has no note of pitch 60 at 1.002 s"),
        ("A", (1.0, 61), "A has no note of pitch 61 at 1 s"),
        ("B", (1.0, 60), "B has no note of pitch 60"),
        (None, (1.0, 60), "needs their track"),
    ],
)
def test_what_is_not_there_is_not_found(track: str | None, spot: tuple[float, int], line: str) -> None:
    with pytest.raises(PlanError, match=line):
        notes_at(_score((0, 60), (2, 60)), track, [spot])


def _first(session: Session, track: str) -> tuple[Note, float]:
    """A note of the accepted take, and when it begins, as a browser holds it."""
    score = session.music("001")
    note = next(one for one in score.tracks if one.name == track).notes[3]
    return note, _as_browsers_hold(score.tempo_map.seconds(note.start_beat))


def test_one_note_is_locked_as_it_is_seen_let_go_and_locked_again(session: Session) -> None:
    session.accept(session.generate()[0])
    note, start_s = _first(session, "Cello")
    request = {"do": "lock", "track": "cello", "notes_at_s": [[start_s, note.pitch]]}
    assert session.answer(request) == {"locked": "1 note of Cello"}
    lock = Lock("Cello", None, ((note.start_beat, note.pitch),))
    assert session.state.locks == (lock,)
    assert session.history()[-1].what == "locked 1 note of Cello"
    assert session.answer({**request, "do": "unlock"}) == {"locks": []}
    session.undo()
    assert session.state.locks == (lock,)
    session.undo()
    assert session.state.locks == ()
    spots = [[str(note.start_beat), note.pitch]]
    session.answer({"do": "lock", "track": "Cello", "notes": spots})
    assert session.state.locks == (lock,)


def test_a_note_of_a_locked_track_is_let_go_alone(session: Session) -> None:
    session.accept(session.generate()[0])
    session.lock("Cello")
    note, start_s = _first(session, "Cello")
    session.answer({"do": "unlock", "track": "Cello", "notes_at_s": [[start_s, note.pitch]]})
    held = {spot for lock in session.state.locks for spot in lock.notes}
    bar = session.music("001").grid.at(note.start_beat).number
    assert (note.start_beat, note.pitch) not in held
    assert held
    assert not any(lock.bars and lock.bars[0] <= bar <= lock.bars[1] for lock in session.state.locks)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"notes_at_s": []}, "names no notes"),
        ({"notes_at_s": "60"}, "a list of 10000 notes at most"),
        ({"notes_at_s": {"1": 60}}, "a list of 10000 notes at most"),
        ({"notes_at_s": [[0.0, 60]] * (MAX_NOTES + 1)}, "a list of 10000 notes at most"),
        ({"notes_at_s": [60]}, "pairs of second and pitch"),
        ({"notes_at_s": [[1.0, 60, 1]]}, "pairs of second and pitch"),
        ({"notes_at_s": [["1.0", 60]]}, "a note's start must be a number"),
        ({"notes_at_s": [[float("nan"), 60]]}, "a note's start must be a number"),
        ({"notes_at_s": [[-1.0, 60]]}, "a note's start must be a number"),
        ({"notes_at_s": [[1.0, 60.5]]}, "a whole number is needed"),
        ({"notes_at_s": [[1.0, True]]}, "a whole number is needed"),
        ({"notes_at_s": [[99.0, 60]]}, "Cello has no note of pitch 60 at 99 s"),
        ({"notes": [[0, 60]] * (MAX_NOTES + 1)}, "a list of 10000 notes at most"),
        ({"notes": [60]}, "pairs of beat and pitch"),
        ({"notes": [[None, 60]]}, "a number is needed"),
        ({"track": None, "notes_at_s": [[0.0, 60]]}, "needs their track"),
        ({"track": "Kazoo", "notes_at_s": [[0.0, 60]]}, "no track named 'Kazoo'"),
    ],
    ids=lambda value: repr(value)[:40],
)
@pytest.mark.parametrize("do", ["lock", "unlock"])
def test_what_names_no_notes_is_refused_in_a_line(
    session: Session, do: str, values: dict[str, Any], line: str
) -> None:
    session.accept(session.generate()[0])
    before = session.history()
    with pytest.raises(PlanError) as refusal:
        session.answer({"do": do, "track": "Cello", **values})
    assert line in str(refusal.value)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 300
    assert session.history() == before


def test_without_an_accepted_take_no_note_is_locked(session: Session) -> None:
    with pytest.raises(PlanError, match="no take is accepted yet"):
        session.answer({"do": "lock", "track": "Cello", "notes_at_s": [[0.0, 60]]})
