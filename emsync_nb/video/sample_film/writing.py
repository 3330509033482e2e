"""Writing the sample film and what goes with it: MP4, subtitles, and the truth about its cuts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from emsync_nb.errors import OutputError
from emsync_nb.extras import require
from emsync_nb.video.sample_film.canvas import HEIGHT, WIDTH
from emsync_nb.video.sample_film.picture import frames
from emsync_nb.video.sample_film.soundtrack import RATE, soundtrack
from emsync_nb.video.sample_film.storyboard import CUTS, DISSOLVE, FADE, FPS, FRAME_COUNT, LINES, scenes

_SAMPLES_PER_FRAME = RATE // FPS
_X264 = {"preset": "superfast", "crf": "26"}
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class SampleFilm:
    """Where the sample film and its companions lie."""

    video: Path
    #: SubRip lines whose words fit the scenes
    subtitles: Path
    #: JSON: cuts, fades, dissolves and scenes in frames
    truth: Path


def make_sample_film(folder: Path, *, on_progress: Progress | None = None) -> SampleFilm:
    """Paint and encode a film of 30 s, 640 × 360 at 25 frames a second, H.264 and AAC, always the same.

    Seven scenes of different moods, seven hard cuts, one dissolve and one fade through black. An older film
    of the same name is replaced, only once the new one is complete.

    Args:
        folder: made if it is missing.
        on_progress: gets the share of frames done, 0 … 1, after each frame.

    Raises:
        OutputError: the folder or a file in it cannot be written.
        MissingExtraError: PyAV is not installed.
    """
    film = SampleFilm(
        folder / "sample_film.mp4", folder / "sample_film.srt", folder / "sample_film.truth.json"
    )
    unfinished = folder / "sample_film.unfinished.mp4"
    av = require("av")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        film.subtitles.write_text(_subtitles(), encoding="utf-8")
        film.truth.write_text(_truth(), encoding="utf-8")
        with av.open(str(unfinished.resolve()), "w") as output:
            _encode(output, on_progress)
        unfinished.replace(film.video)
    except (av.FFmpegError, OSError) as error:
        raise OutputError(
            f"The sample film cannot be written to {folder} ({error.strerror}). Choose another folder."
        ) from error
    finally:
        if unfinished.is_file():
            unfinished.unlink()
    return film


def _encode(output: Any, on_progress: Progress | None) -> None:  # noqa: ANN401 - a PyAV container
    av = require("av")
    picture = output.add_stream("libx264", rate=FPS, options=_X264)
    picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    sound = output.add_stream("aac", rate=RATE, layout="stereo", bit_rate=160_000)
    samples = soundtrack()
    for number, rgb in enumerate(frames()):
        output.mux(picture.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        start = number * _SAMPLES_PER_FRAME
        block = av.AudioFrame.from_ndarray(
            samples[:, start : start + _SAMPLES_PER_FRAME].copy(), format="fltp", layout="stereo"
        )
        block.sample_rate, block.time_base, block.pts = RATE, Fraction(1, RATE), start
        output.mux(sound.encode(block))
        if on_progress is not None:
            on_progress((number + 1) / FRAME_COUNT)
    for stream in (picture, sound):
        output.mux(stream.encode(None))


def _subtitles() -> str:
    blocks = [
        f"{number}\n{_srt_time(line.start_frame)} --> {_srt_time(line.end_frame)}\n{line.text}\n"
        for number, line in enumerate(LINES, start=1)
    ]
    return "\n".join(blocks)


def _srt_time(frame: int) -> str:
    seconds, part = divmod(frame, FPS)
    return f"00:{seconds // 60:02d}:{seconds % 60:02d},{part * 1000 // FPS:03d}"


def _truth() -> str:
    facts = {
        "fps": FPS,
        "frame_count": FRAME_COUNT,
        "cuts": list(CUTS),
        "dissolves": [list(DISSOLVE)],
        "fades": [list(FADE)],
        "scenes": [{"name": name, "start_frame": start, "end_frame": end} for name, start, end in scenes()],
        "subtitles": [asdict(line) for line in LINES],
    }
    return json.dumps(facts, indent=2) + "\n"
