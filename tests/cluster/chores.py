"""Functions for workers elsewhere, which import them by name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from emsync_nb.errors import DataError, MissingExtraError


class StubbornError(Exception):
    """Cannot be rebuilt from what pickle keeps of it."""

    def __init__(self, left: int, right: int) -> None:
        super().__init__(f"{left} against {right}")


def double(number: int) -> int:
    return 2 * number


def own_process(_job: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def nap_and_tell(note: Path) -> None:
    """Leaves a note that it was begun."""
    note.touch()
    time.sleep(0.2)


def large(number: int) -> bytes:
    return bytes([number % 256]) * 1_000_000


def complain(number: int) -> int:
    if number == 3:
        raise DataError("number 3 cannot be read")
    return number


def lack(_job: int) -> None:
    raise MissingExtraError("torch", "generation")


def stubborn(_job: int) -> None:
    raise StubbornError(1, 2)


def unpicklable(_job: int) -> object:
    return lambda: None


def leave_for_good(number: int) -> int:
    if number == 2:
        os._exit(7)
    return number


def be_killed(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die_slowly(seconds: float) -> None:
    time.sleep(seconds)
    os._exit(7)


def write_and_wait(folder: Path) -> None:
    """Leaves a note of itself and of a process that it starts; takes the note of tidiness away at the end."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (folder / "untidy").touch()
    (folder / "pids.new").write_text(f"{os.getpid()} {child.pid}")
    (folder / "pids.new").rename(folder / "pids")
    try:
        time.sleep(60)
    finally:
        (folder / "untidy").unlink()
