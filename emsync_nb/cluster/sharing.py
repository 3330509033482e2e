"""Who does the jobs.

Results come as they finish, one at a time, and are not kept; nor are jobs sent far ahead. Whoever leaves early
calls off what is pending: close the generator, best through `contextlib.closing`.

There are no threads to choose: they would share one interpreter lock and cannot be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from emsync_nb.cluster.dask_cluster import checked, on_dask
from emsync_nb.cluster.processes import in_processes
from emsync_nb.errors import UserError
from emsync_nb.extras import require

Job = TypeVar("Job")
Result = TypeVar("Result")


def results(
    function: Callable[[Job], Result], jobs: Iterable[Job], *, workers: int = 1, address: str | None = None
) -> Generator[tuple[int, Result], None, None]:
    """Call `function` on every job and give each result as it is ready.

    Args:
        function: for more than one worker or a cluster, one that can be imported by name there.
        jobs: taken one after the other, only as there is somebody to do them.
        workers: processes on this machine; 1 does the jobs in this one, in their order.
        address: of a Dask scheduler, such as "tcp://127.0.0.1:8786"; its workers do the jobs, however many.
            Jobs that run there when the generator is closed run on to their end, and are forgotten.

    Yields:
        The place of a job in `jobs`, counted from 0, and its result; in the order in which they finish.

    Raises:
        ClusterError: nobody answers at `address`, a worker died, or cannot do the work as we would here.
        MissingExtraError: the extra `cluster` is not installed, and `address` is given.
        UserError: fewer than one worker.
        Exception: whatever `function` raises, once; a note tells where it was raised.
    """
    if address is not None:
        return on_dask(function, jobs, checked(address), require("distributed"))
    if workers < 1:
        raise UserError(f"{workers} workers cannot do anything; give 1 or more")
    return _here(function, jobs) if workers == 1 else in_processes(function, jobs, workers)


def _here(
    function: Callable[[Job], Result], jobs: Iterable[Job]
) -> Generator[tuple[int, Result], None, None]:
    for index, job in enumerate(jobs):
        yield index, function(job)
