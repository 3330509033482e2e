"""What stands on the screen: signs, letters, titles, burnt-in subtitles, read about once a second.

Tesseract (Smith 2007, ICDAR; the Debian packages tesseract-ocr and tesseract-ocr-eng) reads, through pytesseract (the
extra `ocr`, Apache-2.0). It was chosen over RapidOCR, whose models come in its wheel, because that one runs English
words together and brings a second OpenCV along.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.expert import Opinion, Unavailable
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.words import features
from emsync_nb.analysis.words.judging import opinion_of
from emsync_nb.analysis.words.spoken import spoken
from emsync_nb.domain import Boundary
from emsync_nb.domain.curve import FloatArray
from emsync_nb.domain.words import MAX_SHOWN_S, Subtitle, sane
from emsync_nb.extras import is_installed, require

#: how often it looks, in seconds
EVERY_S = 1.0
#: pictures are enlarged to at least this long a side, in pixels: letters of five pixels are read at ten
_SIDE = 640
#: words of which Tesseract is surer than this, of 100, count: it gives titles 90 and more, leaves and bicycles 40 to 75
_MIN_SURE = 80.0
#: so many letters make a text, if one of its words has so many; two strokes are soon taken for "fi"
_MIN_LETTERS, _MIN_WORD = 4, 3
#: what a word looks like, with the marks around it: letters that are large all, none, or the first, and a vowel
_PART = r"(?:[A-Za-zÀ-ÿ][a-zà-ÿ]*|[A-ZÀ-Þ]+)"
_WORD = re.compile(rf"""[“”"'‘’(\[¿¡-]*({_PART}(?:['’-]{_PART})*)[“”"'’)\].,;:!?…-]*""")
_VOWEL = re.compile("[aeiouyà-ÿ]", re.IGNORECASE)
#: mean difference of brightness, of 255, below which the picture has not changed
_UNCHANGED = 1.0
#: a picture that takes longer to read is given up, in seconds
_PATIENCE_S = 10
#: what is read from pictures is doubted more than what is written in files
_DOUBT = 0.6
_PROGRAM_MISSING = "the program tesseract is not installed: sudo apt install tesseract-ocr tesseract-ocr-eng"


class ScreenTextExpert:
    """Reads what stands on the screen."""

    name = "screen"

    def __init__(self) -> None:
        """Looks for the program with the first frame."""
        self._reason: str | None = None
        self._is_ready = False
        self._next_s = 0.0
        self._last_look: NDArray[np.float32] | None = None
        self._text, self._since_s, self._seen_s = "", 0.0, 0.0
        self._lines: list[Subtitle] = []
        self._given_up = 0

    @property
    def note(self) -> str:
        """How much it read, and what it could not."""
        return f"{_counted(len(self._lines), 'text')} on the screen{self._left_out}"

    @property
    def _left_out(self) -> str:
        if not self._given_up:
            return ""
        return f"; {_counted(self._given_up, 'picture')} took longer than {_PATIENCE_S} s and went unread"

    def see(self, glance: Glance) -> None:
        """Read the picture, about once a second, unless it is the same as before."""
        time_s = float(glance.time_s)
        if self._reason is not None or time_s < self._next_s:
            return
        if not self._is_ready:
            self._prepare()
        if self._reason is None:
            self._next_s = time_s + EVERY_S
            self._note_down(self._text if self._is_unchanged(glance) else self._read(glance.rgb), time_s)

    def judge(self, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """The emotion of what was read; boundaries play no part."""
        if self._reason is not None:
            raise Unavailable(self._reason)
        self._note_down("", self._seen_s + EVERY_S)
        if not self._lines:
            raise Unavailable(f"nothing readable stands on the screen{self._left_out}")
        return opinion_of(self.name, at_s, self._lines, _DOUBT)

    def _prepare(self) -> None:
        """Find out whether anything can be read."""
        self._is_ready = True
        if not features.is_available():
            self._reason = "the extra 'text' is not installed: pip install 'emsync_nb[text]'"
        elif not is_installed("pytesseract"):
            self._reason = "the extra 'ocr' is not installed: pip install 'emsync_nb[ocr]'"
        else:
            tesseract = require("pytesseract")
            os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # its own threads cost more than they bring
            try:
                if "eng" not in tesseract.get_languages():
                    self._reason = "Tesseract has not learnt English: sudo apt install tesseract-ocr-eng"
            except (tesseract.TesseractNotFoundError, tesseract.TesseractError):
                self._reason = _PROGRAM_MISSING

    def _is_unchanged(self, glance: Glance) -> bool:
        last, self._last_look = self._last_look, glance.look.copy()
        return last is not None and float(np.abs(last - glance.look).mean()) < _UNCHANGED

    def _read(self, rgb: NDArray[np.uint8]) -> str:
        """The words of a picture; none where it takes too long."""
        tesseract = require("pytesseract")
        try:
            table = tesseract.image_to_data(
                _prepared(rgb),
                lang="eng",
                config="--psm 11",  # sparse text, wherever it stands
                output_type=tesseract.Output.DICT,
                timeout=_PATIENCE_S,
            )
        except tesseract.TesseractError as error:
            self._reason = f"Tesseract failed ({' '.join(str(error).split())[:120]}); reinstall tesseract-ocr"
            return ""
        except RuntimeError:  # its time was up
            self._given_up += 1
            return ""
        return _sure_words(table)

    def _note_down(self, text: str, time_s: float) -> None:
        """A text lasts until another is read."""
        is_over = text != self._text or time_s - self._since_s > MAX_SHOWN_S
        if is_over:
            line = sane(self._since_s, time_s, self._text)
            self._lines += [line] if line is not None else []
            self._text, self._since_s = text, time_s
        self._seen_s = time_s


def _prepared(rgb: NDArray[np.uint8]) -> Any:  # noqa: ANN401 - an array that pytesseract takes
    """The picture in grey, large enough to be read."""
    cv2 = require("cv2")
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    factor = _SIDE / max(grey.shape)
    return cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC) if factor > 1 else grey


def _sure_words(table: dict[str, list[Any]]) -> str:
    """The words that Tesseract is sure of and that look like words, in its order."""
    pairs = zip(table["text"], table["conf"], strict=True)
    words = [word.strip() for word, sure in pairs if float(sure) >= _MIN_SURE and _is_word(word.strip())]
    text = spoken(" ".join(words))
    letters = [sum(letter.isalpha() for letter in word) for word in text.split()]
    return text if sum(letters) >= _MIN_LETTERS and max(letters) >= _MIN_WORD else ""


def _is_word(text: str) -> bool:
    """Whether it has the shape of one; noise is letters of both sizes, without vowels, or signs."""
    found = _WORD.fullmatch(text)
    return found is not None and _VOWEL.search(found[1]) is not None


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
