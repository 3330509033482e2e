"""Whether a piece has collapsed: into a loop, silence or one note."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, MusicTable
from emsync_nb.labelling.clock import seconds

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

#: bars of a loop: bars over which it must go on to be endless
ENDLESS_BARS = {1: 8, 2: 16, 4: 16}
#: longer silence, in seconds, is a collapse
SILENCE_S = 4.0
#: bars over which one note must not make up most of the music, or sound
STUCK_BARS = 16
#: share of the pitched notes that one pitch of one part may make up
STUCK_SHARE = 0.6
#: with fewer notes than one a bar nothing is said about their share
_FEWEST_NOTES = STUCK_BARS


def collapse_of(table: MusicTable) -> str | None:
    """Why a piece has collapsed, or None.

    - "endless repeat": one bar 8 times in a row, or 2 or 4 bars over and over for 16: the same onsets, durations,
      pitches and parts, at any velocity, and not all rests;
    - "silence": for more than 4 seconds nothing sounds, after the first note and before the end of the last bar, or the
      piece has no notes;
    - "stuck note": one pitch of one part makes up more than 60 % of at least 16 pitched notes that begin within 16
      bars, or one pitched note sounds for more than 16 bars. Pieces of under 16 bars have no such window.
    """
    if is_endless_repeat(table):
        return "endless repeat"
    if longest_silence_s(table) > SILENCE_S:
        return "silence"
    return "stuck note" if is_stuck(table) else None


def is_endless_repeat(table: MusicTable) -> bool:
    """Whether a loop of 1, 2 or 4 bars goes on for as many bars as ENDLESS_BARS says."""
    content, has_onset = _bar_contents(table)
    for period, least in ENDLESS_BARS.items():
        same = content[period:] == content[:-period]
        edges = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if end - start + period >= least and has_onset[start : start + period].any():
                return True
    return False


def longest_silence_s(table: MusicTable) -> float:
    """Seconds of the longest time when nothing sounds, from the first note to the end of the last bar."""
    if not len(table.onset):
        return float(np.sum(table.bar_seconds))
    ends = np.maximum.accumulate(table.onset + table.duration)
    following = np.append(table.onset[1:], max(int(table.bar_start[-1]), int(table.onset[-1])))
    return float(np.max(np.maximum(seconds(table, following) - seconds(table, ends), 0.0)))


def is_stuck(table: MusicTable) -> bool:
    """Whether one note is most of the music within STUCK_BARS, or sounds for longer."""
    pitched = table.part != DRUMS
    if _longest_bars(table, pitched) > STUCK_BARS:
        return True
    if table.bars < STUCK_BARS or not pitched.any():
        return False
    voice, which = np.unique(table.part[pitched] * 128 + table.pitch[pitched], return_inverse=True)
    counts = np.zeros((table.bars + 1, len(voice)), dtype=np.int64)
    np.add.at(counts, (table.bar_of()[pitched] + 1, which.reshape(-1)), 1)
    np.cumsum(counts, axis=0, out=counts)
    counts = counts[STUCK_BARS:] - counts[:-STUCK_BARS]
    total = counts.sum(axis=1)
    return bool(np.any((counts.max(axis=1) > STUCK_SHARE * total) & (total >= _FEWEST_NOTES)))


def _longest_bars(table: MusicTable, chosen: BoolArray) -> float:
    """For how many bars the longest of the chosen notes sounds, as far as there are bars."""
    numbers = np.arange(table.bars + 1)
    begin = np.interp(table.onset[chosen], table.bar_start, numbers)
    end = np.interp((table.onset + table.duration)[chosen], table.bar_start, numbers)
    return float(np.max(end - begin, initial=0.0))


def _bar_contents(table: MusicTable) -> tuple[IntArray, BoolArray]:
    """(bars,) a number for each content of a bar, the same for the same, and whether a note begins in it."""
    bar = table.bar_of()
    rows = np.stack([table.onset - table.bar_start[bar], table.duration, table.pitch, table.part], axis=1)
    bounds = np.searchsorted(bar, np.arange(table.bars + 1))
    length = np.diff(table.bar_start)
    known: dict[tuple[int, bytes], int] = {}
    content = [
        known.setdefault((int(length[each]), rows[bounds[each] : bounds[each + 1]].tobytes()), len(known))
        for each in range(table.bars)
    ]
    return np.array(content, dtype=np.int64), np.diff(bounds) > 0
