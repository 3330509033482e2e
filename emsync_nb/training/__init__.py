"""From free music to a labeller and a composer. Needs the extra `training`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import NetworkSettings
    from emsync_nb.training.corpus.prepare import Prepared, prepare
    from emsync_nb.training.corpus.stats import CorpusStats, as_json, corpus_stats
    from emsync_nb.training.corpus.store import Piece, load_corpus
    from emsync_nb.training.label_fit import cross_validate, fit_labeller, load_rated, write_coefficients
    from emsync_nb.training.loop import TrainingReport, TrainingSettings, train

__all__ = [
    "CorpusStats",
    "NetworkSettings",
    "Piece",
    "Prepared",
    "TrainingReport",
    "TrainingSettings",
    "as_json",
    "corpus_stats",
    "cross_validate",
    "fit_labeller",
    "load_corpus",
    "load_rated",
    "prepare",
    "train",
    "write_coefficients",
]

__getattr__ = lazy_face(
    __name__,
    {
        "CorpusStats": "emsync_nb.training.corpus.stats",
        "NetworkSettings": "emsync_nb.generation.transformer",
        "Piece": "emsync_nb.training.corpus.store",
        "Prepared": "emsync_nb.training.corpus.prepare",
        "TrainingReport": "emsync_nb.training.loop",
        "TrainingSettings": "emsync_nb.training.loop",
        "as_json": "emsync_nb.training.corpus.stats",
        "corpus_stats": "emsync_nb.training.corpus.stats",
        "cross_validate": "emsync_nb.training.label_fit",
        "fit_labeller": "emsync_nb.training.label_fit",
        "load_corpus": "emsync_nb.training.corpus.store",
        "load_rated": "emsync_nb.training.label_fit",
        "prepare": "emsync_nb.training.corpus.prepare",
        "train": "emsync_nb.training.loop",
        "write_coefficients": "emsync_nb.training.label_fit",
    },
)
