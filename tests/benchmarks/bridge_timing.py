"""How exactly notes leave, by each way, on an idle machine and on a busy one: the table of docs/bridge.md.

Run from the checkout: `python -m tests.benchmarks.bridge_timing --seconds 20`. Needs jackd. Every way plays the same
music into the same ear, a JACK client in a process of its own that notes the frame at which each message arrives.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import mido
import numpy as np

from bridge.piece import Piece
from bridge.selftest.jack_server import private_jack
from bridge.selftest.listener import Listener
from bridge.selftest.made_piece import made_piece
from bridge.selftest.matching import Onset, matched
from bridge.selftest.performance import PERIOD, RATE, frame_at, onsets_of, performed, plug
from tests.benchmarks.busy_machine import busy_core, busy_thread

_TICKS_PER_BEAT, _US_PER_BEAT = 10_000, 500_000
_MIDO_JACK = "mido.backends.rtmidi/UNIX_JACK"
_FADE_S = 0.5


class Outcome(NamedTuple):
    """What one way did."""

    sent: tuple[Onset, ...]
    heard: tuple[Onset, ...]
    xruns: int


def by_bridge(kind: str) -> Callable[[Piece], Outcome]:
    """Through a player process."""

    def play(piece: Piece) -> Outcome:
        done = performed(piece, "jack" if kind == "jack" else "rtmidi", with_ardour=False)
        return Outcome(done.sent, done.heard, len(done.xruns_s))

    return play


def by_mido(piece: Piece) -> Outcome:
    """As most programs do it: `MidiFile.play()` of mido, through RtMidi's JACK driver."""
    with tempfile.TemporaryDirectory() as folder, private_jack(rate=RATE, period=PERIOD), Listener(1) as ear:
        path = Path(folder) / "music.mid"
        times_s = _written(piece, path)
        with _mido_port(ear.ports[0]) as port:
            began_ns: list[int] = []  # mido asks for the time first where its music begins

            def now() -> float:
                began_ns.append(time.monotonic_ns())
                return began_ns[-1] / 1e9

            for message in mido.MidiFile(path).play(now=now):
                port.send(message)
            time.sleep(_FADE_S)
        ear.close()
    sent = tuple(
        Onset(
            frame_at(began_ns[0] + time_s * 1e9, ear.clock) / RATE, 0, note.channel, note.key, note.velocity
        )
        for note, time_s in zip(piece.notes, times_s, strict=True)
    )
    return Outcome(sent, onsets_of(ear.heard), ear.xruns)


@contextlib.contextmanager
def _mido_port(ear: str) -> Iterator[mido.ports.BaseOutput]:
    backend = mido.Backend(_MIDO_JACK)
    port = backend.open_output("MIDO", virtual=True, client_name="mido")
    try:
        _connect("mido:MIDO", ear)
        plug([ear], [])
        yield port
    finally:
        port.close()


def _connect(source: str, ear: str) -> None:
    from bridge.player.jack_player import open_client

    client = open_client("emsync-plugs", exact=False)
    try:
        client.connect(source, ear)
    finally:
        client.close()


def _written(piece: Piece, path: Path) -> list[float]:
    """The notes as a MIDI file with 50 µs a tick, and where each begins there, in seconds."""
    tick_s = _US_PER_BEAT / 1e6 / _TICKS_PER_BEAT
    events = []
    for note in piece.notes:
        on, off = round(note.start_s / tick_s), round(note.end_s / tick_s)
        head = {"channel": note.channel, "note": note.key}
        events.append((on, 1, mido.Message("note_on", velocity=note.velocity, **head)))
        events.append((off, 0, mido.Message("note_off", **head)))
    events.sort(key=lambda event: event[:2])
    track, before = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=_US_PER_BEAT)]), 0
    for at, _, message in events:
        track.append(message.copy(time=at - before))
        before = at
    mido.MidiFile(type=0, ticks_per_beat=_TICKS_PER_BEAT, tracks=[track]).save(path)
    return [round(note.start_s / tick_s) * tick_s for note in piece.notes]


WAYS: dict[str, Callable[[Piece], Outcome]] = {
    "the bridge, `--sink jack`": by_bridge("jack"),
    "the bridge, `--sink rtmidi`": by_bridge("rtmidi"),
    "mido's `MidiFile.play()` through RtMidi": by_mido,
}


def row(way: str, state: str, outcome: Outcome) -> str:
    """A line of the table."""
    found = matched(outcome.sent, outcome.heard)
    sizes = np.abs(found.errors_s) * 1000
    numbers = (sizes.mean(), *np.percentile(sizes, [50, 99]), sizes.max())
    cells = [way, state, *(f"{number:.3f}" for number in numbers), f"{found.lost}", f"{outcome.xruns}"]
    return f"| {' | '.join(cells)} |"


def table(seconds: float) -> Iterator[str]:
    """The lines of the table, as they are measured."""
    yield "| Way | Machine | mean ms | p50 ms | p99 ms | worst ms | notes lost | periods dropped |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|"
    piece = made_piece(seconds, ports=1, notes_a_second=100)
    for way, play in WAYS.items():
        yield row(way, "idle", play(piece))
        with busy_core(), busy_thread():
            outcome = play(piece)
        yield row(way, "busy", outcome)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    for line in table(parser.parse_args().seconds):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
