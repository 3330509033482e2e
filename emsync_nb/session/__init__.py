"""The piece of work on disk: the folder of a scored film, the files of a piece without one."""

from emsync_nb.session.pieces import generate, piece_files
from emsync_nb.session.scoring import default_folder, score
from emsync_nb.session.work_folder import WorkFolder

__all__ = ["WorkFolder", "default_folder", "generate", "piece_files", "score"]
