"""Single moments of a film in words: 0:20, "1 minute 10", "the second cut", "two thirds", "10 s before the end"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

from emsync_nb.directing.changes import Scene, clock
from emsync_nb.directing.tokens import ORDINALS, number

T = TypeVar("T")
_SECONDS = {"s", "sec", "secs", "second", "seconds"}
_MINUTES = {"m", "min", "mins", "minute", "minutes"}
_CUTS = {"cut", "cuts", "boundary", "boundaries"}
_SUFFIXES = {"st", "nd", "rd", "th"}
_FRACTIONS = {"half": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5}
_NO_SECONDS = _CUTS | {"bpm", "beats", "percent", "%", "times", "st", "nd", "rd", "th", "x"}


class Problem(str):
    """Why something that looks like a time is none of this film."""

    __slots__ = ()


Point = Fraction | Problem
Found = tuple[Point, int]


class PointReader:
    """Reads moments out of the words of a text, for one film."""

    def __init__(self, words: Sequence[str], scene: Scene) -> None:
        self._words = words
        self._duration_s, self._film = scene.duration_s, scene.clock
        self._cuts_s = tuple(sorted(boundary.time_s for boundary in scene.boundaries))

    def _at(self, i: int) -> str:
        return self._words[i] if 0 <= i < len(self._words) else ""

    def point(
        self, i: int, *, is_end: bool = False, is_bare: bool = False, is_inner: bool = False
    ) -> Found | None:
        """The moment that begins at word `i`, and the word behind it.

        Args:
            is_end: "the end" may stand here.
            is_bare: no preposition stands before it, so that "10 seconds" is no moment.
            is_inner: it stands behind "10 s before", and nothing more is counted from it.
        """
        start = i
        i += self._at(i) == "the"
        cut = self.cuts(i)
        if cut is not None:
            times, behind = cut
            return (times if isinstance(times, Problem) else times[0], behind) if times else None
        if is_end and self._at(i) in {"end", "finish"}:
            return self._duration_s, self.behind_film(i + 1)
        if not is_bare and self._at(i) in {"beginning", "start", "outset"}:
            return Fraction(0), self.behind_film(i + 1)
        found = self._clock(i) or self._share(i, is_bare and i == start)
        found = found or self._counted(i, is_bare, is_inner)
        return (self._within(found[0]), found[1]) if found is not None else None

    def is_the_end(self, i: int) -> bool:
        """Whether "the end" stands at word `i`."""
        return self._at(i) == "the" and self._at(i + 1) in {"end", "finish", "close"}

    def behind_film(self, i: int) -> int:
        """The word behind "of the film", where that stands at word `i`; else `i`."""
        if self._at(i) in {"of", "into", "through"} and self._at(i + 1) in {"the", "it"}:
            if self._at(i + 2) in {"film", "video", "piece", "music", "movie", "way"}:
                return self.behind_film(i + 3)
            return i + 2 if self._at(i + 1) == "it" else i
        return i + 1 if self._at(i) in {"in", "through", "mark"} and self._at(i + 1) in {"", ","} else i

    def amount(self, i: int) -> tuple[Fraction, int] | None:
        """ "ten seconds", "1 minute 20", "half a minute" → seconds."""
        if (self._at(i), self._at(i + 1), self._at(i + 2)) == ("half", "a", "minute"):
            return Fraction(30), i + 3
        count = Fraction(1) if self._at(i) in {"a", "one"} else number(self._at(i) or "x")
        if count is None:
            return None
        if self._at(i + 1) in _SECONDS and self._at(i) != "a" and self._at(i + 2) not in _CUTS:
            return count, i + 2
        return self._minutes(count, i + 2) if self._at(i + 1) in _MINUTES else None

    def _minutes(self, count: Fraction, i: int) -> tuple[Fraction, int]:
        """Whole minutes, with the seconds that may stand behind them."""
        if (self._at(i), self._at(i + 1), self._at(i + 2)) == ("and", "a", "half"):
            return count * 60 + 30, i + 3
        behind = i + (self._at(i) == "and")
        rest = number(self._at(behind) or "x")
        if rest is None or rest >= 60 or (behind > i and self._at(behind + 1) not in _SECONDS):
            return count * 60, i
        return count * 60 + rest, behind + 1 + (self._at(behind + 1) in _SECONDS)

    def bare_number(self, i: int, joins: set[str] | None = None) -> Found | None:
        """A number without a unit, as seconds; before one of `joins` where they are given."""
        value = number(self._at(i) or "x")
        if value is None or self._at(i + 1) in _NO_SECONDS or (joins and self._at(i + 1) not in joins):
            return None
        return self._within(value), i + 1

    def _clock(self, i: int) -> Found | None:
        if ":" not in self._at(i) or not self._at(i)[0].isdigit():
            return None
        if self._at(i).replace(";", ":").count(":") == 3:
            return self._timecode(self._at(i)), i + 1
        parts = [Fraction(part) for part in self._at(i).split(":")]
        if len(parts) > 3 or any(part >= 60 for part in parts[1:]):
            return Problem(f"{self._at(i)[:20]} is no time; behind a colon numbers stay below 60"), i + 1
        seconds = Fraction(0)
        for part in parts:
            seconds = seconds * 60 + part
        return seconds, i + 1 + (self._at(i + 1) in {"mark", "s", "min", "m"})

    def _timecode(self, text: str) -> Point:
        try:
            return self._film.read(text)
        except ValueError as error:
            return Problem(" ".join(str(error).split())[:120])

    def _counted(self, i: int, is_bare: bool, is_inner: bool) -> Found | None:
        """ "20 seconds", with "in", "before the end" or "after the first cut" behind it."""
        length = self.amount(i)
        if length is None:
            return None
        seconds, i = length
        sign = {"before": -1, "after": 1}.get(self._at(i), 0)
        other = self.point(i + 1, is_end=True, is_inner=True) if sign and not is_inner else None
        if other is not None:
            time, behind = other
            return (time if isinstance(time, Problem) else time + sign * seconds), behind
        behind = self.behind_film(i) + (self._at(i) == "mark" and self.behind_film(i) == i)
        return (seconds, behind) if not is_bare or behind > i else None

    def _share(self, i: int, is_bare: bool) -> Found | None:
        """ "halfway", "the middle", "two thirds", "50 %"."""
        if self._at(i) in {"halfway", "midway"} or (self._at(i) == "middle" and not is_bare):
            return self._duration_s / 2, self.behind_film(i + 1)
        if self._at(i) == "half" and self._at(i + 1) == "way":
            return self._duration_s / 2, self.behind_film(i + 2)
        count = Fraction(1) if self._at(i) == "a" else number(self._at(i) or "x")
        if count is None:
            return None
        unit = self._at(i + 1)
        parts = 100 if unit in {"%", "percent"} else _FRACTIONS.get(unit)
        if parts is None or (is_bare and self.behind_film(i + 2) == i + 2):
            return None
        return self._duration_s * count / parts, self.behind_film(i + 2)

    def _within(self, time: Point) -> Point:
        if isinstance(time, Problem) or 0 <= time <= self._duration_s:
            return time
        if time < 0:
            return Problem("before the film begins")
        end = clock(self._duration_s)
        end += f", {self._film.code(self._duration_s)}" if self._film.has_code else ""
        return Problem(f"beyond the film, which ends at {end}")

    def cuts(self, i: int) -> tuple[tuple[Fraction, ...] | Problem, int] | None:
        """ "the second cut", "the first and third cuts", "cut 3", "every cut" → their times."""
        i += self._at(i) == "the"
        if self._at(i) in {"every", "each", "all"}:
            behind = self._noun(i + 1 + (self._at(i + 1) == "the"))
            return (self._cuts_s, behind) if behind else None
        if self._at(i) == "cut" and number(self._at(i + 1) or "x") is not None:
            return self._numbered([number(self._at(i + 1)) or Fraction(0)]), i + 2
        return self._ordinals(i)

    def _ordinals(self, i: int) -> tuple[tuple[Fraction, ...] | Problem, int] | None:
        wanted: list[Fraction] = []
        while (ordinal := self._ordinal(i)) is not None:
            wanted.append(ordinal[0])
            i = ordinal[1]
            if behind := self._noun(i):
                return self._numbered(wanted), behind
            i += self._at(i) in {"and", ","}
            i += self._at(i) == "the"
        return None

    def _noun(self, i: int) -> int:
        """The word behind "cut"; 0 where none stands there."""
        if self._at(i) in {"scene", "shot"} and self._at(i + 1) in {"change", "changes", "cut"}:
            return i + 2
        return i + 1 if self._at(i) in _CUTS else 0

    def _ordinal(self, i: int) -> tuple[Fraction, int] | None:
        """A number from the front, 1 …, or from the back, −1 …"""
        word = self._at(i)
        if word in {"last", "final"}:
            return Fraction(-1), i + 1
        if word == "penultimate":
            return Fraction(-2), i + 1
        if word == "second" and self._at(i + 1) == "last":
            return Fraction(-2), i + 2
        if word in ORDINALS:
            return Fraction(ORDINALS[word]), i + 1
        value = number(word or "x")
        return (value, i + 2) if value is not None and self._at(i + 1) in _SUFFIXES else None

    def _numbered(self, wanted: Sequence[Fraction]) -> tuple[Fraction, ...] | Problem:
        count = len(self._cuts_s)
        places = [_place(value, count) for value in wanted]
        if any(place.denominator != 1 or not 0 <= place < count for place in places):
            return Problem(f"there is no such cut; the film has {count}")
        return tuple(self._cuts_s[int(place)] for place in places)

    def scene_span(self, i: int, make: Callable[[Fraction, Fraction], T]) -> tuple[T, int] | None:
        """ "the second scene" → from the cut before it to the cut behind it."""
        ordinal = self._ordinal(i)
        if ordinal is None or self._at(ordinal[1]) not in {"scene", "shot"} or self._noun(ordinal[1]):
            return None
        edges = (Fraction(0), *self._cuts_s, self._duration_s)
        count = len(edges) - 1
        place = _place(ordinal[0], count)
        if place.denominator != 1 or not 0 <= place < count:
            return None
        return make(edges[int(place)], edges[int(place) + 1]), ordinal[1] + 1


def _place(ordinal: Fraction, count: int) -> Fraction:
    """Where in a row of `count` a number from the front or the back stands; outside the row for 0."""
    return ordinal - 1 if ordinal >= 0 else count + ordinal
