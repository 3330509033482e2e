"""The piece of work on disk: the folder of a scored film."""

from emsync_nb.session.scoring import default_folder, score
from emsync_nb.session.work_folder import WorkFolder

__all__ = ["WorkFolder", "default_folder", "score"]
