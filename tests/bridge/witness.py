"""An independent player that plays tick by tick, in the plainest way, and an instrument that listens."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from hypothesis import strategies as st

from bridge.piece import Piece, PlayedNote, Setting, piece_of

#: ticks a second; all notes of these tests lie on whole ticks at all speeds that are tried
RATE = 1000
BARS = 6
VOLUME, PAN, EXPRESSION, SUSTAIN = 7, 10, 11, 64
CONTROL, PROGRAM = 0xB0, 0xC0

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
    settings_ = [Setting(0.0, port, bytes((PROGRAM | port, draw(st.integers(0, 3))))) for port in (0, 1)]
    settings_ += [Setting(0.0, port, bytes((CONTROL | port, VOLUME, 90))) for port in (0, 1)]
    settings_ += [
        Setting(on_raster(at), port, bytes((CONTROL | port, control, value)))
        for at, port, control, value in draw(
            st.lists(
                st.tuples(
                    st.integers(0, total - 1),
                    st.integers(0, 1),
                    st.sampled_from([VOLUME, PAN, EXPRESSION, SUSTAIN]),
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
    #: whether notes that began before a place are begun there
    chases_notes: bool = True
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
        if end is None or self.low > end:  # the end is stayed at
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
        if self.is_at_end():
            self.playing = False

    def is_at_end(self) -> bool:
        """Whether nothing follows any more: no loop ahead, no other music, and the last note has ended."""
        repeats = self.loop is not None and self.position < self.line(self.loop[1] + 1)
        waits = self.coming is not None and self.switch_line is not None
        return not repeats and not waits and self.position >= max(exact(self.piece.end_s), self.landed)

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
            is_chased = self.chases_notes and self.jumped and start < self.landed < end
            lies_here = (self.landed if self.jumped else self.low) <= start < self.high
            if is_chased or lies_here:
                self.on[note[2:5]] = note
                self.begun.append((self.tick, *note[2:]))
        self.jumped = False


class Instrument:
    """How channels stand after all that was heard; a reset leaves volume alone (RP-015 of the MIDI standard)."""

    def __init__(self) -> None:
        self.heard = 0
        #: (port, channel, controller; program is None) → value
        self.standing: dict[tuple[int, int, int | None], int] = {}

    def hear(self, messages: list[tuple[int, int, bytes]]) -> None:
        for _, port, data in messages[self.heard :]:
            kind, channel = data[0] & 0xF0, data[0] & 0x0F
            if kind == PROGRAM:
                self.standing[port, channel, None] = data[1]
            elif kind == CONTROL and data[1] == 121:
                self.standing |= {(port, channel, EXPRESSION): 127, (port, channel, SUSTAIN): 0}
            elif kind == CONTROL:
                self.standing[port, channel, data[1]] = data[2]
        self.heard = len(messages)

    def stands_as(self, piece: Piece, before: Fraction) -> None:
        """All stands as the last setting before a place says; what none says is at rest."""
        expected: dict[tuple[int, int, int | None], int] = {}
        for port in (0, 1):
            expected |= {(port, port, EXPRESSION): 127, (port, port, SUSTAIN): 0}
        for time_s, port, data in piece.settings:
            if exact(time_s) < before:
                control = None if data[0] & 0xF0 == PROGRAM else data[1]
                expected[port, data[0] & 0x0F, control] = data[-1]
        at_rest = {EXPRESSION: 127, SUSTAIN: 0}
        stands = {slot: self.standing.get(slot, at_rest.get(slot[2] or 0)) for slot in expected}
        assert stands == expected


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
