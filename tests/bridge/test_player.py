"""Playback on a clock turned by hand, and in a real process that is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.clock import HandClock
from bridge.messages import TimedMessage
from bridge.player import play
from bridge.ports import RecordingSink
from emsync_nb.errors import PortError

ROOT = Path(__file__).resolve().parents[2]


@st.composite
def pieces(draw: st.DrawFn) -> tuple[TimedMessage, ...]:
    """Notes, with overlaps and repeats on few keys, and controllers in between."""
    events: list[tuple[Fraction, bytes]] = []
    for _ in range(draw(st.integers(1, 25))):
        start = draw(st.fractions(0, 3, max_denominator=1000))
        length = draw(st.fractions(0, 1, max_denominator=1000))
        channel, key = draw(st.integers(0, 2)), draw(st.integers(60, 62))
        events += [
            (start, bytes((0x90 | channel, key, 64))),
            (start + length, bytes((0x80 | channel, key, 0))),
        ]
    for time in draw(st.lists(st.fractions(0, 3, max_denominator=1000), max_size=5)):
        events.append((time, bytes((0xB0, 64, 127))))
    return tuple(TimedMessage(time, data) for time, data in sorted(events, key=lambda event: event[0]))


def notes_left_on(data: list[bytes]) -> Counter[tuple[int, int]]:
    """What a synthesizer would still sound that ends one note per note-off."""
    on: Counter[tuple[int, int]] = Counter()
    for message in data:
        kind, note = message[0] & 0xF0, (message[0] & 0x0F, message[1])
        if kind == 0x90 and message[2]:
            on[note] += 1
        elif kind in (0x80, 0x90):
            on[note] = max(0, on[note] - 1)
    return +on


@given(pieces())
@settings(max_examples=40, deadline=None)
def test_each_message_is_sent_once_in_order_at_its_time(piece: tuple[TimedMessage, ...]) -> None:
    clock = HandClock(100)
    sink = RecordingSink(clock)
    report = play(piece, sink, clock)
    heard = sink.received[: len(piece)]
    assert [data for _, data in heard] == [message.data for message in piece]
    assert [time for time, _ in heard] == pytest.approx([100 + float(message.time_s) for message in piece])
    assert report.finished and report.sent == len(piece)
    assert report.worst_lateness_s == pytest.approx(0, abs=1e-9)


@given(pieces(), st.floats(0, 4))
@settings(max_examples=60, deadline=None)
def test_stopping_at_any_moment_leaves_no_note_on(piece: tuple[TimedMessage, ...], stop_s: float) -> None:
    clock = HandClock()
    sink = RecordingSink(clock)
    report = play(piece, sink, clock, should_stop=lambda: clock.now_s() >= stop_s)
    assert not notes_left_on([data for _, data in sink.received])
    assert report.sent == sum(message.time_s < stop_s for message in piece)
    used = {message.data[0] & 0x0F for message in piece if message.time_s < stop_s}
    for channel in used:
        tail = [data for _, data in sink.received[report.sent :]]
        assert [bytes((0xB0 | channel, control, 0)) for control in (64, 123, 121)] == [
            data for data in tail if data[0] == 0xB0 | channel
        ]


class FailingSink(RecordingSink):
    """Breaks once, at the nth message: after it let the message out, or before."""

    def __init__(
        self, clock: HandClock, failing: int, *, lets_it_out: bool, error: type[BaseException]
    ) -> None:
        super().__init__(clock)
        self._left = failing
        self._lets_it_out = lets_it_out
        self._error = error

    def send(self, data: bytes) -> None:
        self._left -= 1
        if self._left == 0:
            if self._lets_it_out:
                super().send(data)
            raise self._error("unplugged")
        super().send(data)


@given(
    pieces(), st.integers(1, 40), st.booleans(), st.sampled_from([PortError, KeyboardInterrupt, RuntimeError])
)
@settings(max_examples=60, deadline=None)
def test_a_failing_sink_is_silenced(
    piece: tuple[TimedMessage, ...], failing: int, lets_it_out: bool, error: type[BaseException]
) -> None:
    failing = 1 + failing % len(piece)
    clock = HandClock()
    sink = FailingSink(clock, failing, lets_it_out=lets_it_out, error=error)
    with pytest.raises(error, match="unplugged"):
        play(piece, sink, clock)
    assert not notes_left_on([data for _, data in sink.received])


def test_silencing_goes_on_past_a_message_that_fails() -> None:
    piece = (
        TimedMessage(Fraction(0), bytes((0x90, 60, 64))),
        TimedMessage(Fraction(0), bytes((0x90, 64, 64))),
    )
    clock = HandClock()
    sink = FailingSink(clock, 3, lets_it_out=False, error=PortError)  # the first note-off of the silencing
    with pytest.raises(PortError, match="unplugged"):
        play(piece, sink, clock)
    assert bytes((0x80, 64, 0)) in [data for _, data in sink.received]
    assert bytes((0xB0, 123, 0)) in [data for _, data in sink.received]


def test_an_exception_in_a_callback_leaves_no_note_on() -> None:
    piece = (TimedMessage(Fraction(0), b"\x90\x3c\x40"), TimedMessage(Fraction(2), b"\x80\x3c\x00"))
    clock = HandClock()
    sink = RecordingSink(clock)

    def failing(position_s: float) -> None:
        if position_s > 1:
            raise RuntimeError("the window is gone")

    with pytest.raises(RuntimeError, match="window"):
        play(piece, sink, clock, on_position=failing)
    assert not notes_left_on([data for _, data in sink.received])


def test_the_position_is_told_at_least_every_50_ms() -> None:
    clock = HandClock(7)
    positions: list[float] = []
    play((TimedMessage(Fraction(1), b"\xc0\x05"),), RecordingSink(clock), clock, on_position=positions.append)
    assert positions[0] == 0 and positions[-1] == 1
    assert max(later - earlier for earlier, later in pairwise(positions)) <= 0.0501


def test_a_late_start_of_a_message_does_not_delay_the_next() -> None:
    clock = HandClock()

    class SlowOnce(RecordingSink):
        def send(self, data: bytes) -> None:
            if not self.received:
                clock.turn(0.3)
            super().send(data)

    sink = SlowOnce(clock)
    report = play([TimedMessage(Fraction(n, 10), b"\xc0\x05") for n in range(6)], sink, clock)
    assert [round(time, 6) for time, _ in sink.received[:6]] == [0.3, 0.3, 0.3, 0.3, 0.4, 0.5]
    assert report.worst_lateness_s == pytest.approx(0.2)


def test_disordered_messages_are_refused() -> None:
    piece = (TimedMessage(Fraction(1), b"\xc0\x05"), TimedMessage(Fraction(0), b"\xc0\x05"))
    with pytest.raises(ValueError, match="order"):
        play(piece, RecordingSink(HandClock()), HandClock())


PROGRAM = """
    from fractions import Fraction
    from bridge.clock import RealClock
    from bridge.messages import TimedMessage
    from bridge.player import play

    class PipeSink:
        def send(self, data): print(data.hex(), flush=True)
        def close(self): pass

    chord = [TimedMessage(Fraction(0), bytes((0x90, key, 64))) for key in (60, 64, 67)]
    try:
        play([*chord, TimedMessage(Fraction(60), bytes((0x80, 60, 0)))], PipeSink(), RealClock())
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    finally:
        print("closed", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send to a child")
@pytest.mark.parametrize(
    ("number", "ends", "code"),
    [(signal.SIGINT, ["interrupted", "closed"], 0), (signal.SIGTERM, ["closed"], 143)],
)
def test_a_signal_to_a_real_process_silences_it(number: signal.Signals, ends: list[str], code: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        # in the background of a shell the tests themselves may be deaf to Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert child.stdout is not None
    heard = [child.stdout.readline().strip() for _ in range(3)]
    child.send_signal(number)
    rest, _ = child.communicate(timeout=20)
    lines = rest.split()
    messages = [bytes.fromhex(line) for line in [*heard, *lines[: -len(ends)]]]
    assert len(heard) == 3 and not notes_left_on(messages)
    assert bytes((0xB0, 123, 0)) in messages
    assert lines[-len(ends) :] == ends
    assert child.returncode == code
