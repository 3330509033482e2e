"""The same music higher or lower, faster or slower."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, INSTRUMENT_RANGES, PARTS, MusicTable

IntArray = NDArray[np.int64]


def allowed_shifts(table: MusicTable, limit: int) -> IntArray:
    """The transpositions within ±`limit` semitones that every pitched part can play, rising; 0 is always there.

    No part may go beyond its range of INSTRUMENT_RANGES. A part that is beyond it already may stay as far out as
    it is, or come back, but never go further out; so what was wrong before forbids nothing but to be worse.
    Where nothing but drums plays, there is nothing to move.
    """
    parts = np.unique(table.part[table.part != DRUMS]).tolist()
    lowest, highest = (-limit, limit) if parts else (0, 0)
    for part in parts:
        pitch, span = table.pitch[table.part == part], INSTRUMENT_RANGES[PARTS[part]]
        lowest = max(lowest, min(0, span.low - int(pitch.min())))
        highest = min(highest, max(0, span.high - int(pitch.max())))
    return np.arange(lowest, highest + 1)


def transpose(table: MusicTable, semitones: int) -> MusicTable:
    """The music `semitones` higher; drums stay.

    Raises:
        ValueError: an instrument would leave its range, as `allowed_shifts` tells.
    """
    if semitones not in allowed_shifts(table, abs(semitones)):
        raise ValueError(f"{semitones:+d} semitones take an instrument out of its range")
    return replace(table, pitch=np.where(table.part == DRUMS, table.pitch, table.pitch + semitones))


def scale_tempo(table: MusicTable, factor: float) -> MusicTable:
    """The music `factor` times as fast. What it makes people feel is not scaled: label it again.

    Raises:
        ValueError: the factor is not a positive number.
    """
    if not 0 < factor < np.inf:
        raise ValueError(f"a tempo is scaled by a positive number, got {factor}")
    return replace(table, bar_bpm=table.bar_bpm * factor)
