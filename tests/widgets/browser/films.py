"""Films for the desk: every frame carries its number, so that the one that is shown can be read from a picture."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 640, 360
FPS = Fraction(25)
FRAMES = 400
DURATION_S = float(FRAMES / FPS)
#: first frames of the scenes after the first
CUTS = (76, 160, 235, 310)
_RATE = 44_100
#: sky, ground, and how high and how loud the sound is, of each scene
_SCENES = (
    ((250, 190, 90), (120, 80, 40), 262, 0.10),
    ((30, 40, 90), (10, 15, 30), 110, 0.04),
    ((240, 70, 60), (90, 10, 20), 523, 0.30),
    ((120, 200, 250), (60, 160, 70), 330, 0.12),
    ((90, 90, 95), (40, 40, 45), 147, 0.05),
)
#: the number of a frame stands in squares, white for 1, below one another so that nothing that moves covers them
_BITS, _SQUARE, _LEFT, _TOP = 9, 24, 24, 48
#: the same for others: left, top, side of a square, how many
NUMBER_AT = (_LEFT, _TOP, _SQUARE, _BITS)

Frame = NDArray[np.uint8]


def write_film(path: Path, *, frames: int = FRAMES, codec: str = "libx264", with_sound: bool = True) -> Path:
    """A film of five scenes; the ending of `path` says in what container."""
    options = {"crf": "20", "preset": "superfast"} if codec == "libx264" else {}
    with av.open(str(path), "w") as output:
        picture = output.add_stream(codec, rate=FPS, options=options)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = output.add_stream("aac", rate=_RATE, layout="stereo") if with_sound else None
        for number in range(frames):
            output.mux(picture.encode(av.VideoFrame.from_ndarray(painted(number), format="rgb24")))
            if sound is not None:
                output.mux(sound.encode(_sounding(number)))
        for stream in (picture, sound):
            if stream is not None:
                output.mux(stream.encode(None))
    return path


def write_long_film(path: Path, seconds: int = 7200) -> Path:
    """Small pictures, one a second, a scene of its own every five minutes; no sound."""
    with av.open(str(path), "w") as output:
        picture = output.add_stream("libx264", rate=1, options={"preset": "ultrafast", "g": "60"})
        picture.width, picture.height, picture.pix_fmt = 96, 54, "yuv420p"
        for number in range(seconds):
            scene = number // 300
            rgb = np.full((54, 96, 3), (37 * scene % 200, 91 * scene % 220, 20 + 53 * scene % 190), np.uint8)
            rgb[20:30, number % 80 : number % 80 + 10] = 255
            output.mux(picture.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        output.mux(picture.encode(None))
    return path


def painted(number: int) -> Frame:
    """Sky, ground, a sun that drifts, and the number of the frame."""
    sky, ground, _, _ = _SCENES[_scene(number)]
    rgb = np.empty((HEIGHT, WIDTH, 3), dtype=np.uint8)
    shade = np.linspace(1, 0.6, HEIGHT)[:, None, None]
    rgb[:] = np.array(sky) * shade
    rgb[240:] = ground
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    centre = 200 + 3 * (number % 120)
    rgb[(rows - 120) ** 2 + (columns - centre) ** 2 < 40**2] = (255, 245, 200)
    for bit in range(_BITS):
        top = _TOP + bit * _SQUARE
        rgb[top : top + _SQUARE, _LEFT : _LEFT + _SQUARE] = 255 if number >> bit & 1 else 0
    return rgb


def number_shown(rgb: Frame) -> int:
    """The number that a picture of a frame carries, at whatever size it was taken."""
    scale_y, scale_x = rgb.shape[0] / HEIGHT, rgb.shape[1] / WIDTH
    column = round((_LEFT + _SQUARE / 2) * scale_x)
    rows = [round((_TOP + (bit + 0.5) * _SQUARE) * scale_y) for bit in range(_BITS)]
    return sum(int(rgb[row, column, :3].mean() > 127) << bit for bit, row in enumerate(rows))


def frames_of(path: Path, numbers: list[int]) -> list[Frame]:
    """Frames of a film as decord reads them."""
    import decord

    return list(decord.VideoReader(str(path)).get_batch(numbers).asnumpy())


def _scene(number: int) -> int:
    return sum(number >= cut for cut in CUTS)


def _sounding(number: int) -> Any:  # noqa: ANN401 - an av.AudioFrame
    _, _, pitch_hz, loudness = _SCENES[_scene(number)]
    count = int(_RATE / FPS)
    times_s = (number * count + np.arange(count)) / _RATE
    steps = np.arange(1, 4)[:, None]
    tone = (np.sin(2 * np.pi * pitch_hz * steps * times_s) / steps).sum(axis=0)
    block = np.tile((loudness * tone).astype(np.float32), (2, 1))
    frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
    frame.sample_rate, frame.time_base, frame.pts = _RATE, Fraction(1, _RATE), number * count
    return frame


def film_times_s() -> Iterator[float]:
    """When the scenes after the first begin."""
    return (float(cut / FPS) for cut in CUTS)
