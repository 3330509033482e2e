"""Copies for browsers: every frame at its time, whole or not there. OpenCV reads their frames, FFmpeg their sound."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.errors import OutputError, VideoError
from emsync_nb.video import browser_problem, make_proxy, probe
from tests.cases.film_factory import BITS, make_film, read_number
from tests.cases.films import FILMS, FilmCase, Sound

CASES = {case.name: case for case in FILMS}
#: cases whose frames carry their numbers in the copy
NUMBERED = (
    "plain",
    "two seconds",
    "odd size",
    "upright 9 to 16",
    "wide pixels",
    "phone turned 90",
    "phone turned 270",
    "upside down",
    "23.976",
    "120",
    "1 frame a second",
    "variable rate",
    "screen recording",
    "variable webm",
    "HEVC 10 bit",
    "AV1 webm 10 bit",
    "ProRes",
    "4 4 4",
    "grey",
    "many B-frames",
    "Motion JPEG",
    "DVD",
    "H.264 transport",
    "fragmented",
    "trimmed by an edit list",
    "picture starts late",
    "broadcast clock",
    "no sound",
    "5.1",
    "longer sound",
    "cover art",
    "two pictures",
)


def numbered(name: str) -> FilmCase:
    return replace(CASES[name], picture="numbered", cuts_s=())


def copied(case: FilmCase, folder: Path, **options: Any) -> Path:  # noqa: ANN401 - of `make_proxy`
    target = folder / "copy.mp4"
    assert make_proxy(probe(make_film(case, folder)), target, **options)
    assert sorted(path.name for path in folder.iterdir()) == sorted(["copy.mp4", case.path_name])
    return target


def shown(path: Path) -> list[tuple[float, NDArray[np.uint8]]]:
    """(time in seconds, RGB) of each frame."""
    reader, frames = cv2.VideoCapture(str(path)), []
    while True:
        there, picture = reader.read()
        if not there:
            return frames
        frames.append((reader.get(cv2.CAP_PROP_POS_MSEC) / 1000, picture[..., ::-1]))


def packets(path: Path) -> list[tuple[Fraction, bool, int]]:
    """(time, key frame, size) of each picture."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [
            (packet.pts * packet.time_base, packet.is_keyframe, packet.size)
            for packet in container.demux(stream)
            if packet.size and packet.pts is not None and packet.time_base is not None
        ]


@pytest.mark.parametrize("name", NUMBERED)
def test_each_frame_is_shown_at_its_time(name: str, tmp_path: Path) -> None:
    case = numbered(name)
    copy = copied(case, tmp_path)
    info = probe(tmp_path / case.path_name)
    frames = shown(copy)
    first = len(case.ticks) - len(case.times_s)
    assert [read_number(rgb) for _, rgb in frames] == [
        (number + first) % (1 << BITS) for number in range(len(case.times_s))
    ]
    assert [time_s for time_s, _ in frames] == pytest.approx(
        [float(time) for time in case.times_s], abs=1.1e-3
    )
    assert float(abs(probe(copy).duration_s - info.duration_s)) < 1.1e-3
    height, width = frames[0][1].shape[:2]
    assert abs(width - info.width) <= 1
    assert abs(height - info.height) <= 1


@pytest.mark.parametrize("name", ["variable rate", "23.976", "120"])
def test_times_are_exact(name: str, tmp_path: Path) -> None:
    case = numbered(name)
    assert [time_s for time_s, _, _ in packets(copied(case, tmp_path))] == list(case.times_s)


@pytest.mark.parametrize("name", ["plain", "23.976", "120", "variable rate", "HEVC 10 bit", "no sound"])
def test_browsers_play_the_copy_and_seek_in_it_quickly(name: str, tmp_path: Path) -> None:
    copy = copied(CASES[name], tmp_path)
    assert browser_problem(probe(copy), copy) == ""
    data = copy.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(copy)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert context.sample_aspect_ratio in (None, 0, 1)
        assert [sound.codec_context.name for sound in container.streams.audio] == (
            [] if name == "no sound" else ["aac"]
        )
    keys = [time_s for time_s, is_key, _ in packets(copy) if is_key]
    assert keys[0] == 0
    assert max(np.diff([float(time_s) for time_s in keys]), default=0) <= 0.5


def test_long_sides_are_brought_down_and_never_up(tmp_path: Path) -> None:
    info = probe(copied(CASES["4K"], tmp_path))
    assert (info.width, info.height) == (960, 540)
    (tmp_path / "small").mkdir()
    info = probe(copied(CASES["phone turned 90"], tmp_path / "small", long_side=100))
    assert (info.width, info.height, info.rotation) == (56, 100, 0)


@pytest.mark.parametrize("start_s", [0.0, 0.52])
def test_sound_stays_with_the_picture(start_s: float, tmp_path: Path) -> None:
    case = replace(
        CASES["plain"], suffix=".mkv", start_s=start_s, sounds=(Sound(start_s=0.2, click_s=2 + start_s),)
    )
    samples, rate = heard(copied(case, tmp_path))
    assert samples.shape[0] == 2
    loud = np.flatnonzero(np.abs(samples[0]) > 0.3)
    assert loud[0] / rate == pytest.approx(2, abs=2e-3)
    assert loud[-1] / rate == pytest.approx(2.01, abs=2e-3)
    assert samples.shape[1] / rate == pytest.approx(6, abs=0.03)


def heard(path: Path) -> tuple[NDArray[np.float32], int]:
    """The sound as players place it: the encoder's lead-in, before 0, left out."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    rate = frames[0].sample_rate
    start = round(float((frames[0].pts or 0) * (frames[0].time_base or 0)) * rate)
    samples = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    return samples[:, max(0, -start) :], rate


@pytest.mark.parametrize(
    ("codec", "suffix", "pixels"),
    [
        ("libx264", ".mp4", "yuv420p"),
        ("mjpeg", ".mov", "yuvj420p"),
        ("gif", ".gif", "rgb8"),
        ("png", ".mov", "rgb24"),
    ],
)
def test_colours_stay(codec: str, suffix: str, pixels: str, tmp_path: Path) -> None:
    case = FilmCase(
        "colour",
        codec=codec,
        suffix=suffix,
        pixels=pixels,
        seconds=2,
        fps=10,
        picture="flat",
        cuts_s=(),
        sounds=(),
    )
    picture = shown(copied(case, tmp_path))[0][1]
    # rgb8 has eight reds, eight greens and four blues
    off = 24 if pixels == "rgb8" else 6
    assert np.abs(picture.mean(axis=(0, 1)) - (40, 90, 160)).max() < off


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    shares: list[float] = []
    copied(CASES["plain"], tmp_path, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert len(set(shares)) > 20


def test_a_film_can_be_named_by_its_path(tmp_path: Path) -> None:
    film = make_film(CASES["two seconds"], tmp_path)
    assert make_proxy(film, tmp_path / "copy.mp4")
    assert probe(tmp_path / "copy.mp4").duration_s == 2


def test_who_cancels_finds_nothing_but_what_was_there(tmp_path: Path) -> None:
    film, target, cancel = make_film(CASES["plain"], tmp_path), tmp_path / "copy.mp4", threading.Event()
    target.write_bytes(b"older")

    def stop(share: float) -> None:
        if share > 0.3:
            cancel.set()

    assert not make_proxy(film, target, progress=stop, cancel=cancel)
    assert target.read_bytes() == b"older"
    assert sorted(tmp_path.iterdir()) == sorted([film, target])


def test_what_progress_raises_leaves_nothing(tmp_path: Path) -> None:
    film = make_film(CASES["plain"], tmp_path)

    def fail(share: float) -> None:
        if share > 0.3:
            raise KeyError("stopped")

    with pytest.raises(KeyError):
        make_proxy(film, tmp_path / "copy.mp4", progress=fail)
    assert list(tmp_path.iterdir()) == [film]


def test_what_can_be_decoded_of_a_damaged_film_is_copied(tmp_path: Path) -> None:
    film = make_film(numbered("H.264 transport"), tmp_path)
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8000] = bytes(8000)
    film.write_bytes(data)
    assert make_proxy(film, tmp_path / "copy.mp4")
    frames = shown(tmp_path / "copy.mp4")
    assert 75 < len(frames) < 151
    for time_s, rgb in (frames[10], frames[-1]):
        assert read_number(rgb) == round(time_s * 25)
    assert frames[-1][0] == pytest.approx(149 / 25, abs=1e-3)


@pytest.mark.parametrize("damage", [lambda data: b"no film" * 900, lambda data: data[:600], lambda data: b""])
def test_what_is_no_film_is_refused_in_a_line(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    film = make_film(CASES["two seconds"], tmp_path)
    info = probe(film)
    film.write_bytes(damage(film.read_bytes()))
    for video in (film, info):
        with pytest.raises(VideoError) as refusal:
            make_proxy(video, tmp_path / "copy.mp4")
        assert "\n" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == [film]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    film = make_film(CASES["two seconds"], tmp_path)
    with pytest.raises(OutputError, match="cannot be written"):
        make_proxy(film, tmp_path / "none" / "copy.mp4")
    (tmp_path / "copy.mp4").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        make_proxy(film, tmp_path / "copy.mp4")
    assert {path.name for path in tmp_path.iterdir()} == {film.name, "copy.mp4"}


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("plain", ""),
        ("matroska", ""),
        ("VP8", ""),
        ("VP9", ""),
        ("AV1", ""),
        ("AV1 webm 10 bit", ""),
        ("no sound", ""),
        ("phone turned 90", ""),
        ("HEVC", "hevc"),
        ("ProRes", "prores"),
        ("DNxHR", "dnxhd"),
        ("10 bit", "yuv420p10le"),
        ("4 2 2", "yuv422p"),
        ("MPEG-4 in avi", ".avi"),
        ("H.264 avi", ".avi"),
        ("MPEG-2 transport", ".ts"),
        ("H.264 transport", ".ts"),
        ("camera mov", "mjpeg"),
        ("96 kHz 24 bit", "pcm_s24le"),
        ("5.1", "ac3"),
        ("picture starts late in mp4", "0.52 s late"),
    ],
)
def test_what_browsers_play(name: str, word: str, tmp_path: Path) -> None:
    film = make_film(replace(CASES[name], seconds=2, cuts_s=()), tmp_path)
    found = browser_problem(probe(film), film)
    assert word in found
    assert bool(found) == bool(word)
