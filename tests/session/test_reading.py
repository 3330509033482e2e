"""A session read beside whoever holds it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from emsync_nb.errors import OutputError
from emsync_nb.session import Session
from emsync_nb.session.reading import analysed_curve, saved_music, saved_work, take_file
from emsync_nb.session.store import Head, Store


def test_what_is_read_beside_the_holder_is_what_it_holds(session: Session) -> None:
    first, _ = session.generate(2, seed=3)
    session.accept(first)
    session.mute("Viola")
    session.undo()
    saved = saved_work(session.folder)
    assert (saved.film, saved.folder, list(saved.steps)) == (session.film, session.folder, session.history())
    assert (saved.state.takes, saved.state.accepted, saved.state.muted) == (
        session.state.takes,
        "001",
        frozenset(),
    )
    assert saved_music(session.folder, first) == session.music(first)
    assert take_file(session.folder, first).name == "001.mid"


def test_the_curve_of_the_analysis_outlives_edits_and_follows_undo(session: Session) -> None:
    said = session.plan.film.curve
    session.plan = session.plan.shifted(2, 6, valence=0.3)
    found = analysed_curve(session.folder)
    assert found is not None and (found.valence == said.valence).all()
    session.undo()
    session.undo()
    assert analysed_curve(session.folder) is None


def test_a_film_that_was_scored_in_one_go_goes_back_to_what_it_was_scored_by(
    session: Session, tmp_path: Path
) -> None:
    (take,) = session.generate()
    said, score = session.plan, session.music(take)
    with Session.create(session.film.place(session.folder), tmp_path / "scored.emsync") as scored:
        scored.keep_score(score, said)
        scored.plan = said.shifted(2, 6, valence=0.3)
        found = analysed_curve(scored.folder)
    assert found is not None and (found.valence == said.film.curve.valence).all()


def test_no_session_and_no_music(session: Session, tmp_path: Path) -> None:
    (take,) = session.generate()
    (session.folder / take.file).write_bytes(b"edited")
    with pytest.raises(OutputError, match="was edited"):
        saved_music(session.folder, take)
    with pytest.raises(OutputError, match="cannot be read"):
        saved_work(tmp_path / "nothing")


def test_a_moment_never_falls_between_a_file_and_its_session(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of a change is on disk a little before the session itself has changed."""
    session.accept(session.generate()[0])
    written, asked = threading.Event(), threading.Event()
    write = Store.write_head

    def slow(store: Store, head: Head) -> None:
        write(store, head)
        written.set()
        asked.wait(5)

    monkeypatch.setattr(Store, "write_head", slow)
    changing = threading.Thread(target=lambda: session.mute("Viola"))
    changing.start()
    assert written.wait(5)
    asking = threading.Timer(0.2, asked.set)  # the change goes on while the moment is being asked for
    asking.start()
    _, state, history = session.moment()
    changing.join()
    assert state.muted == {"Viola"} and history[-1].here
