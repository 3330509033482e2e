"""The right to play under a name: it ends with the last process that holds it, however that ends."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from filelock import FileLock, Timeout

_LOOK_S = 0.02


class Claim:
    """An exclusive lock on a file.

    Where the system allows, processes that are started with its descriptors hold it too, and it is theirs alone after
    `hand_over`; so it is not free before the last note of a killed bridge has been ended, and what the asker forks
    does not hold it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._lock = FileLock(path, thread_local=False)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a process is to be started with to hold it too."""
        return () if self._descriptor is None else (self._descriptor,)

    def take(self, within_s: float) -> bool:
        """Wait until it is free; whether it is ours.

        Raises:
            OSError: the file cannot be written.
        """
        if os.name == "nt":
            try:
                self._lock.acquire(timeout=within_s)
            except Timeout:
                return False
            return True
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        until_s = time.monotonic() + within_s
        while not _locked(self._descriptor):
            if time.monotonic() >= until_s:
                self.hand_over()
                return False
            time.sleep(_LOOK_S)
        return True

    def hand_over(self) -> None:
        """Leave it to the processes that were started with it; where there are none, to whoever wants it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def release(self) -> None:
        """Give it up; harmless when done twice."""
        self.hand_over()
        self._lock.release()


def _locked(descriptor: int) -> bool:
    import fcntl  # not on Windows

    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
