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
        return {"text": ["Thanks,", "I", "love", "", "it"], "conf": [91, 90, "95", "-1", 77.0]}


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, without_meaning: None) -> FakeTesseract:
    fake = FakeTesseract()
    monkeypatch.setitem(sys.modules, "pytesseract", fake)
    monkeypatch.setattr(on_screen_text, "is_installed", lambda package: True)
    return fake


def show(expert: ScreenTextExpert, *brightness: int) -> None:
    """Four frames a second, each second of one brightness."""
    for number, value in enumerate(value for value in brightness for _ in range(4)):
        rgb = np.full((144, 256, 3), value, dtype=np.uint8)
        expert.see(Glance.of(Frame(number, Fraction(number, 4), rgb)))


def test_texts_last_as_long_as_they_are_seen(reader: FakeTesseract) -> None:
    expert = ScreenTextExpert()
    show(expert, DARK, BRIGHT, BRIGHT, DARK)
    opinion = expert.judge(grid(12), ())
    assert (opinion.name, expert.note) == ("screen", "1 texts on the screen")
    assert opinion.valence_confidence[:3].max() == 0
    assert opinion.valence_confidence[5] == opinion.valence_confidence[11] > opinion.valence_confidence[14]
    assert [item.time_s for item in opinion.evidence] == [1.0]
    assert "Thanks, I love it" in opinion.evidence[0].words


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
