"""Accuracy and F1 of labels, said with their conventions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emsync_nb.errors import DataError

Numbers = NDArray[np.float64]
Marks = NDArray[np.bool_]


def single_scores(labels: Marks, chances: Numbers) -> dict[str, float | int]:
    """Accuracy and macro-F1 of the likeliest class where people gave one label; other sentences are left out.

    Args:
        labels: (n, k) what people said.
        chances: (n, k) probabilities, or anything that rises with them.

    Raises:
        DataError: no sentence has one label only.
    """
    alone = labels.sum(axis=1) == 1
    if not alone.any():
        raise DataError("No sentence of the table has one label only; give another table")
    wanted, said = labels[alone].argmax(axis=1), chances[alone].argmax(axis=1)
    found = np.eye(labels.shape[1], dtype=np.bool_)[said]
    given = labels[alone].any(axis=0) | found.any(axis=0)  # a class that nobody names has no F1
    return {
        "n": int(alone.sum()),
        "accuracy": float((wanted == said).mean()),
        "macro_f1": float(f1(labels[alone], found)[given].mean()),
    }


def tuned_scores(labels: Marks, chances: Numbers, thresholds: NDArray[np.float32]) -> dict[str, float | int]:
    """Macro-F1 of all labels of all sentences, a label being given from its threshold on; and accuracy as above."""
    given = chances >= thresholds
    known = labels.any(axis=0) | given.any(axis=0)
    return {
        "n": len(labels),
        "accuracy": float(single_scores(labels, chances)["accuracy"]),
        "macro_f1": float(f1(labels, given)[known].mean()),
    }


def f1(wanted: Marks, given: Marks) -> Numbers:
    """(k,) 2tp / (wanted + given) of each label; 0 where neither is."""
    both = (wanted & given).sum(axis=0)
    return np.asarray(2 * both / np.maximum(1, wanted.sum(axis=0) + given.sum(axis=0)), dtype=np.float64)


def best_thresholds(labels: Marks, chances: Numbers) -> NDArray[np.float32]:
    """(k,) for each label the threshold, of 0.02, 0.03 … 0.90, with the highest F1."""
    grid = np.arange(2, 91) / 100
    scores = np.stack([f1(labels, chances >= threshold) for threshold in grid])
    return np.asarray(grid[scores.argmax(axis=0)], dtype=np.float32)
