"""A signal is heard, even where a library swallows it at first."""

from __future__ import annotations

import contextlib
import importlib
import signal
import subprocess
import sys

import pytest

from emsync_nb.cli import stopping
from emsync_nb.cli.output import PlainProgress
from emsync_nb.errors import BrokenExtraError


@pytest.fixture(autouse=True)
def nothing_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_come", [])


def test_nothing_is_raised_where_nothing_came() -> None:
    stopping.check()
    PlainProgress().stage("analysis", 0.5)


def test_a_swallowed_ctrl_c_comes_back_with_the_next_progress() -> None:
    with pytest.raises(KeyboardInterrupt):
        stopping._note(signal.SIGINT, None)
    # here a library goes on as if nothing had happened
    with pytest.raises(KeyboardInterrupt):
        PlainProgress().stage("analysis", 0.5)


def test_a_swallowed_end_comes_back_with_its_exit_code() -> None:
    with pytest.raises(stopping.Terminated):
        stopping._note(signal.SIGTERM, None)
    with pytest.raises(stopping.Terminated) as caught:
        stopping.check()
    assert caught.value.exit_code == 143


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_what_is_ignored_on_purpose_stays_ignored() -> None:
    program = (
        "import signal; from emsync_nb.cli import stopping\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN); stopping.listen()\n"
        "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, signal.getsignal(signal.SIGTERM).__name__)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True", "_note"]


def test_a_signal_in_a_finalizer_is_not_printed_and_comes_again() -> None:
    program = """
import os, signal
from emsync_nb.cli import stopping
stopping.listen()
class Dying:
    def __init__(self, dies):
        self.dies = dies
    def __del__(self):
        self.dies()
def by_signal():
    os.kill(os.getpid(), signal.SIGTERM)
    for _ in range(1000): pass
def by_fault():
    raise ValueError("ours")
dying = Dying(by_signal)
del dying
dying = Dying(by_fault)
del dying
try:
    stopping.check()
except stopping.Terminated as stop:
    print(stop.exit_code)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "143\n"
    assert "ValueError: ours" in run.stderr
    assert "Terminated" not in run.stderr


def test_what_a_signal_broke_off_is_not_called_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where Ctrl-C comes while a package is imported that answers it with an ImportError of its own."""
    entry = importlib.import_module("emsync_nb.cli.main")

    def broken_off(**_: object) -> None:
        with contextlib.suppress(stopping.Terminated):
            stopping._note(signal.SIGTERM, None)
        raise BrokenExtraError("torch", "import of it was halted")

    monkeypatch.setattr("emsync_nb.cli.commands.app", broken_off)
    assert entry._run() == 143
