"""CLIP ViT-B/32 (Radford et al. 2021, arXiv:2103.00020) from a folder that a user has brought, through
sentence-transformers. The folder is hostile until checked: a loader would unpickle, or import what a file there names.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from emsync_nb.analysis.feature_fusion import PICKLES
from emsync_nb.errors import WeightsError
from emsync_nb.extras import require

#: of its folder, and of its row in the table of weights
CLIP = "clip-ViT-B-32"


@cache
def load_clip(folder: Path) -> Any:  # noqa: ANN401 - a type of sentence-transformers, which is imported here only
    """The model on the CPU, from disk alone.

    Raises:
        WeightsError: the folder holds something else than CLIP in safetensors.
        MissingExtraError, BrokenExtraError: the extra `text` is not installed, or cannot be loaded.
    """
    _check(folder)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when huggingface_hub is first imported
    library = require("sentence_transformers")
    damaged = require("safetensors").SafetensorError
    require("transformers.utils.logging").disable_progress_bar()  # which belongs to no front end of ours
    try:
        return library.SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, damaged) as error:
        reason = " ".join(str(error).split())[:160]
        raise WeightsError(f"{folder} does not hold CLIP ({reason}). Copy the whole folder again") from error


def _check(folder: Path) -> None:
    pickled = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICKLES)
    if pickled:
        raise WeightsError(
            f"{pickled[0]} may run any program when it is opened. Remove it and keep model.safetensors beside it"
        )
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        types = [str(module["type"]) for module in modules]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise WeightsError(
            f"{folder} does not hold CLIP (no modules.json). Copy the whole folder again"
        ) from error
    if not all(name.startswith("sentence_transformers.") for name in types):
        raise WeightsError(f"{folder} asks for programs of others; copy the folder of {CLIP} again")
