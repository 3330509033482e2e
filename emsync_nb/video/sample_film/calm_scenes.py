"""The scenes that breathe: dawn, meadow, stillness, reunion, finale. Each paints itself at a time in seconds."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from emsync_nb.video.sample_film.canvas import (
    HEIGHT,
    WIDTH,
    Layer,
    Pixels,
    cloud_noise,
    convex,
    disc,
    gradient,
    halo,
    rgb,
    shine,
    smoothstep,
    stroke,
)
from emsync_nb.video.sample_film.scenery import (
    LAYER_WIDTH,
    Water,
    bird,
    clouds,
    ground,
    mist,
    ridge,
    stars,
    walker,
    with_pines,
)


class Dawn:
    """The sun comes up behind misty hills; birds cross."""

    def __init__(self) -> None:
        rng = np.random.default_rng(11)
        self._sky = gradient([(0, "#5a6fa8"), (0.3, "#c58fae"), (0.55, "#ffb48a"), (0.75, "#ffe0a6")])
        self._glow, self._disc = halo(300, 2.4), halo(34, 0.35)
        self._clouds = clouds(rng, 0.42, "#ffd9c0", "#b4789a", height=190)
        self._far = ground(ridge(rng, 215, 22, 3), "#b98aa4", "#d9a59c")
        self._middle = ground(ridge(rng, 250, 24, 4), "#80658f", "#b0808c")
        self._near = ground(with_pines(rng, ridge(rng, 300, 16, 3), 90, 34), "#3f3659", "#2b2540")
        self._mist = mist(rng, 215, 60, "#ffe3cf", 0.75), mist(rng, 265, 70, "#f6c9bd", 0.65)

    def draw(self, time_s: float) -> Pixels:
        """The canvas, `time_s` seconds into the scene."""
        canvas = self._sky * np.float32(0.86 + 0.03 * time_s)
        sun = (392.0, 232 - 13 * time_s)
        shine(canvas, self._glow, sun, "#ff9d5c", 0.75)
        self._clouds.paint(canvas, 5 * time_s)
        shine(canvas, self._disc, sun, "#fff2c4", 1.0)
        self._far.paint(canvas, 3 * time_s)
        self._mist[0].paint(canvas, 16 * time_s)
        self._middle.paint(canvas, 8 * time_s)
        self._mist[1].paint(canvas, 26 * time_s)
        self._near.paint(canvas, 18 * time_s)
        for number in range(7):
            x = 60 + 34 * time_s + 23 * number - 9 * (number % 3)
            y = 118 - 7 * time_s + 11 * ((number * 5) % 7) + 3 * math.sin(2 * time_s + number)
            bird(canvas, (x, y), 8 + number % 3, 11 * time_s + number, "#4a3350")
        return canvas


class Meadow:
    """Noon, flowers, a kite and butterflies."""

    def __init__(self) -> None:
        rng = np.random.default_rng(23)
        self._sky = gradient([(0, "#2f8fe8"), (0.45, "#8fd0ff"), (0.7, "#e2f6ff")])
        shine(self._sky, halo(260, 2.2), (545, 42), "#fff3b0", 0.8)
        self._clouds = clouds(rng, 0.5, "#ffffff", "#c9def2", height=210)
        grain = cloud_noise(rng, (HEIGHT, LAYER_WIDTH), (6, 8))
        self._far = ground(ridge(rng, 208, 20, 3), "#7cc68a", "#a8dc86", texture=grain)
        self._middle = ground(
            with_pines(rng, ridge(rng, 240, 20, 2), 16, 26), "#4fae4a", "#8ed15a", texture=grain
        )
        self._near = ground(ridge(rng, 285, 14, 2), "#58c03c", "#2c8a2e", 80, texture=grain)
        self._flowers = _flowers(rng)

    def draw(self, time_s: float) -> Pixels:
        """The canvas, `time_s` seconds into the scene."""
        canvas = self._sky.copy()
        self._clouds.paint(canvas, 13 * time_s)
        self._far.paint(canvas, 8 * time_s)
        self._middle.paint(canvas, 20 * time_s)
        self._near.paint(canvas, round(44 * time_s))
        self._kite(canvas, time_s)
        self._flowers.paint(canvas, round(95 * time_s + 5 * math.sin(3 * time_s)))
        for number, colour in enumerate(("#ffd23f", "#ff6fa8", "#ffffff")):
            self._butterfly(canvas, time_s + 1.7 * number, colour)
        return canvas

    @staticmethod
    def _kite(canvas: Pixels, time_s: float) -> None:
        x, y = 190 + 60 * math.sin(0.9 * time_s), 92 + 26 * math.sin(1.7 * time_s)
        tilt = 12 * math.cos(1.7 * time_s)
        stroke(canvas, (x, y), (60, 300), 1.0, "#f4f4f4", 0.7)
        convex(canvas, [(x + tilt, y - 30), (x + 22, y), (x - tilt, y + 38), (x - 22, y)], "#f0353f")
        convex(canvas, [(x + tilt, y - 30), (x + 22, y), (x, y)], "#ffd23f")
        tail = [(x - tilt + 9 * math.sin(5 * time_s - k) * k / 4, y + 38 + 11 * k) for k in range(7)]
        for first, second in pairwise(tail):
            stroke(canvas, first, second, 3, "#ff8a3d")

    @staticmethod
    def _butterfly(canvas: Pixels, phase: float, colour: str) -> None:
        x = 120 + (83 * phase) % 460 + 12 * math.sin(4 * phase)
        y = 262 + 30 * math.sin(1.9 * phase) + 6 * math.sin(7 * phase)
        open_wing = 3 + 5 * abs(math.sin(13 * phase))
        for side in (-1, 1):
            disc(canvas, (x + side * open_wing * 0.7, y - 3), open_wing * 0.62, colour)
            disc(canvas, (x + side * open_wing * 0.5, y + 4), open_wing * 0.45, colour)
        stroke(canvas, (x, y - 6), (x, y + 6), 1.6, "#4a3020")


def _flowers(rng: np.random.Generator) -> Layer:
    """Grass blades and blossoms at the lower border."""
    picture = np.zeros((HEIGHT, LAYER_WIDTH, 3), dtype=np.float32)
    alpha = np.zeros((HEIGHT, LAYER_WIDTH, 3), dtype=np.float32)
    for _ in range(900):
        x, tall = float(rng.uniform(8, LAYER_WIDTH - 8)), float(rng.uniform(10, 46))
        ends = (x, HEIGHT + 2.0), (x + float(rng.uniform(-7, 7)), HEIGHT - tall)
        stroke(picture, *ends, 2.6, str(rng.choice(["#2f9a2e", "#58b836", "#1f7a2c", "#7fd04a"])))
        stroke(alpha, *ends, 2.6, "#ffffff")
    for _ in range(170):
        place = (float(rng.uniform(8, LAYER_WIDTH - 8)), float(rng.uniform(HEIGHT - 50, HEIGHT - 4)))
        petal, colour = (
            float(rng.uniform(2.4, 4.6)),
            str(rng.choice(["#ff5d8f", "#ffd23f", "#ffffff", "#ff7a3d"])),
        )
        for turn in range(5):
            angle = 2 * math.pi * turn / 5
            at = (place[0] + petal * math.cos(angle), place[1] + petal * math.sin(angle))
            disc(picture, at, petal * 0.7, colour)
            disc(alpha, at, petal * 0.7, "#ffffff")
        disc(picture, place, petal * 0.6, "#f7a81b")
        disc(alpha, place, petal * 0.6, "#ffffff")
    return Layer(picture, alpha[..., 0])


class Stillness:
    """A lake at night under the moon; hardly anything moves."""

    def __init__(self) -> None:
        rng = np.random.default_rng(37)
        canvas = gradient([(0, "#060b1c"), (0.35, "#0d1a38"), (0.62, "#1d3258")])
        canvas += stars(rng, 240, 200)
        shine(canvas, halo(230, 2.4), (458, 84), "#8fa9dc", 0.5)
        disc(canvas, (458, 84), 24, "#f6f1dc")
        for x, y, radius in ((450, 77, 6), (465, 92, 5), (459, 71, 3), (470, 79, 4), (447, 95, 3)):
            disc(canvas, (x, y), radius, "#d8d0b8", 0.7)
        ground(ridge(rng, 190, 20, 3), "#13213f", "#1b2d4f").paint(canvas)
        ground(with_pines(rng, ridge(rng, 214, 8, 2), 80, 30), "#070d1a", "#070d1a").paint(canvas)
        self._shore = canvas
        self._water = Water(222, "#081226", 2.0)
        self._moonlight = halo(60, 1.5)

    def draw(self, time_s: float) -> Pixels:
        """The canvas, `time_s` seconds into the scene."""
        canvas = self._shore.copy()
        # Slower than a breath: the picture should seem to stand.
        self._water.paint(canvas, 0.25 * time_s)
        for step in range(8):
            width = 9 + 3 * step + 2 * math.sin(0.5 * time_s + 2 * step)
            y = 240 + 14 * step
            stroke(canvas, (458 - width, y), (458 + width, y), 1.6, "#dfe6f2", 0.32 - 0.025 * step)
        return canvas


class Reunion:
    """Golden evening: two people walk towards each other under a tree."""

    def __init__(self) -> None:
        rng = np.random.default_rng(41)
        self._sky = gradient([(0, "#e2784a"), (0.4, "#ffae57"), (0.72, "#ffe29a")])
        shine(self._sky, halo(360, 2.0), (300, 196), "#ffb347", 0.6)
        self._disc = halo(58, 0.3)
        self._clouds = clouds(rng, 0.4, "#fff0c8", "#e58a5c", height=170)
        self._far = ground(ridge(rng, 238, 18, 3), "#d9914e", "#c9763f")
        self._hill_line = self._hill()
        self._hill_layer = ground(self._hill_line, "#5a3320", "#2a1710", 70)
        self._tree = _tree(rng)
        self._dust = rng.uniform(0, 1, (46, 4))
        self._speck = halo(5, 1.4)

    @staticmethod
    def _hill() -> Pixels:
        x = np.arange(LAYER_WIDTH, dtype=np.float32)
        return np.asarray(292 - 34 * np.exp(-(((x - 330) / 260) ** 2)), dtype=np.float32)

    def draw(self, time_s: float) -> Pixels:
        """The canvas, `time_s` seconds into the scene."""
        canvas = self._sky.copy()
        self._clouds.paint(canvas, 7 * time_s)
        shine(canvas, self._disc, (300, 196), "#fff4cc", 1.0)
        self._far.paint(canvas, 5 * time_s)
        self._hill_layer.paint(canvas)
        self._tree.paint(canvas)
        gap = 112 * (1 - float(smoothstep(0, 3.3, time_s))) + 7
        for side in (-1, 1):
            x = 300 + side * gap
            stride = 6.5 * time_s if gap > 8 else 0.0
            walker(canvas, (x, float(self._hill_line[round(x)]) + 2), 60 - 3 * side, stride, -side)
        self._paint_dust(canvas, time_s)
        return canvas

    def _paint_dust(self, canvas: Pixels, time_s: float) -> None:
        """Specks that drift upwards in the low sun."""
        for x, y, speed, phase in self._dust:
            place = (
                x * WIDTH + 14 * math.sin(time_s + 6 * phase),
                (y * HEIGHT - (14 + 22 * speed) * time_s) % HEIGHT,
            )
            shine(canvas, self._speck, place, "#fff0b8", 0.35 + 0.35 * math.sin(3 * time_s + 9 * phase))


def _tree(rng: np.random.Generator) -> Layer:
    """A broad old tree at the right."""
    picture = np.zeros((HEIGHT, LAYER_WIDTH, 3), dtype=np.float32) + rgb("#24120c")
    alpha = np.zeros((HEIGHT, LAYER_WIDTH, 3), dtype=np.float32)
    for foot, top, width in (
        ((500, 266), (496, 190), 15),
        ((496, 210), (462, 150), 9),
        ((497, 205), (540, 146), 9),
    ):
        stroke(alpha, foot, top, width, "#ffffff")
    for _ in range(620):
        angle, reach = rng.uniform(0, 2 * math.pi), math.sqrt(rng.uniform(0, 1))
        place = (500 + 92 * reach * math.cos(angle), 128 + 58 * reach * math.sin(angle))
        disc(alpha, place, float(rng.uniform(3, 9)), "#ffffff", 0.95)
        disc(picture, place, 3.0, str(rng.choice(["#3a1d10", "#4c2814", "#24120c"])))
    return Layer(picture, alpha[..., 0])


class Finale:
    """Lanterns rise over the lake at dusk."""

    def __init__(self) -> None:
        rng = np.random.default_rng(53)
        self._backdrop = gradient([(0, "#43307e"), (0.3, "#a44c96"), (0.5, "#ff8f6b"), (0.64, "#ffd08a")])
        self._backdrop += 0.5 * stars(rng, 70, 90)
        clouds(rng, 0.42, "#ffb08a", "#8a4a90", height=170).paint(self._backdrop)
        ground(ridge(rng, 208, 18, 3), "#6a3a78", "#8a4a7c").paint(self._backdrop)
        ground(with_pines(rng, ridge(rng, 226, 6, 2), 70, 24), "#2c1a42", "#2c1a42").paint(self._backdrop)
        self._water = Water(234, "#5a2f6c", 3.0)
        #: x, start row, size, phase; the far and small ones first
        self._lanterns = sorted(rng.uniform(0, 1, (34, 4)).tolist(), key=lambda lantern: lantern[2])
        self._halo = halo(44, 2.4)

    def draw(self, time_s: float) -> Pixels:
        """The canvas, `time_s` seconds into the scene."""
        canvas = self._backdrop.copy()
        for x, start, size, phase in self._lanterns:
            place = (
                x * WIDTH + 9 * math.sin(0.9 * time_s + 6 * phase),
                250 - 210 * start - (22 + 34 * size) * (time_s - 0.6),
            )
            self._lantern(canvas, place, 4 + 8 * size, 1 + 0.12 * math.sin(9 * time_s + 20 * phase))
        self._water.paint(canvas, time_s)
        return canvas

    def _lantern(self, canvas: Pixels, place: tuple[float, float], size: float, flicker: float) -> None:
        x, y = place
        shine(canvas, self._halo, place, "#ff9a3c", 0.42 * flicker)
        corners = [
            (x - size * 0.7, y - size),
            (x + size * 0.7, y - size),
            (x + size, y + size),
            (x - size, y + size),
        ]
        convex(canvas, corners, "#ffb347", 0.95)
        disc(canvas, (x, y + size * 0.45), size * 0.5, "#fff6cf", 0.9)
