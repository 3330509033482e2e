"""Kills a process that works in a session, again and again, and looks at what is left.

Run: python -m tests.session.kills 200
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from emsync_nb.errors import UserError
from emsync_nb.session import Session
from emsync_nb.session.documents import digest
from tests.session import killed
from tests.session.tiny_session import analysed, no_network

#: how long a process works before it is killed, in seconds
LONGEST_S = 0.6
#: how long it may take to begin
PATIENCE_S = 120.0


class Kills(NamedTuple):
    """What became of so many kills."""

    tried: int
    #: all that had been done was there, and readable
    survived: int
    #: how many fell into the making of music
    composing: int


def survive_kills(count: int, seed: int = 1) -> Kills:
    """Kill a working process so many times, and look whether all that it had done was there, and readable.

    One session lives through all the kills; each process goes on where the one before it was killed.
    """
    rng = random.Random(seed)
    survived = composing = 0
    with tempfile.TemporaryDirectory() as folder, no_network():
        with analysed(Path(folder)) as session:
            place = session.folder
        seen: set[str] = set()
        for number in range(count):
            said = _killed(place, seed + number, rng.uniform(0, LONGEST_S))
            composing += bool(said.get("composing"))
            with contextlib.suppress(UserError):  # what cannot be opened or read was not survived
                survived += _is_whole(place, said, seen)
        with contextlib.suppress(UserError):
            _read_all(place, set())  # history is as it was, to its first day
            return Kills(count, survived, composing)
    return Kills(count, 0, composing)


def _killed(place: Path, seed: int, after_s: float) -> dict[str, Any]:
    """The last change that a process said was done before it was killed."""
    # a server that has imported everything forks what is killed: a fresh interpreter takes seconds to begin
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([killed.__name__])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=killed.report, args=(str(place), seed, theirs))
    process.start()
    theirs.close()
    said = "{}"
    try:
        with contextlib.suppress(EOFError):  # it could not even begin
            said = ours.recv() if ours.poll(PATIENCE_S) else said
            end_s = time.monotonic() + after_s
            while (left_s := end_s - time.monotonic()) > 0:  # a full pipe would stop the work
                if ours.poll(left_s):
                    said = ours.recv()
    finally:
        process.kill()
        process.join()
    with contextlib.suppress(EOFError, OSError), ours:  # half a message was not said
        while True:
            said = ours.recv()
    found: dict[str, Any] = json.loads(said)
    return found if process.exitcode == -signal.SIGKILL else {}  # who ended alone was not killed


def _is_whole(place: Path, said: dict[str, Any], seen: set[str]) -> bool:
    """Whether what was said last is there, or that and the one change in flight; and history reads."""
    with Session.open(place) as session:
        head = session._head
        states = [entry.state for entry in head.entries]
        same = (digest(states), head.at) == (said.get("all"), said.get("at"))
        one_more = (digest(states[:-1]), head.at) == (said.get("until"), said.get("at", 0) + 1)
        redone = (digest(states), head.at) == (said.get("all"), said.get("at", 0) + 1)
        undone = (digest(states), head.at) == (said.get("all"), said.get("at", 0) - 1)
    left = list(place.rglob("*.part"))
    _read_all(place, seen)
    return (same or one_more or redone or undone) and not left


def _read_all(place: Path, seen: set[str]) -> None:
    """Read every state, but those that were seen, with all its music.

    Raises:
        OutputError: some of it is missing or damaged.
    """
    with Session.open(place) as session:
        for entry in session._head.entries:
            if entry.state in seen:
                continue
            seen.add(entry.state)
            for take in session._store.state(entry.state, place).takes:
                if take.sha256 not in seen:
                    session._store.music(take.file, take.sha256)
                    seen.add(take.sha256)


def main(count: int) -> int:
    """Say what became of so many kills; 1 where one was not survived."""
    kills = survive_kills(count)
    print(f"{kills.survived} of {kills.tried} kills were survived, {kills.composing} of them while composing")
    return int(kills.survived < kills.tried)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
