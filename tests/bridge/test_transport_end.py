"""At its end the music stands: what is asked there does what it does while nothing plays."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bridge.clock import HandClock
from bridge.journal import Status
from bridge.piece import Piece, PlayedNote, Setting, piece_of
from bridge.playback import Playback, PlaySettings
from bridge.sinks import RecordingSink

RATE = 1000
PEDAL_DOWN, PEDAL_UP = bytes((0xB0, 64, 127)), bytes((0xB0, 64, 0))
#: two bars of a second each, the keys 60 and 61 in turn; the pedal stays down
SCALE = piece_of(
    ("one",),
    [PlayedNote(at / 2, at / 2 + 0.4, 0, 0, 60 + at, 80) for at in range(4)],
    [Setting(0.0, 0, PEDAL_DOWN)],
    [0.0, 1.0, 2.0],
)
KEYS = [60, 61, 62, 63]


class LaggingSink(RecordingSink):
    """A sink whose driver may stand still while the computer's clock goes on."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__(("one",), clock, rate=RATE)
        self.ahead = 0

    def now(self) -> int:
        return super().now() + self.ahead

    def status(self) -> Status:
        return super().status()._replace(tick=super().now())

    def _catch_up(self) -> None:
        ahead, self.ahead = self.ahead, 0
        super()._catch_up()
        self.ahead = ahead


class Stage:
    """A playback on a clock turned by hand."""

    def __init__(self, piece: Piece = SCALE) -> None:
        self.clock = HandClock()
        self.sink = LaggingSink(self.clock)
        self.playback = Playback(piece, self.sink, PlaySettings(lookahead_s=0.2), clock=self.clock)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.02)):
            self.playback.step()
            self.clock.turn(Fraction(2, 100))
        self.playback.step()

    def play_to_end(self) -> None:
        self.playback.play()
        self.wait(2.2)
        self.sink.received.clear()

    @property
    def keys(self) -> list[int]:
        self.sink.status()
        return [data[1] for _, _, data in self.sink.received if data[0] & 0xF0 == 0x90]


def test_at_the_end_it_stands_there_and_the_pedal_goes_up() -> None:
    stage = Stage()
    stage.playback.play()
    stage.wait(2.2)
    assert stage.keys == KEYS
    assert not stage.playback.is_playing
    assert stage.playback.position_s == pytest.approx(SCALE.end_s)
    pedals = [data for _, _, data in stage.sink.received if data[:2] == PEDAL_UP[:2]]
    assert pedals == [PEDAL_DOWN, PEDAL_UP]
    before = len(stage.sink.received)
    stage.wait(1)
    assert len(stage.sink.received) == before


def test_played_from_the_end_it_begins_at_bar_1() -> None:
    stage = Stage()
    stage.play_to_end()
    stage.playback.play()
    assert stage.playback.is_playing
    stage.wait(2.2)
    assert stage.keys == KEYS
    assert not stage.playback.is_playing


def test_played_from_the_end_it_begins_where_the_loop_does() -> None:
    stage = Stage()
    stage.play_to_end()
    stage.playback.loop((1, 1))
    stage.wait(0.1)
    assert stage.keys == []
    stage.playback.play()
    stage.wait(2.2)
    assert stage.keys[:5] == [60, 61, 60, 61, 60]


def test_located_at_the_end_it_only_moves() -> None:
    stage = Stage()
    stage.play_to_end()
    stage.playback.locate(1.0)
    stage.wait(1)
    assert stage.keys == []
    assert stage.playback.position_s == 1.0
    stage.playback.play()
    stage.wait(1.2)
    assert stage.keys == [62, 63]


def test_asked_before_the_end_is_noticed_it_stands_as_well() -> None:
    """Nobody steps between the end and the question."""
    questions = [
        lambda playback: playback.locate(0.0),
        lambda playback: playback.speed(2.0),
        lambda playback: playback.loop((1, 1)),
        lambda playback: playback.replace(SCALE),
    ]
    for question in questions:
        stage = Stage()
        stage.playback.play()
        stage.wait(1.8)
        stage.clock.turn(1)
        stage.sink.status()
        stage.sink.received.clear()
        question(stage.playback)
        stage.wait(1)
        assert stage.keys == []
        assert not stage.playback.is_playing
        assert PEDAL_UP in [data for _, _, data in stage.sink.received]


def test_longer_music_handed_over_at_the_end_goes_on_behind_it() -> None:
    stage = Stage()
    stage.play_to_end()
    longer = piece_of(("one",), [*SCALE.notes, PlayedNote(2.5, 2.9, 0, 0, 70, 80)], [], [0.0, 1.0, 2.0, 3.0])
    stage.playback.replace(longer)
    stage.playback.play()
    stage.wait(1.2)
    assert stage.keys == [70]


def test_a_driver_that_stands_still_loses_no_last_note() -> None:
    """The computer's clock says that the end has come; the sink has not sent the last note yet."""
    stage = Stage()
    stage.playback.play()
    stage.wait(1.4)
    stage.sink.ahead = 1000
    stage.playback.step()
    assert stage.playback.is_playing
    stage.sink.ahead = 0
    stage.wait(0.8)
    assert stage.keys == KEYS
    assert not stage.playback.is_playing
