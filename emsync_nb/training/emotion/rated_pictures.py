"""Pictures with what people said of them, from a CSV file and a folder; both may come from anywhere.

OASIS (Kurdi, Lozano & Banaji 2017, "Introducing the Open Affective Standardized Image Set", Behavior Research Methods
49, 457–470) rates valence from 1, very negative, to 7, very positive, and arousal from 1, very low, to 7, very high.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.errors import DataError
from emsync_nb.extras import require
from emsync_nb.training.tables import Line, read_lines

#: the columns that are read; one called theme is, if it is there
COLUMNS = ("file", "valence_mean", "arousal_mean")
#: what ratings are given on
LOWEST, HIGHEST = 1.0, 7.0
#: fewer pictures say nothing about agreement
FEWEST = 3
_REMEDY = f"ratings from {LOWEST:g} to {HIGHEST:g} are read, so bring others to them"
_MAX_CSV_BYTES, _MAX_PICTURE_BYTES, _MAX_PIXELS = 20_000_000, 100_000_000, 1 << 26


@dataclass(frozen=True, slots=True)
class RatedPicture:
    """A picture and the mean of what people said of it."""

    path: Path
    #: what it shows, without a number; pictures of one theme are siblings
    theme: str
    #: 1 … 7
    valence: float
    #: 1 … 7
    arousal: float


def on_plane(ratings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ratings of 1 … 7 as −1 … 1, the middle of the scale as 0."""
    return (ratings - (LOWEST + HIGHEST) / 2) / ((HIGHEST - LOWEST) / 2)


def ratings_of(pictures: Sequence[RatedPicture]) -> NDArray[np.float64]:
    """(n, 2) valence and arousal in [-1, 1]."""
    return on_plane(np.array([(picture.valence, picture.arousal) for picture in pictures], dtype=np.float64))


def read_rated_pictures(ratings: Path, folder: Path) -> tuple[RatedPicture, ...]:
    """The rows of a CSV file with the columns of COLUMNS; the pictures are looked for, not opened.

    Args:
        ratings: of one row a picture, valence_mean and arousal_mean from 1 to 7.
        folder: that the files lie in, or below.

    Raises:
        DataError: what is wrong and where; another scale, a missing or repeated picture among it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; give the one that the pictures of {ratings.name} lie in")
    lines = read_lines(ratings, COLUMNS, most_bytes=_MAX_CSV_BYTES)
    pictures = tuple(_picture(line, folder) for line in lines)
    _check_together(ratings, pictures)
    return pictures


def _picture(line: Line, folder: Path) -> RatedPicture:
    name = line["file"]
    path = folder / name
    try:
        inside = bool(name) and path.resolve().is_relative_to(folder.resolve())
        present = inside and path.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # a NUL, too long a name, links in a circle
        raise DataError(f"{line.where}: {name!r:.80} is no name of a file; correct it") from error
    if not present:
        raise DataError(
            f"{line.where}: there is no picture {name!r:.80} in {folder}; add it, or take out the row"
        )
    valence, arousal = (line.number_in(column, LOWEST, HIGHEST, _REMEDY) for column in COLUMNS[1:])
    return RatedPicture(path, _theme(line.cells.get("theme") or path.stem), valence, arousal)


def _theme(text: str) -> str:
    """ "Acorns 1" and "Acorns_2" are both acorns."""
    name = text.strip().casefold()
    return re.sub(r"[\s_]*\d+$", "", name) or name  # what is but a number has no siblings


def _check_together(ratings: Path, pictures: Sequence[RatedPicture]) -> None:
    if len(pictures) < FEWEST:
        raise DataError(f"{ratings} rates {len(pictures)} pictures; at least {FEWEST} are needed")
    seen: set[Path] = set()
    for picture in pictures:
        place = picture.path.resolve()
        if place in seen:
            raise DataError(f"{ratings} rates {picture.path.name} more than once; keep one of the rows")
        seen.add(place)
    flat = [
        name for name in ("valence", "arousal") if len({getattr(picture, name) for picture in pictures}) == 1
    ]
    if flat:
        raise DataError(
            f"{ratings}: every {flat[0]}_mean is the same, with which nothing can agree; check it"
        )


def read_picture(path: Path) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 RGB, upright.

    Raises:
        DataError: it cannot be read, is no picture or a huge one.
        MissingExtraError: OpenCV is not installed.
    """
    # read when OpenCV is first loaded: a few bytes of PNG may stand for gigabytes
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(_MAX_PIXELS))
    cv2 = require("cv2")
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_PICTURE_BYTES + 1)
        if not 0 < len(content) <= _MAX_PICTURE_BYTES:
            raise DataError(f"{path} has {len(content):,} bytes or more, which is no picture; take it out")
        picture = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check it") from error
    except cv2.error as error:
        raise DataError(f"{path} cannot be decoded, or is too large; take it out, or save it anew") from error
    if picture is None:
        raise DataError(f"{path} is no picture; take it out, or save it anew")
    return np.ascontiguousarray(picture[..., ::-1])
