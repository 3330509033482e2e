"""A piece of work on a film: spotting, takes, locks, and the way back from every change."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emsync_nb.pipeline import Progress
from emsync_nb.session.holder import AnswerLost, HeldElsewhere, NotBegun, ask
from emsync_nb.session.marking import MarkedWork
from emsync_nb.session.requests import answer, is_reading

#: what composing takes at most, in seconds
PATIENCE_S = 3600.0
#: how often who only reads asks once more where an answer was lost
_MORE_READINGS = 2
#: seconds between two times of asking, about; not the same for all who ask
_PAUSE_S = 0.05


class Session(MarkedWork):
    """The work on one film, in a folder. Every change is on disk when the call comes back.

    One process holds a session and answers for it; others ask through `perform`. Methods may
    be called from several threads: they wait for each other.

    ::

        with Session.create("film.mp4") as session:
            session.analyze()
            session.plan = session.plan.moved(2, Fraction("12.5"))
            first, second = session.generate(takes=2, seed=7)
            session.accept(first)
            session.lock(track="Cello", bars=(1, 8))
            session.regenerate(bars=(9, 16), takes=3)
            session.undo()
    """

    def answer(
        self,
        request: dict[str, Any],
        *,
        progress: Progress | None = None,
        cancel: threading.Event | None = None,
    ) -> dict[str, Any]:
        """Do what another process asks for, see `requests`; `progress` and `cancel` as in `generate`.

        Raises:
            UserError: what cannot be done.
            StoppedError: `cancel` was set.
        """
        return answer(self, request, progress=progress, cancel=cancel)


def perform(
    folder: Path | str, request: Mapping[str, Any], *, progress: Progress | None = None
) -> dict[str, Any]:
    """Do what is asked for in a session, once: here, or by the process that holds it.

    Where the holder is just closing, nothing was done yet, and it is asked for again. Breaking off, as by Ctrl-C,
    stops the work, wherever it is done; what was finished before that is kept.

    Args:
        folder: of the session.
        request: as `requests` knows it.
        progress: hears how far the work is, share 0 … 1 of each stage.

    Raises:
        AnswerLost: the process that did it was killed: it may or may not be done; the history tells.
        UserError: what cannot be done, in a line.
    """
    folder, asked, start_s = Path(folder), dict(request), time.monotonic()
    readings = _MORE_READINGS if is_reading(asked) else 0
    while True:
        try:
            return _performed(folder, asked, progress)
        except NotBegun as error:
            if time.monotonic() - start_s > error.patience_s:
                raise
        except AnswerLost:
            if not readings:
                raise
            readings -= 1
        time.sleep(random.uniform(0.2, 1) * _PAUSE_S)  # noqa: S311 - so that not all ask at once


def _performed(folder: Path, request: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
    try:
        session = Session.open(folder)
    except HeldElsewhere:
        return ask(folder, request, timeout_s=PATIENCE_S, progress=progress)
    with session:
        return session.answer(request, progress=progress)
