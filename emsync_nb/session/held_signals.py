"""Ctrl-C and its kin wait while something must not be left half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def held_signals() -> Iterator[None]:
    """Signals that come within the block take effect behind it. Keep the block to milliseconds.

    Python hears signals in its main thread only; in any other the block is an ordinary one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    come: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        come.append(number)

    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    # None: set from outside Python, which could not be set again
    before = {number: signal.getsignal(number) for number in numbers}
    ours = {number: handler for number, handler in before.items() if handler is not None}
    for number, handler in ours.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
        for number in dict.fromkeys(come):
            signal.raise_signal(number)
