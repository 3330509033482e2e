"""Files that are no films, or damaged ones."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

from tests.cases.worlds import Grounds, the_film

NOISE = random.Random(0).randbytes(20_000)
TEXT = "This is no film.\n" * 200
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fccfc0500f0004850180"
    "84a98c210000000049454e44ae426082"
)
PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/film.ts\n#EXT-X-ENDLIST\n"


def cut_off(grounds: Grounds) -> bytes:
    """The first half: the table of an .mp4 stands at its end."""
    data = the_film(grounds)
    return data[: len(data) // 2]


def no_pictures(grounds: Grounds) -> bytes:
    """The film with every byte of its pictures and sound set to zero; only the table tells of a film."""
    data = bytearray(the_film(grounds))
    start, stop = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[start:stop] = bytes(stop - start)
    return bytes(data)


def lying_size(grounds: Grounds) -> bytes:
    """The film with a first box that says it is four gigabytes."""
    return b"\xff\xff\xff\xff" + the_film(grounds)[4:]


@cache
def _written(make: Callable[[Path], None], suffix: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"made{suffix}")
        make(path)
        return path.read_bytes()


def short(_: Grounds) -> bytes:
    """One second of picture."""
    return _written(_one_second, ".mp4")


def sound_only(_: Grounds) -> bytes:
    """Three seconds of sound, no picture."""
    return _written(_sound, ".mp4")


def wave(_: Grounds) -> bytes:
    """A WAV file."""
    return _written(_sound, ".wav")


def _one_second(path: Path) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(25):
            picture = np.full((48, 64, 3), number * 10, dtype=np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))


def _sound(path: Path) -> None:
    codec = "pcm_s16le" if path.suffix == ".wav" else "aac"
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=48_000, layout="mono")
        for block in range(144):
            data = np.zeros((1, 1000), dtype=np.int16 if codec != "aac" else np.float32)
            frame = av.AudioFrame.from_ndarray(
                data, format="s16" if codec != "aac" else "fltp", layout="mono"
            )
            frame.sample_rate, frame.time_base, frame.pts = 48_000, Fraction(1, 48_000), 1000 * block
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
