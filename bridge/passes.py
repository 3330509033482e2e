"""Stretches that are played without a jump, and how they follow each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bridge.outbox import CONTROL_CHANGE, PITCH_BEND, SUSTAIN
from bridge.piece import Piece, PlayedNote, Setting

#: General MIDI's high and low wood block
HIGH_CLICK, LOW_CLICK = 76, 77
#: two notes are the same where they begin so close together
_SAME_S = 1e-6
_WHEEL, _EXPRESSION, _CHANNEL_PRESSURE = 1, 11, 0xD0
#: how controllers stand of which nothing was said (as "reset all controllers" leaves them, MMA RP-015)
_AT_REST = {_WHEEL: 0, _EXPRESSION: 127} | dict.fromkeys(range(SUSTAIN, SUSTAIN + 4), 0)


@dataclass(frozen=True, slots=True)
class Switch:
    """At a bar line, go on with other music."""

    #: where the bar line lies in the music that plays
    leave_s: float
    #: and in the music that comes
    enter_s: float
    piece: Piece


@dataclass(frozen=True, slots=True)
class Pass:
    """A stretch that is played without a jump."""

    piece: Piece
    #: the tick at which it begins, unrounded, and the position there
    anchor_tick: float
    anchor_s: float
    #: ticks a second of music
    pace: float
    #: where notes and settings before it are made good, after a jump or a count-in; −∞ where nothing was left out
    from_s: float
    #: where it ends: at the loop's end, at a switch, or with the music
    end_s: float
    #: counts the jumps; what is withdrawn and written anew keeps it
    serial: int
    #: whether it goes on at the loop's beginning
    repeats: bool = False
    switch: Switch | None = None

    def tick(self, position_s: float) -> float:
        """The tick of a position, unrounded."""
        return self.anchor_tick + (position_s - self.anchor_s) * self.pace

    def position_s(self, tick: float) -> float:
        """The position at a tick."""
        return self.anchor_s + (tick - self.anchor_tick) / self.pace

    def whole_tick(self, position_s: float) -> int:
        """The tick that a position is played at."""
        return math.floor(self.tick(position_s) + 0.5)

    def leads_to(self, tick: int) -> bool:
        """Whether what a jump makes good is still to come at a tick."""
        return self.from_s > -math.inf and self.whole_tick(self.from_s) >= tick

    def off_tick(self, note: PlayedNote) -> int:
        """Where a note that began in this pass ends: in the next one only where the music there holds it too."""
        if note.end_s <= self.end_s:
            return self.whole_tick(note.end_s)
        if self.switch is not None:
            held = _held_over(note, self.switch)
            if held is not None:
                return math.floor(self.tick(self.end_s) + (held - self.switch.enter_s) * self.pace + 0.5)
        return self.whole_tick(self.end_s)


def _held_over(note: PlayedNote, switch: Switch) -> float | None:
    """The end of a note in the music that comes, where that has the same note across its bar line."""
    start_s = note.start_s - switch.leave_s + switch.enter_s
    for other in switch.piece.sounding_at(switch.enter_s):
        if other[2:5] == note[2:5] and abs(other.start_s - start_s) < _SAME_S:
            return other.end_s
    return None


def channels_of(piece: Piece) -> list[tuple[int, int]]:
    """(port, channel) of all that a piece uses."""
    used = {(note.port, note.channel) for note in piece.notes}
    used |= {(one.port, one.data[0] & 0x0F) for one in piece.settings if one.data[0] < 0xF0}
    return sorted(used)


def rows_at(piece: Piece, position_s: float) -> tuple[int, int]:
    """The first note and the first setting at or behind a position."""
    return (
        int(piece.starts_s.searchsorted(position_s, side="left")),
        int(piece.times_s.searchsorted(position_s, side="left")),
    )


def rows_from(current: Pass, tick: int) -> tuple[int, int]:
    """The first note and the first setting that are played at a tick or later."""
    note, setting = rows_at(current.piece, current.position_s(tick - 1))
    while note < len(current.piece.notes) and current.whole_tick(current.piece.notes[note].start_s) < tick:
        note += 1
    settings = current.piece.settings
    while setting < len(settings) and current.whole_tick(settings[setting].time_s) < tick:
        setting += 1
    return note, setting


def next_switch(piece: Piece, position_s: float, other: Piece) -> Switch | None:
    """At the first bar line behind a position, to the same bar of other music; None behind the last of either."""
    index = int(np.searchsorted(piece.bar_starts_s, position_s, side="left"))
    if index >= min(len(piece.bar_starts_s), len(other.bar_starts_s)):
        return None
    return Switch(piece.bar_starts_s[index], other.bar_starts_s[index], other)


def clicks_before(piece: Piece, position_s: float, bars: int) -> tuple[list[tuple[float, int]], float]:
    """(time, key) of the clicks before a position, in the tempo and meter of its bar, and how long they last."""
    if bars <= 0:
        return [], 0.0
    number = piece.bar_at(position_s)
    length_s = piece.bar_starts_s[number] - piece.bar_starts_s[number - 1]
    beats = max(1, math.ceil(piece.bar_beats[number - 1] if piece.bar_beats else 4))
    per_beat = piece.bar_beats[number - 1] if piece.bar_beats else 4
    start_s = position_s - bars * length_s
    clicks = [
        (start_s + bar * length_s + beat * length_s / per_beat, HIGH_CLICK if beat == 0 else LOW_CLICK)
        for bar in range(bars)
        for beat in range(beats)
    ]
    return clicks, bars * length_s


def switched_settings(old: Piece, switch: Switch) -> list[Setting]:
    """What has to be said at a switch, for all to stand as the music that comes wants it.

    Pedals, bends and the like that only the old music had set go back to rest.
    """
    before = {setting.slot: setting for setting in old.settings_at(switch.leave_s)}
    wanted = switch.piece.settings_at(switch.enter_s)
    left = before.keys() - {setting.slot for setting in wanted}
    rest = [_at_rest(setting) for slot, setting in before.items() if slot in left]
    changed = [one for one in wanted if one.slot not in before or before[one.slot].data != one.data]
    return [*(setting for setting in rest if setting is not None), *changed]


def _at_rest(setting: Setting) -> Setting | None:
    """What takes a setting back; None for programs, volumes and others that have no place of rest."""
    status, kind = setting.data[0], setting.data[0] & 0xF0
    if kind == CONTROL_CHANGE and setting.data[1] in _AT_REST:
        return setting._replace(data=bytes((status, setting.data[1], _AT_REST[setting.data[1]])))
    if kind == PITCH_BEND:
        return setting._replace(data=bytes((status, 0, 64)))
    return setting._replace(data=bytes((status, 0))) if kind == _CHANNEL_PRESSURE else None


def in_other_music(position_s: float, old: Piece, new: Piece) -> float:
    """The place of new music that is as many bars from its beginning."""
    if new is old:
        return position_s
    bars = np.interp(position_s, old.bar_starts_s, range(len(old.bar_starts_s)))
    beyond_s = max(0.0, position_s - old.bar_starts_s[-1])
    return float(np.interp(bars, range(len(new.bar_starts_s)), new.bar_starts_s)) + beyond_s
