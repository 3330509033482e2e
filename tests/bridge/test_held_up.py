"""A cycle that has no time: by the system's fault, or by ours. JACK's client is made up; all else is real."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bridge.commands import Command, PlayNote
from bridge.journal import CROWDED, HELD_UP, Hitch, Journal
from bridge.player.jack_player import JackPlayer
from bridge.selftest.jack_server import find_jackd
from tests.bridge.selftest_needs import needs

FRAMES, RATE = 16_384, 48_000
#: longer than the half of a cycle that sending may take
LONG_S = 0.2


class MadeUpClient:
    """One port, which takes its time with the first message; `cycle` plays one cycle."""

    samplerate, blocksize, realtime = RATE, FRAMES, False

    def __init__(self, first: Callable[[], None]) -> None:
        self.last_frame_time = 0
        self.written: list[tuple[int, bytes]] = []
        self._first = first
        self._process: Callable[[int], None] = lambda frames: None
        port = SimpleNamespace(
            clear_buffer=lambda: None, write_midi_event=self._write, number_of_connections=0
        )
        self.midi_outports = SimpleNamespace(register=lambda name: port)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any callback
        if name == "set_process_callback":
            return lambda process: setattr(self, "_process", process)
        if name.startswith("set_"):
            return lambda callback: None
        raise AttributeError(name)

    def cycle(self, start: int) -> None:
        self.last_frame_time = start
        self._process(FRAMES)

    def _write(self, offset: int, data: bytes) -> None:
        if not self.written:
            self._first()
        self.written.append((self.last_frame_time + offset, data))


class Told:
    """An asker that has said what is to be played."""

    has_left = False

    def __init__(self, *commands: Command) -> None:
        self._commands = list(commands)

    def commands(self) -> list[Command]:
        told, self._commands = self._commands, []
        return told


@pytest.fixture(autouse=True)
def _idle_process() -> None:
    """Threads of numpy spin for a moment after they begin; a player has none."""
    until_s, spent_s = time.monotonic() + 5, LONG_S
    while spent_s > LONG_S / 20 and time.monotonic() < until_s:
        since_s = time.process_time()
        time.sleep(LONG_S)
        spent_s = time.process_time() - since_s


def is_held_up() -> None:
    time.sleep(LONG_S)


def is_slow() -> None:
    until_s = time.process_time() + LONG_S
    while time.process_time() < until_s:
        pass


@pytest.mark.parametrize(("first", "kind"), [(is_held_up, HELD_UP), (is_slow, CROWDED)])
def test_who_took_the_time_is_noted_and_what_is_left_goes_out_next(
    first: Callable[[], None], kind: int, tmp_path: Path
) -> None:
    needs(find_jackd)  # the module jack loads JACK's library
    journal, client = Journal(tmp_path / "jack-emsync.journal"), MadeUpClient(first)
    notes = [PlayNote(FRAMES + 10 * number, 9 * FRAMES, 0, 0, 60 + number, 80) for number in (1, 2, 3)]
    JackPlayer(journal, ["one"], client, Told(*notes))
    client.cycle(FRAMES)
    assert client.written == [(FRAMES + 10, bytes((0x90, 61, 80)))]
    assert journal.hitches == [Hitch(kind, FRAMES + 20, 2 * FRAMES)]
    client.cycle(2 * FRAMES)
    assert client.written[1:] == [(2 * FRAMES, bytes((0x90, key, 80))) for key in (62, 63)]
    assert len(journal.hitches) == 1 and journal.status().late == 2
