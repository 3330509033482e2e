"""From labelled material to the trained layers, and to the figures of docs/fusion-card.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.attention import Attention
from emsync_nb.analysis.scene_eyes import Eyes
from emsync_nb.domain import AudioClip
from emsync_nb.domain.curve import FloatArray
from emsync_nb.training.emotion.banks import music_bank, picture_bank, sentence_bank
from emsync_nb.training.emotion.fit import (
    Comparison,
    FitSettings,
    as_table,
    compare,
    fit_attention,
    only_one,
    without,
)
from emsync_nb.training.emotion.pseudo_films import Bank, make_films
from emsync_nb.training.emotion.rated_pictures import read_rated_pictures
from emsync_nb.training.emotion.scene_fit import (
    correlations,
    held_out,
    ready_head,
    see_pictures,
    themed_folds,
)

#: films that are learned from, and that examine
FILMS, EXAMINING = 600, 200
SHOTS = 12
#: sentences in use; a few thousand more change nothing
SENTENCES = 2500
#: which of `scene_fit.FOLDS` folds of themes, and the share of everything else, that only examine
_EXAMINING_FOLDS, _EXAMINING_SHARE = (3, 4), 0.4
#: how much worse than alone an expert may be through the network: a tenth of what fusion gains
MARGIN = 0.01

Say = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Trained layers and what they are worth on films of material that they have not met."""

    tensors: dict[str, NDArray[np.float32]]
    rows: tuple[Comparison, ...]
    #: expert → growth of the error without it, and with nothing else
    lost: dict[str, float]
    excess: dict[str, float]

    @property
    def is_worth_it(self) -> bool:
        """Whether fused beats each expert alone with its interval, and costs none of them more than MARGIN."""
        rivals = [row for row in self.rows if row.name != "fused"]
        return all(row.behind_fused[1] > 0 for row in rivals) and max(self.excess.values()) <= MARGIN

    def facts(self) -> dict[str, Any]:
        """As JSON values."""
        rows = [asdict(row) for row in self.rows]
        facts = {"compared": rows, "without": self.lost, "alone_excess": self.excess}
        return facts | {"is_worth_it": self.is_worth_it}

    def table(self) -> str:
        """As Markdown."""
        return as_table(self.rows, self.lost, self.excess)


def material(
    images: Path,
    folder: Path,
    text: Path,
    music: Iterable[tuple[AudioClip, FloatArray]],
    eyes: Eyes,
    say: Say,
) -> tuple[list[Bank], list[Bank]]:
    """The banks to learn from and those to be examined by; no theme, sentence or piece is in both.

    Args:
        images: CSV file of rated pictures.
        folder: of the pictures.
        text: table of GoEmotions' 28 labels that the words' layer was not trained on.
        music: sound with its labels.
        eyes: what the scene head sees through.
        say: told what is being done, and the share that is done.
    """
    pictures = read_rated_pictures(images, folder)
    seen = see_pictures(pictures, eyes, lambda share: say("looking", share))
    fold = themed_folds(seen, seed=0)
    values, near = held_out(seen, eyes, fold)
    scores = dict(
        zip(("valence_r_themed", "arousal_r_themed"), correlations(values, seen.ratings), strict=True)
    )
    head = ready_head(seen, eyes, scores | {"usual_cosine_themed": float(np.percentile(near, 25))})
    trust = np.clip(near / head.usual[0], 0, 1)[:, None] * head.trust
    scene = np.hstack([values, trust])
    shown = picture_bank(
        [picture.path for picture in pictures], seen.ratings, scene, lambda s: say("showing", s)
    )
    learn, examine = [], []
    for bank, rows in (
        (shown, np.isin(fold, _EXAMINING_FOLDS)),
        *((bank, _drawn(bank)) for bank in _heard(text, music, say)),
    ):
        learn.append(bank.part(np.flatnonzero(~rows)))
        examine.append(bank.part(np.flatnonzero(rows)))
    return learn, examine


def _heard(text: Path, music: Iterable[tuple[AudioClip, FloatArray]], say: Say) -> list[Bank]:
    say("reading", 0.0)
    sentences = sentence_bank(text, SENTENCES, seed=0)
    return [sentences, music_bank(music, lambda count: say("listening", count / max(count, 320)))]


def _drawn(bank: Bank) -> NDArray[np.bool_]:
    """Who of a bank examines, drawn by lot."""
    return np.random.default_rng(0).random(len(bank.labels)) < _EXAMINING_SHARE


def train(learn: list[Bank], examine: list[Bank], say: Say, settings: FitSettings | None = None) -> Outcome:
    """Fit, and examine on films of other material."""
    settings = settings or FitSettings()
    films = make_films(learn, FILMS, SHOTS, seed=1)
    unseen = make_films(examine, EXAMINING, SHOTS, seed=2)
    tensors = fit_attention(films, settings, lambda step, _: say("fitting", step / settings.steps))
    network = Attention(tensors)
    rows = tuple(compare(network, unseen, films))
    return Outcome(tensors, rows, without(network, unseen), only_one(network, unseen, films))
