"""The composer: a small transformer that writes note events, steered by emotion and by the picture.

`load` and `compose` need torch; importing this package does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emsync_nb.generation.checkpoint import load
    from emsync_nb.generation.composer import ComposeSettings, compose
    from emsync_nb.generation.sampling import SamplingSettings

__all__ = ["ComposeSettings", "SamplingSettings", "compose", "load"]

_HOMES = {
    "ComposeSettings": "composer",
    "SamplingSettings": "sampling",
    "compose": "composer",
    "load": "checkpoint",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a lazy face gives what was asked for
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    from emsync_nb.extras import require

    if _HOMES[name] != "checkpoint":
        require("torch")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
