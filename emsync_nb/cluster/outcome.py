"""What becomes of a job elsewhere, in a form that travels."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from typing import Any

from emsync_nb.errors import InternalError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job elsewhere: the function's result, or its exception."""

    result: Any = None
    error: Exception | None = None

    def unwrap(self) -> Any:  # noqa: ANN401 - whatever the function returns
        """The result; an exception is raised here as it was there."""
        if self.error is not None:
            raise self.error
        return self.result


def attempt(function: Callable[[Any], Any], job: object) -> Outcome:
    try:
        return Outcome(function(job))
    except Exception as error:
        return Outcome(error=fit_to_travel(error))


def fit_to_travel(error: Exception) -> Exception:
    """The exception with a note of where it was raised; another in its place, where it cannot be copied."""
    told = "".join(traceback.format_exception(error))
    error.__cause__ = error.__context__ = None
    try:
        ForkingPickler.loads(ForkingPickler.dumps(error))
    except Exception:
        error = InternalError(f"{type(error).__name__}: {error}")
    error.add_note(f"in a worker:\n{told}")
    return error
