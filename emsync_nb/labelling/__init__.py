"""From a score to valence and arousal, bar by bar."""

from emsync_nb.labelling.features import NAMES, bar_features, pitch_class_weights
from emsync_nb.labelling.labeller import Labeller, label_bars

__all__ = ["NAMES", "Labeller", "bar_features", "label_bars", "pitch_class_weights"]
