"""Plays messages at their times, and never leaves a note hanging."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from bridge.clock import Clock
from bridge.messages import CONTROL_CHANGE, NOTE_OFF, NOTE_ON, TimedMessage
from bridge.ports import MidiSink
from emsync_nb.errors import PortError

SUSTAIN, RESET_CONTROLLERS, ALL_NOTES_OFF = 64, 121, 123
#: how long a wait lasts before `should_stop` is asked again
CHECK_EVERY_S = 0.05
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@dataclass(frozen=True, slots=True)
class PlayReport:
    """What became of a playback."""

    #: messages of the piece that were sent
    sent: int
    #: whether all of them were
    finished: bool
    #: where playback ended, in seconds of the piece
    position_s: float
    #: how far behind its time the latest message was handed to the sink, in seconds
    worst_lateness_s: float


class Sounding:
    """Keeps count of the notes that are on, by channel and key, and of the channels in use."""

    def __init__(self) -> None:
        self._on: Counter[tuple[int, int]] = Counter()
        self._channels: set[int] = set()

    def before_sending(self, data: bytes) -> None:
        """Count a note as on before it is sent: a sink that fails midway may have let it out."""
        self._channels.add(data[0] & 0x0F)
        if _begins_note(data):
            self._on[data[0] & 0x0F, data[1]] += 1

    def after_sending(self, data: bytes) -> None:
        """Count a note as off only when its note-off is out."""
        note = data[0] & 0x0F, data[1]
        if data[0] & 0xF0 in (NOTE_ON, NOTE_OFF) and not _begins_note(data) and self._on[note]:
            self._on[note] -= 1

    def silencing(self) -> list[bytes]:
        """What ends everything: a note-off for each note that is on, then the switches of each channel."""
        note_offs = [bytes((NOTE_OFF | channel, key, 0)) for channel, key in sorted(self._on.elements())]
        switches = [
            bytes((CONTROL_CHANGE | channel, control, 0))
            for channel in sorted(self._channels)
            for control in (SUSTAIN, ALL_NOTES_OFF, RESET_CONTROLLERS)
        ]
        return note_offs + switches


def play(
    messages: Sequence[TimedMessage],
    sink: MidiSink,
    clock: Clock,
    *,
    on_position: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> PlayReport:
    """Send each message once, in order, at its time; returns when all are sent or `should_stop` says so.

    Times are absolute deadlines from the start, so delays never add up. However playback ends (the end,
    `should_stop`, an exception, Ctrl-C or SIGTERM) the sink then gets a note-off for every note that is on,
    and on every channel in use: pedal up, all notes off, controllers reset. The sink stays open.

    Args:
        messages: in order of time.
        sink: where they go.
        clock: what times are measured on.
        on_position: told the position in seconds of the piece before each message and at least every 50 ms.
        should_stop: asked as often; true ends playback.

    Raises:
        ValueError: the messages are not in order of time.
        PortError: the sink fails; it is silenced as far as it still answers.
        KeyboardInterrupt: Ctrl-C, after silencing.
        SystemExit: SIGTERM or SIGHUP, after silencing, with the usual code (143, 129).
    """
    if any(later.time_s < earlier.time_s for earlier, later in pairwise(messages)):
        raise ValueError("messages must be in order of time")
    playback = _Playback(sink, clock, on_position or (lambda _: None))
    with _signals_held() as held:
        # the handlers only take note, so no signal can come between a note-on and its note-off
        playback.run(messages, lambda: bool(held) or should_stop())
    return playback.report(len(messages))


class _Playback:
    def __init__(self, sink: MidiSink, clock: Clock, on_position: Callable[[float], None]) -> None:
        self._sink = sink
        self._clock = clock
        self._on_position = on_position
        self._sounding = Sounding()
        self._start_s = clock.now_s()
        self._sent = 0
        self._worst_s = 0.0
        self._position_s = 0.0

    def run(self, messages: Sequence[TimedMessage], stopped: Callable[[], bool]) -> None:
        try:
            for message in messages:
                if not self._wait_for(message, stopped):
                    break
                self._send(message)
        finally:
            self._silence()

    def report(self, total: int) -> PlayReport:
        return PlayReport(self._sent, self._sent == total, self._position_s, self._worst_s)

    def _wait_for(self, message: TimedMessage, stopped: Callable[[], bool]) -> bool:
        """Wait in short steps for a message's time; false when playback shall stop."""
        deadline_s = self._start_s + float(message.time_s)
        while True:
            now_s = self._clock.now_s()
            self._position_s = now_s - self._start_s
            self._on_position(self._position_s)
            if stopped():
                return False
            if now_s >= deadline_s:
                return True
            self._clock.sleep_until(min(deadline_s, now_s + CHECK_EVERY_S))

    def _send(self, message: TimedMessage) -> None:
        lateness_s = self._clock.now_s() - self._start_s - float(message.time_s)
        self._worst_s = max(self._worst_s, lateness_s)
        self._sounding.before_sending(message.data)
        self._sink.send(message.data)
        self._sounding.after_sending(message.data)
        self._sent += 1

    def _silence(self) -> None:
        """Try every message of the silencing, whatever becomes of the others."""
        failure: PortError | None = None
        for data in self._sounding.silencing():
            try:
                self._sink.send(data)
            except PortError as error:
                failure = failure or error
        if failure is not None:
            raise failure


def _begins_note(data: bytes) -> bool:
    return data[0] & 0xF0 == NOTE_ON and data[2] > 0


@contextmanager
def _signals_held() -> Iterator[list[int]]:
    """Take note of Ctrl-C, SIGTERM and SIGHUP instead of acting on them, and act on the first afterwards.

    Only the main thread may handle signals; in another one nothing is held, and `should_stop` is the way.
    """
    held: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield held
        return
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, lambda number, _: held.append(number)) for number in numbers}
    try:
        yield held
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if held:
            _act_on(held[0])


def _act_on(number: int) -> None:
    if signal.getsignal(number) is signal.SIG_DFL:
        # the default would end the process at once, before the caller has closed its port
        raise SystemExit(128 + number)
    signal.raise_signal(number)
