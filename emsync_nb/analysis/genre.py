"""The genres of a film: by a head that was trained on what our experts say, or by CLIP as it is; else nobody knows.

The head is `feature_fusion`'s, trained through `emsync train genre`. None ships, so that without one there is no
answer: `read_genre` gives None. CLIP (Radford et al. 2021) tells how near pictures are to the words "a scene of a …
film" without training, where the user has its files.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.attention import EXPERTS, FEATURES, tokens_of
from emsync_nb.analysis.clip import CLIP, load_clip
from emsync_nb.analysis.expert import Opinion
from emsync_nb.analysis.feature_fusion import MOMENTS, FeatureFusion, load_head
from emsync_nb.analysis.layers import shares
from emsync_nb.errors import CheckpointError
from emsync_nb.extras import is_installed, require
from emsync_nb.weights import CATALOGUE, find

#: of MovieNet's trailers (Huang et al. 2020), in alphabetical order
GENRES = (
    "Action", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy",
    "History", "Horror", "Music", "Musical", "Mystery", "Romance", "Sci-Fi", "Sport", "Thriller", "War", "Western",
)  # fmt: skip
#: names a head to use
GENRE_VARIABLE = "EMSYNC_GENRE"
_HEAD = "genre"
#: what CLIP is asked; its logits are 100 × cosine (Radford et al. 2021)
_PROMPT, _CLIP_SCALE = "a scene of a {} film", 100.0
#: by CLIP, a genre must be so many times as likely as if all were alike
_CLIP_LIFT = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Genre:
    """What genres a film is likely to have."""

    #: those that are likely enough, the likeliest first; may be empty
    names: tuple[str, ...]
    #: (21,) probability of each of GENRES; by CLIP they sum to 1, by a head each stands alone
    probabilities: NDArray[np.float64]
    #: who says so
    source: str


def genre_checkpoint() -> Path | None:
    """The trained head: what `EMSYNC_GENRE` names, else that of the table of weights; None where there is none."""
    chosen = os.environ.get(GENRE_VARIABLE)
    if chosen:
        return Path(chosen)
    return find(_HEAD) if any(model.name == _HEAD for model in CATALOGUE) else None


def read_genre(opinions: Sequence[Opinion], checkpoint: Path | None) -> Genre | None:
    """The genres by a trained head; None where there is no head, or none of the experts it knows had an opinion.

    Args:
        opinions: of the available experts, on one grid.
        checkpoint: as `genre_checkpoint` gives it.

    Raises:
        CheckpointError: missing, damaged, or trained on features that are not our experts'.
        MissingExtraError: safetensors is not installed.
    """
    if checkpoint is None or not opinions:
        return None
    head = load_head(checkpoint)
    _check_head(head, checkpoint)
    film = moments_of(opinions)
    known = [name for name, _ in head.spec.modalities if name in film]
    if not known:
        return None
    probabilities = head([film])[0]
    order = [int(index) for index in np.argsort(-probabilities) if probabilities[index] >= head.threshold]
    names = tuple(head.spec.answers[index] for index in order)
    return Genre(names, probabilities, f"a head trained on {head.spec.provenance}, from {', '.join(known)}")


def _check_head(head: FeatureFusion, path: Path) -> None:
    spec = head.spec
    if spec.task != "labels" or spec.answers != GENRES:
        raise CheckpointError(f"{path} answers no genres. Train one: emsync train genre --help")
    foreign = [name for name, width in spec.modalities if name not in EXPERTS or width != FEATURES]
    if foreign:
        raise CheckpointError(
            f"{path} was trained on {foreign[0]}, which emsync does not make of a film. Train it on what "
            "emsync train features makes"
        )


def moments_of(opinions: Sequence[Opinion]) -> dict[str, NDArray[np.float32]]:
    """(≤ 16, FEATURES) tokens by expert: means over equal stretches of the film; NaN where it knows nothing there.

    Single moments would say less: of a film of two hours, 16 of them are four seconds. Experts that know nothing at all
    are left out.
    """
    if not opinions:
        return {}
    tokens, present = tokens_of(opinions)
    borders = np.linspace(0, len(tokens), min(MOMENTS, len(tokens)) + 1).round().astype(np.int64)
    stretches = [slice(start, end) for start, end in itertools.pairwise(borders)]
    found: dict[str, NDArray[np.float32]] = {}
    for place, name in enumerate(EXPERTS):
        if present[:, place].any():
            found[name] = np.stack([_mean(tokens[part, place], present[part, place]) for part in stretches])
    return found


def _mean(rows: NDArray[np.float32], there: NDArray[np.bool_]) -> NDArray[np.float32]:
    if not there.any():
        return np.full(rows.shape[1], np.nan, dtype=np.float32)
    return np.asarray(rows[there].mean(axis=0), dtype=np.float32)


def has_clip() -> bool:
    """Whether CLIP's files and the extra `text` are there."""
    return find(CLIP) is not None and is_installed("sentence_transformers")


def genre_of_pictures(pictures: Sequence[NDArray[np.uint8]]) -> Genre | None:
    """The genres by CLIP, untrained; None where its files or the extra `text` are not there.

    Args:
        pictures: (height, width, 3) RGB, any number of them, a few dozen spread over the film being enough.

    Raises:
        WeightsError: the folder holds something else than CLIP in safetensors.
    """
    folder = find(CLIP)
    if folder is None or not pictures or not has_clip():
        return None
    model = load_clip(folder)
    image = require("PIL.Image")
    seen = _directions(model.encode([image.fromarray(picture) for picture in pictures]))
    asked = _directions(model.encode([_PROMPT.format(name.lower()) for name in GENRES]))
    return genre_by_nearness(seen @ asked.T)


def genre_by_nearness(cosines: NDArray[np.float64]) -> Genre:
    """The genres from (pictures, 21) cosines between pictures and words: mean over pictures of the softmax."""
    probabilities = shares(_CLIP_SCALE * cosines).mean(axis=0)
    order = [int(index) for index in np.argsort(-probabilities)]
    names = tuple(GENRES[index] for index in order if probabilities[index] >= _CLIP_LIFT / len(GENRES))
    return Genre(names, probabilities, f"CLIP, untrained, from {len(cosines)} pictures")


def _directions(vectors: Any) -> NDArray[np.float64]:  # noqa: ANN401 - whatever the model makes
    rows = np.asarray(vectors, dtype=np.float64)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))
