"""The melody lines of a piece, and which of their notes only run along a scale or repeat themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain.table import DRUMS, MusicTable

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

#: notes that a scale or a repeated note lasts before it is a figure: an octave
FIGURE_NOTES = 8
#: notes in the longest cell that makes a figure by being repeated: a beat or a bar of broken chords
CELL_NOTES = 6
#: times that a cell sounds before it is a figure
CELL_TIMES = 3


@dataclass(frozen=True, slots=True, eq=False)
class MelodyLine:
    """One part of a piece as a single voice."""

    #: index into PARTS
    part: int
    #: (n,) steps, rising
    onset: IntArray
    #: (n,) MIDI note numbers
    pitch: IntArray

    @property
    def symbols(self) -> IntArray:
        """(n − 1,) each step to the next note as one number ≥ 0: semitones and steps of time, not key or tempo."""
        return np.diff(self.onset) * 256 + np.diff(self.pitch) + 128


def melody_lines(table: MusicTable) -> Iterator[MelodyLine]:
    """The highest note of each onset, part by part (the skyline of Uitdenbogerd & Zobel 1998); no drums."""
    for part in np.unique(table.part[table.part != DRUMS]):
        mine = table.part == part
        onset, pitch = table.onset[mine], table.pitch[mine]
        begins = np.flatnonzero(np.diff(onset, prepend=-1))
        if len(begins):
            yield MelodyLine(int(part), onset[begins], np.maximum.reduceat(pitch, begins))


def in_figure(line: MelodyLine) -> BoolArray:
    """(n,) which notes belong to a figure that anybody's music has.

    A figure is a stretch of the line that is one of

    - repeated notes: at least FIGURE_NOTES notes on no more than two pitches, in any rhythm;
    - a scale: at least FIGURE_NOTES notes in one direction by semitones, tones or repetitions, all equally long;
    - a figuration, such as an Alberti bass, a tremolo, an arpeggio or a sequence of thirds: a cell of at most
      CELL_NOTES steps that sounds at least CELL_TIMES times in a row and makes FIGURE_NOTES notes; the rhythm is
      the same each time, and each step has the same direction and, since the chord may change and the scale has
      steps of two sizes, the same size within a semitone.
    """
    step, gap = np.diff(line.pitch), np.diff(line.onset)
    nowhere = np.zeros(len(step), dtype=np.bool_)
    new_gap = np.diff(gap, prepend=gap[:1]) != 0
    found = _on_two_pitches(line.pitch)
    for sign in (1, -1):
        found |= _covered((sign * step >= 0) & (sign * step <= 2), new_gap, 0, FIGURE_NOTES - 1)
    for cell in range(1, CELL_NOTES + 1):
        repeats = _repeats(step, gap, cell)
        found |= _covered(repeats, nowhere, cell, max(CELL_TIMES * cell, FIGURE_NOTES - 1))
    return found


def _on_two_pitches(pitch: IntArray) -> BoolArray:
    """(n,) which notes lie in a stretch of at least FIGURE_NOTES with no more than two pitches."""
    found = np.zeros(len(pitch), dtype=np.bool_)
    starts = np.flatnonzero(np.diff(pitch, prepend=-1)).tolist()
    first = 0  # number of the group of equal pitches with which the stretch begins
    for group in range(2, len(starts) + 1):
        if group < len(starts) and pitch[starts[group]] == pitch[starts[group - 2]]:
            continue
        end = starts[group] if group < len(starts) else len(pitch)
        if end - starts[first] >= FIGURE_NOTES:
            found[starts[first] : end] = True
        first = group - 1
    return found if len(starts) > 1 else np.full(len(pitch), len(pitch) >= FIGURE_NOTES)


def _repeats(step: IntArray, gap: IntArray, cell: int) -> BoolArray:
    """(n,) which of (n,) steps do what the step `cell` places before did."""
    repeats = np.zeros(len(step), dtype=np.bool_)
    before, after = step[:-cell], step[cell:]
    is_alike = (np.sign(before) == np.sign(after)) & (np.abs(after - before) <= 1)
    repeats[cell:] = is_alike & (gap[cell:] == gap[:-cell])
    return repeats


def _covered(holds: BoolArray, begins_anew: BoolArray, lead: int, least: int) -> BoolArray:
    """(n + 1,) the notes of all stretches of (n,) steps that hold, each with `lead` steps before it.

    Only stretches of at least `least` steps count, the lead among them; where a stretch begins anew it ends before.
    """
    covered = np.zeros(len(holds) + 2, dtype=np.int64)
    breaks = np.flatnonzero((np.diff(holds, prepend=False) != 0) | (begins_anew & holds))
    ends = np.append(breaks[1:], len(holds))
    counts = (ends - breaks + lead >= least) & holds[breaks] if len(breaks) else np.zeros(0, dtype=np.bool_)
    np.add.at(covered, breaks[counts] - lead, 1)
    np.add.at(covered, ends[counts] + 1, -1)
    return np.asarray(np.cumsum(covered)[:-1] > 0)
