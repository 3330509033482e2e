"""The same function on many jobs: in this process, in several, or on an existing Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from emsync_nb.extras import require

Job = TypeVar("Job")
Result = TypeVar("Result")


def results(
    function: Callable[[Job], Result], jobs: Iterable[Job], *, workers: int = 1, address: str | None = None
) -> Generator[tuple[int, Result], None, None]:
    """Each job's place and its result, as they finish; processes and clusters follow shortly."""
    if address is not None:
        require("distributed")
    for index, job in enumerate(jobs):
        yield index, function(job)
