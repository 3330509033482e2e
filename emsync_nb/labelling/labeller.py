"""Valence and arousal per bar: a ridge regression on what is heard in it.

The coefficients stand in `coefficients.json` with their provenance; `emsync_nb.training.label_fit` fits them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import MusicTable
from emsync_nb.labelling.features import NAMES, bar_features

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Labeller:
    """A fitted linear model; features are clipped to the range that people rated."""

    #: (features,) of the rated music
    mean: FloatArray
    #: (features,) of the rated music
    deviation: FloatArray
    #: (features, 2) for valence and arousal
    weights: FloatArray
    #: (2,) what the average bar was rated
    intercept: FloatArray
    #: (2,) factors that spread the ratings, which crowd around zero, over the plane
    spread: FloatArray

    def raw(self, features: FloatArray) -> FloatArray:
        """(bars, 2) predicted mean ratings for (bars, features)."""
        standard = np.clip((features - self.mean) / self.deviation, -3, 3)
        return np.asarray(standard @ self.weights + self.intercept)

    def label(self, table: MusicTable) -> FloatArray:
        """(bars, 2) valence and arousal in [-1, 1]."""
        centred = (self.raw(bar_features(table)) - self.intercept) * self.spread
        return np.asarray(np.tanh(centred))


@cache
def shipped_labeller() -> Labeller:
    """The labeller whose coefficients come with the package."""
    text = files("emsync_nb.labelling").joinpath("coefficients.json").read_text(encoding="utf-8")
    content = json.loads(text)
    if tuple(content["features"]) != NAMES:
        raise ValueError("coefficients.json was fitted on other features; run the fit again")
    arrays = {key: np.array(content[key]) for key in ("mean", "deviation", "weights", "intercept", "spread")}
    return Labeller(**arrays)


def label_bars(table: MusicTable) -> FloatArray:
    """(bars, 2) valence and arousal of each bar, in [-1, 1], by the shipped labeller."""
    return shipped_labeller().label(table)
