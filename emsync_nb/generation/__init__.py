"""The composer: a transformer that writes events, steered by emotion and by the picture.

`load` and all that composes need torch; importing this package does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.generation.checkpoint import load
    from emsync_nb.generation.composer import ComposeSettings, compose, compose_takes
    from emsync_nb.generation.free import free_pieces
    from emsync_nb.generation.given import Given
    from emsync_nb.generation.infill import Cells, refill
    from emsync_nb.generation.quantising import quantised
    from emsync_nb.generation.sampling import SamplingSettings

__all__ = [
    "Cells",
    "ComposeSettings",
    "Given",
    "SamplingSettings",
    "compose",
    "compose_takes",
    "free_pieces",
    "load",
    "quantised",
    "refill",
]

__getattr__ = lazy_face(
    __name__,
    {
        "Cells": "emsync_nb.generation.infill",
        "ComposeSettings": "emsync_nb.generation.composer",
        "Given": "emsync_nb.generation.given",
        "SamplingSettings": "emsync_nb.generation.sampling",
        "compose": "emsync_nb.generation.composer",
        "compose_takes": "emsync_nb.generation.composer",
        "free_pieces": "emsync_nb.generation.free",
        "load": "emsync_nb.generation.checkpoint",
        "quantised": "emsync_nb.generation.quantising",
        "refill": "emsync_nb.generation.infill",
    },
)
