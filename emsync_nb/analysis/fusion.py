"""Many opinions, one curve.

At each moment the experts are joined: by trained attention (`attention`), or without it by an average of their values,
weighted by their confidences. Then the answer is averaged over a neighbourhood in time that ends at the cuts: each
boundary pushes the times on its two sides apart by its strength, and weights fall exponentially with the distance so
stretched (the domain transform of Gastal & Oliveira 2011, along one axis). Within a shot the curve is smooth, at a
marked cut it may jump, and a row of slight cuts hardly divides. All scales are absolute: nothing is normalised by film,
so a grey still stays near the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from emsync_nb.analysis.attention import HALF_SD, Attention, tokens_of
from emsync_nb.analysis.circumplex import EKMAN, classes_at
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
#: averaging mild and partly silent experts shrinks the curve towards the middle; this takes back a part of it. On the
#: pseudo-films of docs/fusion-card.md nine moments of ten then lie within ±0.57 and ±0.53, and hardly lose by it
_GAIN = 1.35


#: how opinions are joined
Method = Literal["attention", "averaging by confidence"]
#: "plane": widened, by the same gain in every film, to use more of the plane; "plain": as the experts say it. EMSYNC
#: instead spreads six class means to ±0.8, which fixes how far its curve can go, not how far one goes
Scale = Literal["plane", "plain"]


@dataclass(frozen=True, slots=True, eq=False)
class Fusion:
    """What all experts together make of a film, on the common grid."""

    curve: EmotionCurve
    #: (n,) in [0, 1]; 0 where no expert knows anything
    confidence: FloatArray
    #: (n, 6) probabilities in the order of EKMAN
    ekman: FloatArray
    method: Method


def fuse(
    at_s: FloatArray,
    opinions: Sequence[Opinion],
    boundaries: Sequence[Boundary],
    *,
    network: Attention | None = None,
    scale: Scale = "plane",
) -> Fusion:
    """The emotion at the grid times.

    Args:
        at_s: (n,) the grid that all opinions share.
        opinions: of the available experts; where none knows anything, the curve is neutral.
        boundaries: of the film, in order of time.
        network: trained layers; None: an average by confidence.
        scale: how far the curve goes.
    """
    stretched = stretched_times(at_s, boundaries)
    if network is None or not opinions:
        joined = _joined_by_confidence(at_s, opinions)
    else:
        joined = _joined_by_attention(opinions, network)
    smooth = [_smoothed(stretched, total, weight) for total, weight in joined.values]
    curve = EmotionCurve(at_s, *(_widened(values) if scale == "plane" else values for values in smooth))
    confidence = _smoothed_weight(stretched, joined.confidence)
    shares = np.stack([_smoothed(stretched, *column) for column in joined.classes], axis=1)
    known = shares.sum(axis=1, keepdims=True)
    ekman = np.where(known > 0, shares / np.maximum(known, 1e-12), 1 / len(EKMAN))
    method: Method = "averaging by confidence" if network is None else "attention"
    return Fusion(curve, np.clip(confidence, 0, 1), ekman, method)


class _Joined(NamedTuple):
    """Values of each moment with their weights, before they are smoothed: (weighted, weight), each (n,)."""

    #: valence and arousal
    values: list[tuple[FloatArray, FloatArray]]
    #: of each class
    classes: list[tuple[FloatArray, FloatArray]]
    #: (n,) how far the moment's answer is to be trusted, in [0, 1]
    confidence: FloatArray


def _joined_by_attention(opinions: Sequence[Opinion], network: Attention) -> _Joined:
    answer = network(*tokens_of(opinions))
    values = [(answer.values[:, axis] * trust, trust) for axis, trust in enumerate(answer.confidence.T)]
    trust = answer.confidence.mean(axis=1)
    return _Joined(values, [(column * trust, trust) for column in answer.ekman.T], trust)


def _joined_by_confidence(at_s: FloatArray, opinions: Sequence[Opinion]) -> _Joined:
    nothing = np.zeros_like(at_s)
    values, sure = [], []
    for axis in ("valence", "arousal"):
        voices = [(getattr(one, axis), getattr(one, f"{axis}_confidence")) for one in opinions]
        weight = sum((trust for _, trust in voices), start=nothing)
        weighted = sum((value * trust for value, trust in voices), start=nothing)
        values.append((weighted, weight))
        sure.append(_agreement(voices, weighted, weight))
    classes = sum(
        (_classes(one) * _trust(one)[:, None] for one in opinions), start=np.zeros((at_s.size, len(EKMAN)))
    )
    trust = sum((_trust(one) for one in opinions), start=nothing)
    return _Joined(values, [(column, trust) for column in classes.T], (sure[0] + sure[1]) / 2)


def _agreement(
    voices: Sequence[tuple[FloatArray, FloatArray]], weighted: FloatArray, weight: FloatArray
) -> FloatArray:
    """(n,) how sure those who speak are, less where they contradict each other; 0 where nobody speaks."""
    known = np.maximum(weight, 1e-12)
    surest = sum((trust**2 for _, trust in voices), start=np.zeros_like(weight)) / known
    spread = sum(
        (trust * (value - weighted / known) ** 2 for value, trust in voices), start=np.zeros_like(weight)
    )
    return np.asarray(surest / (1 + np.sqrt(spread / known) / HALF_SD))


def _classes(opinion: Opinion) -> FloatArray:
    """(n, 6) what an opinion says of classes, or what its place on the plane makes of them."""
    return classes_at(opinion.valence, opinion.arousal) if opinion.ekman is None else opinion.ekman


def _trust(opinion: Opinion) -> FloatArray:
    return (opinion.valence_confidence + opinion.arousal_confidence) / 2


def stretched_times(at_s: FloatArray, boundaries: Sequence[Boundary]) -> FloatArray:
    """(n,) the grid times with a gap of up to 2.5 s opened at each boundary, by its strength."""
    if not boundaries:
        return at_s
    cuts = np.array([float(boundary.time_s) for boundary in boundaries])
    gaps = np.concatenate(([0.0], np.cumsum([boundary.strength * _APART_S for boundary in boundaries])))
    # a grid value stands for the quarter of a second after it: it belongs to the scene in its middle
    passed = np.searchsorted(cuts, at_s + 0.5 / GRID_HZ, side="right")
    return np.asarray(at_s + gaps[passed])


def _smoothed(stretched: FloatArray, weighted: FloatArray, weight: FloatArray) -> FloatArray:
    """(n,) Σ weighted / Σ weight over the neighbourhood, by nearness; 0 where nobody knows anything."""
    total, known = _spread(stretched, weighted), _spread(stretched, weight)
    return np.where(known > 0, total / np.maximum(known, 1e-12), 0.0)


def _smoothed_weight(stretched: FloatArray, weight: FloatArray) -> FloatArray:
    """(n,) the mean weight over the neighbourhood, by nearness."""
    return _spread(stretched, weight) / _spread(stretched, np.ones_like(weight))


def _spread(stretched: FloatArray, values: FloatArray) -> FloatArray:
    """(n,) values summed over the neighbourhood, by nearness."""
    spread = np.zeros_like(stretched)
    reach = min(round(_REACH_S * GRID_HZ), stretched.size - 1)
    for offset in range(-reach, reach + 1):
        here, there = _overlap(offset)
        spread[here] += np.exp(-np.abs(stretched[there] - stretched[here]) / _SMOOTH_S) * values[there]
    return spread


def _overlap(offset: int) -> tuple[slice, slice]:
    """Slices of an array, and of the same array moved by `offset`, that lie over each other."""
    if offset >= 0:
        return slice(None, -offset or None), slice(offset, None)
    return slice(-offset, None), slice(None, offset)


def _widened(values: FloatArray) -> FloatArray:
    """Values moved away from 0 by a fixed gain that fades towards the border, still within (-1, 1)."""
    return np.asarray(np.tanh(_GAIN * values))
