"""How good a composer is, measured on the music that it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.evaluation.anticipation import Effect, RunUp, paired_effect, run_up
    from emsync_nb.evaluation.collapse import collapse_of
    from emsync_nb.evaluation.markov import MarkovModel
    from emsync_nb.evaluation.novelty import NoveltyTest, bar_novelty, hit_novelty
    from emsync_nb.evaluation.originality import MelodyIndex, SharedRun, SharedRuns
    from emsync_nb.evaluation.statistics import STATISTICS, distance_to_human, music_statistics

__all__ = [
    "STATISTICS",
    "Effect",
    "MarkovModel",
    "MelodyIndex",
    "NoveltyTest",
    "RunUp",
    "SharedRun",
    "SharedRuns",
    "bar_novelty",
    "collapse_of",
    "distance_to_human",
    "hit_novelty",
    "music_statistics",
    "paired_effect",
    "run_up",
]

__getattr__ = lazy_face(
    __name__,
    {
        "STATISTICS": "emsync_nb.evaluation.statistics",
        "Effect": "emsync_nb.evaluation.anticipation",
        "MarkovModel": "emsync_nb.evaluation.markov",
        "MelodyIndex": "emsync_nb.evaluation.originality",
        "NoveltyTest": "emsync_nb.evaluation.novelty",
        "RunUp": "emsync_nb.evaluation.anticipation",
        "SharedRun": "emsync_nb.evaluation.originality",
        "SharedRuns": "emsync_nb.evaluation.originality",
        "bar_novelty": "emsync_nb.evaluation.novelty",
        "collapse_of": "emsync_nb.evaluation.collapse",
        "distance_to_human": "emsync_nb.evaluation.statistics",
        "hit_novelty": "emsync_nb.evaluation.novelty",
        "music_statistics": "emsync_nb.evaluation.statistics",
        "paired_effect": "emsync_nb.evaluation.anticipation",
        "run_up": "emsync_nb.evaluation.anticipation",
    },
)
