"""Directions in words, such as "start uneasy, turn hopeful at 0:20, big finish", as changes to the music."""

from emsync_nb.directing.changes import (
    Accent,
    Change,
    Directions,
    EndingChange,
    Feeling,
    ModeChange,
    Orchestration,
    Scene,
    Silence,
    Tempo,
)
from emsync_nb.directing.drawing import drawn
from emsync_nb.directing.preset_search import find_presets
from emsync_nb.directing.tokens import MAX_CHARACTERS
from emsync_nb.directing.understanding import understand

__all__ = [
    "MAX_CHARACTERS",
    "Accent",
    "Change",
    "Directions",
    "EndingChange",
    "Feeling",
    "ModeChange",
    "Orchestration",
    "Scene",
    "Silence",
    "Tempo",
    "drawn",
    "find_presets",
    "understand",
]
