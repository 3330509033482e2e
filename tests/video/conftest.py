"""Small films made with PyAV, each frame of which carries its own number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

WIDTH, HEIGHT = 160, 120
BITS = 8
TICKS = 12_800
AUDIO_RATE = 48_000


@dataclass(frozen=True)
class FilmSpec:
    """A film to make: defaults give 3 s at 25 frames a second, H.264 with B-frames, no sound."""

    suffix: str = ".mp4"
    codec: str = "libx264"
    frame_count: int = 75
    #: presentation time of frame n, in ticks of 1/12800 s
    ticks: Callable[[int], int] = field(default=lambda n: 512 * n)
    #: counter-clockwise degrees of the display matrix
    rotation: int = 0
    sample_aspect: Fraction = Fraction(1)
    #: None for a silent film; or when a click of 10 ms sounds, in seconds on the container's clock
    click_s: float | None = None
    #: when the sound stream starts, in seconds on the container's clock
    audio_start_s: float = 0.0


SPECS = {
    "plain": FilmSpec(),
    "click": FilmSpec(click_s=1.5),
    "late sound": FilmSpec(click_s=1.5, audio_start_s=1.0),
    "late picture": FilmSpec(suffix=".mkv", ticks=lambda n: 512 * n + 6400, click_s=1.5),
    "variable rate": FilmSpec(ticks=lambda n: 512 * n if n < 40 else 512 * 40 + 1280 * (n - 40)),
    "turned 90": FilmSpec(rotation=90),
    "turned 180": FilmSpec(rotation=180),
    "turned 270": FilmSpec(rotation=270),
    "wide pixels": FilmSpec(sample_aspect=Fraction(2)),
    "webm": FilmSpec(suffix=".webm", codec="libvpx-vp9", click_s=1.5),
    "matroska": FilmSpec(suffix=".mkv", click_s=1.5),
    "quicktime": FilmSpec(suffix=".mov", click_s=1.5),
    "sixty": FilmSpec(frame_count=150, ticks=lambda n: n * TICKS // 60),
    "short": FilmSpec(frame_count=45),
}


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Path of a film of SPECS; made once."""
    folder = tmp_path_factory.mktemp("films")
    made: dict[str, Path] = {}

    def path_of(name: str) -> Path:
        if name not in made:
            made[name] = folder / f"{name}{SPECS[name].suffix}"
            _make(made[name], SPECS[name])
        return made[name]

    return path_of


@pytest.fixture(scope="session")
def clips(data_folder: Path) -> Path:
    """Folder of real clips."""
    return data_folder / "video"


def picture(number: int) -> NDArray[np.uint8]:
    """The frame's number as white and black blocks above, a moving ramp below."""
    rgb = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    for bit in range(BITS):
        if number >> bit & 1:
            rgb[: HEIGHT // 2, bit * WIDTH // BITS : (bit + 1) * WIDTH // BITS] = 255
    ramp = (np.arange(WIDTH) * 2 + number * 3) % 256
    rgb[HEIGHT // 2 :] = np.stack([ramp, ramp[::-1], np.full(WIDTH, 90)], axis=-1)
    return rgb


@pytest.fixture(scope="session")
def number_of() -> Callable[[NDArray[np.uint8]], int]:
    """Reads the number back from an upright decoded frame."""

    def read(rgb: NDArray[np.uint8]) -> int:
        row = rgb[rgb.shape[0] // 4].mean(axis=-1)
        centres = ((np.arange(BITS) + 0.5) * rgb.shape[1] / BITS).astype(int)
        return sum(1 << bit for bit, x in enumerate(centres) if row[x] > 128)

    return read


def _make(path: Path, spec: FilmSpec) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream(
            spec.codec, rate=25, options={"crf": "20", "preset": "veryfast", "cpu-used": "8"}
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.sample_aspect_ratio = spec.sample_aspect
        stream.codec_context.time_base = Fraction(1, TICKS)
        if spec.rotation:
            stream.set_display_rotation(spec.rotation)
        sound = None if spec.click_s is None else _add_sound(output, spec)
        for number in range(spec.frame_count):
            frame = av.VideoFrame.from_ndarray(_as_stored(picture(number), spec.rotation), format="rgb24")
            frame.pts, frame.time_base = spec.ticks(number), Fraction(1, TICKS)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if sound is not None:
            for block in _click(spec):
                output.mux(sound.encode(block))
            output.mux(sound.encode(None))


def _as_stored(rgb: NDArray[np.uint8], rotation: int) -> NDArray[np.uint8]:
    """Turned the other way and scaled to the stored size, so that players show it upright."""
    turned = np.rot90(rgb, k=-(rotation // 90))
    rows = np.arange(HEIGHT) * turned.shape[0] // HEIGHT
    columns = np.arange(WIDTH) * turned.shape[1] // WIDTH
    return np.ascontiguousarray(turned[rows[:, None], columns])


def _add_sound(output: av.container.OutputContainer, spec: FilmSpec) -> av.AudioStream:
    codec = "libopus" if spec.suffix == ".webm" else "aac"
    return output.add_stream(codec, rate=AUDIO_RATE, layout="stereo")


def _click(spec: FilmSpec) -> Iterator[av.AudioFrame]:
    assert spec.click_s is not None
    samples = np.zeros((2, 4 * AUDIO_RATE), dtype=np.float32)
    start = round(spec.click_s * AUDIO_RATE)
    samples[:, start : start + AUDIO_RATE // 100] = 0.8
    for first in range(round(spec.audio_start_s * AUDIO_RATE), 3 * AUDIO_RATE, 9600):
        block = av.AudioFrame.from_ndarray(
            samples[:, first : first + 9600].copy(), format="fltp", layout="stereo"
        )
        block.sample_rate, block.time_base, block.pts = AUDIO_RATE, Fraction(1, AUDIO_RATE), first
        yield block
