"""Things that stand in a landscape: ridges, woods, clouds, water, people."""

from __future__ import annotations

import math

import numpy as np

from emsync_nb.video.sample_film.canvas import (
    HEIGHT,
    WIDTH,
    Colour,
    Layer,
    Pixels,
    cloud_noise,
    disc,
    rgb,
    smoothstep,
    stroke,
)

#: layers are wider than the frame, so that a slow pan shows no repetition
LAYER_WIDTH = 2 * WIDTH


def ridge(
    rng: np.random.Generator, level: float, swing: float, waves: int, width: int = LAYER_WIDTH
) -> Pixels:
    """(width,) rows of a skyline: hills of about `swing` pixels around row `level`, seamless."""
    x = np.arange(width) * 2 * np.pi / width
    line = np.zeros(width)
    for octave in range(5):
        line += np.sin(x * (waves << octave) + rng.uniform(0, 2 * np.pi)) / 1.9**octave
    return np.asarray(level - swing * line / 1.6, dtype=np.float32)


def with_pines(rng: np.random.Generator, line: Pixels, count: int, height: float) -> Pixels:
    """The skyline with `count` pines of about `height` pixels standing on it."""
    crowned = line.copy()
    for _ in range(count):
        x, tall = int(rng.integers(20, line.size - 20)), height * rng.uniform(0.5, 1.1)
        reach = max(3, int(tall * 0.24))
        span = np.arange(-reach, reach + 1)
        # Jagged sides: every few pixels a branch.
        crown = tall * (1 - np.abs(span) / reach) * (0.82 + 0.18 * ((span * 7) % 5 < 3))
        crowned[x + span[0] : x + span[-1] + 1] = np.minimum(
            crowned[x + span[0] : x + span[-1] + 1], line[x] - crown.astype(np.float32)
        )
    return crowned


def ground(
    line: Pixels, upper: Colour, lower: Colour, depth: float = 120, texture: Pixels | None = None
) -> Layer:
    """Land below a skyline, from `upper` at the ridge to `lower`, `depth` pixels further down."""
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    below = rows - line[None, :]
    mix = np.clip(below / depth, 0, 1)[..., None]
    colours = rgb(upper) * (1 - mix) + rgb(lower) * mix
    if texture is not None:
        colours = colours * (0.8 + 0.4 * texture[..., None])
    return Layer(colours, np.clip(below + 0.5, 0, 1).astype(np.float32))


def clouds(
    rng: np.random.Generator, cover: float, lit: Colour, shaded: Colour, *, height: int = 240, cells: int = 3
) -> Layer:
    """Clouds over the upper `height` rows; `cover` 0 … 1 is how much of the sky they take."""
    noise = cloud_noise(rng, (height, LAYER_WIDTH), (cells, 2 * cells))
    density = smoothstep(1 - cover, 1.25 - cover, noise)
    # Light falls from above: what has cloud over it is darker.
    above = np.roll(noise, 9, axis=0)
    light = np.clip(0.5 + 2.4 * (noise - above), 0, 1)[..., None]
    fade = smoothstep(1.0, 0.6, np.linspace(0, 1, height))[:, None] if cover < 1 else np.float32(1)
    return Layer(rgb(lit) * light + rgb(shaded) * (1 - light), np.asarray(density * fade, dtype=np.float32))


def mist(rng: np.random.Generator, row: int, height: int, colour: Colour, strength: float) -> Layer:
    """A drifting band of haze, `height` rows from `row` down."""
    band = np.sin(np.linspace(0, np.pi, height))[:, None]
    noise = cloud_noise(rng, (height, LAYER_WIDTH), (1, 5))
    alpha = (strength * band * noise).astype(np.float32)
    return Layer(np.broadcast_to(rgb(colour), (*alpha.shape, 3)), alpha, top=row)


class Water:
    """A mirror below a shore: the picture above it upside down, rippled and darkened."""

    def __init__(self, shore: int, tint: Colour, ripple: float) -> None:
        """`ripple` is the sideways swing of the reflection at the lower border, in pixels."""
        self._shore = shore
        self._depth = np.arange(HEIGHT - shore)
        self._sources = np.clip(shore - 1 - self._depth * shore // (HEIGHT - shore), 0, shore - 1)
        self._ripple = ripple
        self._columns = np.arange(WIDTH)[None, :]
        self._tint = rgb(tint)

    def paint(self, canvas: Pixels, time_s: float) -> None:
        """Fill the canvas below the shore from what stands above it."""
        near = self._depth / self._depth[-1]
        swing = self._ripple * (0.2 + near) * np.sin(self._depth * (0.9 - 0.5 * near) + 2.2 * time_s)
        columns = np.clip(self._columns + np.round(swing).astype(int)[:, None], 0, WIDTH - 1)
        mirrored = canvas[self._sources[:, None], columns]
        strength = np.float32(0.72) - np.float32(0.25) * near.astype(np.float32)[:, None, None]
        canvas[self._shore :] = mirrored * strength + self._tint * (1 - strength)


def bird(canvas: Pixels, place: tuple[float, float], span: float, beat: float, colour: Colour) -> None:
    """Two wings; `beat` is the phase of their stroke in radians."""
    x, y = place
    lift = span * 0.45 * math.sin(beat)
    for side in (-1, 1):
        elbow = (x + side * span * 0.45, y - lift * 0.8 - span * 0.1)
        stroke(canvas, place, elbow, 1.8, colour)
        stroke(canvas, elbow, (x + side * span, y - lift * 0.4 + span * 0.08), 1.2, colour)


def walker(canvas: Pixels, foot: tuple[float, float], height: float, stride: float, facing: int) -> None:
    """A person in silhouette; `stride` is the phase of the step in radians, `facing` +1 right or −1 left."""
    ink = "#1c0f16"
    x, y = foot
    hip, neck = (x, y - 0.48 * height), (x + facing * 0.03 * height, y - 0.84 * height)
    for phase in (stride, stride + math.pi):
        swing = 0.17 * height * math.sin(phase)
        stroke(canvas, hip, (x + swing, y - 0.04 * height * max(0.0, math.cos(phase))), 0.085 * height, ink)
        stroke(
            canvas,
            (neck[0], neck[1] + 0.06 * height),
            (x - 0.8 * swing, y - 0.5 * height),
            0.06 * height,
            ink,
        )
    stroke(canvas, hip, neck, 0.15 * height, ink)
    disc(canvas, (neck[0] + facing * 0.02 * height, y - 0.94 * height), 0.075 * height, ink)


def stars(rng: np.random.Generator, count: int, lowest: int) -> Pixels:
    """(HEIGHT, WIDTH, 3): points of light of many sizes above row `lowest`."""
    sky = np.zeros((HEIGHT, WIDTH, 3), dtype=np.float32)
    for _ in range(count):
        place = (rng.uniform(0, WIDTH), lowest * rng.uniform(0, 1) ** 1.3)
        warm = rng.choice(["#ffffff", "#cfe0ff", "#fff0d8"])
        disc(sky, place, float(rng.uniform(0.25, 0.95)), warm, float(rng.uniform(0.25, 0.95)))
    return sky
