"""Work beside the kernel: calls in order in a thread of their own, and one long job at a time, told and stopped."""

from __future__ import annotations

import itertools
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from emsync_nb.errors import EmsyncError, PlanError
from emsync_nb.pipeline.progress import Progress
from emsync_nb.session.stopping import StoppedError

#: seconds between two pieces of news of a job
NEWS_S = 0.25
#: from this share, and after so many seconds, a stage tells how long it will take
_SHARE_TOLD, _SECONDS_TOLD = 0.02, 0.75
#: how much a new estimate of the time left counts
_NEW = 0.3
Value = TypeVar("Value")
log = logging.getLogger(__name__)


class InOrder:
    """Calls that are made one after another, in a daemon thread that begins with the first of them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._state = threading.Condition()
        self._waiting, self._is_closed = 0, False
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """How many calls are waiting or being made."""
        return self._waiting

    def put(self, call: Callable[[], None]) -> bool:
        """Have a call made; False after `close`, and while the interpreter ends: a thread would never begin then."""
        with self._state:
            if self._is_closed or sys.is_finalizing():
                return False
            self._waiting += 1
            self._calls.put(call)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            return True

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all calls are made; False where the time is up before."""
        with self._state:
            return self._state.wait_for(lambda: self._waiting == 0, timeout_s)

    def close(self) -> None:
        """Take no more calls; the thread ends behind those that were put before."""
        with self._state:
            self._is_closed = True
            self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                call()
            except Exception:  # the thread serves others after this one; the log has the fault
                log.exception("Work of a desk failed")
            finally:
                del call  # else what it refers to lives until the next one comes
                with self._state:
                    self._waiting -= 1
                    self._state.notify_all()


class LatestWins(Generic[Value]):
    """Values that are handled in order with the calls of an `InOrder`; of several that wait in a row only the last."""

    def __init__(self, calls: InOrder, handle: Callable[[Value], None]) -> None:
        self._calls, self._handle = calls, handle
        self._guard = threading.Lock()
        self._box: list[Value] | None = None

    def put(self, value: Value) -> None:
        """Have a value handled, in place of one that still waits."""
        with self._guard:
            if self._box is not None:
                self._box[:] = [value]
                return
            box = self._box = [value]
        self._calls.put(lambda: self._take(box))

    def drop(self) -> None:
        """Forget a value that still waits; what is put from now on waits behind all calls that there are."""
        with self._guard:
            if self._box is not None:
                self._box.clear()
                self._box = None

    def _take(self, box: list[Value]) -> None:
        with self._guard:
            values = list(box)
            if self._box is box:
                self._box = None
        for value in values:
            self._handle(value)


class Job:
    """One piece of long work, as a `Progress` that it hears."""

    def __init__(self, number: int, what: str) -> None:
        self.number, self.what = number, what
        self.cancel = threading.Event()
        self.lines: list[str] = []
        self._stage, self._share, self._since_s = "", 0.0, time.monotonic()
        self._left_s: float | None = None

    def stage(self, name: str, share: float) -> None:
        """`share` of a stage is done, 0 … 1."""
        now_s = time.monotonic()
        if name != self._stage:
            self._stage, self._since_s, self._left_s = name, now_s, None
        self._share = min(1.0, max(0.0, float(share)))
        spent_s = now_s - self._since_s
        if self._share >= _SHARE_TOLD and spent_s >= _SECONDS_TOLD:
            estimate_s = spent_s * (1 - self._share) / self._share
            old_s = estimate_s if self._left_s is None else self._left_s
            self._left_s = old_s + _NEW * (estimate_s - old_s)

    def notice(self, line: str) -> None:
        """Something a person should know; the desk tells it when the work is done."""
        self.lines.append(line)

    def document(self) -> dict[str, Any]:
        """As the browser reads it."""
        left_s = None if self._left_s is None else round(self._left_s, 1)
        return {
            "id": self.number,
            "what": self.what,
            "stage": self._stage,
            "share": round(self._share, 4),
            "left_s": left_s,
            "can_cancel": not self.cancel.is_set(),
        }


#: long work: hears whom to tell, and what stops it
Work = Callable[[Progress, threading.Event], None]


class Jobs:
    """One long job at a time. `tell` hears its document four times a second at most, and {} when it is over.

    Before that, where it did not come to its end, the document has "ended": "stopped" or "failed".

    `ended` hears how: with what went wrong, or None, and the lines that it had for people.
    """

    def __init__(
        self,
        tell: Callable[[dict[str, Any]], None],
        ended: Callable[[EmsyncError | None, list[str]], None],
    ) -> None:
        self._tell, self._ended = tell, ended
        self._numbers = itertools.count(1)
        self._guard = threading.Lock()
        self._job: Job | None = None
        self._over = threading.Event()
        self._over.set()

    def start(self, what: str, work: Work) -> int:
        """Begin a job; its number.

        Raises:
            PlanError: another one runs.
        """
        with self._guard:
            if self._job is not None:
                raise PlanError(f"{self._job.what} is still running; wait for it, or cancel it")
            job, over = Job(next(self._numbers), what), threading.Event()
            self._job, self._over = job, over
        self._tell(job.document())  # who hears it may ask for more: the guard is free
        threading.Thread(
            target=self._run, args=(job, over, work), name="emsync-desk-job", daemon=True
        ).start()
        return job.number

    def cancel(self, number: int | None = None) -> bool:
        """Tell the job to stop, of a number or whichever; False where it does not run."""
        job = self._job
        if job is None or number not in (None, job.number):
            return False
        job.cancel.set()
        return True

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the job; False where the time is up before."""
        return self._over.wait(timeout_s)

    def _run(self, job: Job, over: threading.Event, work: Work) -> None:
        try:
            self._do(job, work)
        finally:
            over.set()

    def _do(self, job: Job, work: Work) -> None:
        is_over = threading.Event()
        news = threading.Thread(target=self._tell_news, args=(job, is_over), daemon=True)
        news.start()
        error = _outcome(job, work)
        is_over.set()
        news.join()
        if error is not None:
            self._tell({**job.document(), "ended": "stopped" if is_stopped(error) else "failed"})
        with self._guard:
            self._job = None
        self._tell({})
        self._ended(error, job.lines)

    def _tell_news(self, job: Job, is_over: threading.Event) -> None:
        told = job.document()
        while not is_over.wait(NEWS_S):
            if (now := job.document()) != told:
                self._tell(now)
                told = now


def _outcome(job: Job, work: Work) -> EmsyncError | None:
    """What went wrong."""
    try:
        work(job, job.cancel)
    except EmsyncError as error:
        return error
    except Exception as error:  # here the work ends; told as our fault, and the log has it
        log.exception("%s failed", job.what)
        return unexpected(job.what, error)
    return None


def unexpected(what: str, error: Exception) -> EmsyncError:
    """Our own fault, in one line."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
    return EmsyncError(f"{what} failed by a fault of ours ({reason}); the log has more, please report it")


def is_stopped(error: EmsyncError | None) -> bool:
    """Whether somebody wanted it so."""
    return isinstance(error, StoppedError)
