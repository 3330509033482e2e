"""What is said: subtitles of all kinds, and the trained layer that reads emotion from their words.

::

    film.srt .vtt .ass ─► sidecar ─┐
    streams inside ─► video ───────┼► spoken ─► MiniLM ─► head ─► judging ─► Opinion
    speech, text on the screen ────┘
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.analysis.words.expert import WordsExpert
    from emsync_nb.analysis.words.sidecar import find_sidecar, read_sidecar

__all__ = ["WordsExpert", "find_sidecar", "read_sidecar"]

__getattr__ = lazy_face(
    __name__,
    {
        "WordsExpert": "emsync_nb.analysis.words.expert",
        "find_sidecar": "emsync_nb.analysis.words.sidecar",
        "read_sidecar": "emsync_nb.analysis.words.sidecar",
    },
)
