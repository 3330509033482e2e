"""A film of seconds and a network of thousands of weights: enough to run every stage, quickly."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, FRAMES = 160, 90, 102
FPS = Fraction(12_000, 1001)
#: first frames of the scenes after the first; the last lies more than 4 s behind the others
CUTS = (12, 36, 87)
DURATION_S = float(FRAMES / FPS)
#: a pitch that no instrument plays in tune, and its amplitude
TONE_HZ, TONE_AMPLITUDE = 3011.0, 0.2
_AUDIO_RATE = 48_000
_COLOURS = ((200, 40, 30), (20, 60, 190), (230, 220, 80), (15, 25, 20))


def make_film(path: Path, *, with_sound: bool = True) -> Path:
    """H.264 with a moving square over checkered colours, three hard cuts, a sine tone as sound."""
    with av.open(str(path), "w") as output:
        picture = output.add_stream("libx264", rate=FPS, options={"crf": "24", "preset": "veryfast"})
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = output.add_stream("aac", rate=_AUDIO_RATE, layout="stereo") if with_sound else None
        for number in range(FRAMES):
            output.mux(picture.encode(av.VideoFrame.from_ndarray(_frame(number), format="rgb24")))
        output.mux(picture.encode(None))
        if sound is not None:
            _add_tone(output, sound)
    return path


def _add_tone(output: av.container.OutputContainer, sound: av.AudioStream) -> None:
    times = np.arange(round(DURATION_S * _AUDIO_RATE)) / _AUDIO_RATE
    tone = (TONE_AMPLITUDE * np.sin(2 * np.pi * TONE_HZ * times)).astype(np.float32)
    for start in range(0, len(tone), 9600):
        block = np.tile(tone[start : start + 9600], (2, 1))
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base, frame.pts = _AUDIO_RATE, Fraction(1, _AUDIO_RATE), start
        output.mux(sound.encode(frame))
    output.mux(sound.encode(None))


def _frame(number: int) -> NDArray[np.uint8]:
    scene = sum(number >= cut for cut in CUTS)
    rgb = np.empty((HEIGHT, WIDTH, 3), dtype=np.uint8)
    rgb[:] = _COLOURS[scene]
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    rgb[(rows // (10 + 5 * scene) + columns // 15) % 2 == 0] //= 2
    # to and fro: a jump would be a cut
    left = abs(number % 80 - 40) * 3
    rgb[30:50, left : left + 20] = 255
    return rgb


def make_checkpoint(path: Path) -> Path:
    """An untrained network of the smallest useful size."""
    import torch

    from emsync_nb.generation.checkpoint import save
    from emsync_nb.generation.transformer import EventTransformer, NetworkSettings

    torch.manual_seed(1)
    network = EventTransformer(NetworkSettings(width=32, layers=1, heads=2, hidden=64))
    for outlet in (network.condition_out, network.condition_state):
        torch.nn.init.normal_(outlet.weight)  # zero to begin with, and deaf to all wishes
    save(network, path, {})
    return path


def amplitude_at(samples: NDArray[np.float64], rate: int, frequency_hz: float) -> float:
    """How loud one frequency is in (n,) samples, by one bin of a Fourier transform under a Hann window."""
    window = np.hanning(len(samples))
    turning = np.exp(-2j * np.pi * frequency_hz * np.arange(len(samples)) / rate)
    return float(2 * abs(np.sum(samples * window * turning)) / window.sum())
