"""Commands as they come in from the asker, and how a player learns that there is none any more."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from types import FrameType

from bridge.commands import Command, Decoder

_CHUNK = 64 * 1024


class Asker:
    """The other end of standard input, read without waiting; for a callback that has no time."""

    def __init__(self, parent: int | None = None, descriptor: int = 0) -> None:
        """Begin to listen.

        Args:
            parent: the asker's process; it may have died already. None: whoever started this one.
            descriptor: the pipe.
        """
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._decoder = Decoder()
        self._parent = os.getppid() if parent is None else parent
        self._is_told_to_end = False
        self._has_left = False

    @property
    def has_left(self) -> bool:
        """Whether nobody asks any more: the pipe is closed, the parent has died, or a signal said so.

        A pipe alone would not do: somebody whom the asker forked may hold it open.
        """
        return self._has_left or self._is_told_to_end or os.getppid() != self._parent

    def commands(self) -> Iterator[Command]:
        """What has come in."""
        try:
            data = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._has_left = True
            return
        yield from self._decoder.fed(data)

    def end_on_signals(self) -> None:
        """Take SIGTERM and SIGINT as the wish that all be silent and this process end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told)

    def _told(self, number: int, frame: FrameType | None) -> None:
        self._is_told_to_end = True


class PatientAsker(Asker):
    """The same for a player that has a thread to wait in, on systems whose pipes cannot be asked without waiting."""

    def __init__(self, parent: int | None = None, descriptor: int = 0) -> None:
        """The same."""
        super().__init__(parent, descriptor)
        os.set_blocking(descriptor, True)
        self._arrived: deque[bytes] = deque()
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Until something comes in, or the time is over."""
        with self._changed:
            if not self._arrived and not self._has_left:
                self._changed.wait(seconds)

    def commands(self) -> Iterator[Command]:
        """What has come in."""
        while self._arrived:
            yield from self._decoder.fed(self._arrived.popleft())

    def _read(self) -> None:
        while True:
            data = os.read(self._descriptor, _CHUNK)
            with self._changed:
                if data:
                    self._arrived.append(data)
                else:
                    self._has_left = True
                self._changed.notify()
            if not data:
                return
