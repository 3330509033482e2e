"""Reads SubRip (.srt) and WebVTT (.vtt): a line of times, lines of words, an empty line.

The file is hostile until checked. What cannot be read as a subtitle is skipped: a damaged block costs that block,
never the film. WebVTT is W3C's "WebVTT: The Web Video Text Tracks Format"; its hours may be left out, its notes,
styles and regions have no times and are passed over.
"""

from __future__ import annotations

import re

from emsync_nb.domain.words import MAX_SUBTITLES, Subtitle, sane

_STAMP = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_TIMING = re.compile(rf"^\s*{_STAMP}\s*-->\s*{_STAMP}", re.ASCII)


def parse_subrip(text: str) -> tuple[list[Subtitle], int]:
    """The readable subtitles in the order of the file, and how many could not be read."""
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
        numbers = timing.groups()
        subtitle = sane(_seconds(numbers[:4]), _seconds(numbers[4:]), "\n".join(words))
        if subtitle is None:
            damaged += 1
        else:
            found.append(subtitle)
        if len(found) == MAX_SUBTITLES:
            break
    return found, damaged


def _seconds(stamp: tuple[str | None, ...]) -> float:
    """Hours (or none), minutes, seconds and the digits after the comma, as seconds."""
    hours, minutes, seconds, fraction = (part or "0" for part in stamp)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000
