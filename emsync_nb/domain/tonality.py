"""How well pitch classes fit each key."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Krumhansl & Kessler (1982) probe-tone profiles
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def _key_matrix(profile: FloatArray) -> FloatArray:
    """(12, 12) standardised profile of each of the twelve tonics."""
    rows = np.stack([np.roll(profile, tonic) for tonic in range(12)])
    rows = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


_MAJOR_KEYS = _key_matrix(_MAJOR)
_MINOR_KEYS = _key_matrix(_MINOR)


def key_fit(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(12,) correlations with each major key and (12,) with each minor key; zeros for silence."""
    centred = weights - weights.mean()
    norm = float(np.linalg.norm(centred))
    if norm < 1e-9:
        return np.zeros(12), np.zeros(12)
    return _MAJOR_KEYS @ centred / norm, _MINOR_KEYS @ centred / norm
