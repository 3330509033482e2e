"""The common grid of the experts, and how values of frames come to lie on it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from emsync_nb.domain.curve import FloatArray

#: values a second, of every expert and of the emotion curve
GRID_HZ = 4


def grid(end_s: float) -> FloatArray:
    """Times 0, 1/4, 2/4 … seconds that lie before `end_s`; at least one."""
    return np.arange(max(1, math.ceil(end_s * GRID_HZ - 1e-9)), dtype=np.float64) / GRID_HZ


def averaged(times_s: ArrayLike, values: ArrayLike, at_s: FloatArray) -> FloatArray:
    """Means of `values` over [t, t + 1/4 s) for each grid time t.

    Where no value falls (a slow frame rate), the last one before it holds, as on the screen.

    Args:
        times_s: (n,) seconds, not falling, n ≥ 1.
        values: (n,).
        at_s: (m,) a grid.

    Returns:
        (m,) means.
    """
    times, series = np.asarray(times_s, dtype=np.float64), np.asarray(values, dtype=np.float64)
    cells = np.floor(times * GRID_HZ + 1e-9).astype(np.int64).clip(0, at_s.size - 1)
    counts = np.bincount(cells, minlength=at_s.size)
    sums = np.bincount(cells, weights=series, minlength=at_s.size)
    held = series[np.maximum(0, np.searchsorted(times, at_s + 1e-9, side="right") - 1)]
    return np.where(counts > 0, sums / np.maximum(counts, 1), held)
