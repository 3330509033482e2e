"""How long a run of notes a piece shares with the music that was learned from.

Two runs are the same where their steps from note to note are, in semitones and in time; key and tempo do not count.
A run is shared with its figures, but they do not count: `free_notes` are the notes of a run outside scales, repeated
notes and figurations (`melody.in_figure`). A longer run has no fewer of them, so the longest match from each note is
enough, and no long figure hides a shorter run that is free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import MusicTable
from emsync_nb.domain.melody import MelodyLine, in_figure, melody_lines
from emsync_nb.evaluation.suffixes import SuffixIndex

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SharedRun:
    """A run of notes that a piece has in common with one that was learned from."""

    #: how many notes; 0 where nothing is shared
    notes: int = 0
    #: of them outside scales, repeated notes and figurations
    free_notes: int = 0
    #: index into PARTS of the line that has it; −1 where nothing is shared
    part: int = -1
    #: where it begins there
    start_step: int = -1
    #: which of the pieces that were learned from
    learned_piece: int = -1
    #: index into PARTS
    learned_part: int = -1
    #: where it begins there
    learned_start_step: int = -1


@dataclass(frozen=True, slots=True)
class SharedRuns:
    """The longest run of all, and the one with the most notes outside scales and repeated notes."""

    longest: SharedRun = SharedRun()
    most_free: SharedRun = SharedRun()


class MelodyIndex:
    """The melody lines of many pieces, ready to be searched: about 30 bytes a note."""

    def __init__(self, lines: list[MelodyLine], pieces: list[int]) -> None:
        """Index the lines; `pieces` says whose each is."""
        self._piece = np.array(pieces, dtype=np.int64)
        self._part = np.array([line.part for line in lines], dtype=np.int64)
        # a line of n notes has n − 1 symbols and a separator: as many places as notes
        self._start = np.cumsum([0] + [len(line.onset) for line in lines])
        self._onset = _joined([line.onset for line in lines]).astype(np.int32)
        self._suffixes = SuffixIndex(_joined([np.append(line.symbols, -1) for line in lines]))

    @classmethod
    def build(cls, tables: Iterable[MusicTable]) -> MelodyIndex:
        """The lines of all tables, in their order."""
        found = [(line, number) for number, table in enumerate(tables) for line in melody_lines(table)]
        return cls([line for line, _ in found], [number for _, number in found])

    def shared_runs(self, table: MusicTable) -> SharedRuns:
        """The longest runs that any line of a piece shares with any indexed line."""
        longest, most_free = SharedRun(), SharedRun()
        for line in melody_lines(table):
            for run in self._runs(line):
                longest = max(longest, run, key=lambda each: (each.notes, each.free_notes))
                most_free = max(most_free, run, key=lambda each: (each.free_notes, each.notes))
        return SharedRuns(longest, most_free)

    def _runs(self, line: MelodyLine) -> list[SharedRun]:
        """The longest run of one line and the one with the most free notes."""
        length, at = self._suffixes.matches(line.symbols)
        if not length.any():
            return []
        free_before = np.concatenate(([0], np.cumsum(~in_figure(line))))
        place = np.arange(len(length))
        free = np.where(length > 0, free_before[place + length + 1] - free_before[place], 0)
        best = {int(np.lexsort((free, length))[-1]), int(np.lexsort((length, free))[-1])}
        return [
            self._run(line, where, int(length[where]), int(free[where]), int(at[where])) for where in best
        ]

    def _run(self, line: MelodyLine, where: int, steps: int, free: int, at: int) -> SharedRun:
        """The run of `steps` steps from note `where` of a line, found at place `at` of the index."""
        learned = int(np.searchsorted(self._start, at, side="right")) - 1
        return SharedRun(
            notes=steps + 1,
            free_notes=free,
            part=line.part,
            start_step=int(line.onset[where]),
            learned_piece=int(self._piece[learned]),
            learned_part=int(self._part[learned]),
            learned_start_step=int(self._onset[at]),
        )


def _joined(arrays: list[IntArray]) -> IntArray:
    return np.concatenate([np.empty(0, dtype=np.int64), *arrays])
