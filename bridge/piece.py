"""Music as it goes over a wire: notes and settings in seconds, on ports and channels, in order of time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.commands import checked_message
from emsync_nb.errors import MidiError

#: nothing is played for longer; beyond it a file is broken or hostile
MAX_DURATION_S = 4 * 3600
#: a note that another one on its key leaves no time is left out
_SHORTEST_S = 1e-6


class PlayedNote(NamedTuple):
    """One note on the wire."""

    start_s: float
    end_s: float
    #: index of a port
    port: int
    #: 0 … 15
    channel: int
    #: MIDI note number
    key: int
    #: 1 … 127
    velocity: int


class Setting(NamedTuple):
    """A message that changes how a channel sounds: program, controller, bend, pressure, or a keyswitch."""

    time_s: float
    port: int
    #: as it goes over the wire; a note-on stands for a keyswitch, which is let go of again by itself
    data: bytes

    @property
    def slot(self) -> tuple[int, ...]:
        """What of a channel it sets; of two with one slot, the later one counts."""
        kind = self.data[0]
        if kind & 0xF0 in (0xA0, 0xB0):  # pressure of a key, a controller
            return self.port, kind, self.data[1]
        return self.port, kind


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Notes and settings of all ports, and where bars begin."""

    #: names of the ports, as a DAW shows them
    ports: tuple[str, ...]
    #: in order of start; no two on one key of a channel overlap
    notes: tuple[PlayedNote, ...]
    #: in order of time
    settings: tuple[Setting, ...]
    #: seconds at which each bar begins, and the end of the last
    bar_starts_s: tuple[float, ...]
    #: beats of each bar, for whoever counts in
    bar_beats: tuple[float, ...] = ()
    #: what was left out or changed, a line each
    remarks: tuple[str, ...] = ()
    starts_s: NDArray[np.float64] = field(init=False, repr=False)
    ends_s: NDArray[np.float64] = field(init=False, repr=False)
    times_s: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        columns = {
            "starts_s": [note.start_s for note in self.notes],
            "ends_s": [note.end_s for note in self.notes],
            "times_s": [setting.time_s for setting in self.settings],
        }
        for name, column in columns.items():
            values = np.array(column, dtype=np.float64)
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        if len(self.bar_starts_s) < 2 or np.any(np.diff(self.bar_starts_s) <= 0):
            raise ValueError("a piece has at least one bar, and bars begin one after the other")
        if np.any(np.diff(self.starts_s) < 0) or np.any(np.diff(self.times_s) < 0):
            raise ValueError("notes and settings must be in order of time")

    @property
    def end_s(self) -> float:
        """Where the last note ends; the last setting where there is no note."""
        last = [float(column.max()) for column in (self.ends_s, self.times_s) if column.size]
        return max(last, default=0.0)

    def bar_start_s(self, number: int) -> float:
        """Where a bar begins, counted from 1; one behind the last is the end.

        Raises:
            MidiError: there is no such bar.
        """
        if not 1 <= number <= len(self.bar_starts_s):
            bars = len(self.bar_starts_s) - 1
            raise MidiError(f"there is no bar {number}; the piece has bars 1 to {bars}. Choose one of them")
        return self.bar_starts_s[number - 1]

    def bar_at(self, time_s: float) -> int:
        """The number of the bar that holds a time, from 1; the last one for all that lie behind it."""
        index = int(np.searchsorted(self.bar_starts_s, time_s, side="right"))
        return min(max(1, index), len(self.bar_starts_s) - 1)

    def sounding_at(self, time_s: float) -> list[PlayedNote]:
        """The notes that began before a time and end behind it."""
        behind = int(np.searchsorted(self.starts_s, time_s, side="left"))
        return [self.notes[row] for row in np.flatnonzero(self.ends_s[:behind] > time_s)]

    def settings_at(self, time_s: float) -> list[Setting]:
        """How all channels stand just before a time: the last setting of each slot, in order of time."""
        behind = int(np.searchsorted(self.times_s, time_s, side="left"))
        latest = {setting.slot: row for row, setting in enumerate(self.settings[:behind])}
        return [self.settings[row] for row in sorted(latest.values())]


def piece_of(
    ports: Sequence[str],
    notes: Iterable[PlayedNote],
    settings: Iterable[Setting],
    bar_starts_s: Sequence[float],
    bar_beats: Sequence[float] = (),
    remarks: Sequence[str] = (),
) -> Piece:
    """A piece of notes and settings in any order; notes that overlap on one key are shortened, doubles left out.

    Raises:
        MidiError: it lasts longer than anybody listens, a setting is no complete message, or a note is none.
    """
    settings = sorted(settings, key=lambda setting: setting.time_s)
    for setting in settings:
        _check_setting(setting, len(ports))
    apart, changed = _apart(_checked(notes, len(ports)))
    end_s = max((note.end_s for note in apart), default=0.0)
    if end_s > MAX_DURATION_S or (settings and settings[-1].time_s > MAX_DURATION_S):
        hours = max(end_s, settings[-1].time_s if settings else 0.0) / 3600
        raise MidiError(f"it would last {hours:.0f} hours. Cut it, or export it again if it is damaged")
    lines = [*remarks]
    if changed:
        lines.append(f"{changed} notes overlapped another on their key: each ends where the next begins")
    return Piece(
        tuple(ports), tuple(apart), tuple(settings), tuple(bar_starts_s), tuple(bar_beats), tuple(lines)
    )


def _check_setting(setting: Setting, ports: int) -> None:
    data = setting.data
    is_keyswitch = len(data) == 3 and data[0] & 0xF0 == 0x90 and data[1] < 128 and 0 < data[2] < 128
    if not is_keyswitch:
        checked_message(data)
    if not (0 <= setting.port < ports and math.isfinite(setting.time_s)):
        raise MidiError(f"{setting} has a time or a port that the piece has not; leave it out")


def _checked(notes: Iterable[PlayedNote], ports: int) -> Iterator[PlayedNote]:
    """The notes, as they may go over a wire."""
    for note in notes:
        start_s, end_s, port, channel, key, velocity = note
        if not (-math.inf < start_s <= end_s < math.inf and 0 <= port < ports):
            raise MidiError(f"{note} has times or a port that the piece has not; leave it out")
        if not (0 <= channel < 16 and 0 <= key < 128 and 0 < velocity < 128):
            raise MidiError(f"{note} is no MIDI note; leave it out")
        yield note


def _apart(notes: Iterable[PlayedNote]) -> tuple[list[PlayedNote], int]:
    """Notes in order of start, none overlapping another on its key, and how many were changed."""
    kept: list[PlayedNote] = []
    last: dict[tuple[int, int, int], int] = {}
    changed = 0
    for note in sorted(notes, key=lambda note: (note.start_s, -note.end_s)):
        key = note[2:5]
        before = last.get(key)
        if before is not None and kept[before].end_s > note.start_s:
            changed += 1
            if note.start_s - kept[before].start_s < _SHORTEST_S:
                continue  # a double: the longer one is there already
            kept[before] = kept[before]._replace(end_s=note.start_s)
        last[key] = len(kept)
        kept.append(note)
    return kept, changed
