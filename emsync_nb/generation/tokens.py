"""Music as a sequence of events: one event a bar line or a note, five fields each.

A note is one step of the network, not five, because steps are what a CPU pays for. The fields of an event are
predicted one after the other by small heads: position, part, pitch, duration, velocity.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import GRID, PARTS, MusicTable

IntArray = NDArray[np.int64]

#: the longest bar that can be written: eight beats
MAX_BAR_STEPS = 8 * GRID
#: position 0 begins a new bar; position 1 + p is p steps after the bar line
BAR = 0
#: stands in the other fields of a bar event
NO_PART = len(PARTS)
NO_PITCH = 128
#: durations in steps; others are written as the nearest of these by ratio
DURATIONS = np.array(
    [1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 24, 30, 36, 42, 48, 60, 72, 84, 96, 120, 144, 192]
)
NO_DURATION = len(DURATIONS)
#: velocities in bins of eight
VELOCITY_BIN = 8
NO_VELOCITY = 128 // VELOCITY_BIN

FIELDS = ("position", "part", "pitch", "duration", "velocity")
#: how many values each field can take, the empty one included
SIZES = (1 + MAX_BAR_STEPS, NO_PART + 1, NO_PITCH + 1, NO_DURATION + 1, NO_VELOCITY + 1)
BAR_EVENT = (BAR, NO_PART, NO_PITCH, NO_DURATION, NO_VELOCITY)


def duration_index(steps: IntArray) -> IntArray:
    """Index into DURATIONS of the nearest duration by ratio."""
    distance = np.abs(np.log(np.maximum(steps, 1))[:, None] - np.log(DURATIONS)[None, :])
    return np.asarray(distance.argmin(axis=1), dtype=np.int64)


def velocity_of_bin(index: int) -> int:
    """The MIDI velocity in the middle of a bin."""
    return index * VELOCITY_BIN + VELOCITY_BIN // 2


def encode(table: MusicTable) -> IntArray:
    """(events, 5) fields of a piece; each bar begins with a bar event.

    Raises:
        ValueError: a bar is longer than MAX_BAR_STEPS.
    """
    if int(np.diff(table.bar_start).max()) > MAX_BAR_STEPS:
        raise ValueError("the piece has a bar of more than eight beats")
    bar = table.bar_of()
    events = np.empty((len(bar) + table.bars, 5), dtype=np.int64)
    at = np.arange(len(bar)) + bar + 1
    is_bar = np.ones(len(events), dtype=bool)
    is_bar[at] = False
    events[is_bar] = BAR_EVENT
    events[at, 0] = 1 + table.onset - table.bar_start[bar]
    events[at, 1] = table.part
    events[at, 2] = table.pitch
    events[at, 3] = duration_index(table.duration)
    events[at, 4] = table.velocity // VELOCITY_BIN
    return events


def decode(events: IntArray, bar_start: IntArray) -> IntArray:
    """(notes, 5) rows of onset, duration, pitch, velocity, part of the events; `bar_start` holds steps."""
    is_bar = events[:, 0] == BAR
    bar = np.cumsum(is_bar) - 1
    notes = events[~is_bar]
    onset = bar_start[bar[~is_bar]] + notes[:, 0] - 1
    velocity = notes[:, 4] * VELOCITY_BIN + VELOCITY_BIN // 2
    return np.stack([onset, DURATIONS[notes[:, 3]], notes[:, 2], velocity, notes[:, 1]], axis=1)
