"""Where there is music, and which boundaries it meets."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

from emsync_nb.domain import Boundary, Cue
from emsync_nb.errors import PlanError

#: a boundary gives way to a stronger one this near, in seconds
HIT_DISTANCE_S = 4


def whole_film(duration_s: Fraction) -> tuple[Cue, ...]:
    """The default: one cue from beginning to end."""
    return (Cue(Fraction(0), duration_s),)


def checked_cues(cues: Sequence[Cue], duration_s: Fraction) -> tuple[Cue, ...]:
    """The cues in order of time.

    Raises:
        PlanError: a cue reaches beyond the film, or two overlap.
    """
    ordered = sorted(cues, key=lambda cue: cue.in_s)
    for cue in ordered:
        if cue.out_s > duration_s:
            raise PlanError(
                f"cue {_span(cue)} ends after the film, which lasts {float(duration_s):.3f} s; give an earlier out"
            )
    for earlier, later in itertools.pairwise(ordered):
        if later.in_s < earlier.out_s:
            raise PlanError(f"cues {_span(earlier)} and {_span(later)} overlap; move one of them")
    return tuple(ordered)


def _span(cue: Cue) -> str:
    return f"{float(cue.in_s):g}-{float(cue.out_s):g}"


def choose_hits(boundaries: Sequence[Boundary]) -> tuple[Boundary, ...]:
    """Every boundary with no stronger one within HIT_DISTANCE_S seconds."""

    def is_outdone(boundary: Boundary) -> bool:
        return any(
            other.strength > boundary.strength and abs(other.time_s - boundary.time_s) <= HIT_DISTANCE_S
            for other in boundaries
        )

    return tuple(boundary for boundary in boundaries if not is_outdone(boundary))
