"""A lock between processes, and within one, that the system frees when its holder dies."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl  # here, not where it is used: a session may be closed while the interpreter ends

#: what Windows says when another holds the lock
_BUSY_ON_WINDOWS = {errno.EACCES, errno.EDEADLK, errno.EAGAIN}


class HolderLock:
    """Held from `take` to `release`, or to the end of the process. The file stays: removing it would race."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object, in this process, holds the lock."""
        return self._number is not None

    @property
    def is_in_place(self) -> bool:
        """Whether what is locked still lies at its path: where it does not, another may hold what lies there."""
        if self._number is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._number), os.lstat(self._path))
        except OSError:  # taken away, or not ours to see
            return False

    def take(self) -> bool:
        """Whether the lock is now ours; at once, without waiting.

        Raises:
            OSError: the file cannot be opened, or its disk knows no locks.
        """
        if self._number is not None:
            return False
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        number = os.open(self._path, flags, 0o666)
        try:
            taken = _lock(number)
        except BaseException:
            os.close(number)
            raise
        if taken:
            self._number = number
        else:
            os.close(number)
        return taken

    def release(self) -> None:
        """Free the lock, if it is held."""
        number, self._number = self._number, None
        if number is not None:
            try:
                _unlock(number)
            finally:
                os.close(number)

    def forget(self) -> None:
        """In a fork: the parent goes on holding, and this copy does not hold on when the parent dies."""
        number, self._number = self._number, None
        if number is not None:
            os.close(number)


def _lock(number: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in _BUSY_ON_WINDOWS:
                return False
            raise
        return True
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unlock(number: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(number, msvcrt.LK_UNLCK, 1)
        return
    fcntl.flock(number, fcntl.LOCK_UN)
