"""Where faces are in a picture: YuNet, run by OpenCV.

YuNet (Wu, Peng & Yu 2023, "YuNet: a tiny millisecond-level face detector", Machine Intelligence Research 20) answers
in 2.3 ms of one core at 256 × 144 pixels, 4.9 ms at 384 × 216, 14 ms at 640 × 360. There it finds faces from about
16 pixels of height: 14 of 26 portraits shrunk to 16, 20 at 20, 23 at 24, all but one from 40
(`python -m tests.benchmarks.face_sizes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.errors import CheckpointError
from emsync_nb.extras import require

#: longest side of the pictures that are searched, in pixels; larger ones are shrunk first
MAX_SIDE = 640
#: least score; dogs and cats reach it now and then
MIN_SCORE = 0.7
#: boxes that overlap by more than this share are one face
_SAME_FACE = 0.3
#: candidates that are looked at before those that overlap are joined
_MOST = 200
#: side of the square cut out around a face, against the longer side of its box, and how far below the middle of the
#: box its middle lies, in heights. On 26 faces of OASIS anything from 0.9 to 1.3 reads them about equally well.
_CROP, _CROP_DOWN = 1.1, 0.05
_MAX_BYTES = 8_000_000
#: OpenCV's level of messages at which only errors are told
_ERRORS_ONLY = 2
_REMEDY = "Run: emsync weights verify"


@dataclass(frozen=True, slots=True)
class Face:
    """A face: its box in pixels, and how it is held."""

    left: float
    top: float
    width: float
    height: float
    #: how sure the detector is of it, in [0, 1]
    score: float
    #: angle of the line through the eyes in radians, clockwise as seen; 0 upright. YuNet tells about two thirds of it
    roll: float = 0.0
    #: how far the nose stands beside the middle of the eyes, in distances of the eyes: 0 from the front, 1 in profile
    aside: float = 0.0


class FaceDetector:
    """The detector, opened once; not to be shared by threads."""

    def __init__(self, path: Path) -> None:
        """Open the ONNX file, which is parsed by OpenCV's native code and tried on a black picture.

        Raises:
            CheckpointError: no file, or not a detector of this family.
            MissingExtraError: OpenCV is not installed.
        """
        cv2 = require("cv2")
        content = np.frombuffer(_content(path), np.uint8)
        try:
            with _only_errors():
                self._network = cv2.FaceDetectorYN.create(
                    "onnx", content, np.empty(0, np.uint8), (64, 64), MIN_SCORE, _SAME_FACE, _MOST
                )
            self._network.detect(np.zeros((64, 64, 3), np.uint8))
        except cv2.error as error:
            raise CheckpointError(f"{path} is not a face detector that OpenCV can run. {_REMEDY}") from error

    def find(self, rgb: NDArray[np.uint8], most: int) -> list[Face]:
        """The `most` largest faces of a (height, width, 3) picture, the largest first."""
        cv2 = require("cv2")
        height, width = rgb.shape[:2]
        scale = min(1.0, MAX_SIDE / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        shown = rgb if scale == 1 else cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        self._network.setInputSize(size)
        _, rows = self._network.detect(cv2.cvtColor(shown, cv2.COLOR_RGB2BGR))
        faces = [_face(row, scale) for row in ([] if rows is None else rows) if _is_box(row)]
        return sorted(faces, key=lambda face: -face.width * face.height)[:most]


def cropped(rgb: NDArray[np.uint8], face: Face, side: int) -> NDArray[np.uint8]:
    """(side, side, 3) the face with a little around it, turned upright, black beyond the picture's border."""
    cv2 = require("cv2")
    scale = _CROP * max(face.width, face.height) / side
    across, down = scale * np.cos(face.roll), scale * np.sin(face.roll)
    turn = np.array([[across, -down], [down, across]])
    middle = np.array([face.left + face.width / 2, face.top + face.height / 2])
    lower = np.array([-np.sin(face.roll), np.cos(face.roll)]) * _CROP_DOWN * face.height
    start = middle + lower - turn @ np.array([side / 2, side / 2])
    place = np.column_stack([turn, start]).astype(np.float32)
    turned = cv2.warpAffine(rgb, place, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.asarray(turned, dtype=np.uint8)


def _face(row: NDArray[np.float32], scale: float) -> Face:
    left, top, width, height = (float(value) / scale for value in row[:4])
    # the person's right eye, left eye and nose
    right, other, nose = row[4:6], row[6:8], row[8:10]
    line = other - right
    apart = max(float(np.hypot(*line)), 1e-3)
    aside = abs(float((nose - (right + other) / 2) @ line)) / apart**2
    roll = float(np.arctan2(line[1], line[0]))
    return Face(left, top, width, height, min(1.0, float(row[14])), roll, min(1.0, aside))


def _is_box(row: NDArray[np.float32]) -> bool:
    """Whether numbers are numbers and the box has an area: a network may say anything."""
    return bool(np.isfinite(row).all() and (np.abs(row[:4]) < 1e5).all() and min(row[2], row[3]) >= 1)


@contextmanager
def _only_errors() -> Iterator[None]:
    """OpenCV 5 warns on standard error of a default of its own; nothing can be done about it."""
    told = require("cv2").utils.logging
    before = told.setLogLevel(_ERRORS_ONLY)
    try:
        yield
    finally:
        told.setLogLevel(before)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror}). {_REMEDY}") from error
    if not content or len(content) > _MAX_BYTES:
        raise CheckpointError(f"{path} is empty or has more than {_MAX_BYTES // 10**6} MB. {_REMEDY}")
    return content
