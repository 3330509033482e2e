"""Plays chords for a long time, in a process that is made to be interrupted or killed.

Run: python -m tests.bridge.asker TASK, where TASK is JSON (kind, client, targets, and what goes wrong).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from bridge.piece import Piece, PlayedNote, Setting, piece_of
from bridge.playback import Playback
from bridge.player_process import PlayerProcess

#: seconds between chords, and how long each is held: many sound at any time
STEP_S, HELD_S = 0.04, 5.0


def chords(ports: int, seconds: float = 30.0) -> Piece:
    """Three notes at a time on keys that are all different while they sound, with the pedal down."""
    notes = [
        PlayedNote(at * STEP_S, at * STEP_S + HELD_S, at % ports, at % 16, (at * 3 + part) % 128, 60 + part)
        for at in range(round(seconds / STEP_S))
        for part in range(3)
    ]
    pedals = [Setting(0.0, port, bytes((0xB0, 64, 127))) for port in range(ports)]
    bars = [2.0 * bar for bar in range(round(seconds / 2) + 5)]
    return piece_of([str(port) for port in range(ports)], notes, pedals, bars)


def play(task: dict[str, Any], say: Callable[[list[int]], object]) -> None:
    """Say which processes play, then play until something happens."""
    targets = task["targets"]
    sink = PlayerProcess(
        task.get("kind", "jack"),
        [str(port) for port in range(len(targets))],
        targets=targets,
        client=task.get("client", "emsync"),
        driver=task.get("driver"),
    )
    pids = [*sink.pids]
    if task.get("forks"):
        pids.append(os.fork())
        if not pids[-1]:
            time.sleep(30)  # holds every pipe open, and does nothing
            os._exit(0)
    say(pids)
    until_s = time.monotonic() + task.get("fails_after_s", 1e9)

    def fail() -> None:
        if time.monotonic() > until_s:
            raise RuntimeError("meant to fail")

    with Playback(chords(len(targets)), sink) as playback:
        playback.run(on_step=fail)
    sink.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and nohup this
    play(json.loads(sys.argv[1]), lambda pids: print(json.dumps(pids), flush=True))
