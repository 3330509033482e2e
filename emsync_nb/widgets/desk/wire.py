"""Who may set a desk's traits and send its messages: one thread at a time."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from emsync_nb.errors import PlanError


class Wire:
    """A lock that its own thread may take again. Those who observe a desk are called while it is held."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        #: number of the thread that holds it, and how often
        self._owner, self._depth = 0, 0

    def __enter__(self) -> Self:
        self._lock.acquire()
        self._owner, self._depth = threading.get_ident(), self._depth + 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = 0
        self._lock.release()

    def check_free(self, what: str) -> None:
        """Whether this thread may wait for the desk, which may be waiting for the wire.

        Raises:
            PlanError: it holds the wire: who observes the desk would wait for what waits for him.
        """
        if self._owner == threading.get_ident():
            raise PlanError(
                f"who observes a desk cannot call {what}, which waits for the desk; call it from a thread of its own"
            )
