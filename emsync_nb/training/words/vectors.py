"""Embeddings of many sentences, made once and kept: forty thousand take several minutes of one core."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb import text_embedding
from emsync_nb.errors import OutputError
from emsync_nb.training.damage import DAMAGES
from emsync_nb.training.whole_file import replacing

_BATCH = 512


def embedded(
    texts: Sequence[str], folder: Path, *, on_progress: Callable[[float], None] | None = None
) -> NDArray[np.float32]:
    """(n, 384) embeddings, from a file in `folder` that is named by what was embedded by which model, or made now.

    Raises:
        MissingExtraError: they are to be made, and the extra `text` is not installed.
        OutputError: they cannot be kept.
    """
    digest = hashlib.sha256("\0".join([text_embedding.WEIGHTS_SHA256, *texts]).encode()).hexdigest()[:16]
    path = folder / f"sentences-{digest}.npy"
    kept = _kept(path, len(texts))
    return _made(texts, path, on_progress) if kept is None else kept


def _kept(path: Path, count: int) -> NDArray[np.float32] | None:
    """What a file holds; None where it is not there or not what it should be."""
    try:
        found = np.load(path, allow_pickle=False)
    except DAMAGES:
        return None
    fits = isinstance(found, np.ndarray) and found.shape == (count, text_embedding.DIMENSIONS)
    return found if fits and found.dtype == np.float32 and bool(np.all(np.isfinite(found))) else None


def _made(
    texts: Sequence[str], path: Path, on_progress: Callable[[float], None] | None
) -> NDArray[np.float32]:
    parts = []
    for start in range(0, len(texts), _BATCH):
        parts.append(text_embedding.embed(texts[start : start + _BATCH]))
        if on_progress is not None:
            on_progress(min(1.0, (start + _BATCH) / len(texts)))
    vectors = np.concatenate(parts)
    try:
        with replacing(path) as beside, beside.open("wb") as stream:
            np.save(stream, vectors, allow_pickle=False)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another --cache") from error
    return vectors
