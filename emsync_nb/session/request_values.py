"""The numbers that requests hold: checked, for they come from anywhere."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from emsync_nb.errors import PlanError

#: points of a curve that one request may bring
MAX_POINTS = 100_000
#: notes that one request may name
MAX_NOTES = 10_000
#: no film goes on for longer, in seconds
_LONGEST_S = 1e6
#: what can be asked for as a fraction
_NUMBER = re.compile(r"-?[0-9]{1,20}(/[0-9]{1,20}|(\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?)")


def fraction(value: object) -> Fraction:
    """A number or a text such as "12.5" or "300/24"; not one whose few characters mean gigabytes.

    Raises:
        PlanError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise PlanError(f"a number is needed, got {value!r:.60}")
    text = str(value)
    if not _NUMBER.fullmatch(text):
        raise PlanError(f"a number is needed, such as 12.5 or 300/24; got {text!r:.60}")
    return Fraction(text)


def whole(value: object) -> int:
    """A whole number.

    Raises:
        PlanError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise PlanError(f"a whole number is needed, got {value!r:.60}")
    return value


def number(value: object, name: str, low: float, high: float) -> float:
    """A number within [low, high].

    Raises:
        PlanError: it is none, or lies outside; `name` says which.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:  # type: ignore[operator] # nan is never between
        raise PlanError(f"{name} must be a number in {low:g} … {high:g}, got {value!r:.60}")
    return float(value)  # type: ignore[arg-type] # checked above


def switch(value: object, name: str) -> bool:
    """True or false.

    Raises:
        PlanError: it is neither.
    """
    if not isinstance(value, bool):
        raise PlanError(f"{name} is true or false, got {value!r:.60}")
    return value


def bars(value: object) -> tuple[int, int] | None:
    """A first and a last bar; None where none are named.

    Raises:
        PlanError: something else.
    """
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise PlanError(f"bars are a first and a last one, got {value!r:.60}")
    return whole(value[0]), whole(value[1])


def notes(value: object) -> list[tuple[Fraction, int]]:
    """Notes by the beat in which they begin, and their pitch; none where none are named.

    Raises:
        PlanError: something else.
    """
    return [(fraction(beat), whole(pitch)) for beat, pitch in _pairs(value or [], "notes", "beat")]


def notes_at_s(value: object) -> list[tuple[float, int]]:
    """Notes by the second in which they begin, and their pitch; None: none are named so.

    Raises:
        PlanError: something else, or an empty list, which would not say what is meant.
    """
    if value is None:
        return []
    found = [
        (number(start_s, "a note's start", 0, _LONGEST_S), whole(pitch))
        for start_s, pitch in _pairs(value, "notes_at_s", "second")
    ]
    if not found:
        raise PlanError("notes_at_s names no notes; name one at least, or leave it out")
    return found


def _pairs(value: object, name: str, first: str) -> list[tuple[object, object]]:
    if not isinstance(value, list | tuple) or len(value) > MAX_NOTES:
        raise PlanError(f"{name} must be a list of {MAX_NOTES} notes at most, got {value!r:.60}")
    for one in value:
        if not isinstance(one, list | tuple) or len(one) != 2:
            raise PlanError(f"{name} are pairs of {first} and pitch, got {one!r:.60}")
    return [(one[0], one[1]) for one in value]


def numbers(value: object, name: str) -> NDArray[np.float64]:
    """(n,) finite numbers, one at least, MAX_POINTS at most.

    Raises:
        PlanError: something else; `name` says which.
    """
    if not isinstance(value, list | tuple) or not value:
        raise PlanError(f"{name} must be a list of numbers, got {value!r:.60}")
    if len(value) > MAX_POINTS:
        raise PlanError(f"{name} has {len(value)} points; draw {MAX_POINTS} at most")
    for one in value:
        if type(one) not in (int, float) or not math.isfinite(one):
            raise PlanError(f"{name} must hold numbers only, got {one!r:.60}")
    return np.array(value, dtype=np.float64)
