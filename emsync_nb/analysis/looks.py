"""How different two pictures are: colours by their distribution, structure by covariance."""

from __future__ import annotations

import numpy as np

from emsync_nb.analysis.glance import Look

#: luma weights of ITU-R BT.601
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
#: mean shift of colour, of 255, at which the difference reaches 1 − 1/e
_COLOUR_SCALE = 40.0
#: the constant C₂ = (0.03 · 255)² of Wang et al. 2004: two flat pictures have one structure
_STRUCTURE_FLOOR = (0.03 * 255) ** 2


def luma(look: Look) -> Look:
    """(h, w, 3) RGB → (h, w) brightness, 0 … 255."""
    return look @ _LUMA


def colour_difference(one: Look, other: Look) -> float:
    """Distance of two colour distributions in [0, 1], blind to where in the picture a colour lies.

    The 1-Wasserstein distance d of each channel's values, averaged, through 1 − exp(−d / 40).
    """
    ordered = [np.sort(look.reshape(-1, 3), axis=0) for look in (one, other)]
    shift = float(np.abs(ordered[0] - ordered[1]).mean())
    return 1 - float(np.exp(-shift / _COLOUR_SCALE))


def structure_difference(one: Look, other: Look) -> float:
    """1 − the contrast-structure term of SSIM (Wang, Bovik, Sheikh, Simoncelli 2004), in [0, 1]."""
    first, second = luma(one), luma(other)
    covariance = float(((first - first.mean()) * (second - second.mean())).mean())
    spread = float(first.var() + second.var())
    likeness = (2 * covariance + _STRUCTURE_FLOOR) / (spread + _STRUCTURE_FLOOR)
    return min(1.0, max(0.0, 1 - likeness))


def difference(one: Look, other: Look) -> float:
    """How marked the step from one picture to the other is, in [0, 1]: half colour, half structure."""
    return (colour_difference(one, other) + structure_difference(one, other)) / 2


def correlation(one: Look, other: Look) -> float:
    """Pearson correlation of all values less the mean of their channel, in [-1, 1].

    It stays near 1 when only the light changes, also where the light changes its colour a little.
    0 where a picture is flat, for a flat picture resembles nothing.
    """
    first, second = (look - look.mean(axis=(0, 1)) for look in (one, other))
    deviation = float(np.sqrt((first**2).mean() * (second**2).mean()))
    if deviation < 1.0:  # grey levels²; quantisation alone makes about 0.1
        return 0.0
    return float((first * second).mean()) / deviation
