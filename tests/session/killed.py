"""Works in a session for ever, and says what is done: one JSON line for each change that came back. Made to be killed.

Each piece of music takes a few hundred milliseconds and tells how far it is, so that many a kill falls into one.

Run: python -m tests.session.killed FOLDER SEED
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest.mock import patch

from emsync_nb.domain import Score, Spotting
from emsync_nb.errors import PlanError
from emsync_nb.pipeline import Stopwatch
from emsync_nb.session import Session
from emsync_nb.session.documents import digest
from emsync_nb.session.store import Head
from tests.session.tiny_session import WORK, edited_export, fake_compose, fake_rewrite, no_network

DIRECTIONS = ("calmer from 0:04", "start uneasy", "brighter from 0:02 to 0:08", "big finish")
#: seconds; a piece of music takes 5 to 20 of these
STEP_S = 0.02


def _work(session: Session, rng: random.Random) -> None:
    """One change."""
    with contextlib.suppress(PlanError):  # the click may have moved under locks, or all may be locked
        rng.choice(_works(session, rng))()


def _works(session: Session, rng: random.Random) -> list[Callable[[], object]]:
    """What can be done now."""
    takes, head = session.state.takes, session._head
    if len(head.entries) > 4 and head.at and rng.random() < 0.2:
        return [session.undo]
    if head.at + 1 < len(head.entries) and rng.random() < 0.4:
        return [session.redo]
    works: list[Callable[[], object]] = [
        lambda: session.change("shifted", lambda plan: _shifted(plan, rng)),
        lambda: session.change("weighted", lambda plan: plan.weighted(rng.randint(1, 4), rng.random())),
        lambda: session.generate(takes=rng.randint(1, 2), seed=rng.randrange(1000)),
        lambda: session.apply(session.direct(rng.choice(DIRECTIONS))),
    ]
    if takes:
        works.append(lambda: session.accept(rng.choice(takes)))
    if session.state.accepted is not None:
        works += [
            lambda: session.lock(track=rng.choice(["Cello", "Viola"]), bars=(1, rng.randint(1, 3))),
            lambda: session.mute("Cello", on=rng.random() < 0.5),
            lambda: session.regenerate((1, 2), ["Viola"], seed=rng.randrange(1000)),
            lambda: session.import_music(edited_export(session, session.folder.parent / "daw.mid", rng)),
            session.unlock,
        ]
    return works


def _shifted(plan: Spotting, rng: random.Random) -> Spotting:
    start = rng.uniform(0, 10)
    return plan.shifted(start, start + 3, valence=rng.uniform(-0.5, 0.5))


def news(head: Head) -> dict[str, Any]:
    """What session.json says, in brief: digests of all states and of those up to the one in force."""
    states = [entry.state for entry in head.entries]
    return {"all": digest(states), "until": digest(states[: head.at + 1]), "at": head.at}


class Composer:
    """Composes as the fake one does, after a while in which it tells how far it is."""

    def __init__(
        self, compose: Callable[..., list[Score]], rng: random.Random, begun: Callable[[], object]
    ) -> None:
        self._compose, self._rng, self._begun = compose, rng, begun

    def __call__(self, *asked: Any, watch: Stopwatch, **kept: Any) -> list[Score]:  # noqa: ANN401
        self._begun()
        steps = self._rng.randint(5, 20)
        with watch.stage("generation") as advance:
            for step in range(steps):
                time.sleep(STEP_S)
                advance(step / steps)
        return self._compose(*asked, **kept)


def work(folder: Path, seed: int, say: Callable[[str], object]) -> None:
    """Work until somebody kills this process; what is said of the last change is said again when composing begins."""
    rng = random.Random(seed)
    with no_network(), Session.open(folder) as session, contextlib.ExitStack() as stack:

        def begun() -> None:
            say(json.dumps({**news(session._head), "composing": True}))

        for name, compose in (("compose_takes_of", fake_compose), ("rewrite_takes", fake_rewrite)):
            stack.enter_context(patch(f"{WORK}.{name}", Composer(compose, rng, begun)))
        while True:
            say(json.dumps(news(session._head)))
            _work(session, rng)


def report(folder: str, seed: int, connection: Connection) -> None:
    """As `work`, in a process that was forked."""
    work(Path(folder), seed, connection.send)


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]), lambda line: print(line, flush=True))
