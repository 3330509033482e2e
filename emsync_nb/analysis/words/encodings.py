"""Bytes of a subtitle file as text. Whoever saved it, and in which encoding, is unknown: a guess is told as one."""

from __future__ import annotations

import codecs
import re

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOST = "\N{REPLACEMENT CHARACTER}"
#: full-width kana; half-width ones are what Western letters look like when they are read as Shift-JIS
_KANA = re.compile("[\u3041-\u30fe]")
_MIN_KANA = 3
#: of UTF-8 that was damaged, at least this share of what is not ASCII is still whole
_STILL_WHOLE = 0.8
#: Western text in UTF-16 has a zero in about every other byte
_ZEROS = 0.3


def decode(raw: bytes) -> tuple[str, str | None]:
    """The text, and what is wrong with it in a few words; None where it is sound Unicode.

    A byte order mark decides; then UTF-8; then, each told as a guess, UTF-16 without a mark, UTF-8 with damage,
    Shift-JIS, and what Windows and Latin-1 make of it, the field's old habit. Any bytes are read.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return _with_losses(raw.decode(encoding, errors="replace"), raw.count(_LOST.encode()))
    if (wide := _wide(raw)) is not None:
        return raw.decode(wide, errors="replace"), "it is UTF-16 without a byte order mark"
    try:
        # a character that the limit of size has cut is no damage
        return codecs.getincrementaldecoder("utf-8")().decode(raw), None
    except UnicodeDecodeError:
        return _damaged_utf8(raw) or _guessed(raw)


def _wide(raw: bytes) -> str | None:
    """UTF-16 by its zeros."""
    half = len(raw) // 2
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = raw[first::2].count(0), raw[1 - first :: 2].count(0)
        if half >= 8 and zeros > _ZEROS * half and others < zeros / 10:
            return encoding
    return None


def _damaged_utf8(raw: bytes) -> tuple[str, str] | None:
    """Text most of whose characters beyond ASCII are sound UTF-8."""
    text = raw.decode("utf-8", errors="replace")
    lost = text.count(_LOST)
    whole = sum(letter > "\x7f" for letter in text) - lost
    if whole < _STILL_WHOLE * (whole + lost):
        return None
    return text, f"{lost} of its characters are damaged"


def _with_losses(text: str, known: int) -> tuple[str, str | None]:
    lost = text.count(_LOST) - known
    return text, f"{lost} of its characters are damaged" if lost > 0 else None


def _guessed(raw: bytes) -> tuple[str, str]:
    for encoding, name in (("shift_jis", "Shift-JIS"), ("cp1252", "Windows-1252")):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "shift_jis" or len(_KANA.findall(text)) >= _MIN_KANA:
            return text, f"it is not UTF-8 (read as {name}, a guess)"
    return raw.decode("latin-1"), "it is not UTF-8 (read as Latin-1, a guess)"
