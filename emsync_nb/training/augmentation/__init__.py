"""Changes of music that make more of it, drawn on the fly; all of them work on tables and none in place."""

from emsync_nb.training.augmentation.drawing import Augmentation, Augmented, augment
from emsync_nb.training.augmentation.hands import within_hands
from emsync_nb.training.augmentation.pitch_and_tempo import allowed_shifts, scale_tempo, transpose
from emsync_nb.training.augmentation.recasting import STAND_INS, recast
from emsync_nb.training.augmentation.tracks import MERGES, Merge, drop_tracks, merge_tracks, merges_for

__all__ = [
    "MERGES",
    "STAND_INS",
    "Augmentation",
    "Augmented",
    "Merge",
    "allowed_shifts",
    "augment",
    "drop_tracks",
    "merge_tracks",
    "merges_for",
    "recast",
    "scale_tempo",
    "transpose",
    "within_hands",
]
