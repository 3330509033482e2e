"""Fit the labeller on people's ratings: VGMIDI, 150 piano pieces, 28–32 raters a bar.

VGMIDI states no licence, so nothing of it ships but the fitted coefficients; `emsync train labels` makes them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.errors import DataError
from emsync_nb.labelling import NAMES, Labeller, bar_features
from emsync_nb.notation.reading.midi_table import read_midi_table

FloatArray = NDArray[np.float64]
FOLDS = 10
RIDGE = 300.0


@dataclass(frozen=True, slots=True, eq=False)
class RatedBars:
    """Features and mean ratings of every rated bar."""

    #: (bars, features)
    features: FloatArray
    #: (bars, 2) mean valence and arousal, in [-1, 1]
    ratings: FloatArray
    #: (bars,) which piece a bar belongs to
    piece: NDArray[np.int64]


def load_rated(folder: Path) -> RatedBars:
    """Read VGMIDI's `annotations.json` and the MIDI files it names.

    Raises:
        DataError: the folder does not hold VGMIDI.
    """
    listing = folder / "annotations.json"
    if not listing.is_file():
        raise DataError(f"{folder} does not hold VGMIDI's annotations.json; give the folder that does")
    try:
        return _rated(folder, json.loads(listing.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{listing} is not VGMIDI's ({error}); fetch it again") from error


def _rated(folder: Path, entries: Sequence[dict[str, Any]]) -> RatedBars:
    features, ratings, piece = [], [], []
    for index, entry in enumerate(entries):
        table = read_midi_table(folder / entry["midi"])
        bars = min(table.bars, len(entry["valence_mean"]))
        features.append(bar_features(table)[:bars])
        rated = [entry[f"{axis}_mean"][:bars] for axis in ("valence", "arousal")]
        ratings.append(np.array(rated, dtype=np.float64).T)
        piece.append(np.full(bars, index))
    return RatedBars(np.concatenate(features), np.concatenate(ratings), np.concatenate(piece))


def fit_labeller(rated: RatedBars, ridge: float = RIDGE) -> Labeller:
    """Ridge regression in closed form; every piece counts as much as its bars."""
    mean, deviation = rated.features.mean(axis=0), rated.features.std(axis=0)
    deviation = np.where(deviation > 1e-6, deviation, 1.0)
    standard = np.clip((rated.features - mean) / deviation, -3, 3)
    intercept = rated.ratings.mean(axis=0)
    gram = standard.T @ standard + ridge * np.eye(standard.shape[1])
    weights = np.linalg.solve(gram, standard.T @ (rated.ratings - intercept))
    predicted = standard @ weights
    return Labeller(mean, deviation, weights, intercept, 0.6 / predicted.std(axis=0))


def cross_validate(rated: RatedBars, ridge: float = RIDGE) -> dict[str, float]:
    """Pearson r and mean absolute error per bar, by piece-wise folds, against predicting the mean."""
    predicted = np.zeros_like(rated.ratings)
    for fold in range(FOLDS):
        held = rated.piece % FOLDS == fold
        model = fit_labeller(
            RatedBars(rated.features[~held], rated.ratings[~held], rated.piece[~held]), ridge
        )
        predicted[held] = model.raw(rated.features[held])
    error = np.abs(predicted - rated.ratings).mean(axis=0)
    baseline = np.abs(rated.ratings - rated.ratings.mean(axis=0)).mean(axis=0)
    r = [float(np.corrcoef(predicted[:, axis], rated.ratings[:, axis])[0, 1]) for axis in (0, 1)]
    return {
        "valence_r": r[0],
        "arousal_r": r[1],
        "valence_mae": float(error[0]),
        "arousal_mae": float(error[1]),
        "valence_mae_of_mean": float(baseline[0]),
        "arousal_mae_of_mean": float(baseline[1]),
    }


def write_coefficients(labeller: Labeller, scores: dict[str, float], path: Path) -> None:
    """Write what the labelling room reads, with its provenance."""
    content = {
        "provenance": "Ridge regression fitted on VGMIDI (Ferreira & Whitehead 2019), mean ratings per bar of 28–32 "
        "people for 150 piano pieces. The data states no licence: only these coefficients ship.",
        "cross_validation_by_piece": {name: round(value, 4) for name, value in scores.items()},
        "features": list(NAMES),
        "mean": np.round(labeller.mean, 5).tolist(),
        "deviation": np.round(labeller.deviation, 5).tolist(),
        "weights": np.round(labeller.weights, 6).tolist(),
        "intercept": np.round(labeller.intercept, 5).tolist(),
        "spread": np.round(labeller.spread, 4).tolist(),
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
