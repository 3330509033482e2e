"""What the second estimator hears in rendered pieces: it shares no features with the labeller."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from emsync_nb.evaluation.generator.pieces import Wanted, write_pieces
from emsync_nb.evaluation.mood import MoodListener
from emsync_nb.pipeline import render_score


@cache
def _listener(path: str) -> MoodListener:
    return MoodListener(Path(path))


def heard(job: tuple[str, Sequence[Wanted]]) -> dict[str, Any]:
    """(n, 2) asked emotion of pieces and what YAMNet's mood classes say of their sound."""
    path, wanted = job
    moods = [_listener(path).listen(render_score(score)) for score in write_pieces(wanted)]
    return {
        "asked": np.array([one.emotion.mean(axis=0) for one in wanted]),
        "labelled": np.array([[mood.valence, mood.arousal] for mood in moods]),
    }
