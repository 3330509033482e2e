"""How well answers agree with people's: the usual measures, each in one place.

Concordance: Lin 1989, "A concordance correlation coefficient to evaluate reproducibility", Biometrics 45. Average
precision without interpolation, as scikit-learn counts it (tested against it).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def accuracy(said: FloatArray, wanted: FloatArray) -> float:
    """Share of (n, classes) rows whose largest entry is where the one of `wanted` is."""
    return float(np.mean(said.argmax(axis=1) == wanted.argmax(axis=1)))


def macro_f1(said: FloatArray, wanted: FloatArray) -> float:
    """Mean of F1 over the classes that occur in either, each row's largest entry counting as its class."""
    classes = np.eye(said.shape[1], dtype=np.bool_)
    given, true = classes[said.argmax(axis=1)], classes[wanted.argmax(axis=1)]
    hits, either = (given & true).sum(axis=0), given.sum(axis=0) + true.sum(axis=0)
    occurring = either > 0
    return float(np.mean(2 * hits[occurring] / either[occurring]))


def concordance(said: FloatArray, wanted: FloatArray) -> float:
    """Lin's coefficient of (n,) series, in [-1, 1]; 0 where both are constant."""
    apart = said.var() + wanted.var() + (said.mean() - wanted.mean()) ** 2
    together = np.mean((said - said.mean()) * (wanted - wanted.mean()))
    return float(2 * together / apart) if apart > 0 else 0.0


def correlation(said: FloatArray, wanted: FloatArray) -> float:
    """Pearson's r of (n,) series; 0 where one is constant."""
    if said.std() < 1e-12 or wanted.std() < 1e-12:
        return 0.0
    return float(np.corrcoef(said, wanted)[0, 1])


def average_precision(scores: FloatArray, wanted: FloatArray) -> float:
    """Area under precision over recall of (n,) scores for (n,) wanted of 0 and 1, one of which must be 1."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(wanted[order])
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)  # equal scores fall together
    precision, recall = hits[ends] / (ends + 1), hits[ends] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def mean_average_precision(scores: FloatArray, wanted: FloatArray) -> float:
    """Mean over the labels that occur in `wanted`; both (n, labels)."""
    occurring = np.flatnonzero(wanted.sum(axis=0) > 0)
    if not occurring.size:
        return 0.0
    return float(np.mean([average_precision(scores[:, label], wanted[:, label]) for label in occurring]))


def precision_and_recall(given: NDArray[np.bool_], wanted: FloatArray) -> dict[str, float]:
    """Macro (mean over labels that occur) and micro precision and recall of (n, labels); 0 where nothing is given."""
    true = wanted > 0.5
    hits, said, there = (part.sum(axis=0) for part in (given & true, given, true))
    occurring = there > 0
    precision, recall = hits / np.maximum(said, 1), hits / np.maximum(there, 1)
    return {
        "macro_precision": float(precision[occurring].mean()) if occurring.any() else 0.0,
        "macro_recall": float(recall[occurring].mean()) if occurring.any() else 0.0,
        "micro_precision": float(hits.sum() / max(1, said.sum())),
        "micro_recall": float(hits.sum() / max(1, there.sum())),
    }


def measured(task: str, said: FloatArray, wanted: FloatArray, threshold: float = 0.5) -> dict[str, float]:
    """All measures of one task.

    Args:
        task: "classes", "labels" or "plane".
        said: (n, answers) probabilities, or values.
        wanted: (n, answers) of 0 and 1, or values.
        threshold: from which a label counts as given.
    """
    if task == "classes":
        return {"accuracy": accuracy(said, wanted), "macro_f1": macro_f1(said, wanted)}
    if task == "labels":
        spread = {"map": mean_average_precision(said, wanted)}
        return spread | precision_and_recall(said >= threshold, wanted)
    found: dict[str, float] = {}
    for axis, name in enumerate(("valence", "arousal")):
        pair = said[:, axis], wanted[:, axis]
        found |= {f"{name}_ccc": concordance(*pair), f"{name}_r": correlation(*pair)}
        found[f"{name}_mae"] = float(np.abs(pair[0] - pair[1]).mean())
    return found
