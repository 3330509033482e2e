"""Where playing stands and what comes next: play, stop, locate, loop, speed, and music that is exchanged meanwhile.

No thread, no clock, no port. Every call says what moment it is, in ticks of the sink's clock, and gives back what the
sink is to be asked. Ticks are counted from one anchor per pass, so nothing ever adds up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bridge.commands import Command, Cut, Key, PlayNote, Send, Silence
from bridge.outbox import CONTROL_CHANGE, NOTE_ON, NOTES_OFF, RESET_CONTROLLERS, SUSTAIN
from bridge.passes import (
    Pass,
    Switch,
    channels_of,
    clicks_before,
    in_other_music,
    next_switch,
    rows_at,
    rows_from,
    switched_settings,
)
from bridge.piece import Piece, PlayedNote, Setting
from emsync_nb.errors import PortError

#: how fast music may be played, as a multiple of its own tempo
SPEEDS = (0.1, 10.0)
#: bars of broken files last no time at all, and would be repeated without end
_SHORTEST_LOOP_S = 0.01
#: how long the key of a keyswitch is held
_KEYSWITCH_S = 0.01


@dataclass(frozen=True, slots=True)
class _Issued:
    """A note that the sink has been asked to play."""

    on: int
    off: int
    note: PlayedNote


class Transport:
    """Plays one piece, on an abstract clock."""

    def __init__(
        self,
        piece: Piece,
        *,
        rate: int,
        lead: int,
        start_lead: int | None = None,
        lookahead: int | None = None,
        offset: int = 0,
        chases_notes: bool = True,
        serial: int = 0,
    ) -> None:
        """Begin at bar 1, stopped.

        Args:
            piece: the music.
            rate: ticks a second of the sink's clock.
            lead: ticks from now in which nothing can be changed any more.
            start_lead: ticks from now until music begins, so that its beginning is worked out in time; `lead` where
                none is given.
            lookahead: ticks from now up to which the sink is told what to play; a second where none is given.
            offset: ticks by which all goes out later than it stands in time, or earlier where it is negative.
            chases_notes: whether notes that began before the place where playing starts are started there.
            serial: of the last silence that the sink has done, for somebody else.
        """
        self._piece = piece
        self._rate = rate
        self._lead = lead
        self._start_lead = max(lead, start_lead or 0)
        self._lookahead = rate if lookahead is None else max(lookahead, 2 * lead)
        self._offset = offset
        self._chases_notes = chases_notes
        self._speed = 1.0
        self._loop: tuple[int, int] | None = None
        self._rest_s = 0.0
        #: the passes that have been begun and are not over, the last one being written; empty when stopped
        self._passes: list[Pass] = []
        self._note_row = self._setting_row = 0
        self._issued: list[_Issued] = []
        self._end_tick: int | None = None
        #: what is written anew comes no earlier, though at another speed its tick may have passed
        self._earliest = 0
        self._serial = serial
        self._jumps = 0

    @property
    def piece(self) -> Piece:
        """The music that was asked for last; it may be heard from the next bar line on."""
        return self._piece

    def piece_at(self, now: int) -> Piece:
        """The music that plays."""
        return self._pass_at(now).piece if self._passes else self._piece

    @property
    def is_playing(self) -> bool:
        """Whether time passes."""
        return bool(self._passes)

    @property
    def serial(self) -> int:
        """Of the last silence that was asked for."""
        return self._serial

    def position_s(self, now: int) -> float:
        """Where the music stands, in seconds of the piece; before the beginning while it counts in."""
        if not self._passes:
            return self._rest_s
        current = self._pass_at(now)
        position_s = min(current.position_s(now), current.end_s)
        return max(position_s, current.anchor_s) if current.from_s > -math.inf else position_s

    def is_over(self, now: int) -> bool:
        """Whether the music has come to its end."""
        return self._end_tick is not None and now >= self._end_tick

    # ---- what a player may be asked

    def play(self, now: int, *, count_in_bars: int = 0, click_port: int = 0) -> list[Command]:
        """Go on from where it stands; from its end, at the beginning or where the loop begins.

        Args:
            now: this moment, in ticks.
            count_in_bars: bars of clicks before.
            click_port: the port that the clicks go to, on channel 10.
        """
        ended = self._ended(now)
        if self._passes:
            return []
        loop = self._loop_s(self._piece)
        if loop is not None and not loop[0] <= self._rest_s < loop[1]:
            self._rest_s = loop[0]
        elif loop is None and self._rest_s >= self._piece.end_s:
            self._rest_s = 0.0
        return ended + self._begin(now, self._rest_s, count_in_bars, click_port)

    def stop(self, now: int) -> list[Command]:
        """Stay where it stands; everything ends at once."""
        position_s = self.position_s(now)
        if self._passes:  # a count-in has moved nothing yet
            position_s = max(position_s, self._pass_at(now).from_s)
        self._rest_s = in_other_music(position_s, self.piece_at(now), self._piece)
        self._forget()
        return [self._silence()]

    def locate(self, now: int, position_s: float) -> list[Command]:
        """Go to another place, and play on there where it plays.

        Raises:
            PortError: the place lies outside the music.
        """
        if not 0 <= position_s <= max(self.piece.end_s, self.piece.bar_starts_s[-1]):
            raise PortError(
                f"{position_s:.2f} s lies outside the music, which ends at {self.piece.end_s:.2f} s"
            )
        was_playing = self.is_playing and not self.is_over(now)
        commands = self.stop(now)
        self._rest_s = position_s
        return commands + (self._begin(now, position_s) if was_playing else [])

    def loop(self, now: int, bars: tuple[int, int] | None) -> list[Command]:
        """Repeat from the beginning of one bar to the end of another; None: no longer.

        Raises:
            PortError: the bars are none of the piece, or the second comes before the first.
            MidiError: likewise.
        """
        if bars is not None:
            first, last = bars
            length_s = self.piece.bar_start_s(last + 1) - self.piece.bar_start_s(first)
            if first > last or length_s < _SHORTEST_LOOP_S:
                raise PortError(
                    f"a loop runs forward, from one bar to the end of another; got {first} to {last}"
                )
        ended = self._ended(now)
        self._loop = bars
        if not self._passes:
            return ended
        loop = self._loop_s(self._pass_at(now).piece)
        if loop is not None and self.position_s(now + self._lead - self._offset) >= loop[1]:
            return self.locate(now, loop[0])
        return self._changed(now)

    def speed(self, now: int, factor: float) -> list[Command]:
        """Play faster or slower, 1 being the music's own tempo.

        Raises:
            PortError: beyond SPEEDS.
        """
        low, high = SPEEDS
        if not low <= factor <= high:
            raise PortError(f"the speed must lie in {low:g} … {high:g}, got {factor:g}")
        ended = self._ended(now)
        self._speed = factor
        return self._changed(now) if self._passes else ended

    def replace(self, now: int, piece: Piece) -> list[Command]:
        """Go on with other music from the next bar line on; notes that it holds too are not interrupted.

        Raises:
            PortError: it has other ports than the music that plays.
        """
        if piece.ports != self._piece.ports:
            raise PortError(
                f"the new music has the ports {', '.join(piece.ports)}, not {', '.join(self._piece.ports)}. "
                "Stop, and play it anew"
            )
        ended = self._ended(now)
        if not self._passes:
            self._rest_s = in_other_music(self._rest_s, self._piece, piece)
        self._piece = piece
        return self._changed(now, switch_to=piece) if self._passes else ended

    def advance(self, now: int) -> list[Command]:
        """What is to be played up to the lookahead. To be called often enough: every quarter of it."""
        ended = self._ended(now)
        if not self._passes:
            return ended
        self._passes = self._passes[self._passes.index(self._pass_at(now - max(0, self._offset))) :]
        self._issued = [issued for issued in self._issued if issued.off > now]
        return list(self._written_until(now + self._lookahead))

    # ---- passes

    def _pass_at(self, at: int) -> Pass:
        """The pass that a tick lies in; of what goes out at a tick, that is the tick less the offset."""
        begun = [one for one in self._passes if one.anchor_tick <= at]
        return begun[-1] if begun else self._passes[0]

    def _pass(self, piece: Piece, tick: float, position_s: float, switch: Switch | None = None) -> Pass:
        """A pass from a position on, up to the loop's end, a switch, or the end of the music."""
        loop = self._loop_s(piece)
        repeats = loop is not None and position_s < loop[1]
        end_s = loop[1] if loop is not None and repeats else piece.end_s
        if switch is not None and switch.leave_s < end_s:
            end_s, repeats = switch.leave_s, False
        else:
            switch = None
        pace = self._rate / self._speed
        self._jumps += 1
        end_s = max(end_s, position_s)
        return Pass(piece, tick, position_s, pace, position_s, end_s, self._jumps, repeats, switch)

    def _loop_s(self, piece: Piece) -> tuple[float, float] | None:
        """The loop in seconds of a piece; None where it has not so many bars."""
        if self._loop is None or self._loop[1] > len(piece.bar_starts_s) - 1:
            return None
        return piece.bar_start_s(self._loop[0]), piece.bar_start_s(self._loop[1] + 1)

    def _begin(
        self, now: int, position_s: float, count_in_bars: int = 0, click_port: int = 0
    ) -> list[Command]:
        tick = now + max(self._start_lead, self._lead - self._offset)
        clicks, wait_s = clicks_before(self._piece, position_s, count_in_bars)
        first = self._pass(self._piece, tick + wait_s * self._rate / self._speed, position_s)
        first = replace(first, anchor_tick=tick, anchor_s=position_s - wait_s)
        self._passes = [first]
        commands: list[Command] = []
        for time_s, key in clicks:
            on = first.whole_tick(time_s) + self._offset
            commands.append(PlayNote(on, on + self._rate // 20, click_port, 9, key, 100))
        self._note_row, self._setting_row = rows_at(first.piece, position_s)
        commands += self._chased(first, position_s)
        # the rest is for `advance`: to work it out now could take longer than there is time
        return commands + list(self._written_until(tick + self._offset + self._rate // 5))

    def _changed(self, now: int, switch_to: Piece | None = None) -> list[Command]:
        """Withdraw what lies ahead, and write it anew under what has changed."""
        at = now + self._lead
        current = self._pass_at(at - self._offset)
        position_s = current.position_s(at - self._offset)
        if self._is_last(current):  # the end is stayed at
            position_s = min(position_s, current.end_s)
        if current.leads_to(at - self._offset):
            start_s = in_other_music(current.from_s, current.piece, self._piece)
            self._forget()
            return [self._silence(), *self._begin(now, start_s)]
        switch = next_switch(current.piece, position_s, switch_to) if switch_to else current.switch
        anchored = self._pass(current.piece, at - self._offset, position_s, switch)
        anchored = replace(anchored, from_s=-math.inf, serial=current.serial)
        self._passes = [*self._passes[: self._passes.index(current) + 1], anchored]
        self._note_row, self._setting_row = rows_from(current, at - self._offset)
        self._end_tick, self._earliest = None, at
        kept = self._kept(at, anchored)
        return [Cut(at, tuple(kept.items())), *self._written_until(now + self._lookahead)]

    def _kept(self, at: int, anchored: Pass) -> dict[Key, int]:
        """The ends, as they are now, of notes that sound across a tick."""
        begun = [issued for issued in self._issued if issued.on < at]
        self._issued = []
        kept: dict[Key, int] = {}
        for issued in begun:
            off = issued.off
            if off > at:
                off = max(anchored.off_tick(issued.note) + self._offset, at + 1)
                kept[issued.note[2:5]] = off
            self._issued.append(replace(issued, off=off))
        return kept

    # ---- writing

    def _written_until(self, until: int) -> Iterator[Command]:
        """What begins before a tick, pass after pass."""
        while self._passes and self._end_tick is None:
            current = self._passes[-1]
            yield from self._written(current, until)
            if current.tick(current.end_s) + self._offset >= until:
                return
            yield from self._next_pass(current)

    def _written(self, current: Pass, until: int) -> Iterator[Command]:
        piece, end_s = current.piece, current.end_s
        while self._setting_row < len(piece.settings):
            setting = piece.settings[self._setting_row]
            at = max(current.whole_tick(setting.time_s) + self._offset, self._earliest)
            if at >= until or (setting.time_s >= end_s and not self._is_last(current)):
                break
            self._setting_row += 1
            yield self._sent(setting, at)
        while self._note_row < len(piece.notes):
            note = piece.notes[self._note_row]
            on = max(current.whole_tick(note.start_s) + self._offset, self._earliest)
            if on >= until or note.start_s >= end_s:
                break
            self._note_row += 1
            yield self._played(current, note, on, number=(current.serial << 32) + self._note_row)

    def _is_last(self, current: Pass) -> bool:
        return not current.repeats and current.switch is None

    def _played(self, current: Pass, note: PlayedNote, on: int, number: int = 0) -> PlayNote:
        off = max(on + 1, current.off_tick(note) + self._offset)
        self._issued.append(_Issued(on, off, note))
        return PlayNote(on, off, *note[2:], number)

    def _sent(self, setting: Setting, at: int) -> Command:
        data = setting.data
        if data[0] & 0xF0 == NOTE_ON:
            held = max(1, round(_KEYSWITCH_S * self._rate))
            return PlayNote(at, at + held, setting.port, data[0] & 0x0F, data[1], data[2])
        return Send(at, setting.port, data)

    def _next_pass(self, current: Pass) -> Iterator[Command]:
        """Begin what follows a pass: other music, the loop anew, or nothing."""
        tick = current.tick(current.end_s)
        if current.switch is not None:
            yield from self._switched(current, current.switch, tick)
        elif current.repeats:
            yield from self._looped(tick)
        else:
            self._end_tick = math.ceil(tick) + max(0, self._offset)

    def _switched(self, current: Pass, switch: Switch, tick: float) -> Iterator[Command]:
        self._passes.append(replace(self._pass(switch.piece, tick, switch.enter_s), from_s=-math.inf))
        self._note_row, self._setting_row = rows_at(switch.piece, switch.enter_s)
        at = math.floor(tick + 0.5) + self._offset
        for setting in switched_settings(current.piece, switch):
            yield self._sent(setting, at)

    def _looped(self, tick: float) -> Iterator[Command]:
        """Back to the loop's beginning, as after a locate; of music that was exchanged meanwhile, its own."""
        loop = self._loop_s(self._piece)
        start_s = 0.0 if loop is None else loop[0]
        again = self._pass(self._piece, tick, start_s)
        self._passes.append(again)
        self._note_row, self._setting_row = rows_at(again.piece, start_s)
        at = again.whole_tick(start_s) + self._offset
        for port, channel in channels_of(again.piece):
            for control in (SUSTAIN, NOTES_OFF, RESET_CONTROLLERS):
                yield Send(at, port, bytes((CONTROL_CHANGE | channel, control, 0)))
        yield from self._chased(again, start_s)

    def _chased(self, current: Pass, position_s: float) -> list[Command]:
        """What makes a place sound as if all before it had been played."""
        at = current.whole_tick(position_s) + self._offset
        commands = [self._sent(setting, at) for setting in current.piece.settings_at(position_s)]
        if self._chases_notes:
            commands += [self._played(current, note, at) for note in current.piece.sounding_at(position_s)]
        return commands

    def _silence(self) -> Silence:
        self._serial += 1
        return Silence(self._serial)

    def _ended(self, now: int) -> list[Command]:
        """Where the music has come to its end, stand there: a pedal that is still down goes up."""
        return self.stop(now) if self.is_over(now) else []

    def _forget(self) -> None:
        self._passes, self._issued, self._end_tick = [], [], None
