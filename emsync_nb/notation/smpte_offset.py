"""Where a film's own clock stands at beat 0, as a MIDI file says it: the SMPTE offset (FF 54; SMF 1.0)."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from emsync_nb.domain.timecode import FilmClock

#: frames a second that a MIDI file can count in without dropping numbers; slower and faster films are counted in parts
_RATES = (24, 25, 30)
#: what a file calls 30 drop-frame
_DROPPING = 29.97
_HUNDREDTHS = 100


class SmpteOffset(NamedTuple):
    """The fields of the event."""

    #: 24, 25, 29.97 (30 drop-frame) or 30
    frame_rate: float
    hours: int
    minutes: int
    seconds: int
    frames: int
    #: hundredths of a frame
    sub_frames: int


def smpte_offset(clock: FilmClock) -> SmpteOffset | None:
    """What a file says of the clock; None where a film has no timecode of its own, and nothing need be said.

    Films that count more frames a second than MIDI files can, such as 50, are counted at a half of it, and slow ones at
    a multiple; what is left of a frame goes into its hundredths.

    Raises:
        ValueError: the rate has no such start.
    """
    if not clock.has_code:
        return None
    hours, minutes, seconds, frames = (int(part) for part in re.split("[:;]", clock.code(Fraction(0))))
    counted = max(1, round(clock.fps or 1))
    rate = next((rate for rate in _RATES if not counted % rate or not rate % counted), _RATES[-1])
    whole, rest = divmod(round(Fraction(frames * rate * _HUNDREDTHS, counted)), _HUNDREDTHS)
    return SmpteOffset(_DROPPING if ";" in clock.start else rate, hours, minutes, seconds, whole, rest)
