"""Reads SubRip (.srt) subtitles. The file is hostile until checked.

What cannot be read as a subtitle is skipped: a damaged block costs that block, never the film.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: a film of three hours has about 150 kB of subtitles; what lies beyond this is not read
MAX_BYTES = 4 * 1024 * 1024
#: subtitles kept of one file, and characters kept of one subtitle
MAX_SUBTITLES, MAX_CHARACTERS = 20_000, 500
#: a subtitle shown longer than this is damaged or a watermark; its end is brought forward, in seconds
MAX_SHOWN_S = 20.0

#: subtitles kept that begin within one second: more cannot be read, and every one costs the expert its time
MAX_A_SECOND = 4

_STAMP = r"(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_TIMING = re.compile(rf"^\s*{_STAMP}\s*-->\s*{_STAMP}", re.ASCII)
#: HTML-like tags and {\an8}-like overrides
_MARKUP = re.compile(r"<[^<>]{0,200}>|\{[^{}]{0,200}\}")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Subtitle:
    """One text on the screen."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class SrtFile:
    """What could be read of a file."""

    #: in order of time
    subtitles: tuple[Subtitle, ...]
    #: what is wrong with the file, in a few words each; empty where it is sound
    faults: tuple[str, ...]


def read_srt(path: Path) -> SrtFile:
    """The readable subtitles of a file, and what kept others from being read.

    Raises:
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    subtitles, damaged = _parsed(decode(raw[:MAX_BYTES]))
    kept = tuple(_readable(subtitles))
    faults = []
    if not _is_unicode(raw[:MAX_BYTES]):
        faults.append("it is not UTF-8")
    if len(raw) > MAX_BYTES:
        faults.append(f"it is larger than {MAX_BYTES >> 20} MiB")
    if damaged:
        faults.append(f"{damaged} of its subtitles cannot be read")
    if len(kept) < len(subtitles):
        faults.append(f"more than {MAX_A_SECOND} of its subtitles begin within one second")
    return SrtFile(kept, tuple(faults))


def decode(raw: bytes) -> str:
    """Text by its byte order mark; else UTF-8; else what Windows and Latin-1 make of it, the field's old habit."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")  # reads any bytes


def _is_unicode(raw: bytes) -> bool:
    """Whether the bytes are Unicode; a character that the limit has cut does not count against them."""
    if raw.startswith(tuple(mark for mark, _ in _BYTE_ORDER_MARKS)):
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return False
    return True


def parse_srt(text: str) -> tuple[Subtitle, ...]:
    """The subtitles in a text, in order of time.

    A subtitle is a line of timing and the lines after it up to a blank one. Numbers before the timing do
    not matter; a subtitle without text, or one that ends before it starts, is skipped.
    """
    return _parsed(text)[0]


def _parsed(text: str) -> tuple[tuple[Subtitle, ...], int]:
    """The subtitles in order of time, and how many blocks with an arrow gave none."""
    found: list[Subtitle] = []
    damaged = 0
    lines = iter(text.replace("\x00", "").splitlines())
    for line in lines:
        timing = _TIMING.match(line)
        if timing is None:
            damaged += "-->" in line
            continue
        words: list[str] = []
        for spoken in lines:
            if not spoken.strip():
                break
            words.append(spoken)
        subtitle = _subtitle(timing, " ".join(words))
        if subtitle is None:
            damaged += 1
        else:
            found.append(subtitle)
        if len(found) == MAX_SUBTITLES:
            break
    return tuple(sorted(found, key=lambda item: item.start_s)), damaged


def _readable(subtitles: Iterable[Subtitle]) -> Iterator[Subtitle]:
    """Those that a person could read: no more than `MAX_A_SECOND`."""
    begun: Counter[int] = Counter()
    for subtitle in subtitles:
        second = int(subtitle.start_s)
        begun[second] += 1
        if begun[second] <= MAX_A_SECOND:
            yield subtitle


def _subtitle(timing: re.Match[str], text: str) -> Subtitle | None:
    """The subtitle, or None if it has no text or no length."""
    numbers = timing.groups()
    start_s, end_s = _seconds(numbers[:4]), _seconds(numbers[4:])
    plain = " ".join(_MARKUP.sub(" ", text).split())[:MAX_CHARACTERS]
    if not plain or end_s <= start_s:
        return None
    return Subtitle(start_s, min(end_s, start_s + MAX_SHOWN_S), plain)


def _seconds(stamp: tuple[str, ...]) -> float:
    """Hours, minutes, seconds and the digits after the comma, as seconds."""
    hours, minutes, seconds, fraction = stamp
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000
