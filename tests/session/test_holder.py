"""One holds, others ask: across processes, deaths, and whatever comes through the port."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.errors import (
    EmsyncError,
    OutputError,
    UserError,
)
from emsync_nb.session import holder_server
from emsync_nb.session.holder import ADDRESS, LOCK, HeldElsewhere, Holder, NoHolder, NotBegun, ask
from emsync_nb.session.holder_lock import HolderLock
from tests.session.held_folder import address, echo, until

ROOT = Path(__file__).parents[2]
#: a thread of the holder that dies is a fault, whatever the asker hears
pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
needs_posix = pytest.mark.skipif(os.name != "posix", reason="modes, forks and links of POSIX")

#: holds a folder until its input ends; with `fork`, beside a child that outlives it
HOLDING = """
import os, sys, time
from pathlib import Path
from emsync_nb.session.holder import Holder

with Holder(Path(sys.argv[1]), lambda request, _: {"pid": os.getpid(), **request}):
    if "fork" in sys.argv and not os.fork():
        time.sleep(600)
    print("held", flush=True)
    sys.stdin.read()
"""

#: asks ten times, and says what it got
ASKING = """
import json, sys
from pathlib import Path
from emsync_nb.session.holder import ask

print(json.dumps([ask(Path(sys.argv[1]), {"from": sys.argv[2], "number": n})["turn"] for n in range(10)]))
"""


def start(program: str, *args: object) -> subprocess.Popen[str]:
    """A program in a fresh interpreter, in a group of its own."""
    command = [sys.executable, "-c", program, *map(str, args)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, text=True, start_new_session=True, **pipes)  # type: ignore[call-overload,no-any-return]


@contextlib.contextmanager
def holding(folder: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a folder; at the end it, and what it forked, is killed."""
    with start(HOLDING, folder, *more) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()


class Gate:
    """An answer that waits to be let through, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.is_open = threading.Event()

    def __call__(self, request: dict[str, Any], _: object) -> dict[str, Any]:
        self.asked.append(request["n"])
        assert self.is_open.wait(30)
        return request


class Asker(threading.Thread):
    """Asks in a thread, and keeps the answer or the error."""

    def __init__(self, folder: Path, n: int, timeout_s: float = 30) -> None:
        super().__init__()
        self.answer: dict[str, Any] | None = None
        self.error: EmsyncError | None = None
        self._asked = (folder, {"n": n}, timeout_s)
        self.start()

    def run(self) -> None:
        folder, request, timeout_s = self._asked
        try:
            self.answer = ask(folder, request, timeout_s=timeout_s)
        except EmsyncError as error:
            self.error = error


def queued(holder: Holder) -> int:
    """How many requests wait for their turn."""
    assert holder._server is not None
    return holder._server._worker._work_queue.qsize()


def test_an_asker_gets_the_answer(tmp_path: Path) -> None:
    request = {"text": "Größe \udcff\u2028", "deep": [{"a": [1, 2.5, None, True]}], "long": "x" * 3_000_000}
    with Holder(tmp_path, echo):
        assert ask(tmp_path, request) == {"asked": request}
        assert ask(tmp_path, {}) == {"asked": {}}
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]


def test_the_address_is_for_its_user_only(tmp_path: Path) -> None:
    with Holder(tmp_path, echo) as holder:
        found = address(tmp_path)
        assert (found["pid"], found["version"]) == (os.getpid(), 3)
        assert len(found["token"]) == 43
        if os.name == "posix":
            assert (tmp_path / ADDRESS).stat().st_mode & 0o777 == 0o600
        assert holder._server is not None
        assert holder._server._listener.getsockname() == ("127.0.0.1", found["port"])


def test_without_a_holder_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(NoHolder, match="nobody holds"):
        ask(tmp_path, {})
    with Holder(tmp_path, echo):
        stale = (tmp_path / ADDRESS).read_bytes()
    with pytest.raises(NoHolder, match="nobody holds"):
        ask(tmp_path, {})
    (tmp_path / ADDRESS).write_bytes(stale)
    with pytest.raises(NoHolder, match="is gone"):
        ask(tmp_path, {})


def test_of_two_holders_in_a_process_one_holds(tmp_path: Path) -> None:
    first, second = Holder(tmp_path, echo), Holder(tmp_path, echo)
    with first:
        for other in (second, first):
            with pytest.raises(HeldElsewhere, match=f"held by process {os.getpid()}") as caught, other:
                pytest.fail("held twice")
            assert caught.value.pid == os.getpid()
        assert ask(tmp_path, {"x": 1}) == {"asked": {"x": 1}}
    for again in (second, first):
        with again:
            assert ask(tmp_path, {}) == {"asked": {}}


def test_a_holder_that_does_not_say_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emsync_nb.session.holder._SETTLING_S", 0.05)
    with Holder(tmp_path, echo):
        (tmp_path / ADDRESS).unlink()
        with pytest.raises(HeldElsewhere, match="held by another process") as caught, Holder(tmp_path, echo):
            pytest.fail("held twice")
    assert caught.value.pid is None


def test_another_takes_hold_as_soon_as_a_holder_is_killed(tmp_path: Path) -> None:
    with holding(tmp_path) as process:
        assert ask(tmp_path, {"x": 1}) == {"pid": process.pid, "x": 1}
        with pytest.raises(HeldElsewhere, match=f"process {process.pid}"), Holder(tmp_path, echo):
            pytest.fail("held twice")
        process.kill()
        process.wait()
        assert (tmp_path / ADDRESS).exists()
        with pytest.raises(NoHolder, match="is gone"):
            ask(tmp_path, {})
        with Holder(tmp_path, echo):
            assert ask(tmp_path, {"x": 2}) == {"asked": {"x": 2}}
            assert address(tmp_path)["pid"] == os.getpid()


def test_a_holder_in_another_process_lets_go(tmp_path: Path) -> None:
    with holding(tmp_path) as process:
        process.communicate()
        assert process.returncode == 0
        with Holder(tmp_path, echo):
            assert ask(tmp_path, {}) == {"asked": {}}


@needs_posix
def test_a_fork_does_not_hold_on_when_its_parent_is_killed(tmp_path: Path) -> None:
    with holding(tmp_path, "fork") as process:
        process.kill()
        process.wait()
        with pytest.raises(NoHolder, match="is gone"):
            ask(tmp_path, {})
        with Holder(tmp_path, echo):
            pass


def test_many_hands(tmp_path: Path) -> None:
    asked: list[tuple[str, int]] = []
    busy = threading.Lock()

    def answer(request: dict[str, Any], _: object) -> dict[str, Any]:
        assert busy.acquire(blocking=False), "two at once"
        asked.append((request["from"], request["number"]))
        time.sleep(0.001)
        busy.release()
        return {"turn": len(asked)}

    with Holder(tmp_path, answer), contextlib.ExitStack() as stack:
        hands = [stack.enter_context(start(ASKING, tmp_path, name)) for name in "abcde"]
        turns = [json.loads(hand.communicate()[0]) for hand in hands]
    assert sorted(turn for of_one in turns for turn in of_one) == list(range(1, 51))
    assert sorted(asked) == [(name, number) for name in "abcde" for number in range(10)]
    for name, of_one in zip("abcde", turns, strict=True):
        assert [asked[turn - 1] for turn in of_one] == [(name, number) for number in range(10)]


def test_requests_are_answered_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    gate = Gate()
    with Holder(tmp_path, gate) as holder:
        askers = [Asker(tmp_path, 0)]
        until(lambda: gate.asked == [0])
        for n in range(1, 6):
            askers.append(Asker(tmp_path, n))
            until(lambda n=n: queued(holder) == n)  # type: ignore[misc]
        gate.is_open.set()
        for asker in askers:
            asker.join()
    assert gate.asked == list(range(6))
    assert [asker.answer for asker in askers] == [{"n": n} for n in range(6)]


def test_more_hands_than_connections(tmp_path: Path) -> None:
    gate, hands = Gate(), holder_server.MOST_CONNECTIONS + 8
    with Holder(tmp_path, gate) as holder:
        askers = [Asker(tmp_path, n) for n in range(hands)]
        until(lambda: queued(holder) == holder_server.MOST_CONNECTIONS - 1)
        time.sleep(0.1)
        assert holder._server is not None
        assert len(holder._server._open) == holder_server.MOST_CONNECTIONS
        gate.is_open.set()
        for asker in askers:
            asker.join()
    assert sorted(gate.asked) == list(range(hands))
    assert all(asker.answer for asker in askers)


def test_closing_waits_for_the_request_in_progress_and_drops_those_behind(tmp_path: Path) -> None:
    gate = Gate()
    with Holder(tmp_path, gate) as holder:
        first = Asker(tmp_path, 1)
        until(lambda: gate.asked == [1])
        second = Asker(tmp_path, 2)
        until(lambda: queued(holder) == 1)
        closing = threading.Thread(target=holder.close)
        closing.start()
        second.join()
        assert closing.is_alive()
        with pytest.raises(HeldElsewhere), Holder(tmp_path, echo):
            pytest.fail("held twice")
        gate.is_open.set()
        closing.join()
    first.join()
    assert (first.answer, gate.asked) == ({"n": 1}, [1])
    assert isinstance(second.error, NotBegun)
    with Holder(tmp_path, echo):
        pass


def test_ctrl_c_while_closing_does_not_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = holder_server.Server.close, []

    def close(server: holder_server.Server) -> None:
        calls.append(server)
        if len(calls) == 1:
            raise KeyboardInterrupt
        real(server)

    monkeypatch.setattr(holder_server.Server, "close", close)
    holder = Holder(tmp_path, echo)
    with pytest.raises(KeyboardInterrupt), holder:
        pass
    with pytest.raises(HeldElsewhere), Holder(tmp_path, echo):
        pytest.fail("held twice")
    holder.close()
    holder.close()
    with Holder(tmp_path, echo):
        pass


def test_what_an_asker_has_given_up_is_not_carried_out(tmp_path: Path) -> None:
    gate = Gate()
    with Holder(tmp_path, gate) as holder:
        first = Asker(tmp_path, 1)
        until(lambda: gate.asked == [1])
        second = Asker(tmp_path, 2, timeout_s=0.3)
        until(lambda: queued(holder) == 1)
        second.join()
        gate.is_open.set()
        first.join()
        assert ask(tmp_path, {"n": 3}) == {"n": 3}
    assert gate.asked == [1, 3]
    assert isinstance(second.error, NoHolder)
    assert "does not answer within 0.3 s" in str(second.error)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be held"), Holder(tmp_path / "missing", echo):
        pytest.fail("held")


def test_an_address_that_cannot_be_written_frees_the_lock(tmp_path: Path) -> None:
    (tmp_path / ADDRESS).mkdir()
    with pytest.raises(OutputError, match="is a folder"), Holder(tmp_path, echo):
        pytest.fail("held")
    (tmp_path / ADDRESS).rmdir()
    with Holder(tmp_path, echo):
        pass


@needs_posix
def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / LOCK).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="cannot be held"), Holder(tmp_path, echo):
        pytest.fail("held")
    assert not (tmp_path / "elsewhere").exists()


def test_without_a_port_nothing_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(holder_server, "_listener", refused)
        with pytest.raises(UserError, match="no port of this computer"), Holder(tmp_path, echo):
            pytest.fail("held")
    with Holder(tmp_path, echo):
        pass


def test_the_lock_of_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: set[tuple[int, int]] = set()

    def locking(number: int, how: int, count: int) -> None:
        file = os.fstat(number)
        if how == 0:
            held.remove((file.st_dev, file.st_ino))
        elif how == 2 and count == 1 and (file.st_dev, file.st_ino) not in held:
            held.add((file.st_dev, file.st_ino))
        else:
            raise OSError(13, "Permission denied")

    fake = types.SimpleNamespace(locking=locking, LK_NBLCK=2, LK_UNLCK=0)
    monkeypatch.setitem(sys.modules, "msvcrt", fake)
    monkeypatch.setattr(sys, "platform", "win32")
    first, second = HolderLock(tmp_path / LOCK), HolderLock(tmp_path / LOCK)
    assert [first.take(), second.take(), first.take()] == [True, False, False]
    first.release()
    assert [first.is_held, second.take(), second.is_held] == [False, True, True]
    second.release()
    assert not held
