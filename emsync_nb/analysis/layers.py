"""What the small networks of this room share, in numpy: a film can be analysed without torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


def levelled(x: Float32) -> Float32:
    """Each token with mean 0 and deviation 1 (Ba, Kiros & Hinton 2016, "Layer normalization", without gain)."""
    centred = x - x.mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5), dtype=np.float32)


def softmax(scores: Float32, there: NDArray[np.bool_], axis: int = -1) -> Float32:
    """Shares along an axis that sum to 1 over what is there; all 0 where nothing is."""
    masked = np.where(there, scores, -np.inf)
    highest = masked.max(axis=axis, keepdims=True)
    shares = np.exp(masked - np.where(np.isfinite(highest), highest, 0))
    return np.asarray(shares / np.maximum(shares.sum(axis=axis, keepdims=True), 1e-9), dtype=np.float32)
