"""Bars as if music began with them: what a head is when nothing but wishes tells of it.

Within a piece, tempo, key, loudness and density mostly go on as they were, so a network learns to copy them and hardly
looks at what is asked; only the first bar of each excerpt would teach it. So every bar counts once more, alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emsync_nb.generation.tokens import BAR, HEAD, KIND, SOURCE, WRITTEN

IntArray = NDArray[np.int64]
Vectors = NDArray[np.float32]


def beginnings(
    steps: IntArray, vectors: Vectors, count: int, rng: np.random.Generator
) -> tuple[IntArray, Vectors]:
    """(count, 2, …) bar lines with their heads, and what is asked for there, drawn from (size, length, …) excerpts.

    Padding, which is −1 throughout, where there are none.
    """
    row, column = np.nonzero((steps[..., KIND] == HEAD) & (steps[..., SOURCE] == WRITTEN))
    if not len(row):  # all of a small batch is given: nothing to learn here
        return np.full((count, 2, steps.shape[2]), -1), np.zeros(
            (count, 2, vectors.shape[2]), dtype=np.float32
        )
    chosen = rng.choice(len(row), size=count, replace=len(row) < count)
    row, column = row[chosen], column[chosen]
    lines = np.maximum.accumulate(np.where(steps[..., KIND] == BAR, np.arange(steps.shape[1]), 0), axis=1)
    line = lines[row, column]
    return (
        np.stack([steps[row, line], steps[row, column]], axis=1),
        np.stack([vectors[row, line], vectors[row, column]], axis=1),
    )
