"""Many opinions, one curve.

At each moment the experts are averaged by their confidence, over a neighbourhood in time that ends at the
cuts: each boundary pushes the times on its two sides apart by its strength, and weights fall
exponentially with the distance so stretched (the domain transform of Gastal & Oliveira 2011, along one
axis). Within a shot the curve is smooth, at a marked cut it may jump, and a row of slight cuts hardly
divides. All scales are absolute: nothing is normalised by film, so a grey still stays near the middle.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emsync_nb.analysis.expert import Opinion
from emsync_nb.analysis.timeline import GRID_HZ
from emsync_nb.domain import Boundary, EmotionCurve
from emsync_nb.domain.curve import FloatArray

#: time over which a value is spread within a shot, in seconds
_SMOOTH_S = 0.8
#: neighbours further away than this carry no weight, in seconds
_REACH_S = 4.0
#: how far a boundary of strength 1 pushes its two sides apart, in seconds
_APART_S = 2.5
#: averaging mild and partly silent experts shrinks the curve towards the middle; this widens it again
_GAIN = 1.35


def fuse(at_s: FloatArray, opinions: Sequence[Opinion], boundaries: Sequence[Boundary]) -> EmotionCurve:
    """The emotion curve at the grid times.

    Args:
        at_s: (n,) the grid that all opinions share.
        opinions: of the available experts; where none knows anything, the curve is neutral.
        boundaries: of the film, in order of time.
    """
    stretched = stretched_times(at_s, boundaries)
    valence = _averaged(stretched, [(item.valence, item.valence_confidence) for item in opinions])
    arousal = _averaged(stretched, [(item.arousal, item.arousal_confidence) for item in opinions])
    return EmotionCurve(at_s, _widened(valence), _widened(arousal))


def stretched_times(at_s: FloatArray, boundaries: Sequence[Boundary]) -> FloatArray:
    """(n,) the grid times with a gap of up to 2.5 s opened at each boundary, by its strength."""
    if not boundaries:
        return at_s
    cuts = np.array([float(boundary.time_s) for boundary in boundaries])
    gaps = np.concatenate(([0.0], np.cumsum([boundary.strength * _APART_S for boundary in boundaries])))
    # a grid value stands for the quarter of a second after it: it belongs to the scene in its middle
    passed = np.searchsorted(cuts, at_s + 0.5 / GRID_HZ, side="right")
    return np.asarray(at_s + gaps[passed])


def _averaged(stretched: FloatArray, voices: Sequence[tuple[FloatArray, FloatArray]]) -> FloatArray:
    """Mean of all voices over the neighbourhood, weighted by confidence and nearness; 0 where all are mute."""
    weight = sum((confidence for _, confidence in voices), start=np.zeros_like(stretched))
    total = sum((value * confidence for value, confidence in voices), start=np.zeros_like(stretched))
    smooth_total, smooth_weight = np.zeros_like(stretched), np.zeros_like(stretched)
    reach = min(round(_REACH_S * GRID_HZ), stretched.size - 1)
    for offset in range(-reach, reach + 1):
        here, there = _overlap(offset)
        nearness = np.exp(-np.abs(stretched[there] - stretched[here]) / _SMOOTH_S)
        smooth_total[here] += nearness * total[there]
        smooth_weight[here] += nearness * weight[there]
    return np.where(smooth_weight > 0, smooth_total / np.maximum(smooth_weight, 1e-12), 0.0)


def _overlap(offset: int) -> tuple[slice, slice]:
    """Slices of an array, and of the same array moved by `offset`, that lie over each other."""
    if offset >= 0:
        return slice(None, -offset or None), slice(offset, None)
    return slice(-offset, None), slice(None, offset)


def _widened(values: FloatArray) -> FloatArray:
    """Values moved away from 0 by a fixed gain that fades towards the border, still within (-1, 1)."""
    return np.asarray(np.tanh(_GAIN * values))
