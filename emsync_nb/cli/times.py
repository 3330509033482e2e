"""Times and bars as people write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from emsync_nb.domain import Cue
from emsync_nb.errors import PlanError

_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,9})?)")
_BARS = re.compile(r"(\d{1,9})(?:\s*[-–]\s*(\d{1,9}))?", re.ASCII)


def parse_time(text: str) -> Fraction:
    """ "75", "1:15", "0:01:15.5" → seconds.

    Raises:
        PlanError: not a time.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise PlanError(f"{text!r} is not a time; write seconds or minutes:seconds, such as 75.5 or 1:15.5")
    hours, minutes, seconds = match.groups()
    if (minutes and Fraction(seconds) >= 60) or (hours and int(minutes) >= 60):
        raise PlanError(f"{text!r} is not a time; behind a colon numbers stay below 60, such as 2:15")
    return Fraction(seconds) + 60 * int(minutes or 0) + 3600 * int(hours or 0)


def parse_cues(texts: Sequence[str]) -> tuple[Cue, ...]:
    """ "0:05-0:20" → a cue.

    Raises:
        PlanError: not two times with a hyphen between them, or an out before the in.
    """
    return tuple(_cue(text) for text in texts)


def _cue(text: str) -> Cue:
    start, hyphen, end = text.replace("–", "-").partition("-")
    if not hyphen:
        raise PlanError(f"cue {text!r} needs an in and an out, such as 0:05-0:20")
    in_s, out_s = parse_time(start), parse_time(end)
    if out_s <= in_s:
        raise PlanError(f"cue {text!r} ends before it begins; write its in first, such as 0:05-0:20")
    return Cue(in_s, out_s)


def parse_bars(text: str | None) -> list[int] | None:
    """ "9-16" → [9, 16], "9" → [9, 9].

    Raises:
        PlanError: no bars.
    """
    if text is None:
        return None
    match = _BARS.fullmatch(text.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise PlanError(f"bars {text!r} are not a first and a last one, counted from 1, such as 9-16")
    return [first, last]
