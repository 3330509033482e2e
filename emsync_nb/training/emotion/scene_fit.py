"""Fits the head of the scene expert on pictures that people rated, and says how well it does on others.

Every picture is looked at whole and in four crops, each also mirrored, and described by the mean. How well it does is
measured on descriptions of a single look, for that is what a frame of a film gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.scene_eyes import Eyes, Picture
from emsync_nb.analysis.scene_head import Float32, SceneHead, joined
from emsync_nb.errors import DataError
from emsync_nb.training.emotion.rated_pictures import RatedPicture, ratings_of, read_picture

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: γ of the kernel, and the ridge; both hardly matter between half and double
SHARPNESS, RIDGE = 2.0, 0.1
#: directions kept
DIRECTIONS = 256
FOLDS = 5
#: random splits that figures are means of
SPLITS = 5
_RESAMPLES = 2_000
#: percentile of what the nearest picture's cosine is to those not seen; only stranger ones are trusted less
_USUAL = 25
#: share of the shorter side that the smallest crop has
_CLOSE = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class SeenPictures:
    """Descriptions of rated pictures."""

    #: (n, d) means over all looks
    thorough: Float32
    #: (n, d) of the first look alone
    single: Float32
    #: (n, 2) valence and arousal in [-1, 1]
    ratings: FloatArray
    #: (n,) numbers of themes; siblings share one
    theme: IntArray


def views(picture: Picture) -> Iterator[Picture]:
    """The whole, the square in the middle, those at both ends, and a closer one; each also mirrored."""
    height, width = picture.shape[:2]
    side = min(height, width)
    close = max(1, int(_CLOSE * side))
    boxes = [(0, 0, height, width), (0, 0, side, side), (height - side, width - side, side, side)]
    boxes += [((height - edge) // 2, (width - edge) // 2, edge, edge) for edge in (side, close)]
    for top, left, tall, wide in boxes:
        view = picture[top : top + tall, left : left + wide]
        yield view
        yield view[:, ::-1]


def see_pictures(
    pictures: Sequence[RatedPicture], eyes: Eyes, on_progress: Callable[[float], None] = lambda share: None
) -> SeenPictures:
    """Look at every picture.

    Raises:
        DataError: there are too few themes to examine by, or one of them is no picture.
    """
    themes = sorted({picture.theme for picture in pictures})
    if len(themes) < FOLDS:
        raise DataError(
            f"The pictures have {len(themes)} themes; {FOLDS} and more are needed to examine the head by"
        )
    thorough, single = [], []
    for number, picture in enumerate(pictures):
        seen = [eyes.look(view).description for view in views(read_picture(picture.path))]
        thorough.append(np.mean(seen, axis=0))
        single.append(seen[0])
        on_progress((number + 1) / len(pictures))
    number_of = {theme: number for number, theme in enumerate(themes)}
    theme = np.array([number_of[picture.theme] for picture in pictures], dtype=np.int64)
    return SeenPictures(np.array(thorough), np.array(single), ratings_of(pictures), theme)


def fit_head(
    seen: SeenPictures, kept: NDArray[np.bool_], eyes: Eyes, trust: Sequence[float] = (0.0, 0.0)
) -> SceneHead:
    """Kernel ridge regression in closed form on some of the pictures."""
    descriptions, ratings = seen.thorough[kept].astype(np.float64), seen.ratings[kept]
    mean, deviation = descriptions.mean(axis=0), np.maximum(descriptions.std(axis=0), 1e-6)
    standard = joined((descriptions - mean) / deviation, eyes.blocks)
    directions = np.linalg.svd(standard, full_matrices=False)[2][:DIRECTIONS].T
    placed = standard @ directions
    kernel = np.exp(SHARPNESS * (placed @ placed.T - 1.0))
    offset = ratings.mean(axis=0)
    weights = np.linalg.solve(kernel + RIDGE * np.eye(len(kernel)), ratings - offset)
    arrays = (mean, deviation, directions, placed, weights, offset, np.array(trust), np.ones(1))
    return SceneHead(eyes.name, eyes.blocks, SHARPNESS, *(array.astype(np.float32) for array in arrays))


def held_out(seen: SeenPictures, eyes: Eyes, fold: IntArray) -> tuple[FloatArray, FloatArray]:
    """(n, 2) what heads say that have not seen a picture's fold, and (n,) how near its nearest picture was."""
    said, near = np.zeros_like(seen.ratings), np.zeros(len(seen.ratings))
    for number in range(FOLDS):
        out = fold == number
        head = fit_head(seen, ~out, eyes)
        said[out], near[out] = head.judge(seen.single[out])
    return said, near


def random_folds(seen: SeenPictures, seed: int) -> IntArray:
    """(n,) folds of the same size, drawn by lot."""
    order = np.random.default_rng(seed).permutation(len(seen.ratings))
    return np.asarray(order % FOLDS, dtype=np.int64)


def themed_folds(seen: SeenPictures, seed: int) -> IntArray:
    """(n,) folds of whole themes: whoever examines has seen no acorn where one is asked for."""
    order = np.random.default_rng(seed).permutation(int(seen.theme.max()) + 1)
    sizes = np.zeros(FOLDS, dtype=np.int64)
    fold_of = np.zeros(len(order), dtype=np.int64)
    for theme in order:
        fold_of[theme] = sizes.argmin()
        sizes[fold_of[theme]] += np.count_nonzero(seen.theme == theme)
    return fold_of[seen.theme]


def correlations(said: FloatArray, ratings: FloatArray) -> FloatArray:
    """(2,) Pearson's r of valence and of arousal."""
    return np.array([np.corrcoef(said[:, axis], ratings[:, axis])[0, 1] for axis in range(2)])


def cross_validate(seen: SeenPictures, eyes: Eyes) -> dict[str, float]:
    """Figures by name: r for random and for themed folds, each a mean over splits with a 95 % interval.

    Intervals come from resampling themes (a bootstrap), for siblings are not independent.
    """
    found: dict[str, float] = {"pictures": len(seen.ratings), "themes": int(seen.theme.max()) + 1}
    for kind, folds in (("random", random_folds), ("themed", themed_folds)):
        runs = [held_out(seen, eyes, folds(seen, seed)) for seed in range(SPLITS)]
        means = np.mean([correlations(said, seen.ratings) for said, _ in runs], axis=0)
        bounds = _interval(seen, np.mean([said for said, _ in runs], axis=0), means)
        for axis, name in enumerate(("valence", "arousal")):
            found[f"{name}_r_{kind}"] = float(means[axis])
            found[f"{name}_r_{kind}_low"], found[f"{name}_r_{kind}_high"] = map(float, bounds[:, axis])
        errors = np.mean([np.abs(said - seen.ratings).mean(axis=0) for said, _ in runs], axis=0)
        found[f"valence_mae_{kind}"], found[f"arousal_mae_{kind}"] = map(float, errors)
        found[f"usual_cosine_{kind}"] = float(np.percentile([near for _, near in runs], _USUAL))
    found |= _of_the_mean(seen)
    return found


def _of_the_mean(seen: SeenPictures) -> dict[str, float]:
    errors = np.abs(seen.ratings - seen.ratings.mean(axis=0)).mean(axis=0)
    return {"valence_mae_of_mean": float(errors[0]), "arousal_mae_of_mean": float(errors[1])}


def _interval(seen: SeenPictures, said: FloatArray, means: FloatArray) -> FloatArray:
    """(2, 2) the 2.5th and 97.5th percentile around the means, for valence and arousal."""
    random = np.random.default_rng(0)
    members = [np.flatnonzero(seen.theme == theme) for theme in range(int(seen.theme.max()) + 1)]
    drawn = []
    for _ in range(_RESAMPLES):
        chosen = np.concatenate([members[theme] for theme in random.integers(0, len(members), len(members))])
        drawn.append(correlations(said[chosen], seen.ratings[chosen]))
    shift = means - correlations(said, seen.ratings)
    return np.asarray(np.percentile(drawn, [2.5, 97.5], axis=0) + shift)


def ready_head(seen: SeenPictures, eyes: Eyes, scores: dict[str, float]) -> SceneHead:
    """The head that ships: fitted on all, as sure of itself as it was right about themes it had not seen."""
    trust = [max(0.0, scores[f"{name}_r_themed"]) for name in ("valence", "arousal")]
    head = fit_head(seen, np.ones(len(seen.ratings), dtype=np.bool_), eyes, trust)
    usual = min(1.0, max(1e-3, scores["usual_cosine_themed"]))
    return replace(head, usual=np.array([usual], dtype=np.float32))


def facts_of(ratings: Path, scores: dict[str, float]) -> dict[str, str]:
    """What the header of the file says about where it comes from."""
    figures = " ".join(f"{name}={value:.3f}" for name, value in scores.items())
    return {"ratings": ratings.name, "provenance": "docs/scene-card.md", "scores": figures}
