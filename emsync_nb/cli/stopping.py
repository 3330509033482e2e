"""Ctrl-C and the signals that end a process: raised where they arrive, and again until they are heard.

A signal can arrive inside somebody else's blanket `except`, as some packages have around their imports, and be
swallowed there. So it is also noted, and raised once more when the next progress is told.
"""

from __future__ import annotations

import signal
from types import FrameType

CTRL_C = 130
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Terminated(BaseException):
    """SIGTERM or SIGHUP, raised so that everything is cleaned up on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


#: numbers of the signals that have come
_come: list[int] = []


def listen() -> None:
    """Take over SIGINT, SIGTERM and SIGHUP, save where whoever started us has them ignored."""
    for name in _NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _note)


def ignore() -> None:
    """Let signals pass, now that there is nothing left to stop."""
    for name in _NAMES:
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_IGN)


def check() -> None:
    """Raise what has come, if anything has.

    Raises:
        KeyboardInterrupt: Ctrl-C.
        Terminated: SIGTERM or SIGHUP.
    """
    if not _come:
        return
    if _come[0] == signal.SIGINT:
        raise KeyboardInterrupt
    raise Terminated(_come[0])


def _note(number: int, _frame: FrameType | None) -> None:
    _come.append(number)
    check()
