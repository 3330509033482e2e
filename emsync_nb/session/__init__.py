"""The piece of work on disk: a film's session, the folder of a scored film, the files of a piece without one.

The names are imported when they are first used: whoever only plays a take starts without the composer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.session.film import default_folder
    from emsync_nb.session.holder import AnswerLost
    from emsync_nb.session.pieces import generate, piece_files
    from emsync_nb.session.scoring import score
    from emsync_nb.session.session import Session, perform
    from emsync_nb.session.state import Lock, State, Take
    from emsync_nb.session.work_folder import WorkFolder

__all__ = [
    "AnswerLost",
    "Lock",
    "Session",
    "State",
    "Take",
    "WorkFolder",
    "default_folder",
    "generate",
    "perform",
    "piece_files",
    "score",
]

_HOMES = {
    "film": ("default_folder",),
    "holder": ("AnswerLost",),
    "pieces": ("generate", "piece_files"),
    "scoring": ("score",),
    "session": ("Session", "perform"),
    "state": ("Lock", "State", "Take"),
    "work_folder": ("WorkFolder",),
}
if not TYPE_CHECKING:
    __getattr__ = lazy_face(
        __name__, {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names}
    )
