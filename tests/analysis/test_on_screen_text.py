"""Text on the screen: a fake reader at the package's edge, and Tesseract itself where it is installed."""

from __future__ import annotations

import shutil
import sys
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from emsync_nb.analysis import on_screen_text
from emsync_nb.analysis.expert import Unavailable
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.on_screen_text import ScreenTextExpert
from emsync_nb.analysis.timeline import grid
from emsync_nb.domain import Frame
from emsync_nb.extras import is_installed
from tests.analysis.words.conftest import without_meaning

__all__ = ["without_meaning"]

cv2 = pytest.importorskip("cv2")
DARK, BRIGHT = 30, 200


class TesseractError(RuntimeError):
    """As the package's."""


class TesseractNotFoundError(OSError):
    """As the package's."""


class FakeTesseract:
    """Reads "Thanks, I love it" in bright pictures and rubbish in dark ones."""

    Output = SimpleNamespace(DICT="dict")
    TesseractError = TesseractError
    TesseractNotFoundError = TesseractNotFoundError

    def __init__(self) -> None:
        self.looks = 0
        self.error: Exception | None = None
        self.languages = ["eng"]

    def get_languages(self) -> list[str]:
        if isinstance(self.error, TesseractNotFoundError):
            raise self.error
        return self.languages

    def image_to_data(self, picture: np.typing.NDArray[np.uint8], **_: object) -> dict[str, list[Any]]:
        self.looks += 1
        if self.error is not None:
            raise self.error
        assert picture.ndim == 2 and max(picture.shape) >= 640
        if picture.mean() < 100:
            return {"text": ["", "~;", "xqv"], "conf": [-1, 80, 12.5]}
        return {"text": ["Thanks,", "I", "love", "", "it"], "conf": [91, 90, "95", "-1", 87.0]}


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, without_meaning: None) -> FakeTesseract:
    fake = FakeTesseract()
    monkeypatch.setitem(sys.modules, "pytesseract", fake)
    monkeypatch.setattr(on_screen_text, "is_installed", lambda package: True)
    return fake


def show(expert: ScreenTextExpert, *brightness: int) -> None:
    """Four frames a second, each second of one brightness."""
    show_later(expert, 0, *brightness)


def show_later(expert: ScreenTextExpert, from_s: int, *brightness: int) -> None:
    """The same, from a second of the film on."""
    for number, value in enumerate((value for value in brightness for _ in range(4)), start=4 * from_s):
        rgb = np.full((144, 256, 3), value, dtype=np.uint8)
        expert.see(Glance.of(Frame(number, Fraction(number, 4), rgb)))


def test_texts_last_as_long_as_they_are_seen(reader: FakeTesseract) -> None:
    expert = ScreenTextExpert()
    show(expert, DARK, BRIGHT, BRIGHT, DARK)
    opinion = expert.judge(grid(12), ())
    assert (opinion.name, expert.note) == ("screen", "1 text on the screen")
    assert opinion.valence_confidence[:3].max() == 0
    assert opinion.valence_confidence[5] == opinion.valence_confidence[11] > opinion.valence_confidence[14]
    assert [item.time_s for item in opinion.evidence] == [1.0]
    assert "Thanks, I love it" in opinion.evidence[0].words


#: what Tesseract made of Big Buck Bunny and of bicycles, and of the titles of a trailer: words and how sure it was
NOISE = [
    [("a>", 50), ("w", 63), ("fi", 62), ("x}", 53), ("a", 64), ("4", 57)],
    [("42", 68), ("Yry", 71), ("~~", 44), ("&", 71), ("ey", 63)],
    [("+4", 60), ("fi", 87), ("—", 63), ("A", 77)],
    [("ws", 53), ("BU", 95), ("Nily", 75)],
    [("fi", 95), ("BU", 95)],
    [("wZq", 96), ("lllI", 95), ("krmps", 99), ("-=|", 99)],
]
TITLES = [
    ([("THE", 95), ("PEACH", 95), ("OPEN", 96), ("MOVIE", 96)], "THE PEACH OPEN MOVIE"),
    ([("AND", 94), ("ONE", 94), ("~;", 92), ("RABBIT", 95)], "AND ONE RABBIT"),
    ([("“Don’t", 93), ("worry,", 92), ("O'Neil!”", 91), ("Été", 95)], "“Don’t worry, O'Neil!” Été"),
]


@pytest.mark.parametrize("read", NOISE, ids=str)
def test_noise_is_no_text(read: list[tuple[str, int]]) -> None:
    words, sure = zip(*read, strict=True)
    assert on_screen_text._sure_words({"text": list(words), "conf": list(sure)}) == ""


@pytest.mark.parametrize(("read", "text"), TITLES, ids=lambda value: str(value)[:20])
def test_titles_are_texts(read: list[tuple[str, int]], text: str) -> None:
    words, sure = zip(*read, strict=True)
    assert on_screen_text._sure_words({"text": list(words), "conf": list(sure)}) == text


def test_pictures_that_take_too_long_are_counted(reader: FakeTesseract) -> None:
    expert = ScreenTextExpert()
    show(expert, BRIGHT)
    reader.error = RuntimeError("Tesseract process timeout")
    show_later(expert, 1, DARK, BRIGHT)
    expert.judge(grid(3), ())
    assert expert.note == "1 text on the screen; 2 pictures took longer than 10 s and went unread"
    nobody = ScreenTextExpert()
    show(nobody, DARK)
    with pytest.raises(Unavailable, match=r"on the screen; 1 picture took longer than 10 s and went unread$"):
        nobody.judge(grid(1), ())


def test_a_picture_that_stands_still_is_read_once(reader: FakeTesseract) -> None:
    expert = ScreenTextExpert()
    show(expert, *[BRIGHT] * 10)
    expert.judge(grid(10), ())
    assert reader.looks == 1


def test_nothing_to_read_is_no_opinion(reader: FakeTesseract) -> None:
    expert = ScreenTextExpert()
    show(expert, DARK, DARK)
    with pytest.raises(Unavailable, match="nothing readable"):
        expert.judge(grid(2), ())
    with pytest.raises(Unavailable, match="nothing readable"):
        ScreenTextExpert().judge(grid(2), ())


def test_a_picture_that_takes_too_long_is_passed_over(reader: FakeTesseract) -> None:
    expert = ScreenTextExpert()
    reader.error = RuntimeError("Tesseract process timeout")
    show(expert, BRIGHT)
    reader.error = None
    show_later = Glance.of(Frame(9, Fraction(5), np.full((144, 256, 3), 180, dtype=np.uint8)))
    expert.see(show_later)
    assert expert.judge(grid(8), ()).evidence[0].time_s == 5.0


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("package", r"emsync_nb\[ocr\]"),
        ("program", "apt install tesseract-ocr"),
        ("language", "apt install tesseract-ocr-eng"),
        ("failing", "reinstall"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    missing: str, words: str, reader: FakeTesseract, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "package":
        monkeypatch.setattr(on_screen_text, "is_installed", lambda package: False)
    reader.error = {"program": TesseractNotFoundError(), "failing": TesseractError("a\nb")}.get(missing)
    reader.languages = [] if missing == "language" else ["eng"]
    expert = ScreenTextExpert()
    show(expert, BRIGHT)
    with pytest.raises(Unavailable, match=words) as caught:
        expert.judge(grid(2), ())
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(
    not is_installed("pytesseract") or shutil.which("tesseract") is None, reason="Tesseract is not installed"
)
def test_tesseract_reads_a_small_picture(without_meaning: None) -> None:
    rgb = np.full((144, 256, 3), 40, dtype=np.uint8)
    cv2.putText(rgb, "so happy today", (20, 120), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2)
    expert = ScreenTextExpert()
    for number in range(8):
        expert.see(Glance.of(Frame(number, Fraction(number, 4), rgb)))
    expert.judge(grid(2), ())
    assert [line.text for line in expert._lines] == ["so happy today"]
