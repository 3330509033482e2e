"""Many hands on one session: other processes, other threads, and requests that make no sense."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from emsync_nb.errors import EmsyncError, InternalError, OutputError, PlanError, VideoError
from emsync_nb.session import Session, keeping, perform
from emsync_nb.session.holder import HeldElsewhere, ask
from emsync_nb.session.requests import _HANDLERS, _LONG
from tests.session.test_session import document
from tests.session.tiny_session import ENSEMBLE, WORK, fake_compose, make_film, no_network

ROOT = Path(__file__).parents[2]

#: performs each request of a list, and says what came of it
ASKING = """
import json, sys
from emsync_nb.errors import EmsyncError
from emsync_nb.session import perform
from tests.session.tiny_session import no_network

with no_network():
    for request in json.loads(sys.argv[2]):
        try:
            print(json.dumps(perform(sys.argv[1], request)), flush=True)
        except EmsyncError as error:
            print(json.dumps({"error": str(error), "kind": type(error).__name__}), flush=True)
"""


def asking(folder: Path, requests: list[dict[str, Any]]) -> subprocess.Popen[str]:
    """Another process that asks."""
    command = [sys.executable, "-c", ASKING, str(folder), json.dumps(requests)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE)


def answers(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """What it got."""
    with process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return [json.loads(line) for line in out.splitlines()]


EVERYTHING: list[dict[str, Any]] = [
    {"do": "show"},
    {"do": "plan"},
    {"do": "edit", "edit": "move", "boundary": 1, "time_s": 3.04},
    {"do": "edit", "edit": "add", "time_s": "275/25"},
    {"do": "edit", "edit": "weight", "boundary": 2, "strength": 0.8},
    {"do": "edit", "edit": "lock", "boundary": 2},
    {"do": "edit", "edit": "remove", "boundary": 5},
    {"do": "direct", "text": "minor from 0:02 to 0:10", "apply": True},
    {"do": "generate", "takes": 2, "seed": 4},
    {"do": "accept", "take": "002"},
    {"do": "lock", "track": "Cello", "bars": [1, 2]},
    {"do": "regenerate", "bars": [2, 3], "tracks": ["viola"], "takes": 1, "seed": 2},
    {"do": "compare", "first": "002", "second": "003"},
    {"do": "mute", "track": "viola"},
    {"do": "solo", "track": "Cello"},
    {"do": "unlock"},
    {"do": "undo"},
    {"do": "redo"},
    {"do": "history"},
]


def test_all_that_can_be_asked_for_comes_to_the_same_from_another_process(session: Session) -> None:
    found = answers(asking(session.folder, EVERYTHING))
    assert not [one for one in found if "error" in one]
    assert found[0]["film"] == "../film.mp4"
    assert [b["timecode"] for b in found[1]["boundaries"]] == [
        *("00:00:03:00", "00:00:07:12", "00:00:08:11", "00:00:13:00"),
    ]
    assert [b["time_s"] for b in found[6]["boundaries"]] == [3.04, 7.48, 8.44, 11.0]
    assert found[7]["applied"]
    assert [take["name"] for take in found[8]["takes"]] == ["001", "002"]
    assert found[12]["differences"][0].startswith("Viola: bars")
    assert (session.state.muted, session.state.soloed, session.state.locks) == ({"Viola"}, {"Cello"}, ())
    assert session.state.accepted == "002"
    assert len(found[-1]["history"]) == len(session.history())
    session.close()
    # who finds nobody holding the session does it alone, and gets the same
    assert answers(asking(session.folder, [{"do": "history"}, {"do": "show"}]))[0] == found[-1]
    with Session.open(session.folder):
        pass


def test_import_and_relink_from_elsewhere(session: Session, tmp_path: Path) -> None:
    session.accept(session.generate()[0])
    copy = tmp_path / "copy.mid"
    copy.write_bytes((session.folder / "takes/001.mid").read_bytes())
    film = tmp_path / "again.mp4"
    film.write_bytes((tmp_path / "film.mp4").read_bytes())
    merged = perform(session.folder, {"do": "import", "file": str(copy)})
    assert (merged["take"], merged["edited"], merged["removed"]) == ("002", 0, 0)
    asked = {"do": "relink", "film": str(film), "start_timecode": "00:59:50:00"}
    assert perform(str(session.folder), asked) == {"film": "../again.mp4"}
    assert perform(session.folder, {"do": "show"})["start_timecode"] == "00:59:50:00"
    for wrong, why in (("01:00:00;00", "drops frames"), ("01:00:00:99", "no timecode at 25 frames")):
        with pytest.raises(VideoError, match=why) as caught:
            perform(session.folder, asked | {"start_timecode": wrong})
        assert "\n" not in str(caught.value)
    assert session.film.start_timecode == "00:59:50:00"


STRANGE: list[object] = [
    *(
        None,
        True,
        -1,
        0,
        10**30,
        1.5,
        float("1e308"),
        "",
        "x",
        "nan",
        "inf",
        "1e999999999",
        "9" * 5000,
        "1/0",
    ),
    *([], [1], [1, 2, 3], [[1]], {}, {"a": 1}, "\0", "../..", "\ud800", ["1", "2"], [0, -1], [1, 10**15]),
]
FIELDS = {
    "analyze": ("ensemble", "seed"),
    "edit": ("edit", "boundary", "time_s", "strength", "on"),
    "direct": ("text", "apply"),
    "generate": ("takes", "seed"),
    "regenerate": ("bars", "tracks", "takes", "seed"),
    "accept": ("take",),
    "lock": ("track", "bars", "notes"),
    "mute": ("track", "on"),
    "solo": ("track", "on"),
    "compare": ("first", "second"),
    "import": ("file", "lock"),
    "relink": ("film", "start_timecode"),
}
SOUND: dict[str, dict[str, Any]] = {
    "edit": {"edit": "move", "boundary": 1, "time_s": 2.5, "strength": 0.5},
    "direct": {"text": "slower"},
    "accept": {"take": "001"},
    "lock": {"track": "Cello"},
    "mute": {"track": "Cello"},
    "solo": {"track": "Cello"},
    "compare": {"first": "001", "second": "001"},
    "relink": {"film": "film.mp4"},
}


@pytest.mark.parametrize("do", [*FIELDS])
def test_impossible_values_never_hurt_the_holder(session: Session, do: str) -> None:
    session.accept(session.generate()[0])
    kinds = [None] if do != "edit" else ["move", "add", "remove", "weight", "lock"]
    for kind in kinds:
        sound = {"do": do, **SOUND.get(do, {}), **({} if kind is None else {"edit": kind})}
        requests = [{**sound, field: value} for field in FIELDS[do] for value in STRANGE]
        requests += [{"do": do}]
        for request in requests:
            before = document(session)
            try:
                json.dumps(session.answer(request), allow_nan=False)
            except InternalError:
                raise
            except EmsyncError as error:
                assert "\n" not in str(error)
                assert document(session) == before
    assert perform(session.folder, {"do": "show"})["analysed"]
    assert document(session)["spotting"]
    session.close()
    with Session.open(session.folder) as again:
        assert document(again) == document(session)
        again.score_plan  # noqa: B018 - can still be planned


def test_a_strange_request_through_the_port_is_an_error_of_a_user(session: Session) -> None:
    session.accept(session.generate()[0])
    for request, line in (
        ({"do": "dance"}, "nothing that can be asked for: 'dance'; there are show"),
        ({}, "nothing that can be asked for: None"),
        ({"do": ["show"]}, "nothing that can be asked for"),
        ({"do": "edit"}, "'edit' cannot be done with these values"),
        ({"do": "edit", "edit": "paint", "boundary": 1}, "no way to change a plan: 'paint'"),
        ({"do": "edit", "edit": "move", "boundary": 1, "time_s": "1e99999999"}, "a number is needed"),
        ({"do": "generate", "takes": 10**6}, "takes must lie in 1"),
        ({"do": "lock", "bars": [1, 10**15]}, "not in 1 to"),
    ):
        with pytest.raises(PlanError, match=line):
            perform(session.folder, request)
    assert len(session.history()) == 4
    assert {*_HANDLERS, *_LONG} >= set(FIELDS)


def test_who_asks_before_the_session_is_open_waits(session: Session) -> None:
    """The holder listens before the state is read; a slow disk must not turn a request away."""
    session.close()
    folder, found, read = session.folder, list[Any](), keeping.Store.state

    def early(store: Any, name: str, film: Path) -> Any:  # noqa: ANN401 - as the method
        def request() -> None:
            found.append(ask(folder, {"do": "show"}, timeout_s=30))

        if not found:
            found.append(threading.Thread(target=request))
            found[0].start()
            time.sleep(0.3)
        return read(store, name, film)

    with patch.object(keeping.Store, "state", early), Session.open(folder):
        found[0].join(30)
    assert found[1]["folder"] == str(folder)


def test_who_asks_for_a_session_that_cannot_be_opened_hears_why(session: Session) -> None:
    session.close()
    folder, found = session.folder, list[Any]()

    def broken(*_: object) -> None:
        def request() -> None:
            try:
                found.append(ask(folder, {"do": "show"}, timeout_s=30))
            except EmsyncError as error:
                found.append(str(error))

        if not found:
            found.append(threading.Thread(target=request))
            found[0].start()
            time.sleep(0.3)
        raise OutputError("the disk is gone; bring it back")

    with patch.object(keeping.Store, "state", broken), pytest.raises(OutputError, match="disk is gone"):
        Session.open(folder)
    found[0].join(30)
    assert found[1] == "the disk is gone; bring it back"
    with Session.open(folder):
        pass


def test_only_one_of_many_makes_a_session(tmp_path: Path) -> None:
    film, found = make_film(tmp_path), list[Any]()
    barrier = threading.Barrier(6)

    def create() -> None:
        barrier.wait()
        try:
            found.append(Session.create(film))
        except (HeldElsewhere, OutputError) as error:
            found.append(error)

    threads = [threading.Thread(target=create) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (made,) = [one for one in found if isinstance(one, Session)]
    assert len(found) == 6
    with made, no_network():
        made.analyze(ensemble=ENSEMBLE)
        assert len(made.history()) == 2


def test_a_session_that_was_made_just_before_is_not_written_over(tmp_path: Path) -> None:
    film, made = make_film(tmp_path), keeping._made

    def overtaken(folder: Path) -> None:
        with patch.object(keeping, "_made", made), no_network(), Session.create(film) as other:
            other.analyze(ensemble=ENSEMBLE)

    with patch.object(keeping, "_made", overtaken), pytest.raises(OutputError, match="already"):
        Session.create(film)
    with Session.open(tmp_path / "film.emsync") as session:
        assert len(session.history()) == 2


@contextmanager
def slow_composer() -> Iterator[threading.Event]:
    """A composer who begins, says so, and takes a while."""
    begun = threading.Event()

    def slow(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - as the composer
        begun.set()
        time.sleep(0.4)
        return fake_compose(*args, **more)

    with patch(f"{WORK}.compose_takes_of", slow):
        yield begun


def test_requests_are_answered_while_music_is_written_and_nothing_is_lost(session: Session) -> None:
    def ask_meanwhile() -> None:
        begun.wait(20)
        perform(session.folder, {"do": "edit", "edit": "lock", "boundary": 2})
        perform(session.folder, {"do": "edit", "edit": "remove", "boundary": 4})
        assert not session.state.takes

    with slow_composer() as begun:
        other = threading.Thread(target=ask_meanwhile)
        other.start()
        (take,) = session.generate()
        other.join()
    assert session.plan.boundary(2).locked
    assert len(session.plan.film.boundaries) == 3
    assert [one.name for one in session.state.takes] == [take.name]
    assert [step.what for step in session.history()][2:] == [
        *("locked boundary 2", "removed boundary 4", "generated take 001"),
    ]
    session.close()
    with Session.open(session.folder) as again:
        assert document(again) == document(session)


def test_whoever_changes_at_once_all_changes_count(session: Session) -> None:
    session.accept(session.generate()[0])
    count = len(session.history())

    def take(seed: int) -> None:
        session.generate(seed=seed)

    def edit(number: int) -> None:
        perform(session.folder, {"do": "edit", "edit": "add", "time_s": f"{100 + number}/20"})

    def mute(number: int) -> None:
        session.mute("Cello", on=bool(number % 2))

    works = [(work, number) for number in range(6) for work in (take, edit, mute)]
    threads = [threading.Thread(target=work, args=(number,)) for work, number in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(session.history()) == count + len(works)
    assert sorted(one.name for one in session.state.takes) == [f"{n:03}" for n in range(1, 8)]
    assert len(session.plan.film.boundaries) == 4 + 6
    for one in session.state.takes:
        session.music(one)


def test_closing_waits_for_the_request_in_progress(session: Session) -> None:
    found: list[Any] = []
    with slow_composer() as begun:
        request = {"do": "generate"}
        other = threading.Thread(target=lambda: found.append(perform(session.folder, request)))
        other.start()
        begun.wait(20)
        session.close()
        other.join(20)
    assert found[0]["takes"][0]["name"] == "001"
    with Session.open(session.folder) as again:
        assert [take.name for take in again.state.takes] == ["001"]


def test_music_that_is_done_after_closing_is_not_written_into_what_others_hold(session: Session) -> None:
    found: list[Any] = []

    def work() -> None:
        try:
            session.generate()
        except OutputError as error:
            found.append(str(error))

    with slow_composer() as begun:
        other = threading.Thread(target=work)
        other.start()
        begun.wait(20)
        session.close()
        other.join(20)
    assert "closed; open it again" in found[0]
    assert not (session.folder / "takes").exists()
