"""Whether the music has the emotion that was asked for, as the labeller hears it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.evaluation.generator.pieces import ENSEMBLES, Wanted, constant, read_back, write_pieces
from emsync_nb.evaluation.generator.scale import Scale
from emsync_nb.generation import SamplingSettings
from emsync_nb.labelling import label_bars

FloatArray = NDArray[np.float64]

#: bars of a piece of the grid, and of each half of one that turns
GRID_BARS, HALF_BARS = 16, 16
#: how far a turn goes from neutral, and the bars after it that its label still looks back beyond
TURN, LAG = 0.6, 4
#: tempo that is the same in all, in beats a minute
FIXED_BPM = 100.0
GUIDANCES = (1.0, 1.5, 2.5, 3.5)


def grid(scale: Scale, each: int, *, offset: int = 0) -> list[Wanted]:
    """The pieces of a grid of valence × arousal, ensembles in turn."""
    pairs = itertools.product(scale.levels, scale.levels, range(each))
    return [
        Wanted(constant(v, a, GRID_BARS), ENSEMBLES[i % len(ENSEMBLES)], scale.seed + offset + i)
        for i, (v, a, _) in enumerate(pairs)
    ]


def heard(
    wanted: Sequence[Wanted], guidance: float | None = None, bpm: float | None = None
) -> dict[str, Any]:
    """(n, 2) asked and labelled emotion of pieces, means over their bars."""
    sampling = SamplingSettings() if guidance is None else SamplingSettings(guidance=guidance)
    labels = [label_bars(read_back(score)).mean(axis=0) for score in write_pieces(wanted, sampling, bpm=bpm)]
    return {"asked": np.array([one.emotion.mean(axis=0) for one in wanted]), "labelled": np.array(labels)}


def turning(scale: Scale) -> list[Wanted]:
    """Pieces whose valence or arousal turns over at half time, up and down, the other one held at some level."""
    wanted = []
    for i in range(2 * scale.turning):
        which, sign, other = i % 2, 1 if i // 2 % 2 else -1, (-0.4, 0.0, 0.4)[i // 4 % 3]
        emotion = np.full((2 * HALF_BARS, 2), other)
        emotion[:HALF_BARS, which], emotion[HALF_BARS:, which] = -sign * TURN, sign * TURN
        wanted.append(Wanted(emotion, ENSEMBLES[i % len(ENSEMBLES)], scale.seed + 10_000 + i))
    return wanted


def turned(wanted: Sequence[Wanted]) -> dict[str, Any]:
    """For each piece, what was asked to turn (0 valence, 1 arousal) and how far the label went that way."""
    which, moved = [], []
    for one, score in zip(wanted, write_pieces(wanted), strict=True):
        labels, asked = label_bars(read_back(score)), one.emotion[-1] - one.emotion[0]
        axis = int(np.abs(asked).argmax())
        half = len(labels) // 2
        step = labels[half + LAG :].mean(axis=0) - labels[LAG:half].mean(axis=0)
        which.append(axis)
        moved.append(float(step[axis] * np.sign(asked[axis])))
    return {"which": np.array(which), "moved": np.array(moved)}


def correlation(one: FloatArray, other: FloatArray) -> float:
    """Pearson's r; nan where one of them does not vary."""
    if len(one) < 3 or np.std(one) == 0 or np.std(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])
