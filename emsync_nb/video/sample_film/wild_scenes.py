"""The scenes that race: the storm, and the three cameras of the chase."""

from __future__ import annotations

import math

import numpy as np

from emsync_nb.video.sample_film.canvas import (
    HEIGHT,
    WIDTH,
    Layer,
    Pixels,
    convex,
    disc,
    gradient,
    halo,
    rgb,
    shine,
    smoothstep,
    stroke,
)
from emsync_nb.video.sample_film.scenery import LAYER_WIDTH, clouds, ground, ridge, with_pines

#: when lightning strikes, in seconds into the storm
STRIKES_S = (0.8, 2.3, 3.9)


class Storm:
    """Rain and lightning over black hills, all colour washed out."""

    def __init__(self) -> None:
        rng = np.random.default_rng(67)
        self._sky = gradient([(0, "#10151c"), (0.5, "#232c37"), (0.75, "#38434f")])
        self._clouds = (
            clouds(rng, 0.86, "#3a444f", "#0c1016", height=250, cells=2),
            clouds(rng, 0.6, "#2c353f", "#07090d", height=200),
        )
        self._far = ground(ridge(rng, 238, 26, 3), "#1c242d", "#232c36")
        self._near = ground(with_pines(rng, ridge(rng, 290, 18, 2), 120, 46), "#0a0d12", "#06080b")
        self._rain = _rain(rng, 420, 26, 0.16), _rain(rng, 260, 48, 0.28)
        self._bolts = [_bolt(rng, x) for x in (180.0, 430.0, 300.0)]
        self._flash = halo(420, 1.5)

    def draw(self, time_s: float) -> Pixels:
        """The canvas, `time_s` seconds into the scene."""
        canvas = self._sky.copy()
        self._clouds[0].paint(canvas, round(40 * time_s))
        for bolt, strike_s in zip(self._bolts, STRIKES_S, strict=True):
            self._strike(canvas, bolt, _flicker(time_s - strike_s))
        self._clouds[1].paint(canvas, round(85 * time_s))
        self._far.paint(canvas, 14 * time_s)
        self._near.paint(canvas, 30 * time_s)
        for number, rain in enumerate(self._rain):
            _paint_rain(canvas, rain, (520 + 300 * number) * time_s)
        return canvas

    def _strike(self, canvas: Pixels, bolt: tuple[Pixels, float], strength: float) -> None:
        if strength > 0:
            mask, x = bolt
            shine(canvas, self._flash, (x, 90), "#8ea4c4", 0.32 * strength)
            canvas += mask * np.float32(strength)


def _flicker(since_s: float) -> float:
    """Brightness of a strike: it swells and trembles, so that no cut detector takes it for a cut."""
    if not 0 <= since_s < 0.7:
        return 0.0
    swell = float(smoothstep(0, 0.16, since_s) * smoothstep(0.7, 0.25, since_s))
    return swell * (0.75 + 0.25 * math.cos(26 * since_s))


def _bolt(rng: np.random.Generator, x: float) -> tuple[Pixels, float]:
    """A forked path of light from the clouds to the hills, and the column where it starts."""
    mask = np.zeros((HEIGHT, WIDTH, 3), dtype=np.float32)
    place, start = (x, 40.0), x
    while place[1] < 245:
        step = (place[0] + float(rng.normal(0, 11)), place[1] + float(rng.uniform(8, 20)))
        stroke(mask, place, step, 9, "#3c4c66", 0.5)
        stroke(mask, place, step, 2.4, "#eef4ff")
        if rng.random() < 0.3:
            fork = (step[0] + float(rng.normal(0, 34)), step[1] + float(rng.uniform(14, 40)))
            stroke(mask, step, fork, 1.3, "#aebfdc", 0.8)
        place = step
    return mask, start


def _rain(rng: np.random.Generator, count: int, length: float, strength: float) -> Pixels:
    """(2·HEIGHT, WIDTH, 3): slanting streaks, the lower half repeating the upper."""
    tile = np.zeros((HEIGHT, WIDTH, 3), dtype=np.float32)
    for _ in range(count):
        x, y = float(rng.uniform(0, WIDTH)), float(rng.uniform(0, HEIGHT))
        for wrap in (0, -HEIGHT):
            start = (x, y + wrap)
            if start[1] + length > 0:
                stroke(tile, start, (x - 0.28 * length, y + wrap + length), 1.1, "#ffffff", strength)
    return np.concatenate([tile, tile])[..., :1] * rgb("#9fb2c8")


def _paint_rain(canvas: Pixels, rain: Pixels, fall: float) -> None:
    offset = HEIGHT - round(fall) % HEIGHT
    canvas += rain[offset : offset + HEIGHT]


class Road:
    """Behind the fleeing car: the road rushes towards the camera under a burning sky.

    The reds of the chase all lean towards orange: hue jumps at pure red, and cut detectors would see cuts.
    """

    _horizon = 150

    def __init__(self) -> None:
        rng = np.random.default_rng(71)
        self._sky = gradient([(0, "#3a0e06"), (0.22, "#b3220e"), (0.42, "#ff5a1f")])
        shine(self._sky, halo(240, 1.8), (WIDTH / 2, self._horizon), "#ffb02e", 0.9)
        self._skyline = ground(_blocks(rng), "#2a0d06", "#2a0d06")
        rows = np.arange(HEIGHT - self._horizon, dtype=np.float32)[:, None] + 2
        self._distance = 160 / rows
        self._aside = np.abs((np.arange(WIDTH, dtype=np.float32)[None, :] - WIDTH / 2) / rows)
        self._fade = np.clip(rows / 60, 0.25, 1)[..., None]

    def draw(self, time_s: float) -> Pixels:
        """The canvas, `time_s` seconds into the shot."""
        canvas = self._sky.copy()
        self._skyline.paint(canvas, round(60 * time_s))
        canvas[self._horizon :] = self._ground(time_s)
        self._posts(canvas, time_s)
        self._car(canvas, time_s)
        # A hand-held camera: the whole picture shakes.
        shake = round(4 * math.sin(31 * time_s)), round(5 * math.sin(23 * time_s + 1))
        return np.roll(canvas, shake, axis=(0, 1))

    def _ground(self, time_s: float) -> Pixels:
        """(rows, WIDTH, 3): tarmac, side lines, dashes and striped verges, all in perspective."""
        bands = np.floor(self._distance * 3 + 15 * time_s) % 2
        colours = np.where((bands > 0)[..., None], rgb("#a82a10"), rgb("#5c1809"))
        on_road = (self._aside < 1.5)[..., None]
        colours = np.where(on_road, np.where((bands > 0)[..., None], rgb("#2b1a14"), rgb("#1d110c")), colours)
        dash = (self._aside < 0.05) & (bands > 0)
        line = np.abs(self._aside - 1.42) < 0.05
        colours = np.where((dash | line)[..., None], rgb("#ffd9a0"), colours)
        return np.asarray(colours * self._fade + rgb("#ff5a1f") * (1 - self._fade), dtype=np.float32)

    def _posts(self, canvas: Pixels, time_s: float) -> None:
        for number in range(6):
            near = 1 / (1.02 - (number / 6 + 1.7 * time_s) % 1)
            foot = self._horizon + 4 * near
            for side in (-1, 1):
                x = WIDTH / 2 + side * 8 * near
                stroke(canvas, (x, foot), (x, foot - 7 * near), 0.5 * near + 0.5, "#140a04")
                disc(canvas, (x, foot - 7 * near), 0.6 * near + 0.6, "#ffe28a")

    @staticmethod
    def _car(canvas: Pixels, time_s: float) -> None:
        x, y = 320 + 46 * math.sin(2.6 * time_s), 292 + 3 * math.sin(37 * time_s)
        convex(
            canvas, [(x - 52, y + 30), (x + 52, y + 30), (x + 58, y + 38), (x - 58, y + 38)], "#0a0502", 0.7
        )
        convex(canvas, [(x - 34, y - 30), (x + 34, y - 30), (x + 48, y - 4), (x - 48, y - 4)], "#1a0d08")
        convex(canvas, [(x - 28, y - 26), (x + 28, y - 26), (x + 38, y - 6), (x - 38, y - 6)], "#7a3320")
        convex(canvas, [(x - 54, y - 5), (x + 54, y - 5), (x + 52, y + 26), (x - 52, y + 26)], "#c8260f")
        for side in (-1, 1):
            stroke(canvas, (x + side * 40 - 7, y + 29), (x + side * 40 + 7, y + 29), 13, "#0a0502")
            disc(canvas, (x + side * 41, y + 8), 7, "#ff8a70")
            shine(canvas, _TAIL_LIGHT, (x + side * 41, y + 8), "#ff3a1a", 0.9)


_TAIL_LIGHT = halo(38, 2.2)


def _blocks(rng: np.random.Generator) -> Pixels:
    """A skyline of towers."""
    heights = rng.uniform(4, 52, LAYER_WIDTH // 20) * (rng.random(LAYER_WIDTH // 20) < 0.8)
    return np.asarray(150 - np.repeat(heights, 20), dtype=np.float32)


class Forest:
    """From the side: the car between tree trunks that tear past."""

    def __init__(self) -> None:
        rng = np.random.default_rng(73)
        self._sky = gradient([(0, "#a8420c"), (0.4, "#f0701c"), (0.75, "#ffb840")])
        shine(self._sky, halo(300, 2.0), (420, 170), "#ffd257", 0.7)
        self._far, self._middle = _trunks(rng, 38, 6, "#b4531a"), _trunks(rng, 14, 13, "#8a3a12")
        self._near = _trunks(rng, 2, 22, "#3a1206")
        self._ground = ground(ridge(rng, 300, 5, 6), "#2a1006", "#0d0603", 50)

    def draw(self, time_s: float) -> Pixels:
        """The canvas, `time_s` seconds into the shot."""
        canvas = self._sky.copy()
        self._far.paint(canvas, round(330 * time_s))
        self._middle.paint(canvas, round(430 * time_s))
        self._ground.paint(canvas, round(1300 * time_s))
        self._car(canvas, 250 + 60 * math.sin(3 * time_s), 292 + 3 * math.sin(34 * time_s), time_s)
        self._near.paint(canvas, round(1250 * time_s))
        return canvas

    @staticmethod
    def _car(canvas: Pixels, x: float, y: float, time_s: float) -> None:
        convex(
            canvas, [(x + 78, y - 14), (x + 640, y - 72), (x + 640, y + 82), (x + 78, y - 4)], "#ffe9a8", 0.3
        )
        convex(canvas, [(x - 44, y - 22), (x - 24, y - 46), (x + 22, y - 46), (x + 48, y - 22)], "#23100a")
        body = [(x - 84, y - 24), (x + 62, y - 24), (x + 86, y - 8), (x + 86, y + 6), (x - 86, y + 6)]
        convex(canvas, body, "#dc2a12")
        for wheel in (-52, 54):
            disc(canvas, (x + wheel, y + 6), 17, "#0a0502")
            disc(canvas, (x + wheel, y + 6), 8, "#b9a6a0")
            turn = 40 * time_s
            spoke = (x + wheel + 15 * math.cos(turn), y + 6 + 15 * math.sin(turn))
            stroke(canvas, (x + wheel, y + 6), spoke, 2.5, "#e8dcd4")
        shine(canvas, _TAIL_LIGHT, (x - 86, y - 10), "#ff3a1a", 0.9)


def _trunks(rng: np.random.Generator, count: int, width: float, colour: str) -> Layer:
    """Tree trunks over the whole height, softened along the way they move."""
    alpha = np.zeros(LAYER_WIDTH)
    for x in rng.uniform(0, LAYER_WIDTH, count):
        thick = width * rng.uniform(0.5, 1.2)
        apart = np.abs((np.arange(LAYER_WIDTH) - x + LAYER_WIDTH / 2) % LAYER_WIDTH - LAYER_WIDTH / 2)
        alpha = np.maximum(alpha, np.clip((thick / 2 - apart) / (0.3 * width) + 0.5, 0, 1))
    whole = np.broadcast_to(alpha.astype(np.float32), (HEIGHT, LAYER_WIDTH))
    return Layer(np.broadcast_to(rgb(colour), (HEIGHT, LAYER_WIDTH, 3)), whole)


class Tunnel:
    """Head-on through a tunnel: rings of lamps burst outwards, the pursuer's lights grow."""

    def __init__(self) -> None:
        x = np.arange(WIDTH, dtype=np.float32)[None, :] - WIDTH / 2
        y = (np.arange(HEIGHT, dtype=np.float32)[:, None] - 170) * 1.15
        self._radius = np.hypot(x, y) + 3
        self._depth = 260 / self._radius
        angle = np.arctan2(y, x)
        self._lamps = smoothstep(0.9, 0.99, np.cos(angle * 7 + 1.57))
        self._walls = (0.55 + 0.45 * np.cos(angle * 21)).astype(np.float32)
        self._beam = halo(150, 2.6)

    def draw(self, time_s: float) -> Pixels:
        """The canvas, `time_s` seconds into the shot."""
        phase = (self._depth + 9 * time_s) % 1
        ring = smoothstep(0.35, 0.0, np.abs(phase - 0.5))
        near = np.clip(self._radius / 330, 0.05, 1)
        canvas = (near * (0.18 + 0.4 * ring * self._walls))[..., None] * rgb("#ff3a10")
        canvas += (near * self._lamps * smoothstep(0.25, 0.55, ring))[..., None] * rgb("#ffc24a")
        grow = 14 + 22 * time_s
        for side in (-1, 1):
            lamp = (320 + side * grow * 1.9 + 5 * math.sin(29 * time_s), 186 + 4 * math.sin(33 * time_s))
            shine(canvas, self._beam, lamp, "#fff0d0", 0.85)
            disc(canvas, lamp, grow * 0.55, "#ffffff")
        return np.asarray(canvas, dtype=np.float32)
