"""A latency moves all that goes out against `position_s`: later, or earlier, whatever is asked meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction

import pytest

from bridge.clock import HandClock
from bridge.piece import Piece, PlayedNote, Setting, piece_of
from bridge.playback import Playback, PlaySettings
from bridge.player_process import PlayerProcess
from bridge.selftest.listener import Listener
from bridge.sinks import RecordingSink

RATE, LEAD, START_LEAD = 1000, 10, 100
OFFSETS = [-300, -60, 60, 300]
BARS = [float(bar) for bar in range(7)]


class LeadingSink(RecordingSink):
    """A tick is a millisecond; music begins a tenth of a second after the question."""

    @property
    def start_lead(self) -> int:
        return START_LEAD


def scale(lowest: int) -> Piece:
    """A note of its own key every tenth of a second."""
    notes = [PlayedNote(at / 10, at / 10 + 0.05, 0, 0, lowest + at, 80) for at in range(59)]
    return piece_of(("one",), notes, [Setting(0.0, 0, b"\xc0\x05")], BARS)


class Stage:
    """A playback on a clock turned by hand, and where it said it stood at each tick."""

    def __init__(self, latency: int) -> None:
        self.clock = HandClock()
        self.sink = LeadingSink(("one",), self.clock, rate=RATE)
        self.playback = Playback(scale(0), self.sink, PlaySettings(latency_ms=latency), clock=self.clock)
        self.positions: list[float] = []

    def wait(self, ticks: int) -> None:
        for tick in range(ticks):
            if tick % 20 == 0:
                self.playback.step()
            self.positions.append(self.playback.position_s)
            self.clock.turn(Fraction(1, RATE))
        self.sink.status()

    @property
    def onsets(self) -> list[tuple[int, int]]:
        """(tick, key)"""
        return [(at, data[1]) for at, _, data in self.sink.received if data[0] & 0xF0 == 0x90]


@pytest.mark.parametrize("latency", [0, *OFFSETS])
def test_music_begins_so_much_later_or_earlier_as_far_as_there_is_time(latency: int) -> None:
    stage = Stage(latency)
    stage.playback.play()
    stage.wait(800)
    # what is to go out earlier than the lead allows makes the music begin later
    begins = max(START_LEAD, LEAD - latency)
    assert stage.onsets[:3] == [(begins + latency + 100 * key, key) for key in range(3)]
    programs = [at for at, _, data in stage.sink.received if data == b"\xc0\x05"]
    assert programs == [begins + latency]
    assert stage.positions[begins : begins + 300 : 100] == pytest.approx([0, 0.1, 0.2])


@pytest.mark.parametrize("latency", OFFSETS)
@pytest.mark.parametrize(
    "asked",
    [
        lambda playback: playback.speed(2.0),
        lambda playback: playback.locate(2.05),
        lambda playback: playback.loop((2, 2)),
        lambda playback: playback.replace(scale(60)),
    ],
    ids=["speed", "locate", "loop", "replace"],
)
def test_what_is_asked_meanwhile_keeps_the_distance(latency: int, asked: Callable[[Playback], None]) -> None:
    stage = Stage(latency)
    stage.playback.play()
    stage.wait(1250)
    asked(stage.playback)
    stage.wait(1500)
    # what is on its way when it is asked was sent for the old course
    behind = [(at, key) for at, key in stage.onsets if at > 1250 + 400 and 1250 + 400 < at - latency < 2740]
    assert len(behind) >= 5
    for at, key in behind:
        assert stage.positions[at - latency] == pytest.approx(key % 60 / 10, abs=0.0021)


def test_at_the_end_the_place_is_the_end() -> None:
    for latency in OFFSETS:
        stage = Stage(latency)
        stage.playback.locate(5.5)
        stage.playback.play()
        stage.wait(1200)
        assert not stage.playback.is_playing
        assert stage.playback.position_s == pytest.approx(5.85)
        assert [key for _, key in stage.onsets] == [55, 56, 57, 58]


@pytest.mark.jack
@pytest.mark.usefixtures("patient_jack")
@pytest.mark.parametrize("latency", [-60, 60])
def test_an_ear_hears_it_before_or_behind_its_place(latency: int, ear: Listener) -> None:
    sink = PlayerProcess("jack", ["one"], targets=[[ear.ports[0]]])
    with Playback(scale(0), sink, PlaySettings(latency_ms=latency)) as playback:
        playback.start()
        playback.play()
        time.sleep(0.5)
        before, position_s, behind = sink.now(), playback.position_s, sink.now()
    sink.close()
    ear.close()
    first = next(one.frame for one in ear.heard if one.data[0] & 0xF0 == 0x90)
    # the frame at which position 0 was passed
    at_0 = (before + behind) / 2 - position_s * sink.rate
    assert (first - at_0) * 1000 / sink.rate == pytest.approx(latency, abs=15)
