"""Numbers as files write them, refused where no music holds them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

#: no duration, number of a bar or pitch of any score is larger
_LARGEST = 10**9
#: ticks in a quarter are kept below this; odder scores are rounded to it
_FINEST = 10**9
#: divisions of a quarter below this are none
_COARSEST = 0.001


def decimal(text: str | None) -> float:
    """A finite number; 0 for nothing.

    Raises:
        ValueError: not a number, or one that no score holds.
    """
    value = float(text or 0)
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise ValueError(f"{(text or '')[:20]} is no number for a score")
    return value


def whole(text: str | None) -> int:
    """A number rounded to a whole one, halves to the even.

    Raises:
        ValueError: not a number, or one that no score holds.
    """
    return round(decimal(text))


def quarter_divisions(text: str | None) -> float:
    """Parts that `<divisions>` cuts a quarter into; fractions are odd, but are read.

    Raises:
        ValueError: not a number, or too small a one.
    """
    try:
        value = decimal(text)
    except ValueError:
        value = 0.0
    if value < _COARSEST:
        raise ValueError(
            f"its divisions are {(text or '')[:20]!r}; a quarter needs {_COARSEST} of them or more"
        )
    return value


def ticks_per_quarter(divisions: Iterable[str | None]) -> int:
    """Ticks that every duration of a score is whole in: 48 times what its divisions have in common.

    Raises:
        ValueError: divisions that are no number, or too small a one.
    """
    ticks = 1
    for text in set(divisions):
        value = Fraction(quarter_divisions(text)).limit_denominator(1000)
        ticks = math.lcm(ticks, value.numerator)
        if ticks > _FINEST:
            return 48 * 10080
    return 48 * ticks
