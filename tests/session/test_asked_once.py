"""What is asked for is done once: whoever closes, is killed, gives up, or asks at the same time."""

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

from emsync_nb.errors import EmsyncError
from emsync_nb.pipeline import Stopwatch
from emsync_nb.session import Session, perform
from emsync_nb.session.holder import AnswerLost, Holder, NoHolder, NotBegun, ask
from emsync_nb.session.holder_asker import Asker
from tests.session.held_folder import until
from tests.session.tiny_session import WORK, fake_compose

ROOT = Path(__file__).parents[2]
HANDS, CHANGES = 8, 6

#: when told to go, changes a session again and again, each change unlike all others; says what went wrong
CHANGING = """
import sys
from emsync_nb.errors import EmsyncError
from emsync_nb.session import perform

print("here", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    request = {"do": "edit", "edit": "weight", "boundary": 1, "strength": f"0.{sys.argv[2]}{number + 1}"}
    try:
        perform(sys.argv[1], request)
    except EmsyncError as error:
        print(error, flush=True)
"""

#: holds a session, and is never done with what it is asked
HOLDING = """
import sys, time
from unittest.mock import patch
from emsync_nb.session import Session

def compose(plan, seeds, *, watch):
    print("composing", flush=True)
    time.sleep(600)

with patch("emsync_nb.session.work.compose_takes_of", compose), Session.open(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    """A program in a fresh interpreter."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def heard(process: subprocess.Popen[str]) -> str:
    """Its next line."""
    assert process.stdout is not None
    return process.stdout.readline()


def test_of_many_processes_that_change_a_session_at_once_each_change_is_made_once(session: Session) -> None:
    session.close()  # so that each process holds it in turn, asks, or meets one that is closing
    hands = [start(CHANGING, session.folder, hand, CHANGES) for hand in range(1, HANDS + 1)]
    assert [heard(hand) for hand in hands] == ["here\n"] * HANDS
    for hand in hands:
        assert hand.stdin is not None
        hand.stdin.write("go\n")
        hand.stdin.flush()
    assert [hand.communicate(timeout=120)[0] for hand in hands] == [""] * HANDS
    with Session.open(session.folder) as again:
        made = [step.what for step in again.history() if step.what.startswith("weighted")]
    expected = [
        f"weighted boundary 1 0.{hand}{n}" for hand in range(1, HANDS + 1) for n in range(1, CHANGES + 1)
    ]
    assert sorted(made) == sorted(expected)


class Hand(threading.Thread):
    """Performs a request in a thread, and keeps what came of it."""

    def __init__(self, folder: Path, request: dict[str, Any]) -> None:
        super().__init__()
        self.answer: dict[str, Any] | None = None
        self.error: EmsyncError | None = None
        self._asked = folder, request
        self.start()

    def run(self) -> None:
        try:
            self.answer = perform(*self._asked)
        except EmsyncError as error:
            self.error = error


def test_a_holder_that_is_killed_in_the_middle(session: Session) -> None:
    session.close()
    with start(HOLDING, session.folder) as holder:
        assert heard(holder) == "held\n"
        first = Hand(session.folder, {"do": "generate"})
        assert heard(holder) == "composing\n"
        second = Hand(session.folder, {"do": "edit", "edit": "weight", "boundary": 1, "strength": 0.25})
        time.sleep(0.3)  # it waits for its turn
        holder.kill()
        first.join(30)
        second.join(30)
    assert isinstance(first.error, AnswerLost)
    assert str(first.error).endswith("may or may not be done; look at emsync session history")
    assert second.answer is not None, second.error  # not begun, so done elsewhere
    with Session.open(session.folder) as again:
        assert [step.what for step in again.history()][2:] == ["weighted boundary 1 0.25"]


def test_who_hears_that_nothing_was_done_asks_again(session: Session) -> None:
    asked: list[str] = []

    def closing(folder: Path, request: dict[str, Any], **_: object) -> dict[str, Any]:
        asked.append(request["do"])
        if len(asked) == 2:
            session.close()
        raise NotBegun(f"the holder of {folder} is gone; open it again")

    with patch("emsync_nb.session.session.ask", closing):
        perform(session.folder, {"do": "edit", "edit": "weight", "boundary": 1, "strength": 0.25})
    assert asked == ["edit", "edit"]
    with Session.open(session.folder) as again:
        assert [step.what for step in again.history()][2:] == ["weighted boundary 1 0.25"]


def test_a_lost_answer_is_asked_for_again_by_who_only_reads(session: Session) -> None:
    asked: list[str] = []

    def lost(folder: Path, request: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
        asked.append(request["do"])
        if request["do"] == "show" and len(asked) > 1:
            return ask(folder, request, **more)
        raise AnswerLost("the holder ended in the middle")

    with patch("emsync_nb.session.session.ask", lost):
        assert perform(session.folder, {"do": "show"})["analysed"]
        with pytest.raises(AnswerLost):
            perform(session.folder, {"do": "undo"})
    assert asked == ["show", "show", "undo"]


def test_asking_again_has_an_end(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    (session.folder / ".holder.json").unlink()
    monkeypatch.setattr("emsync_nb.session.holder._SETTLING_S", 0.01)
    monkeypatch.setattr("emsync_nb.session.holder._HIDDEN_S", 0.2)
    with pytest.raises(NoHolder, match="nobody holds"):
        perform(session.folder, {"do": "undo"})


class Listener:
    """Notes progress; may break off, as Ctrl-C does."""

    def __init__(self, breaks_off: bool = False) -> None:
        self.heard: list[tuple[str, float]] = []
        self.lines: list[str] = []
        self._breaks_off = breaks_off

    def stage(self, name: str, share: float) -> None:
        self.heard.append((name, share))
        if self._breaks_off:
            raise KeyboardInterrupt

    def notice(self, line: str) -> None:
        self.lines.append(line)


def test_who_asks_hears_how_far_the_work_is(session: Session) -> None:
    listener = Listener()
    perform(session.folder, {"do": "generate", "takes": 2}, progress=listener)
    assert listener.heard[0] == ("generation", 0.0)
    assert listener.heard[-1] == ("generation", 1.0)
    session.close()
    alone = Listener()
    perform(session.folder, {"do": "generate", "takes": 2}, progress=alone)
    assert set(listener.heard) <= set(alone.heard)


def test_news_and_notices_come_before_the_answer(tmp_path: Path) -> None:
    def answer(request: dict[str, Any], asker: Asker) -> dict[str, Any]:
        for share in range(1001):
            asker.stage("counting", share / 1000)
        asker.notice("mind the step")
        return request

    listener = Listener()
    with Holder(tmp_path, answer):
        assert ask(tmp_path, {"x": 1}, progress=listener) == {"x": 1}
    shares = [share for _, share in listener.heard]
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert shares == sorted(shares)
    assert len(shares) < 100, "not each time"
    assert listener.lines == ["mind the step"]


@contextmanager
def endless_composer() -> Iterator[threading.Event]:
    """A composer who goes on until somebody stops it; the event says that it was stopped."""
    stopped = threading.Event()

    def compose(plan: Any, seeds: Any, *, watch: Stopwatch) -> Any:  # noqa: ANN401 - as the composer
        try:
            with watch.stage("generation") as advance:
                for _ in range(3000):
                    advance(0.5)
                    time.sleep(0.01)
        except EmsyncError:
            stopped.set()
            raise
        return fake_compose(plan, seeds)

    with patch(f"{WORK}.compose_takes_of", compose):
        yield stopped


def test_breaking_off_stops_the_work_of_the_holder(session: Session) -> None:
    before = len(session.history())
    with endless_composer() as stopped:
        with pytest.raises(KeyboardInterrupt):
            perform(session.folder, {"do": "generate"}, progress=Listener(breaks_off=True))
        assert stopped.wait(10)
    assert perform(session.folder, {"do": "show"})["takes"] == []
    assert len(session.history()) == before


def test_an_asker_that_is_killed_stops_its_work(session: Session) -> None:
    asking = "import sys; from emsync_nb.session import perform; perform(sys.argv[1], {'do': 'generate'})"
    with endless_composer() as stopped, start(asking, session.folder) as asker:
        assert session._holder._server is not None
        worker = session._holder._server._long_worker
        until(lambda: bool(worker._threads) and not worker._idle_semaphore._value)
        time.sleep(0.3)
        assert not stopped.is_set()
        asker.kill()
        assert stopped.wait(10)
    assert json.dumps(perform(session.folder, {"do": "show"})["takes"]) == "[]"


def test_an_asker_that_is_slow_when_its_turn_comes_hears_that_nothing_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def answer(request: dict[str, Any], _: Asker) -> dict[str, Any]:
        asked.append(request)
        return request

    def slow(_: object) -> bytes:
        time.sleep(0.5)
        return b"late"

    monkeypatch.setattr("emsync_nb.session.holder_server.PATIENCE_S", 0.2)
    with Holder(tmp_path, answer), monkeypatch.context() as patched:
        from emsync_nb.session import holder_asking

        patched.setattr(holder_asking, "pack", slow)
        with pytest.raises(NotBegun, match="too slow"):
            ask(tmp_path, {"x": 1})
    assert asked == []
