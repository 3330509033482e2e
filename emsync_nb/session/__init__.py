"""The piece of work on disk: a film's session, the folder of a scored film, the files of a piece without one."""

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
