"""What the detectors report: a change of the picture, before it is weighed against the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from emsync_nb.domain import BoundaryKind

#: about the length of a shot, in seconds
_CELL_S = 4


@dataclass(frozen=True, slots=True)
class Change:
    """A change of scene, and the stretch it fills."""

    kind: BoundaryKind
    #: the time that a `Boundary` of this kind carries, in seconds
    time_s: Fraction
    #: first and last moment of the change, in seconds; for a cut both are `time_s`
    start_s: Fraction
    end_s: Fraction
    #: difference of the scenes before and after, in [0, 1]
    strength: float

    def near(self, other: Change, gap_s: Fraction) -> bool:
        """Whether less than `gap_s` lies between the two stretches."""
        return self.start_s < other.end_s + gap_s and other.start_s < self.end_s + gap_s


class Neighbourhood:
    """Changes laid down by time, so that neighbours are found however many thousands a film has."""

    def __init__(self, gap_s: Fraction, changes: Iterable[Change] = ()) -> None:
        """Two changes with less than `gap_s` between their stretches are neighbours."""
        self._gap_s = gap_s
        #: number of a stretch of _CELL_S → the changes that reach into it
        self._cells: defaultdict[int, list[Change]] = defaultdict(list)
        for change in changes:
            self.add(change)

    def add(self, change: Change) -> None:
        """Lay down a change."""
        for cell in self._reach(change):
            self._cells[cell].append(change)

    def has_near(self, change: Change) -> bool:
        """Whether a neighbour of `change` has been laid down."""
        return any(
            change.near(other, self._gap_s)
            for cell in self._reach(change)
            for other in self._cells.get(cell, ())
        )

    def _reach(self, change: Change) -> range:
        first, last = change.start_s - self._gap_s, change.end_s + self._gap_s
        return range(floor(first / _CELL_S), floor(last / _CELL_S) + 1)


def strongest(changes: Iterable[Change], gap_s: Fraction) -> list[Change]:
    """The changes that remain, in order of time, when of any two closer than `gap_s` the stronger stays."""
    kept: list[Change] = []
    around = Neighbourhood(gap_s)
    for change in sorted(changes, key=lambda item: (-item.strength, item.time_s)):
        if not around.has_near(change):
            kept.append(change)
            around.add(change)
    return sorted(kept, key=lambda item: item.time_s)
