"""`emsync session` while another process does the work: how far it is, and Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.running import heed_signals
from tests.cli.test_process import COMMAND
from tests.session.tiny_session import analysed, no_network

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and terminals of POSIX")

#: holds a session, and composes in 10 steps or, with "endless", until it is stopped; says what came of it
HOLDING = """
import sys, time
from unittest.mock import patch
from emsync_nb.session import Session
from emsync_nb.session.stopping import StoppedError
from tests.session.tiny_session import fake_compose

steps = 3000 if "endless" in sys.argv else 10

def compose(plan, seeds, *, watch):
    try:
        with watch.stage("generation") as advance:
            for step in range(steps):
                advance(step / steps)
                time.sleep(0.02)
    except StoppedError:
        print("stopped", flush=True)
        raise
    return fake_compose(plan, seeds)

with patch("emsync_nb.session.work.compose_takes_of", compose), Session.open(sys.argv[1]) as session:
    print("held", flush=True)
    sys.stdin.read()
    print(len(session.state.takes), flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An analysed session."""
    with no_network(), analysed(tmp_path) as session:
        return session.folder


@contextmanager
def holding(folder: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds it."""
    command = [sys.executable, "-c", HOLDING, str(folder), *more]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_the_work_of_another_process_is_a_bar_in_a_terminal(folder: Path) -> None:
    terminal, end = os.openpty()
    with holding(folder):
        run = subprocess.Popen(
            [*COMMAND, "session", "generate", str(folder), "--json", "-"],
            stdout=subprocess.PIPE,
            stderr=end,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        )
        os.close(end)
        out, _ = run.communicate(timeout=60)
    shown = os.read(terminal, 1 << 20).decode("utf-8", "replace")
    os.close(terminal)
    assert (run.returncode, json.loads(out)["takes"][0]["name"]) == (0, "001")
    assert "generation" in shown
    assert "100%" in shown
    assert any(f"{share}%" in shown for share in range(10, 100))


def test_ctrl_c_stops_the_work_of_another_process(folder: Path) -> None:
    with holding(folder, "endless") as holder:
        command = [*COMMAND, "session", "generate", str(folder)]
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=heed_signals
        ) as run:
            assert run.stderr is not None
            assert run.stderr.readline() == "emsync: generation …\n"
            run.send_signal(signal.SIGINT)
            rest = run.stderr.read()
        assert (run.returncode, rest) == (130, "emsync: stopped\n")
        assert holder.stdout is not None
        assert holder.stdout.readline() == "stopped\n"
        made, _ = holder.communicate(timeout=60)
    assert made == "0\n"
