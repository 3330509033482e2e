"""Music as a sequence of events: a bar line, the bar's head, then its notes, one step of the network each.

A head says what a bar is like before its first note is written: meter, tempo, key, loudness, density. So a wish
such as "dark and calm" first becomes a slow minor bar and then its notes, and whoever knows the tempo or the key
writes it into the head in place of the network. Six fields an event, predicted one after the other by small heads.

| field    | bar line | head  | note     |
|----------|----------|-------|----------|
| kind     | BAR      | HEAD  | NOTE + steps after the bar line |
| second   | —        | meter | part     |
| third    | —        | tempo | pitch    |
| fourth   | —        | key   | duration |
| fifth    | —        | level | velocity |
| sixth    | —        | density | —      |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import GRID, PARTS, MusicTable

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

#: the longest bar that can be written: eight beats
MAX_BAR_STEPS = 8 * GRID

FIELDS = ("kind", "part", "pitch", "duration", "velocity", "density")
KIND, PART, PITCH, DURATION, VELOCITY, DENSITY = range(len(FIELDS))
#: the same places in a head
METER, TEMPO, KEY, LEVEL = PART, PITCH, DURATION, VELOCITY

BAR, HEAD, NOTE = 0, 1, 2

#: durations in steps; others are written as the nearest of these by ratio
DURATIONS = np.array(
    [1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 24, 30, 36, 42, 48, 60, 72, 84, 96, 120, 144, 192]
)
#: velocities, and the loudness of a bar, in bins of eight
VELOCITY_BIN = 8
#: bars are told apart by length in sixteenths
METER_STEP = 3
#: tempi from 30 to 320 beats a minute, each class 7.7 % faster than the one before
TEMPO_LOW, TEMPO_CLASSES = 30.0, 32
_TEMPO_OCTAVES = np.log2(320 / 30)
#: major keys on twelve tonics, minor keys, no key
NO_KEY = 24
#: densities from ¼ to 32 notes a beat, three classes an octave; 0 is an empty bar
DENSITY_CLASSES = 23

#: where the values of a head begin, behind those of a note; and what an event leaves empty
FIRST_METER, FIRST_TEMPO, FIRST_KEY, FIRST_LEVEL = len(PARTS), 128, len(DURATIONS), 128 // VELOCITY_BIN
_METERS = MAX_BAR_STEPS // METER_STEP + 1
_LEVELS = 128 // VELOCITY_BIN
FIRSTS = np.array([0, FIRST_METER, FIRST_TEMPO, FIRST_KEY, FIRST_LEVEL, 0])
EMPTY = (
    -1,
    FIRST_METER + _METERS,
    FIRST_TEMPO + TEMPO_CLASSES,
    FIRST_KEY + NO_KEY + 1,
    FIRST_LEVEL + _LEVELS,
    DENSITY_CLASSES,
)
#: how many values each field can take
SIZES = (NOTE + MAX_BAR_STEPS, *(empty + 1 for empty in EMPTY[1:]))
BAR_EVENT = (BAR, *EMPTY[1:])
#: stands for a head not known: before the first bar
NO_HEAD = EMPTY[1:]


def duration_index(steps: IntArray) -> IntArray:
    """Index into DURATIONS of the nearest duration by ratio."""
    distance = np.abs(np.log(np.maximum(steps, 1))[:, None] - np.log(DURATIONS)[None, :])
    return np.asarray(distance.argmin(axis=1), dtype=np.int64)


def velocity_of_bin(index: int) -> int:
    """The MIDI velocity in the middle of a bin."""
    return index * VELOCITY_BIN + VELOCITY_BIN // 2


def meter_index(steps: IntArray) -> IntArray:
    """Class of bars of so many steps."""
    return np.asarray(-(-np.asarray(steps) // METER_STEP), dtype=np.int64)


def tempo_index(bpm: FloatArray) -> IntArray:
    """Class of tempi in beats a minute."""
    place = np.log2(np.asarray(bpm) / TEMPO_LOW) / _TEMPO_OCTAVES * TEMPO_CLASSES
    return np.asarray(np.clip(np.floor(place), 0, TEMPO_CLASSES - 1), dtype=np.int64)


def tempo_of(index: int) -> float:
    """Beats a minute in the middle of a class."""
    return float(TEMPO_LOW * 2 ** (_TEMPO_OCTAVES * (index + 0.5) / TEMPO_CLASSES))


def density_index(notes_a_beat: FloatArray) -> IntArray:
    """Class of densities; 0 for none."""
    density = np.asarray(notes_a_beat, dtype=np.float64)
    place = np.rint(3 * np.log2(np.maximum(density, 1e-9) / 0.25)) + 1
    return np.where(density > 0, np.clip(place, 1, DENSITY_CLASSES - 1), 0).astype(np.int64)


def density_of(index: int) -> float:
    """Notes a beat in the middle of a class."""
    return 0.0 if index == 0 else float(0.25 * 2 ** ((index - 1) / 3))


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """What each bar of some music is like, as classes counted from 0; (bars, 5) with the columns of a head."""

    classes: IntArray

    @classmethod
    def measure(cls, table: MusicTable, key: IntArray) -> Heads:
        """Heads of a piece; `key` holds for each bar a class of NO_KEY + 1."""
        lengths = np.diff(table.bar_start)
        count = np.bincount(table.bar_of(), minlength=table.bars)
        loud = np.bincount(table.bar_of(), weights=table.velocity, minlength=table.bars)
        level = np.where(count > 0, loud / np.maximum(count, 1) // VELOCITY_BIN, 0)
        columns = (
            meter_index(lengths),
            tempo_index(table.bar_bpm),
            key,
            level.astype(np.int64),
            density_index(count * GRID / lengths),
        )
        return cls(np.stack(columns, axis=1))

    @property
    def events(self) -> IntArray:
        """(bars, 6) head events."""
        kind = np.full((len(self.classes), 1), HEAD)
        return np.concatenate([kind, self.classes + FIRSTS[1:]], axis=1)


def note_events(table: MusicTable) -> IntArray:
    """(notes, 6) note events of a piece, in the order of the table."""
    bar = table.bar_of()
    events = np.empty((len(bar), len(FIELDS)), dtype=np.int64)
    events[:, KIND] = NOTE + table.onset - table.bar_start[bar]
    events[:, PART] = table.part
    events[:, PITCH] = table.pitch
    events[:, DURATION] = duration_index(table.duration)
    events[:, VELOCITY] = table.velocity // VELOCITY_BIN
    events[:, DENSITY] = EMPTY[DENSITY]
    return events


def encode(table: MusicTable, heads: Heads) -> IntArray:
    """(events, 6) fields of a piece; each bar begins with a bar line and its head.

    Raises:
        ValueError: a bar is longer than MAX_BAR_STEPS.
    """
    if int(np.diff(table.bar_start).max()) > MAX_BAR_STEPS:
        raise ValueError("the piece has a bar of more than eight beats")
    before = np.searchsorted(table.onset, table.bar_start[:-1])
    line = before + 2 * np.arange(table.bars)
    events = np.empty((len(table.onset) + 2 * table.bars, len(FIELDS)), dtype=np.int64)
    events[line] = BAR_EVENT
    events[line + 1] = heads.events
    events[np.arange(len(table.onset)) + 2 * (table.bar_of() + 1)] = note_events(table)
    return events


def decode(events: IntArray, bar_start: IntArray) -> IntArray:
    """(notes, 5) rows of onset, duration, pitch, velocity, part of the events; `bar_start` holds steps."""
    bar = np.cumsum(events[:, KIND] == BAR) - 1
    sounds = events[:, KIND] >= NOTE
    notes = events[sounds]
    onset = bar_start[bar[sounds]] + notes[:, KIND] - NOTE
    velocity = notes[:, VELOCITY] * VELOCITY_BIN + VELOCITY_BIN // 2
    return np.stack([onset, DURATIONS[notes[:, DURATION]], notes[:, PITCH], velocity, notes[:, PART]], axis=1)


#: most events and bars of music that is put in front, what follows or what is to come back; when training too
PREFIX_EVENTS, PREFIX_BARS = 96, 4

#: where an event comes from: written by the network; given beside it in the same bar; what follows the music to be
#: written; earlier music to come back to
WRITTEN, BESIDE, AFTER, RECALLED = range(4)
SOURCES = 4
#: columns of a step: the event, its source, the head in force
EVENT = slice(0, len(FIELDS))
SOURCE = len(FIELDS)
IN_FORCE = slice(SOURCE + 1, SOURCE + len(FIELDS))
COLUMNS = IN_FORCE.stop


def as_steps(events: IntArray, source: IntArray | int = WRITTEN) -> IntArray:
    """(events, COLUMNS) what the network takes in: each event, where it comes from, and the head of its bar.

    A bar line ends the head before it: nothing is in force until the next head.
    """
    heads = np.flatnonzero(events[:, KIND] == HEAD)
    lines = np.flatnonzero(events[:, KIND] == BAR)
    steps = np.empty((len(events), COLUMNS), dtype=np.int64)
    steps[:, EVENT] = events
    steps[:, SOURCE] = source
    steps[:, IN_FORCE] = NO_HEAD
    for head, end in zip(heads, np.append(lines, len(events))[np.searchsorted(lines, heads)], strict=True):
        steps[head:end, IN_FORCE] = events[head, 1:]
    return steps


def bar_events(table: MusicTable) -> IntArray:
    """(bars + 1,) where each bar begins in the events of a piece, and where they end."""
    return np.searchsorted(table.onset, table.bar_start) + 2 * np.arange(table.bars + 1)


def prefix_steps(table: MusicTable, heads: Heads, first: int, end: int, source: int) -> IntArray:
    """Steps of the bars from `first` on and before `end`, as far as a prefix goes; at least one bar or none."""
    bounds = bar_events(table)
    last = min(end, first + PREFIX_BARS)
    while last > first and bounds[last] - bounds[first] > PREFIX_EVENTS:
        last -= 1
    if last <= first:
        return as_steps(np.empty((0, len(BAR_EVENT)), dtype=np.int64))
    return as_steps(encode(table.cut(first, last), Heads(heads.classes[first:last])), source)
