"""From six emotions to the plane of valence and arousal (Russell 1980).

Ekman's (1992) six basic emotions are clouds on the plane: Gaussians whose means and deviations people
gave in Russell & Mehrabian (1977), "Evidence for a three-factor theory of emotions", Journal of Research
in Personality 11, 273–294. A set of class probabilities is then a mixture of these Gaussians, and a
mixture has a mean and a total variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from emsync_nb.analysis.layers import shares
from emsync_nb.domain.curve import FloatArray

#: order of the classes wherever probabilities are passed
EKMAN = ("anger", "disgust", "fear", "joy", "sadness", "surprise")
#: (6, 2): mean valence and arousal of each class, Russell & Mehrabian 1977
MEANS = np.array([(-0.51, 0.59), (-0.60, 0.35), (-0.64, 0.60), (0.76, 0.48), (-0.63, -0.27), (0.40, 0.67)])
#: (6, 2): standard deviations, same source
DEVIATIONS = np.array([(0.20, 0.29), (0.20, 0.41), (0.20, 0.32), (0.22, 0.26), (0.23, 0.34), (0.30, 0.27)])
MEANS.setflags(write=False)
DEVIATIONS.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class PlanePoints:
    """Mean and spread of one or more mixtures; each array has the shape of the probabilities less one axis."""

    valence: FloatArray
    arousal: FloatArray
    #: standard deviations of the mixtures
    valence_sd: FloatArray
    arousal_sd: FloatArray


def on_plane(probabilities: ArrayLike) -> PlanePoints:
    """Mean Σpμ and total variance Σp(σ² + μ²) − (Σpμ)² of the mixtures with the given weights.

    Args:
        probabilities: (…, 6) in the order of `EKMAN`; non-negative, each row summing to 1.

    Raises:
        ValueError: a shape, a sign or a sum is wrong.
    """
    weights = np.asarray(probabilities, dtype=np.float64)
    if weights.ndim == 0 or weights.shape[-1] != len(EKMAN):
        raise ValueError(f"probabilities must be (…, {len(EKMAN)}), got shape {weights.shape}")
    if not np.all(weights >= 0) or not np.allclose(weights.sum(axis=-1), 1, atol=1e-6):
        raise ValueError("probabilities must be non-negative and sum to 1")
    means = weights @ MEANS
    variances = weights @ (DEVIATIONS**2 + MEANS**2) - means**2
    spreads = np.sqrt(np.maximum(variances, 0))  # rounding may leave −1e-17
    return PlanePoints(means[..., 0], means[..., 1], spreads[..., 0], spreads[..., 1])


def classes_at(valence: ArrayLike, arousal: ArrayLike) -> FloatArray:
    """(…, 6) how likely each class is at points of the plane, all being equally common: Bayes' rule on the Gaussians.

    The way back from `on_plane`, for whoever knows a point and no classes.
    """
    points = np.stack(np.broadcast_arrays(np.asarray(valence, float), np.asarray(arousal, float)), axis=-1)
    distance = ((points[..., None, :] - MEANS) / DEVIATIONS) ** 2
    score = -0.5 * distance.sum(axis=-1) - np.log(DEVIATIONS).sum(axis=-1)
    return shares(score)


def decidedness(probabilities: FloatArray) -> FloatArray:
    """(n, k) → (n,): 1 − entropy / log k; 0 when all classes are alike, 1 when one is certain.

    Six undecided classes still have a mean, on the unpleasant side, for there are more unpleasant classes;
    it must not count.
    """
    surprise = -np.log(np.maximum(probabilities, 1e-12))
    entropy = (probabilities * surprise).sum(axis=1)
    return np.asarray(np.clip(1 - entropy / np.log(probabilities.shape[1]), 0, 1))
