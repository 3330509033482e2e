"""Whatever is asked in whatever order: an independent player, tick by tick, plays the same."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.clock import HandClock
from bridge.piece import Piece, PlayedNote, Setting, piece_of
from bridge.playback import Playback, PlaySettings
from bridge.sinks import RecordingSink
from emsync_nb.errors import MidiError, PortError
from tests.bridge.witness import (
    CONTROL,
    EXPRESSION,
    PAN,
    PROGRAM,
    RATE,
    SUSTAIN,
    VOLUME,
    Instrument,
    Witness,
    bars_of,
    exact,
    in_bars,
    on_raster,
    pieces,
)

#: ticks between two steps
STEP = 20


class TickSink(RecordingSink):
    """What is asked at one tick is in force at the next."""

    @property
    def lead(self) -> int:
        return 1


ACTIONS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("play"), st.none()),
    st.tuples(st.just("stop"), st.none()),
    st.tuples(st.just("locate"), st.integers(0, 40)),
    st.tuples(st.just("loop"), st.one_of(st.none(), st.tuples(st.integers(1, 3), st.integers(0, 3)))),
    st.tuples(st.just("speed"), st.sampled_from([0.5, 1.0, 2.0])),
    st.tuples(st.just("replace"), st.integers(0, 1)),
    st.tuples(st.just("go_to_end"), st.integers(1, 15)),
)


class Both:
    """A playback on a clock turned by hand, and the witness beside it."""

    def __init__(self, music: list[Piece], *, chases_notes: bool = True) -> None:
        self.music = music
        self.clock = HandClock()
        self.sink = TickSink(music[0].ports, self.clock, rate=RATE)
        wish = PlaySettings(lookahead_s=0.3, chases_notes=chases_notes)
        self.playback = Playback(music[0], self.sink, wish, clock=self.clock)
        self.witness = Witness(music[0], chases_notes)
        self.instrument = Instrument()

    def wait(self, steps: int) -> None:
        for _ in range(steps):
            self.playback.step()
            self.clock.turn(Fraction(STEP, RATE))
            for _ in range(STEP):
                self.witness.turn()
            self.sink.status()
            self.instrument.hear(self.sink.received)
            if self.witness.playing:
                self.instrument.stands_as(self.witness.piece, self.witness.high)
            self.stand()
            assert self.playback.is_playing == self.witness.playing

    def stand(self) -> None:
        """At the end of the music both stand there; where other music waited, as many bars from its beginning."""
        witness = self.witness
        if not witness.playing and witness.coming is not None:
            self.playback.step()
            assert self.playback.position_s == pytest.approx(float(self.expected_rest()), abs=1e-6)
            witness.take_coming()
            self.rest_on_raster()

    def rest_on_raster(self) -> None:
        """A place between two bar lines of other music is no whole tick, and both could round it differently."""
        piece = self.witness.piece  # shorter music may have ended before that place
        last_s = min(self.playback.position_s, max(piece.end_s, piece.bar_starts_s[-1]))
        self.witness.position = Fraction(math.floor(last_s * 100), 100)
        self.playback.locate(float(self.witness.position))

    def go_to_end(self, steps: int) -> None:
        """A tenth of a second before it, and on from there; with more than a few steps, past it."""
        self.locate(max(0, math.floor(self.playback_piece.end_s * 10) - 1))
        self.wait(steps)

    def play(self, _: None) -> None:
        witness = self.witness
        if not witness.playing:
            if witness.loop:
                start, end = witness.line(witness.loop[0]), witness.line(witness.loop[1] + 1)
                witness.position = witness.position if start <= witness.position < end else start
            elif witness.position >= exact(witness.piece.end_s):
                witness.position = Fraction(0)
            witness.playing = witness.jumped = True
        self.playback.play()

    def stop(self, _: None = None) -> None:
        witness = self.witness
        self.playback.stop()
        if witness.playing and not witness.jumped:
            assert self.playback.position_s == pytest.approx(float(self.expected_rest()), abs=0.003)
        witness.playing = False
        witness.take_coming()
        witness.end_all(witness.tick)
        self.rest_on_raster()

    def expected_rest(self) -> Fraction:
        witness = self.witness
        position = witness.position
        if not (witness.loop and position < witness.line(witness.loop[1] + 1)):
            position = min(position, max(exact(witness.piece.end_s), witness.landed))
        if witness.coming is None or witness.coming is witness.piece:
            return position
        return in_bars(position, witness.piece, witness.coming)

    def locate(self, place: int) -> None:
        position = Fraction(place, 10)
        was_playing = self.witness.playing
        witness = self.witness
        if float(position) > max(self.playback_piece.end_s, self.playback_piece.bar_starts_s[-1]):
            with pytest.raises(PortError, match="outside"):
                self.playback.locate(float(position))
            return
        self.playback.locate(float(position))
        witness.end_all(witness.tick)
        witness.take_coming()
        witness.position, witness.jumped = position, was_playing

    @property
    def playback_piece(self) -> Piece:
        return self.witness.coming or self.witness.piece

    def loop(self, bars: tuple[int, int] | None) -> None:
        witness = self.witness
        loop = None if bars is None else (bars[0], bars[0] + bars[1])
        witness.loop = loop
        self.playback.loop(loop)
        if loop is None and witness.playing:  # the end of the music may lie behind already
            witness.landed = max(witness.landed, witness.reached())
        if loop is not None and witness.playing:
            end = witness.line(loop[1] + 1)
            if witness.reached() >= end:
                start = witness.line(loop[0])
                witness.end_all(witness.tick)
                witness.take_coming()
                witness.jump(start)
            elif witness.switch_line is not None and witness.switch_line >= end:
                witness.switch_line = None

    def replace(self, index: int) -> None:
        piece, witness = self.music[index], self.witness
        self.playback.replace(piece)
        if not witness.playing or witness.jumped:
            witness.position = (
                witness.position
                if piece is witness.piece
                else in_bars(witness.position, witness.piece, piece)
            )
            witness.piece = piece
            return
        end = witness.line(witness.loop[1] + 1) if witness.loop else Fraction(10**6)
        end = min(end if witness.reached() < end else Fraction(10**6), exact(witness.piece.end_s))
        lines = [exact(start) for start in witness.piece.bar_starts_s]
        ahead = [line for line in lines if witness.reached() <= line < end]
        witness.coming, witness.switch_line = piece, min(ahead, default=None)

    def speed(self, factor: float) -> None:
        self.playback.speed(factor)
        witness = self.witness
        if witness.playing and not witness.jumped:
            # the tick that comes is reached at the old speed
            witness.position += witness.speed / RATE - Fraction(factor) / RATE
        witness.speed = Fraction(factor)


@given(pieces(), pieces(), st.lists(ACTIONS, max_size=25), st.booleans())
@settings(max_examples=300, deadline=None)
def test_whatever_is_asked_it_plays_as_the_witness_does(
    first: Piece, second: Piece, actions: list[tuple[str, object]], chases_notes: bool
) -> None:
    plays_as_the_witness(Both([first, second], chases_notes=chases_notes), actions)


def plays_as_the_witness(both: Both, actions: list[tuple[str, object]]) -> None:
    for name, argument in [("play", None), *actions, ("wait", 10), ("stop", None)]:
        getattr(both, name)(argument)
    heard = both.sink.received
    ons = [(at, port, data[0] & 0x0F, data[1], data[2]) for at, port, data in heard if data[0] & 0xF0 == 0x90]
    assert sorted(ons) == sorted(both.witness.begun)
    offs = {(at, port, data[0] & 0x0F, data[1]) for at, port, data in heard if data[0] & 0xF0 == 0x80}
    assert offs == set(both.witness.ended)
    assert both.sink.sounding == frozenset()
    nothing_begins_twice(heard)


#: what is set and what sounds differs from bar to bar; the bars of the second are longer
FAR = [
    piece_of(
        ("one", "two"),
        [
            PlayedNote(on_raster(5 + 20 * bar), on_raster(30 + 20 * bar), 0, 0, key + bar, 80)
            for bar in range(6)
        ],
        [
            Setting(0.0, 0, bytes((PROGRAM, key))),
            Setting(0.0, 0, bytes((CONTROL, PAN, 64))),
            *(
                Setting(on_raster(3 + 20 * bar), 0, bytes((kind, *data)))
                for bar in range(6)
                for kind, data in (
                    (PROGRAM, (key + bar,)),
                    *((CONTROL, (slot, key + 10 * bar)) for slot in (VOLUME, PAN, EXPRESSION, SUSTAIN)),
                )
            ),
        ],
        bars_of(length_s),
        [4.0] * 6,
    )
    for key, length_s in ((1, 0.4), (40, 0.8))
]


@pytest.mark.parametrize("chases_notes", [True, False])
@pytest.mark.parametrize(
    "actions",
    [
        [("locate", 17)],
        [("locate", 17), ("wait", 20), ("locate", 3)],
        [("loop", (2, 1)), ("wait", 40), ("wait", 40)],
        [("loop", (2, 0)), ("wait", 40), ("loop", None), ("locate", 9)],
        [("replace", 1), ("wait", 40), ("replace", 0)],
        [("replace", 1), ("loop", (1, 1)), ("wait", 40), ("wait", 40), ("wait", 40)],
        [("wait", 40), ("speed", 2.0), ("locate", 7), ("wait", 9), ("stop", None), ("play", None)],
    ],
    ids=lambda actions: "-".join(name for name, _ in actions),
)
def test_all_stands_after_a_jump_as_if_the_music_had_been_played_up_to_there(
    actions: list[tuple[str, object]], chases_notes: bool
) -> None:
    plays_as_the_witness(Both(FAR, chases_notes=chases_notes), actions)


def nothing_begins_twice(heard: list[tuple[int, int, bytes]]) -> None:
    on: set[tuple[int, int, int]] = set()
    last = 0
    for at, port, data in heard:
        assert at >= last
        last = at
        key = (port, data[0] & 0x0F, data[1])
        if data[0] & 0xF0 == 0x90:
            assert key not in on, (at, key)
            on.add(key)
        elif data[0] & 0xF0 == 0x80:
            on.discard(key)
    assert not on


def test_bars_that_are_none_are_refused() -> None:
    piece = piece_of(("one", "two"), [PlayedNote(0, 1, 0, 0, 60, 80)], [], bars_of(0.4))
    both = Both([piece])
    with pytest.raises(MidiError, match="bars 1 to 6"):
        both.playback.locate_bar(9)
    with pytest.raises(PortError, match="forward"):
        both.playback.loop((3, 2))
    with pytest.raises(PortError, match=r"0\.1 … 10"):
        both.playback.speed(0)


def test_clicks_need_a_port_that_is_there() -> None:
    piece = piece_of(("one", "two"), [PlayedNote(0, 1, 0, 0, 60, 80)], [], bars_of(0.4))
    sink = TickSink(piece.ports, HandClock(), rate=RATE)
    for port in (-1, 2):
        with pytest.raises(PortError, match=f"clicks cannot go to port {port}; name one from 0 to 1"):
            Playback(piece, sink, PlaySettings(click_port=port))


def test_what_only_the_old_music_had_set_goes_back_to_rest_where_other_music_comes() -> None:
    bars = [0.0, 1.0, 2.0, 3.0]
    moved = (b"\xb0\x40\x7f", b"\xb0\x01\x50", b"\xb0\x0b\x20", b"\xe0\x10\x20", b"\xd0\x30", b"\xc0\x05")
    kept = [Setting(0.5, 0, b"\xb0\x0b\x20")]
    old = piece_of(
        ("one",), [PlayedNote(0.0, 2.9, 0, 0, 60, 80)], [Setting(0.5, 0, one) for one in moved], bars
    )
    new = piece_of(("one",), [PlayedNote(1.5, 2.9, 0, 0, 62, 80)], kept, bars)
    clock = HandClock()
    sink = TickSink(("one",), clock, rate=RATE)
    playback = Playback(old, sink, clock=clock)
    playback.play()
    for step in range(150):
        if step == 70:
            playback.replace(new)
        playback.step()
        clock.turn(Fraction(1, 100))
    sink.status()
    said = {data for at, _, data in sink.received if 1000 <= at <= 1002 and data[0] & 0xF0 != 0x80}
    assert said == {b"\xb0\x40\x00", b"\xb0\x01\x00", b"\xe0\x00\x40", b"\xd0\x00"}
