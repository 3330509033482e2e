"""Where there is music, and which boundaries it meets."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction

from emsync_nb.domain import Boundary, Cue
from emsync_nb.errors import PlanError

#: a boundary gives way to a stronger one this near, in seconds
HIT_DISTANCE_S = 4
#: a cue's in or a section's start this near to a hit moves to it, in seconds
NEAR_S = Fraction(1, 2)


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
    """Every boundary with no stronger one within HIT_DISTANCE_S seconds; locked ones are, and outdo all others.

    Locked ones closer than a beat can be are not both to be met: of these the stronger stays.
    """
    # whole numbers, for they compare many times as fast as fractions
    unit = math.lcm(NEAR_S.denominator, *{boundary.time_s.denominator for boundary in boundaries})
    ordered = sorted(boundaries, key=lambda boundary: _in_units(boundary.time_s, unit))
    times = [_in_units(boundary.time_s, unit) for boundary in ordered]

    def is_outdone(boundary: Boundary) -> bool:
        reach = _in_units(NEAR_S if boundary.locked else Fraction(HIT_DISTANCE_S), unit)
        time = _in_units(boundary.time_s, unit)
        first, last = bisect_left(times, time - reach), bisect_right(times, time + reach)
        rank = (boundary.locked, boundary.strength)
        return any((other.locked, other.strength) > rank for other in ordered[first:last])

    return tuple(boundary for boundary in boundaries if not is_outdone(boundary))


def _in_units(time_s: Fraction, unit: int) -> int:
    """A time as so many parts of `unit` to a second, a multiple of its denominator."""
    return time_s.numerator * (unit // time_s.denominator)


def snapped(time_s: Fraction, hit_times: Sequence[Fraction]) -> Fraction:
    """A time, or the hit that is so near that both could not be beats of one tempo; `hit_times` rise."""
    if not hit_times:
        return time_s
    after = bisect_left(hit_times, time_s)
    near = [hit for hit in hit_times[max(0, after - 1) : after + 1] if abs(hit - time_s) < NEAR_S]
    return min(near, key=lambda hit: abs(hit - time_s), default=time_s)
