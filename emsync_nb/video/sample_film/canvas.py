"""Painting with numpy: gradients, noise, light, strokes and parallax layers.

A canvas is a (HEIGHT, WIDTH, 3) float32 array of RGB, nominally in [0, 1]; painting changes it in place.
Places are (x, y) in pixels from the upper left corner.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

WIDTH = 640
HEIGHT = 360

Pixels = NDArray[np.float32]
Colour = str


def rgb(colour: Colour) -> Pixels:
    """(3,) in [0, 1] from "#rrggbb"."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], dtype=np.float32)


def gradient(stops: Sequence[tuple[float, Colour]], height: int = HEIGHT) -> Pixels:
    """(height, WIDTH, 3): colours from top (0) to bottom (1), blended between the stops."""
    places = [place for place, _ in stops]
    colours = np.stack([rgb(colour) for _, colour in stops])
    rows = np.linspace(0, 1, height)
    column = np.stack([np.interp(rows, places, colours[:, channel]) for channel in range(3)], axis=-1)
    return np.repeat(column[:, None].astype(np.float32), WIDTH, axis=1)


def smoothstep(low: float, high: float, values: ArrayLike) -> Pixels:
    """0 below `low`, 1 above `high`, an S-curve between."""
    t = np.clip((np.asarray(values, dtype=np.float32) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def cloud_noise(rng: np.random.Generator, size: tuple[int, int], cells: tuple[int, int]) -> Pixels:
    """(height, width) in [0, 1]: five octaves of value noise, seamless from right to left."""
    total = np.zeros(size, dtype=np.float32)
    for octave in range(5):
        total += _value_noise(rng, size, (cells[0] << octave, cells[1] << octave)) / 2**octave
    return np.asarray((total - total.min()) / np.ptp(total), dtype=np.float32)


def _value_noise(rng: np.random.Generator, size: tuple[int, int], cells: tuple[int, int]) -> Pixels:
    grid = rng.random((cells[0] + 1, cells[1])).astype(np.float32)
    y, x = (np.arange(n) * count / n for n, count in zip(size, cells, strict=True))
    row, column = y.astype(int), x.astype(int)
    fy, fx = smoothstep(0, 1, y - row)[:, None], smoothstep(0, 1, x - column)[None, :]
    beside = (column + 1) % cells[1]
    upper = grid[row][:, column] * (1 - fx) + grid[row][:, beside] * fx
    lower = grid[row + 1][:, column] * (1 - fx) + grid[row + 1][:, beside] * fx
    return np.asarray(upper * (1 - fy) + lower * fy, dtype=np.float32)


def halo(radius: int, sharpness: float = 2.0) -> Pixels:
    """(2·radius + 1)²: light that fades from 1 in the middle to 0 at the border."""
    axis = np.arange(-radius, radius + 1, dtype=np.float32) / radius
    distance = np.hypot(axis[:, None], axis[None, :])
    return np.asarray(np.clip(1 - distance, 0, 1) ** sharpness, dtype=np.float32)


def shine(
    canvas: Pixels, light: Pixels, place: tuple[float, float], colour: Colour, strength: float = 1
) -> None:
    """Add the light of `halo`, centred on `place`."""
    radius = light.shape[0] // 2
    left, top = round(place[0]) - radius, round(place[1]) - radius
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(canvas.shape[1], left + light.shape[1]), min(canvas.shape[0], top + light.shape[0])
    if x0 < x1 and y0 < y1:
        part = light[y0 - top : y1 - top, x0 - left : x1 - left, None]
        canvas[y0:y1, x0:x1] += part * (rgb(colour) * np.float32(strength))


def stroke(
    canvas: Pixels,
    start: tuple[float, float],
    end: tuple[float, float],
    width: float,
    colour: Colour,
    opacity: float = 1,
) -> None:
    """A straight line with round ends and smooth edges; a disc where start is end."""
    margin = width / 2 + 1
    x0, x1 = max(0, int(min(start[0], end[0]) - margin)), int(max(start[0], end[0]) + margin) + 2
    y0, y1 = max(0, int(min(start[1], end[1]) - margin)), int(max(start[1], end[1]) + margin) + 2
    part = canvas[y0 : max(y0, y1), x0 : max(x0, x1)]
    if not part.size:
        return
    x = np.arange(x0, x0 + part.shape[1], dtype=np.float32)[None, :] - np.float32(start[0])
    y = np.arange(y0, y0 + part.shape[0], dtype=np.float32)[:, None] - np.float32(start[1])
    dx, dy = np.float32(end[0] - start[0]), np.float32(end[1] - start[1])
    along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, np.float32(1e-6)), 0, 1)
    distance = np.hypot(x - along * dx, y - along * dy)
    alpha = np.clip(np.float32(width / 2 + 0.5) - distance, 0, 1)[..., None] * np.float32(opacity)
    part += alpha * (rgb(colour) - part)


def disc(
    canvas: Pixels, place: tuple[float, float], radius: float, colour: Colour, opacity: float = 1
) -> None:
    """A filled circle with a smooth edge."""
    stroke(canvas, place, place, 2 * radius, colour, opacity)


def convex(
    canvas: Pixels, corners: Sequence[tuple[float, float]], colour: Colour, opacity: float = 1
) -> None:
    """A filled convex shape with smooth edges; corners clockwise as seen on the screen."""
    xs, ys = zip(*corners, strict=True)
    x0, y0 = max(0, int(min(xs)) - 1), max(0, int(min(ys)) - 1)
    part = canvas[y0 : max(y0, int(max(ys)) + 2), x0 : max(x0, int(max(xs)) + 2)]
    if not part.size:
        return
    x = np.arange(x0, x0 + part.shape[1], dtype=np.float32)[None, :]
    y = np.arange(y0, y0 + part.shape[0], dtype=np.float32)[:, None]
    alpha = np.ones(part.shape[:2], dtype=np.float32)
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        inside = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / max(np.hypot(bx - ax, by - ay), 1e-6)
        alpha = np.minimum(alpha, np.clip(inside + 0.5, 0, 1))
    part += alpha[..., None].astype(np.float32) * np.float32(opacity) * (rgb(colour) - part)


class Layer:
    """A picture with transparency, seamless from right to left, that scrolls behind the frame."""

    def __init__(self, colours: Pixels, alpha: Pixels, top: int = 0) -> None:
        """`colours` (h, w, 3) and `alpha` (h, w), with w ≥ WIDTH; `top` is its first row on the canvas."""
        covered = np.flatnonzero(alpha.max(axis=1) > 0)
        first = int(covered[0]) if covered.size else 0
        self._top = top + first
        self._width = alpha.shape[1]
        #: how many rows, from the top, let something through; those below are simply copied
        open_rows = np.flatnonzero(alpha[first:].min(axis=1) < 1)
        self._open_rows = int(open_rows[-1]) + 1 if open_rows.size else 0
        # One frame's width is repeated at the right, so that each place is a plain slice.
        self._light = _wrapped(colours[first:] * alpha[first:, :, None])
        self._shade = _wrapped(1 - alpha[first : first + self._open_rows, :, None])

    def paint(self, canvas: Pixels, shift: float = 0.0) -> None:
        """Lay the layer over the canvas, moved `shift` pixels to the left (fractions are blended)."""
        rows = canvas[self._top : self._top + self._light.shape[0]]
        light, shade = (self._placed(pixels, shift, rows.shape[0]) for pixels in (self._light, self._shade))
        split = min(self._open_rows, rows.shape[0])
        rows[:split] *= shade
        rows[:split] += light[:split]
        rows[split:] = light[split:]

    def _placed(self, pixels: Pixels, shift: float, height: int) -> Pixels:
        place = shift % self._width
        x, part = int(place), np.float32(place % 1)
        still = pixels[:height, x : x + WIDTH]
        if part < 0.02:
            return still
        return np.asarray(still + part * (pixels[:height, x + 1 : x + 1 + WIDTH] - still), dtype=np.float32)


def _wrapped(pixels: Pixels) -> Pixels:
    return np.concatenate([pixels, pixels[:, : WIDTH + 1]], axis=1).astype(np.float32)
