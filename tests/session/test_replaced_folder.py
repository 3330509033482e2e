"""A session's folder that is taken away and made anew while it is open: the new one is another's."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from emsync_nb.errors import OutputError
from emsync_nb.pipeline.progress import Silent
from emsync_nb.session import Session
from emsync_nb.session.holder import ADDRESS, LOCK, ask
from emsync_nb.widgets.desk.remembered import NAME, Remembered
from emsync_nb.widgets.desk.work import desk_work
from tests.session.tiny_session import ENSEMBLE, analysed, files, no_network

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be taken away there")
MUTE = {"do": "edit", "edit": "lock", "boundary": 1}


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    """None."""
    with no_network():
        yield


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Session]:
    """The session that was there before, with takes."""
    with analysed(tmp_path) as session:
        session.accept(session.generate(2)[0])
        yield session


def replaced(session: Session) -> Session:
    """Another session, held too, in the place of one that is open."""
    shutil.rmtree(session.folder)
    other = Session.create(session.folder.with_name("film.mp4"))
    other.analyze(ensemble=ENSEMBLE)
    return other


def test_who_held_it_writes_nothing_into_the_new_one(first: Session, tmp_path: Path) -> None:
    take = first.state.takes[1]
    exported = tmp_path / "export.mid"
    shutil.copy(first.folder / take.file, exported)
    score, film = first.music(take), first.folder.with_name("film.mp4")
    with replaced(first) as second:
        before, entries = files(second.folder), len(second.history())
        attempts: list[Callable[[], object]] = [
            lambda: first.change("moved", lambda plan: plan.moved(1, Fraction(5, 2))),
            lambda: first.generate(1),
            lambda: first.keep_score(score, first.plan),
            lambda: first.undo(),
            lambda: first.relink(film),
            lambda: first.accept("002"),
            lambda: first.import_music(exported),
            lambda: first.lock("Cello"),
            lambda: first.unlock("Cello"),
            lambda: first.unlock(),
            lambda: first.mute("Cello"),
            lambda: first.solo("Cello"),
            lambda: first.regenerate((1, 2)),
            lambda: first.answer({"do": "lock", "track": "Cello", "notes_at_s": [[0.0, 60]]}),
        ]
        for attempt in attempts:
            with pytest.raises(OutputError, match=r"film\.emsync was replaced while it was open"):
                attempt()
        assert files(second.folder) == before
        assert len(second.history()) == entries


def test_who_held_it_leaves_the_new_holder_its_address(first: Session) -> None:
    with replaced(first) as second:
        first.close()
        assert (second.folder / ADDRESS).is_file()
        assert ask(second.folder, MUTE)["boundaries"][0]["locked"]
        assert second.plan.boundary(1).locked
    assert not (second.folder / ADDRESS).exists()


def test_a_lock_that_was_taken_away_holds_no_more(first: Session) -> None:
    lock = first.folder / LOCK
    away = lock.rename(first.folder / "away")
    with Session.open(first.folder), pytest.raises(OutputError, match="was replaced"):
        first.accept("002")
    away.replace(lock)
    first.accept("002")


def test_a_folder_that_was_taken_away_and_put_back_is_gone_on_with(first: Session) -> None:
    away = first.folder.rename(first.folder.with_name("away"))
    with pytest.raises(OutputError, match="is gone while it was open; put it back"):
        first.accept("002")
    assert not first.folder.exists()
    away.rename(first.folder)
    first.accept("002")


def test_a_desk_is_read_only_then_and_another_one_works(first: Session) -> None:
    folder = first.folder
    first.close()
    old, other = desk_work(folder), desk_work(folder)
    shutil.rmtree(folder)
    new = desk_work(folder.with_name("film.mp4"))
    new.run({"do": "analyze", "ensemble": ENSEMBLE}, Silent(), threading.Event())
    before = files(folder)
    for desk in (old, other):
        assert desk.try_again()
        assert "was replaced" in desk.read_only
        with pytest.raises(OutputError, match="was replaced"):
            desk.carry_out(MUTE)
        desk.close()
    assert files(folder) == before
    new.carry_out(MUTE)
    assert new.read_only == ""
    new.close()
    Session.open(folder).close()


def test_what_a_desk_remembers_does_not_go_there(first: Session) -> None:
    memory = Remembered(first.folder, lambda: None)
    memory.note(position_s=4.0)
    with replaced(first) as second:
        memory.close()
        assert not (second.folder / NAME).exists()
