"""The session behind a desk: held, shared, asked for, or only looked at."""

from __future__ import annotations

import errno
import json
import socket
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.domain import Boundary, EmotionCurve, Spotting, VideoCues, VideoInfo
from emsync_nb.errors import OutputError, PlanError, UserError, VideoError
from emsync_nb.session import Session, perform
from emsync_nb.session.holder import ADDRESS, LOCK, Holder, NoHolder
from emsync_nb.session.holder_lock import HolderLock
from emsync_nb.session.holder_protocol import VERSION
from emsync_nb.session.stopping import StoppedError
from emsync_nb.widgets.desk import work as desk_work_module
from emsync_nb.widgets.desk.work import DeskWork, desk_work, previewed
from tests.cases.worlds import make_read_only, mount, unmount
from tests.session.tiny_session import ENSEMBLE, FPS, analysed, film_cues, make_film

MUTE = {"do": "edit", "edit": "lock", "boundary": 1}


class Steps:
    """Progress that is kept."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def stage(self, name: str, share: float) -> None:
        self.stages.append(name)

    def notice(self, line: str) -> None:
        """Nobody reads it."""


def locked(work: DeskWork) -> bool:
    spotting = work.read().state.spotting
    return spotting is not None and spotting.film.boundaries[0].locked


def test_a_session_is_made_and_found_again(tmp_path: Path) -> None:
    film = make_film(tmp_path)
    work = desk_work(film, start_timecode="01:00:00:00")
    assert work.folder == tmp_path / "film.emsync" and work.session is not None
    work.close()
    again = desk_work(film)
    assert again.read().film.start_timecode == "01:00:00:00"
    again.close()
    third = desk_work(tmp_path / "film.emsync", start_timecode="02:00:00:00")
    assert third.read().film.start_timecode == "02:00:00:00"
    third.close()


def test_a_session_elsewhere(tmp_path: Path) -> None:
    work = desk_work(make_film(tmp_path), tmp_path / "work" / "here")
    assert work.read().folder == tmp_path / "work" / "here"
    work.close()


def test_desks_of_one_kernel_hold_a_session_together(folder: Path, film: Path) -> None:
    first, second = desk_work(film), desk_work(folder)
    assert first.session is second.session is not None
    second.carry_out(MUTE)
    first.close()
    assert second.session is not None and locked(second)
    second.close()
    with Session.open(folder) as session:
        assert session.plan.boundary(1).locked


def test_an_open_session_stays_its_owners(folder: Path) -> None:
    with Session.open(folder) as session:
        work = desk_work(session)
        assert work.session is session
        work.carry_out(MUTE)
        work.close()
        assert session.is_open and session.plan.boundary(1).locked
        work = desk_work(folder.with_name("film.mp4"), session)
        assert work.session is session
    # closed by its owner: the desk goes on by itself
    work.carry_out({"do": "undo"})
    assert work.session is not None and work.session is not session
    work.close()


def test_what_somebody_else_holds_is_asked_of_it(folder: Path, film: Path) -> None:
    steps = Steps()
    with Session.open(folder) as session:
        work = desk_work(film)
        assert work.session is None and work.read_only == ""
        work.carry_out(MUTE)
        assert session.plan.boundary(1).locked and locked(work)
        made = work.run({"do": "generate", "takes": 2}, steps, threading.Event())
        assert [take["name"] for take in made["takes"]] == ["001", "002"]
        assert "generation" in steps.stages
        with pytest.raises(PlanError, match="no boundary 9"):
            work.carry_out({"do": "edit", "edit": "remove", "boundary": 9})
    # the holder is gone: the desk takes its place
    work.carry_out({"do": "undo"})
    assert work.session is not None
    assert perform(folder, {"do": "show"})["takes"] == []
    work.close()


@pytest.mark.parametrize("is_held_elsewhere", [False, True])
def test_long_work_is_stopped_and_nothing_changes(
    folder: Path, film: Path, is_held_elsewhere: bool, slow_composer: threading.Event
) -> None:
    cancel = threading.Event()

    class Stopping(Steps):
        def stage(self, name: str, share: float) -> None:
            cancel.set()

    other = Session.open(folder) if is_held_elsewhere else None
    work = desk_work(film)
    before = work.read().steps
    with pytest.raises(StoppedError):
        work.run({"do": "generate"}, Stopping(), cancel)
    if other is not None:
        other.close()  # waits for what is in progress
    assert work.read().steps == before and not slow_composer.is_set()
    work.close()


def test_long_work_is_stopped_while_it_waits_for_that_of_others(
    folder: Path, film: Path, slow_composer: threading.Event
) -> None:
    with Session.open(folder) as session:
        before = session.history()
        one, other = desk_work(film), desk_work(film)
        begun, cancels = threading.Event(), (threading.Event(), threading.Event())

        class First(Steps):
            def stage(self, name: str, share: float) -> None:
                begun.set()

        def compose() -> None:
            with pytest.raises(StoppedError):
                one.run({"do": "generate"}, First(), cancels[0])

        thread = threading.Thread(target=compose)
        thread.start()
        assert begun.wait(120)
        threading.Timer(0.1, cancels[1].set).start()
        with pytest.raises(StoppedError):
            other.run({"do": "generate"}, Steps(), cancels[1])
        cancels[0].set()
        thread.join(20)
        assert not thread.is_alive()
        one.close()
        other.close()
        session.close()  # waits for what is in progress
        assert session.history() == before


@pytest.fixture
def silent_holder(folder: Path) -> Iterator[Path]:
    """A session that is held by somebody who never says a word."""
    lock = HolderLock(folder / LOCK)
    assert lock.take()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = {"port": listener.getsockname()[1], "token": "secret", "pid": 1, "version": VERSION}
        (folder / ADDRESS).write_text(json.dumps(address))
        yield folder
    (folder / ADDRESS).unlink()
    lock.release()


def test_a_holder_that_does_not_answer(
    silent_holder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(desk_work_module, "GREETING_S", 0.1)
    monkeypatch.setattr(desk_work_module, "PATIENCE_S", 0.1)
    work = desk_work(silent_holder)
    assert "does not answer" in work.read_only and "\n" not in work.read_only
    assert work.read().state.spotting is not None
    with pytest.raises(NoHolder):
        work.carry_out(MUTE)
    assert not work.try_again() and work.read_only
    work.close()
    assert not work.try_again()


def test_a_desk_that_could_not_change_anything_can_once_it_may(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_work_module, "GREETING_S", 0.1)
    gate = threading.Event()

    def answer(request: dict[str, Any], _: object) -> dict[str, Any]:
        gate.wait(20)
        return {}

    with Holder(folder, answer):
        work = desk_work(folder)
        assert work.read_only
        gate.set()
    assert work.try_again() and work.read_only == ""
    work.carry_out(MUTE)
    work.close()


def test_a_folder_that_may_not_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: HolderLock) -> bool:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(HolderLock, "take", refused)
    work = desk_work(folder)
    assert "cannot be held (Read-only file system)" in work.read_only
    assert work.read().state.spotting is not None
    with pytest.raises(OutputError, match="Read-only file system"):
        work.carry_out(MUTE)
    monkeypatch.undo()
    assert work.try_again() and work.session is not None
    work.close()


def test_a_disk_that_may_not_be_written(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    try:
        mount(disk, "4m")
    except (PermissionError, FileNotFoundError) as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    try:
        analysed(disk).close()
        make_read_only(disk)
        work = desk_work(disk / "film.mp4")
        assert "Read-only file system" in work.read_only
        assert work.read().state.spotting is not None
        work.close()
        with pytest.raises(OutputError, match="cannot be made"):
            desk_work(disk / "film.mp4", disk / "another.emsync")
    finally:
        unmount(disk)


def test_films_that_are_not_there_or_another(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="cannot be read"):
        desk_work(tmp_path / "no film.mp4")
    other = tmp_path / "other.mp4"
    other.write_bytes(b"other pictures")
    with pytest.raises(VideoError, match="another film"):
        desk_work(other, folder)
    with pytest.raises(OutputError):
        desk_work(tmp_path)
    # none of them left the session held
    Session.open(folder).close()


def test_a_film_that_moved_is_followed(folder: Path, film: Path, tmp_path: Path) -> None:
    moved = film.rename(tmp_path / "moved.mp4")
    work = desk_work(moved, folder)
    assert work.read().film.place(folder) == moved
    work.close()
    moved.unlink()
    work = desk_work(moved, folder)  # what is there of the session is shown
    assert work.read().state.spotting is not None
    work.close()


def test_a_damaged_session(folder: Path, film: Path) -> None:
    (folder / "session.json").write_text("{")
    with pytest.raises(OutputError, match="damaged"):
        desk_work(film)


def test_a_closed_desk_changes_nothing(folder: Path) -> None:
    work = desk_work(folder)
    work.close()
    with pytest.raises(OutputError, match="closed"):
        work.carry_out(MUTE)


def spotting_of(count: int) -> Spotting:
    """A film with so many boundaries, three seconds apart."""
    info = VideoInfo(Path("film.mp4"), Fraction(3 * count + 3), FPS, 640, 360, 0, False, "h264")
    boundaries = tuple(
        Boundary(Fraction(3 * n), "cut", 0.1 + 0.8 * ((n * 37) % 101) / 101 + n * 1e-6)
        for n in range(1, count + 1)
    )
    times_s = [float(n) for n in range(3 * count)]
    curve = EmotionCurve(times_s, [0.5 * (-1) ** (n // 40) for n in range(3 * count)], [0.0] * (3 * count))
    return Spotting(VideoCues(info, boundaries, curve), ENSEMBLE)


def test_a_preview_over_500_boundaries() -> None:
    spotting = spotting_of(500)
    edited, plan = previewed(spotting, {"do": "edit", "edit": "move", "boundary": 250, "time_s": 751.2})
    assert edited.film.boundaries[249].time_s == Fraction("751.2")
    assert len(plan.boundaries) == 500 and len(plan.hits) > 100
    assert spotting.film.boundaries[249].time_s == 750


@pytest.mark.parametrize(
    "request_",
    [
        {"do": "edit", "edit": "move", "boundary": 9, "time_s": 1},
        {"do": "edit", "edit": "move", "boundary": 1},
        {"do": "edit", "edit": "shift", "start_s": None, "end_s": 4, "valence": 1},
        {"do": "edit", "edit": "cues", "cues": [{"in_s": 0, "out_s": 5}, {"in_s": 4, "out_s": 8}]},
    ],
)
def test_a_preview_of_what_cannot_be(request_: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        previewed(Spotting(film_cues(Path("film.mp4")), ENSEMBLE), request_)
