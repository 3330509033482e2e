"""Ctrl-C and the signals that end a process: raised where they arrive, and again until they are heard.

A signal can arrive inside somebody else's blanket `except`, as some packages have around their imports, and be
swallowed there, or while an object is finalized, where Python prints it and goes on. So it is also noted, and
raised once more when the next progress is told.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

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
    sys.unraisablehook = _pass_over_signals
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


def _pass_over_signals(lost: UnraisableHookArgs) -> None:
    """Print what finalizers could not raise, as Python does, save signals, which come again."""
    if not isinstance(lost.exc_value, KeyboardInterrupt | Terminated):
        sys.__unraisablehook__(lost)


def _note(number: int, _frame: FrameType | None) -> None:
    _come.append(number)
    check()
