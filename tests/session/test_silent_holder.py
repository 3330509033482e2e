"""A process that holds a session and was stopped, or hangs, blocks nobody: what is saved is read, no change waits."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.session import Session, perform
from emsync_nb.session import session as asking
from emsync_nb.session.holder import AnswerLost, Holder, SilentHolder, ask
from emsync_nb.session.holder_asker import Asker
from tests.session.tiny_session import analysed, files, no_network

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGSTOP")
#: holds a session until its standard input ends
HOLDS = """
import sys
from emsync_nb.session import Session
with Session.open(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """A session's folder, and the process that holds it, which was stopped."""
    with no_network(), analysed(tmp_path) as session:
        session.accept(session.generate(2)[0])
        folder = session.folder
    command = [sys.executable, "-c", HOLDS, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGSTOP)
        try:
            yield folder, process
        finally:
            process.kill()  # a process that was stopped hears this alone


@pytest.mark.parametrize(
    "request_",
    [
        {"do": "show"},
        {"do": "plan"},
        {"do": "history"},
        {"do": "compare", "first": "001", "second": "002"},
        {"do": "direct", "text": "calmer from 0:04"},
    ],
    ids=lambda request: str(request["do"]),
)
def test_what_is_saved_is_read_beside_it(
    stopped: tuple[Path, subprocess.Popen[str]],
    request_: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(asking, "READING_S", 0.3)
    folder, process = stopped
    before = files(folder)
    said = perform(folder, request_)
    line = f"as last saved: the process that holds the session (pid {process.pid}) does not answer"
    assert [r.message for r in caplog.records if r.levelno == logging.WARNING] == [line]
    assert files(folder) == before
    caplog.clear()
    process.send_signal(signal.SIGCONT)
    monkeypatch.undo()
    assert perform(folder, request_) == said
    assert not caplog.records


def test_a_change_is_refused_and_never_made(
    stopped: tuple[Path, subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "SILENCE_S", 0.3)
    folder, process = stopped
    for change in (
        {"do": "mute", "track": "Cello"},
        {"do": "direct", "text": "calmer from 0:04", "apply": True},
        {"do": "generate", "takes": 1},
    ):
        with pytest.raises(
            SilentHolder, match=rf"\(pid {process.pid}\) does not answer.*; wake it or end it"
        ) as refused:
            perform(folder, change)
        assert "\n" not in str(refused.value)
    process.send_signal(signal.SIGCONT)
    monkeypatch.undo()
    assert [step["what"] for step in perform(folder, {"do": "history"})["history"]][-1] == "accepted take 001"
    assert perform(folder, {"do": "mute", "track": "Cello"}) == {"muted": ["Cello"]}


def _emsync(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emsync_nb", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_line_says_so_in_a_line(stopped: tuple[Path, subprocess.Popen[str]]) -> None:
    folder, process = stopped
    shown = _emsync("session", "show", str(folder))
    assert (shown.returncode, shown.stderr.splitlines()) == (
        0,
        [f"emsync: as last saved: the process that holds the session (pid {process.pid}) does not answer"],
    )
    assert "takes: 001, 002; 001 accepted" in shown.stdout
    refused = _emsync("session", "mute", str(folder), "Cello")
    assert (refused.returncode, refused.stdout) == (2, "")
    (line,) = refused.stderr.splitlines()
    assert f"(pid {process.pid}) does not answer, and nothing was changed" in line


def test_work_that_goes_on_without_news_is_waited_for(tmp_path: Path) -> None:
    """Whoever waits for its turn, or for work that tells nothing, hears that the holder lives."""

    def slow(request: dict[str, Any], _: Asker) -> dict[str, Any]:
        time.sleep(4)
        return {"asked": request}

    with Holder(tmp_path, slow), ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(ask, tmp_path, {"do": n}, timeout_s=60, silence_s=3) for n in range(2)]
        assert [each.result(30)["asked"]["do"] for each in waiting] == [0, 1]


def test_a_holder_that_is_stopped_in_the_middle_may_have_done_it(tmp_path: Path) -> None:
    """A socket that says "ready" and then no more."""
    with no_network(), analysed(tmp_path) as session:
        folder = session.folder
    stop = f"""
import os, signal, sys, time
from pathlib import Path
from emsync_nb.session.holder import Holder
def answer(request, asker):
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(60)  # threads are stopped a moment later, and this one is not to answer before
    return {{}}
with Holder(Path({str(folder)!r}), answer):
    print("held", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", stop], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            with pytest.raises(AnswerLost, match=r"does not answer any more: .* may or may not be done"):
                ask(folder, {"do": "mute"}, silence_s=1)
        finally:
            process.kill()
    Session.open(folder).close()
