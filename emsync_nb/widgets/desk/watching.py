"""Whoever changes a session, here or elsewhere: the desk notices it by the files that every change replaces."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

#: seconds between two looks
LOOK_S = 0.25
#: looks between two calls of `each_while`
_WHILE = 12
#: of a file: time of its last change, size, number; None where it is not there
Stamp = tuple[int, int, int] | None
log = logging.getLogger(__name__)


class Watch:
    """Calls a method whenever a file was replaced, until it is closed or the method's object is gone.

    Args:
        path: the file.
        heard: a bound method; the watch does not keep its object alive.
        each_while: one that is called every few seconds, whatever happens.
    """

    def __init__(
        self, path: Path, heard: Callable[[], None], each_while: Callable[[], None] | None = None
    ) -> None:
        self._path, self._heard = path, weakref.WeakMethod(heard)
        self._each_while = None if each_while is None else weakref.WeakMethod(each_while)
        self._guard = threading.RLock()
        self._stamp: Stamp = None
        self._end = threading.Event()

    def start(self) -> None:
        """Look from now on, in a daemon thread."""
        threading.Thread(target=self._watch, name="emsync-desk-watch", daemon=True).start()

    def follow(self, path: Path) -> None:
        """Watch another file from now on; as it is now it is no news."""
        with self._guard:
            self._path, self._stamp = path, stamp_of(path)

    def look(self, *, always: bool = False) -> None:
        """Look now; when this comes back, all that was written before it was called has been heard of."""
        with self._guard:
            stamp = stamp_of(self._path)
            heard = self._heard()
            if heard is not None and (always or stamp != self._stamp):
                self._stamp = (
                    stamp  # as it was before the reading: what comes meanwhile is heard of next time
                )
                heard()

    def close(self) -> None:
        """Look no more."""
        self._end.set()

    def _watch(self) -> None:
        looks = 0
        while not self._end.wait(LOOK_S) and self._heard() is not None:
            looks += 1
            try:
                self.look()
                call = None if self._each_while is None else self._each_while()
                if looks % _WHILE == 0 and call is not None:
                    call()
                del call  # or the object lives until the next look
            except Exception:  # the next look may do better; the log has the fault
                log.exception("What %s holds could not be shown", self._path)


def stamp_of(path: Path) -> Stamp:
    """By which a file that was replaced is told from the one before."""
    try:
        found = path.stat()
    except OSError:
        return None  # taken away, or not ours to see: whoever reads it says so
    return found.st_mtime_ns, found.st_size, found.st_ino
