"""emsync_nb watches a film, reads its emotion and its cuts, and composes MIDI that follows both.

The names below are imported when they are first used, so `import emsync_nb` stays light.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

#: public name → (module, name there)
_HOMES = {
    "ScoreResult": ("emsync_nb.pipeline", "ScoreResult"),
    "ScoreSettings": ("emsync_nb.pipeline", "ScoreSettings"),
    "analyze": ("emsync_nb.pipeline", "analyze_film"),
    "compose": ("emsync_nb.pipeline", "compose_plan"),
    "plan": ("emsync_nb.pipeline", "plan_film"),
    "score": ("emsync_nb.session", "score"),
}

__all__ = ["ScoreResult", "ScoreSettings", "__version__", "analyze", "compose", "plan", "score"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a lazy face gives what was asked for
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, there = _HOMES[name]
    return getattr(importlib.import_module(module), there)


def __dir__() -> list[str]:
    return sorted(__all__)
