"""How far the scene expert agrees with people on pictures that were rated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from emsync_nb.analysis.expert import Unavailable
from emsync_nb.analysis.scene import open_eyes
from emsync_nb.errors import WeightsError
from emsync_nb.training.emotion.rated_pictures import ratings_of, read_picture, read_rated_pictures


def agreement_with(
    ratings: Path, folder: Path, *, on_progress: Callable[[float], None] = lambda share: None
) -> dict[str, Any]:
    """Pearson's r between what the expert says of single pictures, as of frames, and people's mean ratings.

    Args:
        ratings: a CSV file with the columns file, valence_mean and arousal_mean, from 1 to 7.
        folder: that the files lie in.
        on_progress: called with rising fractions.

    Returns:
        `valence_r` and `arousal_r`, None where the expert says the same of every picture; mean absolute errors on
        [-1, 1]; `n` pictures; the `eyes` that looked.

    Raises:
        DataError: the table or a picture is at fault; the line says which.
        WeightsError: the expert's files are not here.
    """
    pictures = read_rated_pictures(ratings, folder)
    try:
        eyes, head = open_eyes()
    except Unavailable as reason:
        raise WeightsError(f"The scene expert cannot look: {reason}") from reason
    said = np.zeros((len(pictures), 2))
    for number, picture in enumerate(pictures):
        said[number] = head.judge(eyes.look(read_picture(picture.path)).description[np.newaxis])[0][0]
        on_progress((number + 1) / len(pictures))
    people = ratings_of(pictures)
    errors = np.abs(said - people).mean(axis=0)
    return {
        "valence_r": _pearson(said[:, 0], people[:, 0]),
        "arousal_r": _pearson(said[:, 1], people[:, 1]),
        "n": len(pictures),
        "valence_mae": float(errors[0]),
        "arousal_mae": float(errors[1]),
        "eyes": eyes.name,
    }


def _pearson(said: np.ndarray[Any, Any], people: np.ndarray[Any, Any]) -> float | None:
    if np.ptp(said) == 0:
        return None
    return float(np.corrcoef(said, people)[0, 1])
