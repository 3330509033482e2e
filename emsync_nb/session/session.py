"""A piece of work on a film: spotting, takes, locks, and the way back from every change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emsync_nb.session.holder import HeldElsewhere, ask
from emsync_nb.session.requests import answer
from emsync_nb.session.work import Work

#: what composing takes at most, in seconds
PATIENCE_S = 3600.0


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


def perform(folder: Path, request: Mapping[str, Any]) -> dict[str, Any]:
    """Do what is asked for in a session: here, or by the process that holds it.

    Raises:
        UserError: what cannot be done, in a line.
    """
    try:
        session = Session.open(folder)
    except HeldElsewhere:
        return ask(folder, dict(request), timeout_s=PATIENCE_S)
    with session:
        return session.answer(dict(request))
