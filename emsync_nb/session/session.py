"""A piece of work on a film: spotting, takes, locks, and the way back from every change."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emsync_nb.pipeline import Progress
from emsync_nb.session.holder import (
    SILENCE_S,
    AnswerLost,
    HeldElsewhere,
    Holder,
    NotBegun,
    SilentHolder,
    ask,
    pid_of_holder,
)
from emsync_nb.session.marking import MarkedWork
from emsync_nb.session.requests import answer, is_reading, takes_long
from emsync_nb.session.store import Store

#: what composing takes at most, in seconds
PATIENCE_S = 3600.0
#: seconds after which who only reads does without a holder that says nothing
READING_S = 3.0
#: how often who only reads asks once more where an answer was lost
_MORE_READINGS = 2
#: seconds between two times of asking, about; not the same for all who ask
_PAUSE_S = 0.05

_log = logging.getLogger(__name__)


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

    @staticmethod
    def _takes_long(request: dict[str, Any]) -> bool:
        return takes_long(request)


def perform(
    folder: Path | str, request: Mapping[str, Any], *, progress: Progress | None = None
) -> dict[str, Any]:
    """Do what is asked for in a session, once: here, or by the process that holds it.

    Where the process that holds the session says nothing, a change is refused; who only asks what there is hears it as
    it was last saved, and a warning says so. Where the holder is just closing, nothing was done yet, and it is asked
    for again. Breaking off, as by Ctrl-C, stops the work, wherever it is done; what was finished before that is kept.

    Args:
        folder: of the session.
        request: as `requests` knows it.
        progress: hears how far the work is, share 0 … 1 of each stage.

    Raises:
        AnswerLost: the process that did it was killed: it may or may not be done; the history tells.
        SilentHolder: the process that holds the session was stopped, or hangs; nothing was changed.
        UserError: what cannot be done, in a line.
    """
    folder, asked, start_s = Path(folder), dict(request), time.monotonic()
    reads = is_reading(asked)
    readings = _MORE_READINGS if reads else 0
    while True:
        try:
            return _performed(folder, asked, progress)
        except NotBegun as error:
            if time.monotonic() - start_s > (READING_S if reads else error.patience_s):
                if reads:
                    break
                raise
        except AnswerLost:
            if not reads:
                raise
            if not readings:
                break
            readings -= 1
        except SilentHolder:
            if not reads:
                raise
            break
        time.sleep(random.uniform(0.2, 1) * _PAUSE_S)  # noqa: S311 - so that not all ask at once
    return _as_last_saved(folder, asked, progress)


def _performed(folder: Path, request: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
    try:
        session = Session.open(folder)
    except HeldElsewhere:
        silence_s = READING_S if is_reading(request) else SILENCE_S
        return ask(folder, request, timeout_s=PATIENCE_S, silence_s=silence_s, progress=progress)
    with session:
        return session.answer(request, progress=progress)


def _as_last_saved(folder: Path, request: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
    """What the files say, read beside a holder that does not answer; nothing can be changed so.

    Raises:
        UserError: what cannot be told, in a line.
    """
    store, pid = Store(folder), pid_of_holder(folder)
    saved = Session(
        store, store.read_head(), Holder(folder, _nothing)
    )  # never taken, and so never written to
    found = saved.answer(request)
    who = "" if pid is None else f" (pid {pid})"
    line = f"as last saved: the process that holds the session{who} does not answer"
    _log.warning(line)
    if progress is not None:
        progress.notice(line)
    return found


def _nothing(_request: dict[str, Any], _asker: object) -> dict[str, Any]:
    raise AssertionError("nobody can ask a holder that holds nothing")
