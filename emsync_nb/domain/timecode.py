"""Timecode as edit rooms write it: hours:minutes:seconds:frames, counted from where a film's own clock begins.

Rates such as 29.97 count whole frames, 30 to a second; with drop-frame, written with a semicolon, numbers are left out
so that the count keeps up with the clock (SMPTE ST 12-1): two at the beginning of each minute but every tenth.
"""

from __future__ import annotations

import re
from fractions import Fraction

_TIMECODE = re.compile(r"(\d{2}):([0-5]\d):([0-5]\d)([:;])(\d{2,3})", re.ASCII)


def as_timecode(time_s: Fraction, fps: Fraction, start: str = "00:00:00:00") -> str:
    """The timecode of the frame that shows at `time_s` seconds, in a film that begins at `start`.

    Raises:
        ValueError: `start` is no timecode of this rate, or the time lies before the film.
    """
    if time_s < 0:
        raise ValueError(f"a time cannot lie before the film, got {float(time_s):g} s")
    drops, rate = ";" in start, _counted(fps)
    number = frame_number(start, fps) + int(time_s * fps)
    if drops:
        number = _with_gaps(number, rate)
    seconds, frames = divmod(number, rate)
    hours, rest = divmod(seconds, 3600)
    return f"{hours % 24:02}:{rest // 60:02}:{rest % 60:02}{';' if drops else ':'}{frames:02}"


def frame_number(timecode: str, fps: Fraction) -> int:
    """How many frames after midnight a timecode is.

    Raises:
        ValueError: no timecode, or one that this rate does not have.
    """
    match = _TIMECODE.fullmatch(timecode)
    if match is None:
        raise ValueError(
            f"{timecode!r} is no timecode; write hours:minutes:seconds:frames, such as 01:00:00:00"
        )
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    rate, drops = _counted(fps), match[4] == ";"
    left_out = rate // 15  # 2 at 29.97, 4 at 59.94
    if drops and (fps.denominator == 1 or rate % 30):
        raise ValueError(
            f"{timecode!r} drops frames, which films of {float(fps):g} frames a second do not; use ':'"
        )
    if frames >= rate or hours > 23 or (drops and minutes % 10 and not seconds and frames < left_out):
        raise ValueError(f"{timecode!r} is no timecode at {float(fps):g} frames a second")
    total = 60 * hours + minutes
    number = (60 * total + seconds) * rate + frames
    return number - left_out * (total - total // 10) if drops else number


def _counted(fps: Fraction) -> int:
    """Frames that a second of timecode counts; one at least, however slow the film."""
    return max(1, round(fps))


def _with_gaps(number: int, rate: int) -> int:
    """The number that a drop-frame count gives the frame `number`."""
    left_out = rate // 15
    ten_minutes = 600 * rate - 9 * left_out
    minute = 60 * rate - left_out
    tens, rest = divmod(number, ten_minutes)
    gaps = 9 * tens
    if rest >= 60 * rate:
        gaps += 1 + (rest - 60 * rate) // minute
    return number + left_out * gaps
