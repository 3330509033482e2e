"""Fit the labeller on people's ratings: VGMIDI, 150 piano pieces, 28–32 raters.

VGMIDI states no licence, so nothing of it ships but the fitted coefficients; `emsync train labels` makes them. Its
ratings are one for each four quarter notes of the MIDI file, whatever the meter: the tables are barred anew for them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, MusicTable
from emsync_nb.errors import DataError, MidiError
from emsync_nb.labelling import FEATURES, NAMES, Labeller, bar_features
from emsync_nb.labelling.clock import seconds
from emsync_nb.labelling.labeller import REACH, expand
from emsync_nb.notation.reading import read_table
from emsync_nb.training.whole_file import write_whole

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: penalty on squared weights, where each piece counts one
RIDGE = 8.0
#: main axes whose squares and products count
AXES = 12
#: how much lighter a product is taken than a feature, so that it is penalised more
CURVATURE = 0.6
#: semitones that must not matter much: a song is as sad in another singer's key
TRANSPOSED = (-4, 4)
#: loudness, as a factor on velocities, that must not make music much happier or sadder
QUIETER = 0.7
#: penalty on what these change in a label, against the error of the label itself
STEADINESS = 1.0
#: deviation of the rated music's labels, before tanh rounds them into the plane
SPREAD = 0.6
#: steps that one of VGMIDI's ratings covers
RATED_STEPS = 4 * GRID


@dataclass(frozen=True, slots=True, eq=False)
class RatedBars:
    """Features and mean ratings of every rated stretch of four quarters."""

    #: (bars, features)
    features: FloatArray
    #: (bars, 2) mean valence and arousal, in [-1, 1]
    ratings: FloatArray
    #: (bars,) which piece a bar belongs to
    piece: IntArray
    #: of (bars, features) each: the same bars played in other keys, which would be rated the same
    transposed: tuple[FloatArray, ...] = ()
    #: likewise played more quietly, which would be rated as happy, though calmer
    quieter: tuple[FloatArray, ...] = ()

    def only(self, kept: NDArray[np.bool_]) -> RatedBars:
        """Some of the bars."""
        transposed, quieter = (
            tuple(features[kept] for features in versions) for versions in (self.transposed, self.quieter)
        )
        return RatedBars(self.features[kept], self.ratings[kept], self.piece[kept], transposed, quieter)


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
    except (OSError, ValueError, KeyError, TypeError, RecursionError, MidiError) as error:
        raise DataError(f"{listing} is not VGMIDI's ({error}); fetch it again") from error


def _rated(folder: Path, entries: Sequence[dict[str, Any]]) -> RatedBars:
    features: list[list[FloatArray]] = []
    ratings, piece = [], []
    for index, entry in enumerate(entries):
        table = barred_by(read_table(folder / entry["midi"]), RATED_STEPS)
        bars = min(table.bars, len(entry["valence_mean"]))
        played = [table, quieter(table, QUIETER), *(transposed(table, semitones) for semitones in TRANSPOSED)]
        features.append([bar_features(version)[:bars] for version in played])
        rated = [entry[f"{axis}_mean"][:bars] for axis in ("valence", "arousal")]
        ratings.append(np.array(rated, dtype=np.float64).T)
        piece.append(np.full(bars, index))
    original, quiet, *others = (np.concatenate(version) for version in zip(*features, strict=True))
    return RatedBars(original, np.concatenate(ratings), np.concatenate(piece), tuple(others), (quiet,))


def transposed(table: MusicTable, semitones: int) -> MusicTable:
    """The same music in another key; drums stay."""
    pitch = np.where(table.part == DRUMS, table.pitch, np.clip(table.pitch + semitones, 0, 127))
    return replace(table, pitch=pitch)


def quieter(table: MusicTable, factor: float) -> MusicTable:
    """The same music with its velocities times `factor`."""
    velocity = np.clip(np.round(table.velocity * factor), 1, 127).astype(np.int64)
    return replace(table, velocity=velocity)


def barred_by(table: MusicTable, steps: int) -> MusicTable:
    """The same music in bars of `steps`, the last filled up, each with its own mean tempo."""
    bars = -(-int(table.bar_start[-1]) // steps)
    starts = np.arange(bars + 1) * steps
    bpm = steps / GRID * 60.0 / np.diff(seconds(table, starts))
    return MusicTable.build(table.rows, starts, bpm)


def fit_labeller(rated: RatedBars, ridge: float = RIDGE, axes: int = AXES) -> Labeller:
    """Ridge regression in closed form on features and products of their main axes; every piece counts the same."""
    share = 1.0 / np.bincount(rated.piece)[rated.piece]
    mean = np.average(rated.features, axis=0, weights=share)
    variance = np.average((rated.features - mean) ** 2, axis=0, weights=share)
    deviation: FloatArray = np.where(variance > 1e-12, np.sqrt(variance), 1.0)
    standard = np.clip((rated.features - mean) / deviation, -REACH, REACH)
    directions, reach = _main_axes(standard, share, min(axes, standard.shape[1]))

    def terms_of(features: FloatArray) -> FloatArray:
        return expand(np.clip((features - mean) / deviation, -REACH, REACH), directions, reach)

    terms = terms_of(rated.features)
    root = np.sqrt(share)[:, None]
    same_key, same_mood = (
        [root * (terms_of(version) - terms) for version in versions]
        for versions in (rated.transposed, rated.quieter)
    )
    offset, centre = (np.average(values, axis=0, weights=share) for values in (terms, rated.ratings))
    centred, wanted = root * (terms - offset), root * (rated.ratings - centre)
    either = ridge * np.eye(terms.shape[1])
    valence = _solve(centred, wanted[:, 0], [*same_key, *same_mood], either)
    arousal = _solve(centred, wanted[:, 1], same_key, either)
    weights = np.stack([valence, arousal], axis=1)
    spread = SPREAD / (terms @ weights).std(axis=0)
    return Labeller(mean, deviation, directions, reach, weights, centre - offset @ weights, centre, spread)


def _solve(
    terms: FloatArray, wanted: FloatArray, changes: Sequence[FloatArray], penalty: FloatArray
) -> FloatArray:
    """(terms,) weights that give `wanted`, stay small, and feel little of `changes` in the terms."""
    gram = terms.T @ terms + penalty
    for change in changes:
        gram += STEADINESS * change.T @ change
    return np.asarray(np.linalg.solve(gram, terms.T @ wanted), dtype=np.float64)


def _main_axes(standard: FloatArray, share: FloatArray, number: int) -> tuple[FloatArray, FloatArray]:
    """(features, number) axes along which pieces differ most over the longest window, and (number,) their reach."""
    longest = standard[:, -len(FEATURES) :]
    variance, vectors = np.linalg.eigh((longest * share[:, None]).T @ longest / share.sum())
    order = np.argsort(-variance)[:number]
    # the first entry of an axis that is not small is positive, so that a fit can be compared with another
    vectors = vectors[:, order]
    vectors *= np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(number)])
    scale = (CURVATURE / longest.shape[1]) ** 0.25
    directions = np.zeros((standard.shape[1], number))
    directions[-longest.shape[1] :] = vectors * scale
    return directions, REACH * scale * np.sqrt(np.maximum(variance[order], 0.0))


def held_out(rated: RatedBars, fold: IntArray, ridge: float = RIDGE, axes: int = AXES) -> FloatArray:
    """(bars, 2) what models say that were fitted without the fold of the bar's piece; `fold` is by piece."""
    predicted = np.zeros_like(rated.ratings)
    of_bar = fold[rated.piece]
    for number in np.unique(of_bar):
        held = of_bar == number
        predicted[held] = fit_labeller(rated.only(~held), ridge, axes).raw(rated.features[held])
    return predicted


def cross_validate(rated: RatedBars, ridge: float = RIDGE, axes: int = AXES) -> dict[str, float]:
    """Pearson r and mean absolute error with each piece left out once, against predicting the mean.

    Bars of all pieces are pooled; names that begin with `piece_` compare the means of pieces.
    """
    fold = np.arange(int(rated.piece.max()) + 1)
    predicted = held_out(rated, fold, ridge, axes)
    pieces = scores(by_piece(predicted, rated.piece), by_piece(rated.ratings, rated.piece))
    return scores(predicted, rated.ratings) | {f"piece_{name}": value for name, value in pieces.items()}


def by_piece(values: FloatArray, piece: IntArray) -> FloatArray:
    """(pieces, 2) means of (bars, 2) values."""
    return np.stack([values[piece == number].mean(axis=0) for number in np.unique(piece)])


def scores(predicted: FloatArray, rated: FloatArray) -> dict[str, float]:
    """r, mean absolute error, and that of predicting the mean, of (n, 2) valence and arousal."""
    result = {}
    for axis, name in enumerate(("valence", "arousal")):
        said, wanted = predicted[:, axis], rated[:, axis]
        result[f"{name}_r"] = float(np.corrcoef(said, wanted)[0, 1])
        result[f"{name}_mae"] = float(np.abs(said - wanted).mean())
        result[f"{name}_mae_of_mean"] = float(np.abs(wanted - wanted.mean()).mean())
    return result


def write_coefficients(labeller: Labeller, scores: dict[str, float], path: Path) -> None:
    """Write what the labelling room reads, with its provenance."""
    content: dict[str, Any] = {
        "provenance": "Ridge regression fitted on VGMIDI (Ferreira & Whitehead 2019), mean ratings per four quarters "
        "of 28–32 people for 150 piano pieces. The data states no licence: only these coefficients ship.",
        "cross_validation_by_piece": {name: round(value, 4) for name, value in scores.items()},
        "features": list(NAMES),
    }
    content |= {field.name: np.round(getattr(labeller, field.name), 6).tolist() for field in fields(Labeller)}
    write_whole(path, (json.dumps(content, indent=None, ensure_ascii=False) + "\n").encode())
