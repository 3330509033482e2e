"""Valence and arousal per bar: a ridge regression on what is heard, with squares and products of its main axes.

The coefficients stand in `coefficients.json` with their provenance; `emsync_nb.training.label_fit` fits them and
`docs/labeller-card.md` says how good they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import MusicTable
from emsync_nb.labelling.features import NAMES, bar_features

FloatArray = NDArray[np.float64]
#: deviations beyond which a feature is not believed: people rated nothing like it
REACH = 3.0


def expand(standard: FloatArray, axes: FloatArray, reach: FloatArray) -> FloatArray:
    """(bars, features + axes·(axes + 1)/2) features, then products of their projections on the axes, clipped."""
    main = np.clip(standard @ axes, -reach, reach)
    first, second = np.triu_indices(axes.shape[1])
    return np.concatenate([standard, main[:, first] * main[:, second]], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Labeller:
    """A fitted model, linear in features and in products of axes; features are clipped to what people rated."""

    #: (features,) of the rated music
    mean: FloatArray
    #: (features,) of the rated music
    deviation: FloatArray
    #: (features, axes) directions in which the rated music differs most, scaled
    axes: FloatArray
    #: (axes,) where each is clipped
    reach: FloatArray
    #: (features + axes·(axes + 1)/2, 2) for valence and arousal
    weights: FloatArray
    #: (2,) the rating where all of these are zero
    intercept: FloatArray
    #: (2,) the mean rating, which becomes zero
    centre: FloatArray
    #: (2,) factors that spread the ratings, which crowd around their mean, over the plane
    spread: FloatArray

    def raw(self, features: FloatArray) -> FloatArray:
        """(bars, 2) predicted mean ratings for (bars, features)."""
        standard = np.clip((features - self.mean) / self.deviation, -REACH, REACH)
        return np.asarray(expand(standard, self.axes, self.reach) @ self.weights + self.intercept)

    def label(self, table: MusicTable) -> FloatArray:
        """(bars, 2) valence and arousal in [-1, 1]."""
        return np.asarray(np.tanh((self.raw(bar_features(table)) - self.centre) * self.spread))


@cache
def shipped_labeller() -> Labeller:
    """The labeller whose coefficients come with the package."""
    text = files("emsync_nb.labelling").joinpath("coefficients.json").read_text(encoding="utf-8")
    content = json.loads(text)
    if tuple(content["features"]) != NAMES:
        raise ValueError("coefficients.json was fitted on other features; run the fit again")
    return Labeller(**{field.name: np.array(content[field.name]) for field in fields(Labeller)})


def label_bars(table: MusicTable) -> FloatArray:
    """(bars, 2) valence and arousal of each bar, in [-1, 1], by the shipped labeller."""
    return shipped_labeller().label(table)
