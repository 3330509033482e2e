"""Tables of rated pictures, from anyone: what is read, and what is answered in one line."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.errors import DataError
from emsync_nb.training.emotion.rated_pictures import ratings_of, read_picture, read_rated_pictures

HEADER = "file,theme,valence_mean,arousal_mean\n"
GOOD = HEADER + "a.png,Acorns 1,1,7\nb.png,Acorns 2,4,4\nsub/c.png,Sea,7,2.5\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds three files of the names in GOOD."""
    place = tmp_path / "pictures"
    (place / "sub").mkdir(parents=True)
    for name in ("a.png", "b.png", "sub/c.png"):
        (place / name).write_bytes(png(1, 1))
    (tmp_path / "secret.png").write_bytes(png(1, 1))
    return place


def png(width: int, height: int) -> bytes:
    """A black picture, with the header alone for a huge one."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes((3 * width + 1) * height)) if width * height < 1000 else zlib.compress(b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def write(folder: Path, content: str | bytes) -> Path:
    """The table beside the folder."""
    path = folder.parent / "ratings.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_table_is_read(folder: Path) -> None:
    pictures = read_rated_pictures(
        write(folder, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()), folder
    )
    assert [picture.theme for picture in pictures] == ["acorns", "acorns", "sea"]
    np.testing.assert_allclose(ratings_of(pictures), [[-1, 1], [0, 0], [1, -0.5]])


def test_without_themes_names_of_files_tell_siblings(folder: Path) -> None:
    text = "valence_mean,extra,file,arousal_mean\n1,x,a.png,2\n2,x,b.png,3\n3,x,sub/c.png,4\n"
    assert [picture.theme for picture in read_rated_pictures(write(folder, text), folder)] == ["a", "b", "c"]


def test_names_that_are_numbers_are_no_siblings(folder: Path) -> None:
    for number in "12":
        (folder / f"{number}.png").write_bytes(png(1, 1))
    text = "file,valence_mean,arousal_mean\n1.png,1,2\n2.png,2,3\na.png,3,4\n"
    assert [picture.theme for picture in read_rated_pictures(write(folder, text), folder)] == ["1", "2", "a"]


WRONG = {
    "nothing": ("", "has no column file"),
    "no ratings": (
        "file,valence_mean\na.png,3\n",
        "has no column arousal_mean; the columns file, valence_mean",
    ),
    "another scale": (GOOD.replace("1,7", "-0.5,7"), r"line 2: valence_mean is '-0\.5'; ratings from 1 to 7"),
    "a scale of nine": (GOOD.replace("2.5", "8.5"), r"line 4: arousal_mean is '8\.5'"),
    "words": (GOOD.replace("2.5", "calm"), "arousal_mean is 'calm'"),
    "nan": (GOOD.replace("2.5", "nan"), "arousal_mean is 'nan'"),
    "inf": (GOOD.replace("2.5", "inf"), "arousal_mean is 'inf'"),
    "an empty cell": (GOOD.replace("2.5", ""), "arousal_mean is ''"),
    "a short row": (GOOD.replace(",Sea,7,2.5", ""), "valence_mean is None"),
    "a missing file": (GOOD.replace("b.png", "gone.png"), "line 3: there is no picture 'gone.png' in"),
    "no name": (GOOD.replace("b.png", ""), "there is no picture ''"),
    "a folder": (GOOD.replace("b.png", "sub"), "there is no picture 'sub'"),
    "outside": (GOOD.replace("b.png", "../secret.png"), "there is no picture '../secret.png'"),
    "absolute": (GOOD.replace("b.png", "/etc/hostname"), "there is no picture '/etc/hostname'"),
    "a NUL": (GOOD.replace("b.png", "b\0.png"), "no name of a file|it is no table"),
    "a long name": (GOOD.replace("b.png", "b" * 5_000), "no name of a file|there is no picture"),
    "twice": (GOOD.replace("b.png", "./a.png"), "rates a.png more than once"),
    "two rows": (HEADER + "a.png,x,1,2\nb.png,y,3,4\n", "rates 2 pictures; at least 3"),
    "all alike": (GOOD.replace("1,7", "1,4").replace("7,2.5", "7,4"), "every arousal_mean is the same"),
    "no text": (b"\xff\xfe" + GOOD.encode("utf-16-le"), "no text in UTF-8"),
    "an open quote": (GOOD.replace("Sea", '"Sea'), r"it is no table \(line 4: "),
}


@pytest.mark.parametrize(("content", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_in_one_line(folder: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_rated_pictures(write(folder, content), folder)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400 + 2 * len(str(folder))


def test_missing_places_are_told(folder: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_rated_pictures(folder / "gone.csv", folder)
    with pytest.raises(DataError, match="is no folder"):
        read_rated_pictures(write(folder, GOOD), folder / "gone")


NO_PICTURES = {
    "empty": (b"", "has 0 bytes"),
    "text": (b"no picture at all", "is no picture"),
    "half": (png(9, 9)[:40], "is no picture|cannot be decoded"),
    "a bomb": (png(60_000, 60_000), "cannot be decoded, or is too large|is no picture"),
}


@pytest.mark.parametrize(("content", "message"), NO_PICTURES.values(), ids=NO_PICTURES)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_picture(tmp_path / "x.png")


def test_a_picture_is_read_in_the_order_of_red_green_blue(tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "red.png"), np.full((2, 3, 3), (0, 0, 255), np.uint8))
    assert read_picture(tmp_path / "red.png").tolist() == [[[255, 0, 0]] * 3] * 2
