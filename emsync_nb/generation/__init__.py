"""The composer: a small transformer that writes note events, steered by emotion and by the picture.

`load` and `compose` need torch; importing this package does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.generation.checkpoint import load
    from emsync_nb.generation.composer import ComposeSettings, compose
    from emsync_nb.generation.sampling import SamplingSettings

__all__ = ["ComposeSettings", "SamplingSettings", "compose", "load"]

__getattr__ = lazy_face(
    __name__,
    {
        "ComposeSettings": "emsync_nb.generation.composer",
        "SamplingSettings": "emsync_nb.generation.sampling",
        "compose": "emsync_nb.generation.composer",
        "load": "emsync_nb.generation.checkpoint",
    },
)
