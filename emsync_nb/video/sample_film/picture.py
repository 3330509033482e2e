"""The frames of the sample film, in order: shots, dissolve, fade, vignette and grain."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from emsync_nb.video.sample_film import calm_scenes, wild_scenes
from emsync_nb.video.sample_film.canvas import HEIGHT, WIDTH, Pixels, smoothstep
from emsync_nb.video.sample_film.storyboard import DISSOLVE, FADE, FPS, FRAME_COUNT, SHOTS, Shot

Painter = Callable[[float], Pixels]
#: deviation of the film grain, where full white is 1
_GRAIN = 0.010
_GRAIN_TILES = 6


def frames() -> Iterator[NDArray[np.uint8]]:
    """All frames of the film, each (HEIGHT, WIDTH, 3) RGB; the same on every run."""
    cast = _Cast()
    grain = _grain()
    vignette = _vignette()
    for number in range(FRAME_COUNT):
        canvas = _blended(cast, number)
        canvas *= vignette
        canvas += grain[number % _GRAIN_TILES]
        yield np.clip(canvas, 0, 255, out=canvas).astype(np.uint8)


class _Cast:
    """The painters, each built when its first shot comes."""

    def __init__(self) -> None:
        self._painters: dict[str, Painter] = {}

    def draw(self, shot: Shot, number: int) -> Pixels:
        """The canvas of a shot at a frame of the film; a little before or after the shot is fine."""
        if shot.painter not in self._painters:
            module = wild_scenes if hasattr(wild_scenes, shot.painter) else calm_scenes
            self._painters[shot.painter] = getattr(module, shot.painter)().draw
        return self._painters[shot.painter]((number - shot.start_frame) / FPS + shot.offset_s)


def _blended(cast: _Cast, number: int) -> Pixels:
    index = next(index for index, shot in enumerate(SHOTS) if number < shot.end_frame)
    if DISSOLVE[0] <= number < DISSOLVE[1]:
        return _dissolved(cast, number)
    canvas = cast.draw(SHOTS[index], number)
    if FADE[0] <= number < FADE[1]:
        middle, half = sum(FADE) / 2, (FADE[1] - FADE[0]) / 2
        canvas = canvas * smoothstep(0, 1, (abs(number + 0.5 - middle) - 0.5) / half)
    return canvas


def _dissolved(cast: _Cast, number: int) -> Pixels:
    """One shot melting into the next."""
    middle = sum(DISSOLVE) // 2
    old = next(shot for shot in SHOTS if shot.end_frame == middle)
    new = next(shot for shot in SHOTS if shot.start_frame == middle)
    share = smoothstep(0, 1, (number + 1 - DISSOLVE[0]) / (DISSOLVE[1] - DISSOLVE[0] + 1))
    return cast.draw(old, number) * (1 - share) + cast.draw(new, number) * share


def _grain() -> Pixels:
    """(tiles, HEIGHT, WIDTH, 1) of monochrome noise, on the scale 0 … 255; its mean rounds to the nearest."""
    rng = np.random.default_rng(5)
    return rng.normal(0.5, 255 * _GRAIN, (_GRAIN_TILES, HEIGHT, WIDTH, 1)).astype(np.float32)


def _vignette() -> Pixels:
    """(HEIGHT, WIDTH, 1): the scale from [0, 1] to 0 … 255, in the corners a little darker."""
    x = np.linspace(-1, 1, WIDTH)[None, :, None]
    y = np.linspace(-1, 1, HEIGHT)[:, None, None]
    return (255 - 41 * np.clip(x * x + y * y - 0.35, 0, None)).astype(np.float32)
