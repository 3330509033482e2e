"""Jobs on a Dask cluster that is there already and stays."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import re
import time
import warnings
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from queue import Empty, SimpleQueue
from types import ModuleType
from typing import Any, TypeVar

import emsync_nb
from emsync_nb.cluster.outcome import Outcome, attempt
from emsync_nb.errors import ClusterError
from emsync_nb.extras import require

Job = TypeVar("Job")
Result = TypeVar("Result")

#: seconds to wait for a scheduler's first answer
CONNECT_S = 5.0
#: seconds that a cluster may be without any worker, or its scheduler without a word
PATIENCE_S = 30.0
#: seconds that a client has to take its leave
_LEAVE_S = 2.0
#: seconds between two looks at a cluster that sends no result
_GLANCE_S = 1.0
#: jobs sent to a cluster for each thread that it has
_AHEAD = 2
#: what is raised where a scheduler is gone; TimeoutError is an OSError
_LOST = (OSError, asyncio.CancelledError, concurrent.futures.CancelledError)
_ADDRESS = re.compile(r"((tcp|tls|ws|wss|ucx)://)?(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):\d{1,5}")


def checked(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ClusterError(
            f"{address!r} is not the address of a Dask scheduler; give one such as tcp://127.0.0.1:8786"
        )
    return address


def on_dask(
    function: Callable[[Job], Result], jobs: Iterable[Job], address: str, distributed: ModuleType
) -> Generator[tuple[int, Result], None, None]:
    queue = enumerate(jobs)
    with _quiet_logs(), _connected(address, distributed) as cluster:
        while True:
            for index, job in islice(queue, cluster.room()):
                cluster.submit(index, function, job)
            if not cluster.pending:
                return
            index, outcome = cluster.take()
            yield index, outcome.unwrap()


def _there(function: Callable[[Any], Any], job: object, version: str) -> Outcome:
    """On a worker of the cluster: the job, if we are what its sender is."""
    if emsync_nb.__version__ != version:
        theirs = f"{emsync_nb.__version__}, here it is {version}"
        return Outcome(
            error=ClusterError(f"a worker has emsync_nb {theirs}; install the same on all of them")
        )
    return attempt(function, job)


@contextmanager
def _connected(address: str, distributed: ModuleType) -> Iterator[_Cluster]:
    """A client of our own; when it closes, the scheduler drops what it had not begun. The cluster stays."""
    _make_sure_of_a_scheduler(address, distributed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # versions are compared below
            client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False, name="emsync")
    except Exception as error:
        raise _nobody(address, _one_line(error)) from error
    try:
        cluster = _Cluster(client, address)
        _compare_versions(address, cluster.found_on_workers())
        yield cluster
    finally:
        with suppress(*_LOST, RuntimeError):
            client.close(timeout=_LEAVE_S)


def _make_sure_of_a_scheduler(address: str, distributed: ModuleType) -> None:
    """Ask who is there: a client would wait for ever for one that is silent, and stumble over another version."""

    async def ask() -> Any:  # noqa: ANN401 - distributed has no types
        security = distributed.Security().get_connection_args("client")
        async with distributed.rpc(address, timeout=CONNECT_S, connection_args=security) as whoever:
            return (await whoever.identity())["type"], await whoever.versions()

    async def ask_in_time() -> Any:  # noqa: ANN401 - likewise
        return await asyncio.wait_for(ask(), CONNECT_S)

    try:  # in a thread, for a notebook's own loop runs in this one
        with concurrent.futures.ThreadPoolExecutor(1) as thread:
            kind, found = thread.submit(asyncio.run, ask_in_time()).result()
    except Exception as error:
        raise _nobody(address, _one_line(error)) from error
    if kind != "Scheduler":
        raise _nobody(address, f"a {kind.lower()} does")
    _compare_versions(address, [found])


def _nobody(address: str, reason: str) -> ClusterError:
    return ClusterError(f"no Dask scheduler answers at {address} ({reason}); start one with: dask scheduler")


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """distributed logs to stderr what we tell in a line of our own."""
    names = [name for name in logging.root.manager.loggerDict if re.match(r"(distributed|tornado)\b", name)]
    before = {log: log.level for name in names if (log := logging.getLogger(name)).level != logging.NOTSET}
    for log in before:
        log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for log, level in before.items():
            log.setLevel(level)


def _one_line(error: BaseException) -> str:
    """Its kind and the beginning of what it says."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:160]}" if said else type(error).__name__


class _Cluster:
    """A Dask cluster as one of its clients sees it."""

    def __init__(self, client: Any, address: str) -> None:  # noqa: ANN401 - distributed has no types
        self.pending: dict[str, tuple[int, Any]] = {}
        self._client = client
        self._address = address
        self._arrived: SimpleQueue[str] = SimpleQueue()
        self._threads = 0
        self._looked_s = -1e9
        self._had_workers_s = time.monotonic()

    def found_on_workers(self) -> list[dict[str, Any]]:
        """What the workers that are there now run on."""
        try:
            return list(self._client.get_versions()["workers"].values())
        except (*_LOST, RuntimeError) as error:
            raise self._lost() from error

    def room(self) -> int:
        """How many more jobs may be sent; one at least, since a cluster may grow when it is asked to work."""
        if time.monotonic() - self._looked_s > _GLANCE_S:
            self._look()
        return max(0, max(1, _AHEAD * self._threads) - len(self.pending))

    def submit(self, index: int, function: Callable[[Any], Any], job: object) -> None:
        """Send a job, unless the connection is gone."""
        if self._client.status != "running":
            raise self._lost()
        version = emsync_nb.__version__
        future = self._client.submit(_there, function, job, version, pure=False)
        self.pending[future.key] = index, future
        future.add_done_callback(lambda done: self._arrived.put(done.key))

    def take(self) -> tuple[int, Outcome]:
        """The next outcome, fetched from its worker and forgotten there."""
        while True:
            with suppress(Empty):
                index, future = self.pending.pop(self._arrived.get(timeout=_GLANCE_S))
                break
            self._look()
        return index, self._outcome(index, future)

    def _outcome(self, index: int, future: Any) -> Outcome:  # noqa: ANN401 - distributed has no types
        try:
            found = self._wait_for(self._client.gather(future, asynchronous=True))
        except ClusterError:
            raise
        except _LOST as error:
            raise self._lost() from error
        except Exception as error:
            raise self._failure(index, error) from error
        assert isinstance(found, Outcome)  # noqa: S101 - what `_there` returns
        return found

    def _failure(self, index: int, error: Exception) -> ClusterError:
        """An exception that does not come from the function, which returns its own."""
        where = f"the cluster at {self._address} could not do job {index + 1}"
        if type(error).__name__ == "KilledWorker":
            return ClusterError(
                f"{where}: every worker that tried it died; if memory ran out, start fewer workers with more "
                "memory each. What was finished before stands"
            )
        if isinstance(error, ImportError | AttributeError) or "deserialization" in str(error):
            reason = _one_line(error.__cause__ or error)
            return ClusterError(
                f"{where} ({reason}); install this emsync_nb and its extras for the scheduler and every worker"
            )
        return ClusterError(f"{where} ({_one_line(error)}); the logs of its workers may say why")

    def _look(self) -> None:
        """Count the cluster's threads.

        Raises:
            ClusterError: the scheduler is gone, or has been without workers for too long.
        """
        self._looked_s = time.monotonic()
        self._threads = sum(self._ask_threads().values())
        now = time.monotonic()
        if self._threads:
            self._had_workers_s = now
        elif now - self._had_workers_s > PATIENCE_S:
            raise ClusterError(
                f"the cluster at {self._address} has had no workers for {PATIENCE_S:.0f} s; "
                f"start some with: dask worker {self._address}"
            )

    def _ask_threads(self) -> dict[str, int]:
        if self._client.status != "running":
            raise self._lost()
        asked = asyncio.run_coroutine_threadsafe(
            self._client.scheduler.ncores(), self._client.loop.asyncio_loop
        )
        try:
            found: dict[str, int] = asked.result(PATIENCE_S)
        except (*_LOST, RuntimeError) as error:
            raise self._lost() from error
        return found

    def _wait_for(self, coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - distributed has no types
        """Its result, however long it takes, while the cluster is seen to live."""
        asked = asyncio.run_coroutine_threadsafe(coroutine, self._client.loop.asyncio_loop)
        while not concurrent.futures.wait([asked], timeout=_GLANCE_S).done:
            self._look()
        return asked.result()

    def _lost(self) -> ClusterError:
        return ClusterError(
            f"the Dask scheduler at {self._address} has gone silent; see whether it still runs, then start again. "
            "What was finished before stands"
        )


def _compare_versions(address: str, found: Iterable[dict[str, Any]]) -> None:
    """Refuse a cluster whose Python or Dask is another, which fails in ways that nobody can read."""
    ours = _versions(require("distributed.versions").get_versions())
    for theirs in (_versions(one) for one in found if one):
        if theirs != ours:
            raise ClusterError(
                f"the cluster at {address} runs {theirs}, here it is {ours}; install the same there"
            )


def _versions(found: dict[str, Any]) -> str:
    """What has to be equal on all machines, in words."""
    packages = found["packages"]
    python = ".".join(found["host"]["python"].split(".")[:2])
    return f"Python {python}, dask {packages['dask']}, distributed {packages['distributed']}"
