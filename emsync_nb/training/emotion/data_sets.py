"""The data sets that a user may bring, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from emsync_nb.errors import DataError
from emsync_nb.training.emotion.clips import EmotionData
from emsync_nb.training.emotion.ekman6 import load_ekman6
from emsync_nb.training.emotion.emomv import load_emomv
from emsync_nb.training.emotion.liris import load_liris
from emsync_nb.training.emotion.movienet import load_movienet

#: data sets of emotion, and of genres
EMOTION, GENRE = ("ekman6", "emomv", "liris"), ("movienet",)
_LOADERS: dict[str, Callable[[Path, Callable[[float], None]], EmotionData]] = {
    "ekman6": load_ekman6,
    "emomv": load_emomv,
    "liris": load_liris,
    "movienet": load_movienet,
}


def named_folder(text: str, names: Sequence[str]) -> tuple[str, Path]:
    """The data set and the folder of a text such as "ekman6:DIR".

    Raises:
        DataError: none of `names`, or no such folder.
    """
    name, colon, folder = text.partition(":")
    if not colon or name not in names:
        raise DataError(
            f"{text!r:.80} names no data set; write {' or '.join(f'{known}:DIR' for known in names)}"
        )
    path = _at_home(folder)
    if not path.is_dir():
        raise DataError(
            f"{folder!r:.200} is no folder; write {name}:DIR, with the folder that holds the data set"
        )
    return name, path


def load_data(
    name: str, folder: Path, on_progress: Callable[[float], None] = lambda share: None
) -> EmotionData:
    """A data set out of EMOTION or GENRE, from its folder.

    Raises:
        DataError: it does not lie there in the layout that its module tells, or is damaged.
    """
    return _LOADERS[name](folder, on_progress)


def _at_home(folder: str) -> Path:
    """A path whose ~ is the user's folder: behind a colon, shells leave it alone."""
    try:
        return Path(folder).expanduser()
    except RuntimeError:  # of a user who has none
        return Path(folder)
