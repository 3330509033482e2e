"""The curve of emotion after directions."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from emsync_nb.directing.changes import Change, Feeling
from emsync_nb.domain import EmotionCurve
from emsync_nb.domain.curve import FloatArray

#: an abrupt change takes this long, in seconds, so that the curve has no two values at once
STEP_S = 0.5
#: points of a curve lie at least this far apart, in seconds
_APART_S = 1e-6


def drawn(curve: EmotionCurve, changes: Iterable[Change], duration_s: Fraction) -> EmotionCurve:
    """The curve with feelings drawn over it, one after the other; other changes leave it as it is.

    An abrupt feeling is there 0.5 s after its start, a gradual one after a straight line to its `reached_s`.
    Behind its end the curve is back within 0.5 s. A shift keeps the shape of what is there.

    Args:
        curve: what is there; the points it has are kept.
        changes: as `understand` returns them.
        duration_s: length of the film in seconds; nothing is drawn beyond it.
    """
    for change in changes:
        if isinstance(change, Feeling):
            curve = _with(curve, change, float(duration_s))
    return curve


def _with(curve: EmotionCurve, feeling: Feeling, duration_s: float) -> EmotionCurve:
    start, end = float(feeling.start_s), min(float(feeling.end_s), duration_s)
    if end - start <= _APART_S:
        return curve
    there = float(feeling.reached_s) if feeling.reached_s is not None else start + STEP_S
    there = min(max(there, start + _APART_S), end)
    back = min(end + STEP_S, duration_s)
    times = _dense(curve.times_s, (start, there, end, back))
    weight = _weight(times, start, there, end, back)
    axes = []
    for old_values, value in ((curve.valence, feeling.valence), (curve.arousal, feeling.arousal)):
        old = np.interp(times, curve.times_s, old_values)
        axes.append(
            old if value is None else _axis(times, old, value, weight, (start, there), feeling.relative)
        )
    return EmotionCurve.clipped(times, axes[0], axes[1])


def _axis(
    times: FloatArray,
    old: FloatArray,
    value: float,
    weight: FloatArray,
    rise: tuple[float, float],
    relative: bool,
) -> FloatArray:
    if relative:
        return old + weight * value
    new = (1 - weight) * old + weight * value
    rising = (times >= rise[0]) & (times <= rise[1])
    # from where it was at the start, in a straight line, whatever the curve did in between
    before = np.interp(rise[0], times, old)
    new[rising] = before + (value - before) * weight[rising]
    return new


def _weight(times: FloatArray, start: float, there: float, end: float, back: float) -> FloatArray:
    """How much of a feeling is there: 0 before its start, 1 where it is reached, 0 again behind its end."""
    up = np.clip((times - start) / max(there - start, _APART_S), 0, 1)
    if back <= end:  # it lasts to the film's end
        return np.asarray(up)
    return np.asarray(np.minimum(up, np.clip((back - times) / (back - end), 0, 1)))


def _dense(times: FloatArray, edges: Iterable[float]) -> FloatArray:
    """The times with edges added, but for edges that are there already."""
    new = [edge for edge in dict.fromkeys(edges) if np.min(np.abs(times - edge)) > _APART_S]
    new = [edge for k, edge in enumerate(new) if all(abs(edge - other) > _APART_S for other in new[:k])]
    return np.sort(np.concatenate((times, np.asarray(new, dtype=np.float64))))
