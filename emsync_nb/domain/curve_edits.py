"""What hands do to an emotion curve: smoothing a stretch of it."""

from __future__ import annotations

import math

import numpy as np

from emsync_nb.domain.curve import EmotionCurve, FloatArray

#: a change of emotion that is asked for at once takes so long, in seconds
STEP_S = 0.5
#: new points lie so many to a window, and so many at most are made
_POINTS_A_WINDOW, _MOST_POINTS = 8, 20_000


def smoothed(
    curve: EmotionCurve,
    start_s: float,
    end_s: float,
    seconds: float,
    *,
    valence: bool = True,
    arousal: bool = True,
) -> EmotionCurve:
    """A stretch of a curve as its mean over windows of some seconds, exact for the straight lines that it is made of.

    At either edge it goes over into what was there within STEP_S; the ends of the curve extend outwards.

    Raises:
        ValueError: the stretch ends before it begins, or a window of no time.
    """
    if not 0 <= start_s < end_s < math.inf:
        raise ValueError(f"a stretch needs 0 ≤ start < end, got {start_s:g} to {end_s:g} s")
    if not 0 < seconds < math.inf:
        raise ValueError(f"a window to smooth over needs seconds above 0, got {seconds:g}")
    clock = _clock(curve, start_s, end_s, seconds)
    share = np.interp(clock, [start_s - STEP_S, start_s, end_s, end_s + STEP_S], [0.0, 1.0, 1.0, 0.0])
    rows = []
    for values, is_meant in ((curve.valence, valence), (curve.arousal, arousal)):
        old = np.interp(clock, curve.times_s, values)
        mean = _window_means(curve.times_s, values, clock, seconds) if is_meant else old
        rows.append(old + share * (mean - old))
    return EmotionCurve.clipped(clock, *rows)


def _clock(curve: EmotionCurve, start_s: float, end_s: float, seconds: float) -> FloatArray:
    """The curve's times, and as many between them in the stretch as rounded corners need."""
    step_s = max(seconds / _POINTS_A_WINDOW, (end_s - start_s) / _MOST_POINTS)
    inner = np.linspace(start_s, end_s, 1 + math.ceil((end_s - start_s) / step_s))
    edges = np.array([start_s - STEP_S, end_s + STEP_S])
    return np.unique(np.concatenate([curve.times_s, inner, edges[edges >= 0]]))


def _window_means(times_s: FloatArray, values: FloatArray, clock: FloatArray, seconds: float) -> FloatArray:
    """(n,) means of a line through points over windows around the times of a clock."""
    ends = np.array([min(times_s[0], clock[0]) - seconds, max(times_s[-1], clock[-1]) + seconds])
    knots = np.unique(np.concatenate([times_s, clock - seconds / 2, clock + seconds / 2, ends]))
    line = np.interp(knots, times_s, values)
    areas = np.concatenate([[0.0], np.cumsum(np.diff(knots) * (line[1:] + line[:-1]) / 2)])
    until, since = (np.interp(clock + side, knots, areas) for side in (seconds / 2, -seconds / 2))
    return np.asarray((until - since) / seconds, dtype=np.float64)
