"""From a score to valence and arousal, bar by bar."""

from emsync_nb.labelling.catalogue import FEATURES, REFERENCES
from emsync_nb.labelling.features import CONTEXT_QUARTERS, NAMES, bar_features, pitch_class_weights
from emsync_nb.labelling.labeller import Labeller, label_bars

__all__ = [
    "CONTEXT_QUARTERS",
    "FEATURES",
    "NAMES",
    "REFERENCES",
    "Labeller",
    "bar_features",
    "label_bars",
    "pitch_class_weights",
]
