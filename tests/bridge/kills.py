"""Kills whoever plays, in the middle of chords, and listens to how long what was left on goes on sounding.

Run: python -m tests.bridge.kills 50
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bridge.journal import Journal
from bridge.player.jack_player import open_client
from bridge.selftest.jack_server import private_jack
from bridge.selftest.listener import Heard, Listener
from emsync_nb.errors import PortError
from tests.bridge import asker
from tests.bridge.hearing import HeardNote, notes_of
from tests.bridge.processes import has_ended

#: who is killed; the others have to notice
VICTIMS = {
    "asker": ("asker",),
    "player": ("player",),
    "both": ("asker", "player"),
    "all": ("asker", "guard", "player"),
}
#: how long a note may sound after a kill, in seconds
WITHIN_S = 0.3
#: how long it plays before, at most; how long anybody may take to begin or to end
_PLAYS_S, _PATIENCE_S = 0.6, 60.0


@dataclass
class Kill:
    """One kill, in frames of the JACK server."""

    at: int
    #: when all had to be silent
    silent_by: int
    #: how many notes sounded at that moment, by the player's own book: a server that stalls has no exact frame
    sounding: int
    #: when those who were killed had begun to play, and when the next ones did
    began_at: int
    next_at: int = 1 << 62
    #: how many of their notes the listener heard, and how many of these longer than they may, or for ever
    heard: int = 0
    stuck: int = 0
    #: how long the last of them sounded after it, in frames; those that nobody ended do not count
    longest: int = 0


def kills(who: str, count: int, seed: int = 1) -> list[Kill]:
    """Kill one kind of victim so many times, on the JACK server that the environment names."""
    rng = random.Random(f"{seed} {who}")
    with tempfile.TemporaryDirectory() as folder, Listener(1) as ear, contextlib.closing(Clock()) as clock:
        environment = {
            "XDG_RUNTIME_DIR": folder,
            "JACK_DEFAULT_SERVER": os.environ["JACK_DEFAULT_SERVER"],
        }
        done = _killed(who, rng, count, clock, {"targets": [ear.ports], "environment": environment})
        ear.close()
    for kill in done:
        _judge(kill, ear.heard)
    return done


class Clock:
    """Counts frames as the server does."""

    def __init__(self) -> None:
        self._client = open_client("clock")

    def now(self, later_s: float = 0.0) -> int:
        """This moment, or a later one."""
        return int(self._client.frame_time + later_s * self._client.samplerate)

    def close(self) -> None:
        """Leave the server."""
        self._client.close()


def _killed(who: str, rng: random.Random, count: int, clock: Clock, task: dict[str, Any]) -> list[Kill]:
    done: list[Kill] = []
    for number in range(count + 1):
        while done and who != "all" and clock.now() < done[-1].silent_by:
            time.sleep(0.005)  # or the next start would end what somebody else should have ended by then
        with _playing(task) as pids:
            began_at = clock.now()
            if done:
                done[-1].next_at = began_at
            if number == count:  # the last one only begins, for the sake of who was killed before it
                break
            folder = Path(task["environment"]["XDG_RUNTIME_DIR"])
            _wait_until_it_sounds(folder)
            time.sleep(rng.uniform(0.0, _PLAYS_S))
            sounding = _sounding(folder)
            kill = Kill(clock.now(), clock.now(WITHIN_S), sounding, began_at)
            for victim in VICTIMS[who]:
                os.kill(pids[victim], signal.SIGKILL)
            done.append(kill)
    if who == "all":  # nobody is left who could notice, before somebody begins again
        for kill in done:
            kill.silent_by = kill.next_at
    return done


def _wait_until_it_sounds(folder: Path) -> None:
    """A busy machine may take its time between a start and the first note."""
    (path,) = folder.rglob("*.journal")
    journal = Journal(path)
    until_s = time.monotonic() + _PATIENCE_S
    while not journal.status().notes:
        if time.monotonic() > until_s:
            raise TimeoutError("nobody plays a note")
        time.sleep(0.005)
    journal.close()


def _sounding(folder: Path) -> int:
    """How many notes are marked in the player's book."""
    (path,) = folder.rglob("*.journal")
    journal = Journal(path)
    with journal.marks(1) as marks:
        sounding = sum(map(bool, marks))
    journal.close()
    return sounding


@contextlib.contextmanager
def _playing(task: dict[str, Any]) -> Iterator[dict[str, int]]:
    """The processes that play, by who they are; afterwards none of them is left."""
    # a server that has imported everything forks whoever is killed: a fresh interpreter takes long to begin
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([asker.__name__])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=play_until_killed, args=(task, theirs))
    process.start()
    theirs.close()
    pids: list[int] = []
    try:
        if not ours.poll(_PATIENCE_S):
            raise TimeoutError("nobody begins to play")
        pids = ours.recv()
        yield dict(zip(("asker", "player", "guard"), (process.pid or 0, *pids), strict=True))
    finally:
        ours.close()
        # who lost the player ends alone
        process.join(0 if not pids else WITHIN_S)
        process.kill()
        process.join()
        _wait_for_end(pids)


def _wait_for_end(pids: list[int]) -> None:
    until_s = time.monotonic() + _PATIENCE_S
    for pid in pids:
        while not has_ended(pid):
            if time.monotonic() > until_s:
                raise TimeoutError(f"process {pid} does not end")
            time.sleep(0.005)


def play_until_killed(task: dict[str, Any], said: Connection) -> None:
    """What the asker's process does."""
    os.environ.update(task["environment"])
    with contextlib.suppress(PortError):  # its player was killed
        asker.play(task, said.send)


def _judge(kill: Kill, heard: list[Heard]) -> None:
    """How long the notes of its time sounded, by what the listener heard."""
    for note in notes_of(heard):
        if kill.began_at <= note.on < kill.next_at:
            kill.heard += 1
        if note.on < kill.next_at and _sounds_after(note, kill.at):
            kill.stuck += note.off is None or note.off > kill.silent_by
            kill.longest = max(kill.longest, (note.off or 0) - kill.at)


def _sounds_after(note: HeardNote, frame: int) -> bool:
    return note.off is None or note.off > frame


def main(count: int) -> int:
    """Say what became of so many kills of each kind; 1 where a note went on sounding."""
    stuck = 0
    with private_jack():
        for who in VICTIMS:
            done = kills(who, count)
            sounding, stuck_here = sum(kill.sounding for kill in done), sum(kill.stuck for kill in done)
            longest_s = max(kill.longest for kill in done) / 48_000
            print(
                f"{who}: {count} kills, {sounding} notes sounded, {stuck_here} too long, {longest_s:.3f} s at most"
            )
            stuck += stuck_here
    return int(stuck > 0)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
