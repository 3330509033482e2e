"""A piece of work on a film: spotting, takes, locks, and the way back from every change."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emsync_nb.session.holder import HeldElsewhere, NoHolder, ask
from emsync_nb.session.requests import answer, is_reading
from emsync_nb.session.work import Work

#: what composing takes at most, in seconds
PATIENCE_S = 3600.0
#: how often who only reads asks again
_ATTEMPTS = 2


class Session(Work):
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

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what another process asks for, see `requests`.

        Raises:
            UserError: what cannot be done.
        """
        return answer(self, request)


def perform(folder: Path | str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Do what is asked for in a session: here, or by the process that holds it.

    Raises:
        UserError: what cannot be done, in a line.
    """
    folder, asked = Path(folder), dict(request)
    # a holder may close just then; who only reads may ask once more, who changes might do so twice
    for _ in range(_ATTEMPTS if is_reading(asked) else 0):
        with contextlib.suppress(NoHolder):
            return _performed(folder, asked)
    return _performed(folder, asked)


def _performed(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    try:
        session = Session.open(folder)
    except HeldElsewhere:
        return ask(folder, request, timeout_s=PATIENCE_S)
    with session:
        return session.answer(request)
