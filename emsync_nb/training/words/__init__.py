"""From sentences that people have labelled to the layer that reads emotion from words. Needs torch and MiniLM."""

from emsync_nb.training.words.fit import Table, fit_head, load_table
from emsync_nb.training.words.goemotions import Sentences, read_sentences
from emsync_nb.training.words.scores import single_scores, tuned_scores
from emsync_nb.training.words.settings import WordsSettings

__all__ = [
    "Sentences",
    "Table",
    "WordsSettings",
    "fit_head",
    "load_table",
    "read_sentences",
    "single_scores",
    "tuned_scores",
]
