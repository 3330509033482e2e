"""Timecode as edit rooms write it: hours:minutes:seconds:frames, counted from where a film's own clock begins.

Rates such as 29.97 count whole frames, 30 to a second; with drop-frame, written with a semicolon, numbers are left out
so that the count keeps up with the clock (SMPTE ST 12-1): two at the beginning of each minute but every tenth.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from emsync_nb.errors import PlanError

#: what a film begins at whose own clock nobody named
START = "00:00:00:00"
#: share of a frame by which a time may lie before it: tempi are whole microseconds
_ROUNDED = Fraction(1, 100)
_TIMECODE = re.compile(r"(\d{2}):([0-5]\d):([0-5]\d)([:;])(\d{2,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class FilmClock:
    """How times of one film are told to people, and read: as its own timecode, where it has one.

    A film that begins at 00:00:00:00, or whose rate is not known, is told in film time.
    """

    #: frames a second; None: not known
    fps: Fraction | None = None
    #: timecode of the first frame
    start: str = START

    @property
    def has_code(self) -> bool:
        """Whether times are told as timecode."""
        return self.fps is not None and self.start != START

    def code(self, time_s: Fraction) -> str:
        """The timecode of a time in seconds, which may be rounded down a little from a frame's.

        Raises:
            ValueError: the rate is not known or has no such start, or the time lies before the film.
        """
        if self.fps is None:
            raise ValueError("the film's rate is not known, so it has no timecode")
        frames = time_s * self.fps
        near = round(frames)
        is_rounded = 0 < near - frames < _ROUNDED
        return as_timecode(near / self.fps if is_rounded else time_s, self.fps, self.start)

    def tell(self, time_s: Fraction | float, plain: Callable[[Fraction], str] | None = None) -> str:
        """A time as the film's timecode; in film time, such as "12.5 s" or what `plain` makes of it, where it has none.

        Raises:
            ValueError: the rate has no such start.
        """
        exact = Fraction(time_s)
        if self.has_code and exact >= 0:
            return self.code(exact)
        return plain(exact) if plain else f"{float(exact):g} s"

    def span(self, start_s: Fraction | float, end_s: Fraction | float) -> str:
        """ "2 to 6 s", or from timecode to timecode."""
        if self.has_code and min(start_s, end_s) >= 0:
            return f"{self.tell(start_s)} to {self.tell(end_s)}"
        return f"{float(start_s):g} to {float(end_s):g} s"

    def read(self, timecode: str) -> Fraction:
        """Seconds from the film's beginning to a timecode.

        Raises:
            ValueError: no timecode of this film's rate, or one before the film; a line says what to do.
        """
        if self.fps is None and _TIMECODE.fullmatch(timecode):
            raise ValueError(f"{timecode!r} is a timecode, and the film's rate is not known; name film time")
        fps = self.fps or Fraction(1)  # what is no timecode is none of any rate
        frames = frame_number(timecode, fps) - frame_number(self.start, fps)
        if frames < 0:
            raise ValueError(
                f"{timecode} lies before the film, which begins at {self.start}; name a later one"
            )
        return frames / fps


class TimedError(Exception):
    """A refusal that names times: film time, until somebody who knows the film's clock tells them by it."""

    def __init__(self, line: str, *times_s: Fraction | float) -> None:
        """A line with "{}" for each time, in seconds of the film."""
        super().__init__(line.format(*(_minutes(Fraction(time_s)) for time_s in times_s)))
        self._line, self._times_s = line, times_s

    def told(self, clock: FilmClock) -> str:
        """The line by a film's clock.

        Raises:
            ValueError: as `FilmClock.tell`.
        """
        return self._line.format(*(clock.tell(time_s, _minutes) for time_s in self._times_s))


class TimedValueError(TimedError, ValueError):
    """Values that cannot be, because of times."""


class TimedPlanError(TimedError, PlanError):
    """A plan that cannot be, because of times."""


def _minutes(time_s: Fraction) -> str:
    """Such as "1:15.50"."""
    sign, (minutes, hundredths) = "-" * (time_s < 0), divmod(abs(round(time_s * 100)), 6000)
    return f"{sign}{minutes}:{hundredths / 100:05.2f}"


def as_timecode(time_s: Fraction, fps: Fraction, start: str = START) -> str:
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
