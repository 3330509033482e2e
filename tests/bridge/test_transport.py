"""Whatever is asked in whatever order: an independent player, tick by tick, plays the same."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.clock import HandClock
from bridge.piece import Piece, PlayedNote, Setting, piece_of
from bridge.playback import Playback, PlaySettings
from bridge.sinks import RecordingSink
from emsync_nb.errors import MidiError, PortError

#: ticks a second; all notes of these tests lie on whole ticks at all speeds that are tried
RATE = 1000
STEP = 20
BARS = 6
VOLUME, EXPRESSION = 7, 11


class TickSink(RecordingSink):
    """What is asked at one tick is in force at the next."""

    @property
    def lead(self) -> int:
        return 1


#: nothing lies on a whole tick or half between two, where rounding could go either way, nor close to a place that
#: is located
SLANT_S = 0.005123


def bars_of(length_s: float) -> list[float]:
    return [0.0, *(round(bar * length_s + SLANT_S, 6) for bar in range(1, BARS + 1))]


def on_raster(steps: int) -> float:
    return round(steps * 0.02 + SLANT_S, 6)


@st.composite
def pieces(draw: st.DrawFn) -> Piece:
    """Two ports, bars of 0.4 to 1.2 s, notes and settings on a raster of 20 ms."""
    length_s = draw(st.sampled_from([0.4, 0.8, 1.2]))
    total = round(BARS * length_s / 0.02)
    notes = [
        PlayedNote(on_raster(start), on_raster(start + length), port, port, key, 64 + key)
        for start, length, port, key in draw(
            st.lists(
                st.tuples(
                    st.integers(0, total - 1), st.integers(1, 60), st.integers(0, 1), st.integers(0, 3)
                ),
                min_size=3,
                max_size=30,
            )
        )
    ]
    settings_ = [Setting(0.0, port, bytes((0xC0 | port, 5))) for port in (0, 1)]
    settings_ += [Setting(0.0, port, bytes((0xB0 | port, VOLUME, 90))) for port in (0, 1)]
    settings_ += [
        Setting(on_raster(at), port, bytes((0xB0 | port, control, value)))
        for at, port, control, value in draw(
            st.lists(
                st.tuples(
                    st.integers(0, total - 1),
                    st.integers(0, 1),
                    st.sampled_from([VOLUME, EXPRESSION, 64]),
                    st.integers(0, 127),
                ),
                max_size=12,
            )
        )
    ]
    return piece_of(("one", "two"), notes, settings_, bars_of(length_s), [4.0] * BARS)


@dataclass
class Witness:
    """Plays a piece one tick after the other, in the plainest way: no lookahead, no table, exact fractions."""

    piece: Piece
    position: Fraction = Fraction(0)
    #: what lies from here up to there belongs to the tick; after a jump, from where it landed
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    landed: Fraction = Fraction(0)
    speed: Fraction = Fraction(1)
    loop: tuple[int, int] | None = None
    playing: bool = False
    tick: int = 0
    #: music that waits for its bar line
    coming: Piece | None = None
    switch_line: Fraction | None = None
    jumped: bool = False
    on: dict[tuple[int, int, int], PlayedNote] = field(default_factory=dict)
    #: (tick, port, channel, key, velocity) of every note that began
    begun: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    #: likewise of every note that ended
    ended: list[tuple[int, int, int, int]] = field(default_factory=list)

    def line(self, bar: int, piece: Piece | None = None) -> Fraction:
        return exact((piece or self.piece).bar_starts_s[bar - 1])

    def end_all(self, tick: int) -> None:
        self.ended += [(tick, *key) for key in self.on]
        self.on.clear()

    def take_coming(self) -> None:
        self.piece, self.coming, self.switch_line = self.coming or self.piece, None, None

    def reached(self) -> Fraction:
        """Where the next tick lies."""
        return self.position if self.jumped else self.position + self.speed / RATE

    def jump(self, position: Fraction) -> None:
        self.position, self.jumped = position, True

    def turn(self) -> None:
        """One tick more: what lies nearer to it than to any other happens."""
        self.tick += 1
        if not self.playing:
            return
        self.low = self.high
        if self.jumped:
            self.landed = self.position
        else:
            self.position += self.speed / RATE
        end = self.line(self.loop[1] + 1) if self.loop else None
        if end is None or self.position >= end:  # the end is stayed at
            self.position = min(self.position, max(exact(self.piece.end_s), self.landed))
        self.high = self.position + self.speed / RATE / 2
        if self.coming is not None and self.switch_line is not None and self.switch_line < self.high:
            self.enter()
        elif end is not None and not self.jumped and self.low <= end < self.high:
            self.end_all(self.tick)
            self.take_coming()
            self.landed = self.line(self.loop[0])
            self.jump(self.landed + self.position - end)
            self.high = self.position + self.speed / RATE / 2
        self.sound()

    def enter(self) -> None:
        """Other music from a bar line on: what sounds in both goes on, the rest ends."""
        assert self.coming is not None and self.switch_line is not None
        leave, bars = self.switch_line, [exact(start) for start in self.piece.bar_starts_s]
        entry = self.line(bars.index(leave) + 1, self.coming)
        held = {
            (*note[2:5], exact(note.start_s) - entry): note
            for note in self.coming.notes
            if exact(note.start_s) < entry < exact(note.end_s)
        }
        for key, note in list(self.on.items()):
            same = held.get((*key, exact(note.start_s) - leave))
            if same is not None and exact(note.end_s) > leave:
                self.on[key] = same
            else:
                self.ended.append((self.tick, *key))
                del self.on[key]
        self.piece, self.coming, self.switch_line = self.coming, None, None
        self.low, self.position = entry, entry + self.position - leave
        self.high = self.position + self.speed / RATE / 2

    def sound(self) -> None:
        for key, note in list(self.on.items()):
            if exact(note.end_s) < self.high:
                self.ended.append((self.tick, *key))
                del self.on[key]
        for note in self.piece.notes:
            start, end = exact(note.start_s), exact(note.end_s)
            is_chased = self.jumped and start < self.landed < end
            lies_here = (self.landed if self.jumped else self.low) <= start < self.high
            if is_chased or lies_here:
                self.on[note[2:5]] = note
                self.begun.append((self.tick, *note[2:]))
        self.jumped = False


def exact(seconds: float) -> Fraction:
    return Fraction(round(seconds * 1_000_000), 1_000_000)


def in_bars(position: Fraction, old: Piece, new: Piece) -> Fraction:
    """The place of other music as many bars, and parts of one, from its beginning."""
    for bar in range(BARS):
        start, end = exact(old.bar_starts_s[bar]), exact(old.bar_starts_s[bar + 1])
        if start <= position < end:
            new_start, new_end = exact(new.bar_starts_s[bar]), exact(new.bar_starts_s[bar + 1])
            return new_start + (position - start) * (new_end - new_start) / (end - start)
    return exact(new.bar_starts_s[-1]) + position - exact(old.bar_starts_s[-1])


ACTIONS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("play"), st.none()),
    st.tuples(st.just("stop"), st.none()),
    st.tuples(st.just("locate"), st.integers(0, 40)),
    st.tuples(st.just("loop"), st.one_of(st.none(), st.tuples(st.integers(1, 3), st.integers(0, 3)))),
    st.tuples(st.just("speed"), st.sampled_from([0.5, 1.0, 2.0])),
    st.tuples(st.just("replace"), st.integers(0, 1)),
)


class Both:
    """A playback on a clock turned by hand, and the witness beside it."""

    def __init__(self, music: list[Piece]) -> None:
        self.music = music
        self.clock = HandClock()
        self.sink = TickSink(music[0].ports, self.clock, rate=RATE)
        self.playback = Playback(music[0], self.sink, PlaySettings(lookahead_s=0.3), clock=self.clock)
        self.witness = Witness(music[0])

    def wait(self, steps: int) -> None:
        for _ in range(steps):
            self.playback.step()
            self.clock.turn(Fraction(STEP, RATE))
            for _ in range(STEP):
                self.witness.turn()
            self.sink.status()

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
        witness.position = Fraction(math.floor(self.playback.position_s * 100), 100)
        self.playback.locate(float(witness.position))

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


@given(pieces(), pieces(), st.lists(ACTIONS, max_size=25))
@settings(max_examples=300, deadline=None)
def test_whatever_is_asked_it_plays_as_the_witness_does(
    first: Piece, second: Piece, actions: list[tuple[str, object]]
) -> None:
    both = Both([first, second])
    for name, argument in [("play", None), *actions, ("wait", 10), ("stop", None)]:
        getattr(both, name)(argument)
    heard = both.sink.received
    ons = [(at, port, data[0] & 0x0F, data[1], data[2]) for at, port, data in heard if data[0] & 0xF0 == 0x90]
    assert sorted(ons) == sorted(both.witness.begun)
    offs = {(at, port, data[0] & 0x0F, data[1]) for at, port, data in heard if data[0] & 0xF0 == 0x80}
    assert offs == set(both.witness.ended)
    assert both.sink.sounding == frozenset()
    nothing_begins_twice(heard)


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
