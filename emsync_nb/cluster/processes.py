"""Jobs in processes of this machine, none of which outlives us."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import connection, get_context, parent_process, resource_tracker
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import Any, TypeVar

from emsync_nb.cluster.outcome import Outcome, attempt, fit_to_travel
from emsync_nb.errors import ClusterError

Job = TypeVar("Job")
Result = TypeVar("Result")

#: seconds that a worker has to clean up once it is told to stop
GRACE_S = 2.0


def in_processes(
    function: Callable[[Job], Result], jobs: Iterable[Job], workers: int
) -> Generator[tuple[int, Result], None, None]:
    """Each process holds one job at a time, and gets the next one before its result is passed on."""
    queue = enumerate(jobs)
    crew = _Crew(function)
    try:
        for index, job in islice(queue, workers):
            crew.hire().give(index, job)
        while crew.at_work:
            for worker in crew.ready():
                index, outcome = worker.take()
                following = next(queue, None)
                if following is None:
                    crew.at_work.remove(worker)
                else:
                    worker.give(*following)
                yield index, outcome.unwrap()
    finally:
        crew.stop()


@dataclass(eq=False)
class _Worker:
    """A process of ours, the line to it, and the place of the job in its hands."""

    process: SpawnProcess
    line: connection.Connection
    index: int = -1

    def give(self, index: int, job: object) -> None:
        """Send a job; a worker without one is listening, so this does not block."""
        self.index = index
        try:
            self.line.send(job)
        except OSError as error:
            raise self._death() from error

    def take(self) -> tuple[int, Outcome]:
        """The outcome that has arrived."""
        try:
            return self.index, self.line.recv()
        except (EOFError, OSError) as error:
            raise self._death() from error

    def _death(self) -> ClusterError:
        self.process.join(GRACE_S)
        code = self.process.exitcode or 0
        how = f"was killed by {_signal_name(-code)}" if code < 0 else f"ended itself with exit code {code}"
        return ClusterError(
            f"the process that did job {self.index + 1} {how}; "
            "if memory ran out, use fewer workers. What was finished before stands"
        )

    def kill(self) -> None:
        """At once, with every process that it has started."""
        self.process.kill()
        if sys.platform != "win32" and self.process.pid is not None:
            with suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


@dataclass(eq=False)
class _Crew:
    """The worker processes. Spawned, for a fork would copy the locks that other threads of ours hold."""

    function: Callable[[Any], Any]
    everyone: list[_Worker] = field(default_factory=list)
    at_work: list[_Worker] = field(default_factory=list)

    def hire(self) -> _Worker:
        """A new process; should a signal come meanwhile, the process is known before the signal is."""
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self.function), daemon=True)
        with _signals_blocked(), theirs:
            process.start()
            worker = _Worker(process, ours)
            self.everyone.append(worker)
            self.at_work.append(worker)
        return worker

    def ready(self) -> list[_Worker]:
        """Those that have an outcome, or died; waits for the first."""
        lines = connection.wait([worker.line for worker in self.at_work])
        return [worker for worker in self.at_work if worker.line in lines]

    def stop(self) -> None:
        """Tell all to clean up and go; kill those that do not, and what they leave behind."""
        for worker in self.everyone:
            worker.process.terminate()
        deadline = time.monotonic() + GRACE_S
        for worker in self.everyone:
            connection.wait([worker.process.sentinel], max(0.0, deadline - time.monotonic()))
            worker.kill()
        for worker in self.everyone:
            worker.process.join()
            worker.line.close()


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """What asks us to stop waits; a process started within holds it back likewise until it can ignore it."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # multiprocessing's own, which unblocks signals when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(line: connection.Connection, function: Callable[[Any], Any]) -> None:
    """A worker's life: job after job until the line is closed or a signal comes."""
    _leave_signals_to_the_parent()
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        _do_jobs(line, function)
    finally:
        if _is_orphan():
            _kill_all_of_us()


def _do_jobs(line: connection.Connection, function: Callable[[Any], Any]) -> None:
    while True:
        try:
            job = line.recv()
        except (EOFError, OSError):
            return
        except Exception as error:  # a job that cannot be rebuilt here
            outcome = Outcome(error=fit_to_travel(error))
        else:
            outcome = attempt(function, job)
        _answer(line, outcome)


def _answer(line: connection.Connection, outcome: Outcome) -> None:
    try:
        line.send(outcome)
    except OSError:  # nobody listens any more
        raise SystemExit from None
    except Exception as error:  # a result that cannot be pickled
        line.send(Outcome(error=fit_to_travel(error)))


def _leave_signals_to_the_parent() -> None:
    """Ctrl-C is the parent's, which then asks to stop by SIGTERM: raised, so that `finally` blocks run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if sys.platform != "win32":
        # the terminal's signals pass by what we start, too; and all of it can be killed at once
        os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))


def _leave(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit


def _end_with_the_parent() -> None:
    """Should the parent be killed, its workers do not go on without it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S)
        _kill_all_of_us()


def _is_orphan() -> bool:
    parent = parent_process()
    return parent is not None and not parent.is_alive()


def _kill_all_of_us() -> None:
    """This worker and every process that it has started."""
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)
