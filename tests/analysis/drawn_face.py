"""A face drawn with OpenCV, well enough for a detector: it smiles or frowns."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
#: drawn so many times larger, then shrunk
_FINER = 4
_HAIR: Colour = (60, 42, 30)
_SKIN: Colour = (224, 172, 140)
_LIPS: Colour = (165, 78, 78)


class _Pen:
    """Draws in units of 1/120 of the size around a middle."""

    def __init__(self, canvas: NDArray[np.uint8], middle: tuple[int, int], size: int) -> None:
        self._canvas, self._middle, self._unit = canvas, middle, _FINER * size / 120

    def _at(self, x: float, y: float) -> tuple[int, int]:
        return (
            round(self._middle[0] * _FINER + x * self._unit),
            round(self._middle[1] * _FINER + y * self._unit),
        )

    def oval(
        self, x: float, y: float, wide: float, high: float, colour: Colour, thick: float = 0, start: int = 0
    ) -> None:
        """A filled oval, or its line from an angle in degrees to 360."""
        axes = (max(1, round(wide * self._unit)), max(1, round(high * self._unit)))
        line = max(1, round(thick * self._unit)) if thick else -1
        cv2.ellipse(self._canvas, self._at(x, y), axes, 0, start, 360, colour, line, cv2.LINE_AA)

    def line(self, points: list[tuple[float, float]], colour: Colour, thick: float) -> None:
        corners = np.array([self._at(*point) for point in points])
        cv2.polylines(self._canvas, [corners], False, colour, max(1, round(thick * self._unit)), cv2.LINE_AA)

    def area(self, points: list[tuple[float, float]], colour: Colour) -> None:
        cv2.fillPoly(self._canvas, [np.array([self._at(*point) for point in points])], colour, cv2.LINE_AA)


def drawn_face(
    mood: float,
    size: int,
    *,
    shape: tuple[int, int] = (144, 256),
    at: tuple[int, int] | None = None,
    ground: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """(height, width, 3) RGB with a face about `size` pixels high; −1 frowns, 1 smiles.

    Args:
        mood: in [-1, 1].
        size: of the face, in pixels.
        shape: height and width of the picture.
        at: x and y of the middle of the face; None: the middle of the picture.
        ground: what is drawn upon; None: a plain one.
    """
    height, width = shape
    canvas = np.full((height, width, 3), (90, 110, 130), np.uint8) if ground is None else ground
    canvas = cv2.resize(canvas, (width * _FINER, height * _FINER), interpolation=cv2.INTER_NEAREST)
    pen = _Pen(canvas, at or (width // 2, height // 2), size)
    _head(pen)
    _eyes(pen)
    _mouth(pen, mood)
    soft = cv2.GaussianBlur(canvas, (0, 0), _FINER * 0.6)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _shade(share: float) -> Colour:
    red, green, blue = (int(part * share) for part in _SKIN)
    return red, green, blue


def _head(pen: _Pen) -> None:
    pen.oval(0, -14, 50, 56, _HAIR)
    pen.area([(-16, 40), (16, 40), (16, 75), (-16, 75)], _shade(0.8))
    pen.oval(0, 95, 60, 30, (70, 80, 140))
    pen.oval(0, 0, 42, 54, _SKIN)
    for side in (-1, 1):
        pen.oval(side * 43, 4, 6, 11, _shade(0.9))
    pen.oval(0, -40, 42, 20, _HAIR)
    pen.oval(0, -22, 40, 18, _SKIN)
    pen.line([(-3, -4), (-6, 16), (0, 20), (6, 16)], _shade(0.75), 1.6)
    for side in (-1, 1):
        pen.oval(side * 4, 17, 2, 1.4, _shade(0.55))


def _eyes(pen: _Pen) -> None:
    for side in (-17, 17):
        pen.oval(side, -6, 11, 8, _shade(0.85))
        pen.oval(side, -5, 9, 4.6, (250, 250, 250))
        pen.oval(side, -5, 4.4, 4.4, (70, 50, 30))
        pen.oval(side, -5, 2, 2, (10, 10, 10))
        pen.oval(side, -5, 9.5, 5, _HAIR, thick=1.4, start=180)
        pen.line([(side - 9, -18), (side, -20), (side + 9, -18)], _HAIR, 3.4)


def _mouth(pen: _Pen, mood: float) -> None:

    def curve(open_: float) -> list[tuple[float, float]]:
        places = np.linspace(-1, 1, 41).tolist()
        return [(19 * x, 30 - 7 * mood * x * x + open_ * max(mood, 0) * (1 - x * x)) for x in places]

    if mood > 0:
        upper, teeth, lower = (curve(open_) for open_ in (0.0, 6.0, 13.0))
        pen.area(upper + lower[::-1], (120, 40, 45))
        pen.area(upper + teeth[::-1], (250, 248, 240))
        pen.line(upper, _LIPS, 2)
        pen.line(lower, _LIPS, 2.6)
    else:
        pen.line(curve(0.0), _LIPS, 4.5)
        pen.line(curve(0.0), (90, 40, 40), 1.2)
