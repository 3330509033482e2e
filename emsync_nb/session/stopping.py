"""What may end a change: somebody who stops it, or a value that cannot be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from emsync_nb.domain.timecode import FilmClock, TimedError
from emsync_nb.errors import PlanError, UserError
from emsync_nb.pipeline.progress import Progress, Silent


class StoppedError(UserError):
    """Work that was stopped on purpose; nothing of it is kept."""


class Stoppable:
    """Passes progress on until somebody sets the event."""

    def __init__(self, progress: Progress | None, cancel: threading.Event | None) -> None:
        """Either may be None: nobody watches, nobody stops it."""
        self._progress, self._cancel = progress or Silent(), cancel

    def stage(self, name: str, share: float) -> None:
        """Pass it on.

        Raises:
            StoppedError: the event is set.
        """
        if self._cancel is not None and self._cancel.is_set():
            raise StoppedError("stopped; nothing was changed")
        self._progress.stage(name, share)

    def notice(self, line: str) -> None:
        """Pass it on."""
        self._progress.notice(line)


@contextmanager
def as_plan_errors(clock: FilmClock | None = None) -> Iterator[None]:
    """Values that the domain refuses are a user's mistakes here; times in refusals are told by the film's clock."""
    try:
        yield
    except TimedError as error:
        raise PlanError(error.told(clock or FilmClock())) from error
    except ValueError as error:
        raise PlanError(str(error)) from error
