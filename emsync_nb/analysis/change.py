"""What the detectors report: a change of the picture, before it is weighed against the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from emsync_nb.domain import BoundaryKind


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


def strongest(changes: Iterable[Change], gap_s: Fraction) -> list[Change]:
    """The changes that remain, in order of time, when of any two closer than `gap_s` the stronger stays."""
    kept: list[Change] = []
    for change in sorted(changes, key=lambda item: (-item.strength, item.time_s)):
        if not near_any(change, kept, gap_s):
            kept.append(change)
    return sorted(kept, key=lambda item: item.time_s)


def near_any(change: Change, others: Sequence[Change], gap_s: Fraction) -> bool:
    """Whether any of `others` lies closer than `gap_s`."""
    return any(change.near(other, gap_s) for other in others)
