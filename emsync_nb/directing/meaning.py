"""What words mean that are not known exactly: places on the plane, by likeness to the words that are."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from emsync_nb import text_embedding
from emsync_nb.directing.anchors import ANCHORS, Place

#: mean cosine with the nearest words below which a phrase is no feeling. Calibrated on 84 phrases that are
#: feelings and 87 that are not: six in seven of the former lie above, of the latter "blue" and "red" alone
THRESHOLD = 0.335
#: so many of the nearest words speak, the nearer the louder
_VOICES = 5
_SOFTNESS = 0.05
#: a bare word lies near to words that look like it; in a phrase it lies nearer to those of its meaning
_FRAMES = ("a {} feeling", "{} mood")


@lru_cache(maxsize=1024)
def place_of(words: str) -> Place | None:
    """The place of a few words on the plane; None where they are no feeling, or the extra `text` is missing."""
    if not text_embedding.is_available():
        return None
    likeness = _anchors() @ text_embedding.embed([words])[0]
    nearest = np.argsort(-likeness)[:_VOICES]
    if likeness[nearest].mean() < THRESHOLD:
        return None
    weights = np.exp((likeness[nearest] - likeness[nearest[0]]) / _SOFTNESS)
    places = np.array([[axis or 0.0 for axis in place] for place in ANCHORS.values()])[nearest]
    valence, arousal = weights @ places / weights.sum()
    return float(valence), float(arousal)


@cache
def _anchors() -> NDArray[np.float32]:
    """(words of the table, 384): the mean over the frames, whose dot products are mean cosines."""
    framed = [text_embedding.embed([frame.format(words) for words in ANCHORS]) for frame in _FRAMES]
    mean: NDArray[np.float32] = np.mean(framed, axis=0, dtype=np.float32)
    return mean
