"""What the small networks of this room share, in numpy: a film can be analysed without torch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


def levelled(x: Float32) -> Float32:
    """Each token with mean 0 and deviation 1 (Ba, Kiros & Hinton 2016, "Layer normalization", without gain)."""
    centred = x - x.mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5), dtype=np.float32)


def in_heads(x: Float32, heads: int) -> Float32:
    """(n, tokens, width) → (n, heads, tokens, width / heads)."""
    return x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3)


def shares(scores: NDArray[Any]) -> NDArray[Any]:
    """(…, k) softmax along the last axis, of the type of the scores."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def softmax(scores: Float32, there: NDArray[np.bool_], axis: int = -1) -> Float32:
    """Shares along an axis that sum to 1 over what is there; all 0 where nothing is."""
    masked = np.where(there, scores, -np.inf)
    highest = masked.max(axis=axis, keepdims=True)
    powers = np.exp(masked - np.where(np.isfinite(highest), highest, 0))
    return np.asarray(powers / np.maximum(powers.sum(axis=axis, keepdims=True), 1e-9), dtype=np.float32)
