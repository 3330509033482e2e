"""The strip of thumbnails shows the film's own frames at their own times. OpenCV reads the JPEG."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.errors import VideoError
from emsync_nb.pipeline import Thumbnails, thumbnails, thumbnails_of
from emsync_nb.video import probe
from tests.cases.film_factory import make_film, read_number
from tests.cases.films import FILMS, FilmCase

CASES = {case.name: case for case in FILMS}
#: a key frame every second
EVERY_SECOND = (("x264-params", "keyint=25:min-keyint=25:scenecut=0"), ("preset", "veryfast"))
NUMBERED = FilmCase("numbered", picture="numbered", cuts_s=(), options=EVERY_SECOND)


def pictures(found: Thumbnails) -> list[NDArray[np.uint8]]:
    """RGB of each, cut out of the sheet."""
    sheet = cv2.imdecode(np.frombuffer(found.jpeg, dtype=np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    rows = -(-len(found.times_s) // found.columns)
    assert sheet.shape == (rows * found.height, found.columns * found.width, 3)
    places = [divmod(number, found.columns) for number in range(len(found.times_s))]
    return [
        sheet[row * found.height :, column * found.width :][: found.height, : found.width]
        for row, column in places
    ]


def assert_own_times(found: Thumbnails, case: FilmCase) -> None:
    assert list(found.times_s) == sorted(set(found.times_s))
    for time_s, rgb in zip(found.times_s, pictures(found), strict=True):
        (number,) = (n for n, at_s in enumerate(case.times_s) if abs(float(at_s) - time_s) < 1e-3)
        assert read_number(rgb) == number


def test_a_short_film_has_two_a_second_with_their_own_times(tmp_path: Path) -> None:
    found = thumbnails_of(probe(make_film(NUMBERED, tmp_path)))
    assert (len(found.times_s), found.width, found.height, found.columns) == (12, 96, 54, 12)
    middles = [(number + 0.5) / 2 for number in range(12)]
    assert found.times_s == pytest.approx(middles, abs=1 / 25)
    assert_own_times(found, NUMBERED)


def test_key_frames_are_enough_where_there_are_as_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "_by_decoding", None)  # is not needed
    info = probe(make_film(NUMBERED, tmp_path))
    found = thumbnails_of(info, count=6)
    assert found.times_s == (0, 1, 2, 3, 4, 5)
    assert_own_times(found, NUMBERED)


def test_a_long_film_is_not_decoded_where_key_frames_are_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "_by_decoding", None)
    monkeypatch.setattr(thumbnails, "_QUICK_PIXELS", 1000)
    found = thumbnails_of(probe(make_film(NUMBERED, tmp_path)))
    assert found.times_s == (0, 1, 2, 3, 4, 5)
    assert_own_times(found, NUMBERED)


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("phone turned 90", 30),
        ("phone turned 270", 30),
        ("upside down", 96),
        ("wide pixels", 96),
        ("HEVC 10 bit", 96),
        ("VP9", 96),
        ("AV1", 96),
        ("ProRes", 96),
        ("variable rate", 96),
        ("broadcast clock", 96),
        ("picture starts late", 96),
        ("two seconds", 96),
    ],
)
def test_films_of_all_kinds(name: str, width: int, tmp_path: Path) -> None:
    case = replace(CASES[name], picture="numbered", cuts_s=())
    info = probe(make_film(case, tmp_path))
    found = thumbnails_of(info)
    assert (found.width, found.height) == (width, 54)
    shown = pictures(found)
    assert len(shown) == int(2 * info.duration_s)
    for time_s, rgb in zip(found.times_s, shown, strict=True):
        nearest = int(np.argmin([abs(float(at_s) - time_s) for at_s in case.times_s]))
        assert read_number(rgb) == nearest


def test_a_frame_that_stays_is_shown_once(tmp_path: Path) -> None:
    case = replace(CASES["1 frame a second"], picture="numbered", cuts_s=(), seconds=6)
    found = thumbnails_of(probe(make_film(case, tmp_path)))
    assert found.times_s == (0, 1, 2, 3, 4, 5)
    assert_own_times(found, case)


def test_what_cannot_be_read_is_black(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "_QUICK_PIXELS", 1000)
    film = make_film(replace(NUMBERED, sounds=()), tmp_path)
    info = probe(film)
    with av.open(str(film)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(film.read_bytes())
    for pos, size in places[50:100]:  # from 2 s to 4 s
        assert pos is not None
        data[pos : pos + size] = bytes(size)
    film.write_bytes(data)
    found = thumbnails_of(info, count=6)
    shown = pictures(found)
    black = [rgb.max() < 10 for rgb in shown]
    assert black[2:4] == [True, True]
    assert black[:2] == black[4:] == [False, False]


def test_sizes_and_counts(tmp_path: Path) -> None:
    info = probe(make_film(NUMBERED, tmp_path))
    found = thumbnails_of(info, count=1, height=30)
    assert (len(found.times_s), found.width, found.height) == (1, 53, 30)
    with pytest.raises(ValueError, match="got 0"):
        thumbnails_of(info, count=0)
    wide = thumbnails_of(replace(info, width=9000), count=2)
    assert wide.width == 8 * wide.height


def test_a_film_that_is_gone_is_told(tmp_path: Path) -> None:
    info = probe(make_film(NUMBERED, tmp_path))
    with pytest.raises(VideoError, match="does not exist"):
        thumbnails_of(replace(info, path=tmp_path / "gone.mp4", duration_s=Fraction(6)))
