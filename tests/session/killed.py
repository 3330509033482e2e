"""Works in a session for ever, and says what is done: one JSON line for each change that came back. Made to be killed.

Run: python -m tests.session.killed FOLDER SEED
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from emsync_nb.domain import Spotting
from emsync_nb.errors import PlanError
from emsync_nb.session import Session
from emsync_nb.session.documents import digest
from emsync_nb.session.store import Head
from tests.session.tiny_session import no_network


def _work(session: Session, rng: random.Random) -> None:
    """One change."""
    takes = session.state.takes
    works: list[Callable[[], object]] = [
        lambda: session.change("shifted", lambda plan: _shifted(plan, rng)),
        lambda: session.change("weighted", lambda plan: plan.weighted(rng.randint(1, 4), rng.random())),
        lambda: session.generate(takes=rng.randint(1, 2), seed=rng.randrange(1000)),
    ]
    if takes:
        works.append(lambda: session.accept(rng.choice(takes)))
    if session.state.accepted is not None:
        works += [
            lambda: session.lock(track=rng.choice(["Cello", "Viola"]), bars=(1, rng.randint(1, 3))),
            lambda: session.mute("Cello", on=rng.random() < 0.5),
            session.unlock,
        ]
    if len(session.history()) > 4 and rng.random() < 0.2:
        works = [session.undo]
    with contextlib.suppress(PlanError):  # the click may have moved under locks
        rng.choice(works)()


def _shifted(plan: Spotting, rng: random.Random) -> Spotting:
    start = rng.uniform(0, 10)
    return plan.shifted(start, start + 3, valence=rng.uniform(-0.5, 0.5))


def news(head: Head) -> dict[str, Any]:
    """What session.json says, in brief: digests of all states and of those up to the one in force."""
    states = [entry.state for entry in head.entries]
    return {"all": digest(states), "until": digest(states[: head.at + 1]), "at": head.at}


def work(folder: Path, seed: int, say: Callable[[str], object]) -> None:
    """Work until somebody kills this process."""
    rng = random.Random(seed)
    with no_network(), Session.open(folder) as session:
        while True:
            say(json.dumps(news(session._head)))
            _work(session, rng)


def report(folder: str, seed: int, connection: Connection) -> None:
    """As `work`, in a process that was forked."""
    work(Path(folder), seed, connection.send)


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]), lambda line: print(line, flush=True))
