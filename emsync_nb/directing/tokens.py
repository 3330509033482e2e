"""A text as words with their places, and the numbers that words stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from emsync_nb.errors import PlanError

#: longer texts are no directions
MAX_CHARACTERS = 2000
#: no alternative can match in two ways, so reading takes time in proportion to the text
_TOKEN = re.compile(
    r"[0-9]+(?::[0-9]+){2};[0-9]+|[0-9]+(?::[0-9]+)+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|[^\W\d_]+(?:'[^\W\d_]+)*|\S|\n",
    re.UNICODE,
)
_HYPHEN = re.compile(r"(?<=[^\W_])-(?=[^\W\d_])")
NUMBERS: dict[str, Fraction] = {
    word: Fraction(value)
    for word, value in {
        "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
        "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
        "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
        "sixty": 60, "ninety": 90,
    }.items()
}  # fmt: skip
ORDINALS: dict[str, int] = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or a sign, in lower case, and where it stands in the text."""

    word: str
    start: int
    end: int


def cleaned(text: str) -> str:
    """The text without control characters, which nobody sees, and with plain dashes and apostrophes.

    Raises:
        PlanError: it is longer than 2,000 characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise PlanError(
            f"the directions hold {len(text)} characters; shorten them to {MAX_CHARACTERS}, or give them in parts"
        )
    plain = text.translate({ord("–"): "-", ord("—"): ",", ord("’"): "'"})
    return "".join(c if c.isprintable() or c == "\n" else " " for c in plain)


def tokens(text: str) -> list[Token]:
    """The words of a cleaned text; a hyphen before a letter parts words, as in string-quartet."""
    return [
        Token(match.group().lower(), match.start(), match.end())
        for match in _TOKEN.finditer(_HYPHEN.sub(" ", text))
    ]


def number(word: str) -> Fraction | None:
    """ "12", "7.5", "twelve" → the number."""
    if word in NUMBERS:
        return NUMBERS[word]
    return Fraction(word) if word[0] in "0123456789" and ":" not in word else None
