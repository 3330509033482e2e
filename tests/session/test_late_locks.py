"""Locks that are set while takes are made hold in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest

from emsync_nb.domain import BarGrid, Note, Score, TempoMap, Track
from emsync_nb.errors import PlanError
from emsync_nb.session import Lock, Session
from emsync_nb.session.late_locks import with_locked
from emsync_nb.session.locking import locked_notes
from tests.session.test_locks import events, events_of, notes
from tests.session.tiny_session import WORK, fake_compose, fake_rewrite


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Something is done when takes are written already, and not yet noted."""

    def compose(*args: Any, **more: Any) -> list[Score]:  # noqa: ANN401 - as the composer
        found = fake_compose(*args, **more)
        act()
        return found

    def rewrite(*args: Any, **more: Any) -> list[Score]:  # noqa: ANN401 - as the composer
        found = fake_rewrite(*args, **more)
        act()
        return found

    with patch(f"{WORK}.compose_takes_of", compose), patch(f"{WORK}.rewrite_takes", rewrite):
        yield


def check_kept(session: Session, take: str, of: str = "001") -> None:
    """All that is locked stands in a take, and in its file, as it stands in the accepted one."""
    kept = locked_notes(session.music(of), session.state.locks)
    assert kept
    for name, note in kept:
        assert note in notes(session, take, name)
        assert events_of(note) <= events(session.folder / f"takes/{take}.mid", name)


@pytest.mark.parametrize("work", ["generate", "regenerate"])
def test_a_lock_that_is_set_meanwhile_holds(session: Session, work: str) -> None:
    session.accept(session.generate(seed=3)[0])
    viola = notes(session, "001", "Viola")

    def lock() -> None:
        session.lock("Cello", (1, 2))
        session.lock("Viola", None, [(note.start_beat, note.pitch) for note in viola[::3]])

    with meanwhile(lock):
        takes = getattr(session, work)(takes=2, seed=11)
    grid = session.music("001").grid
    for take in takes:
        check_kept(session, take.name)
        first, new = (notes(session, name, "Cello") for name in ("001", take.name))
        assert [n for n in new if grid.at(n.start_beat).number <= 2] == [
            n for n in first if grid.at(n.start_beat).number <= 2
        ]
        assert new != first
        assert notes(session, take.name, "Viola") != viola


def test_a_lock_that_is_taken_away_meanwhile_changes_nothing(session: Session) -> None:
    session.accept(session.generate(seed=3)[0])
    session.lock("Cello")
    with meanwhile(session.unlock):
        (take,) = session.regenerate(seed=11)
    assert notes(session, take.name, "Cello") == notes(session, "001", "Cello")


def test_locks_hold_the_notes_of_the_take_that_is_accepted_meanwhile(session: Session) -> None:
    session.generate(takes=2, seed=3)
    session.accept("001")

    def change() -> None:
        session.accept("002")
        session.lock("Cello")

    with meanwhile(change):
        (take,) = session.regenerate(seed=11)
    check_kept(session, take.name, of="002")
    assert notes(session, take.name, "Cello") == notes(session, "002", "Cello")


def test_locks_on_music_of_another_click_refuse_what_was_made(session: Session) -> None:
    session.accept(session.generate(seed=3)[0])
    session.change("moved", lambda plan: plan.moved(1, Fraction(5, 2)))
    count = len(session.state.takes)
    with meanwhile(lambda: session.lock("Cello")), pytest.raises(PlanError, match="were locked meanwhile"):
        session.generate(seed=11)
    assert len(session.state.takes) == count
    assert session.history()[-1].what == "locked Cello"


def test_other_notes_make_room() -> None:
    def score(*tracks: Track) -> Score:
        return Score(tracks, TempoMap.constant(100), BarGrid.from_lengths([4, 4]))

    def line(*found: tuple[int, int, int]) -> tuple[Note, ...]:
        return tuple(Note(Fraction(start), Fraction(length), pitch, 90) for start, length, pitch in found)

    held = score(Track("A", 0, False, line((1, 2, 60), (5, 1, 62))), Track("B", 0, False, line((0, 1, 40))))
    take = score(Track("A", 0, False, line((0, 3, 60), (2, 1, 60), (2, 1, 61), (6, 1, 70))))
    locks = [Lock("A", None, ((Fraction(1), 60),)), Lock("A", (2, 2)), Lock("B")]
    made = with_locked(take, held, locks)
    assert [track.name for track in made.tracks] == ["A", "B"]
    assert made.tracks[0].notes == line((0, 1, 60), (1, 2, 60), (2, 1, 61), (5, 1, 62))
    assert made.tracks[1].notes == line((0, 1, 40))
    assert with_locked(take, held, [Lock("C")]) == take
