"""Times in words: "at 0:20", "between 10 and 20 seconds", "after the third cut", "the last ten seconds"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from emsync_nb.directing.changes import Scene
from emsync_nb.directing.points import Point, PointReader, Problem
from emsync_nb.directing.tokens import Token

_FROM = {
    "at",
    "on",
    "after",
    "from",
    "since",
    "around",
    "about",
    "in",
    "starting",
    "beginning",
    "past",
    "into",
}
_UNTIL = {"until", "till", "before", "til", "to"}
_TO = {"to", "until", "till", "til", "-", "through"}
_PARTS = {"section": 3, "part": 3, "half": 2, "third": 3, "thirds": 3, "quarter": 4}
_PLACES = {"first": 0, "opening": 0, "second": 1, "middle": 1, "third": 2, "fourth": 3}
_THROUGHOUT: tuple[tuple[str, ...], ...] = (
    ("throughout",),
    ("all", "the", "way", "through"),
    ("the", "whole", "time"),
    ("from", "start", "to", "finish"),
    ("from", "beginning", "to", "end"),
)
_FOLLOWING: tuple[tuple[str, ...], ...] = (
    ("from", "there", "on"), ("from", "there"), ("from", "then", "on"), ("from", "then"), ("after", "that"),
    ("after", "which"), ("afterwards",), ("afterward",), ("thereafter",), ("later",), ("next",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class When:
    """What one expression of time says; what it does not say is None."""

    start_s: Fraction | None = None
    end_s: Fraction | None = None
    #: "for 5 seconds"
    length_s: Fraction | None = None
    #: "by 0:30"
    by_s: Fraction | None = None
    #: single moments, for hits: one, or several as in "the first and third cuts"
    points_s: tuple[Fraction, ...] = ()
    #: "at the end", where a stretch before it is meant
    at_end: bool = False
    #: "afterwards": where what was said before ends
    follows: bool = False
    #: why it is no time of this film; empty where it is
    problem: str = ""


Read = tuple[When, int]


def tail_start(duration_s: Fraction) -> Fraction:
    """Where the last stretch of a film begins: a tenth of it, 4 … 12 s, but no more than the film."""
    return duration_s - min(duration_s, max(Fraction(4), min(Fraction(12), duration_s / 10)))


def combined(parts: Sequence[When]) -> When | None:
    """Several expressions in one clause as one: "at 0:40 for 5 seconds"; None where there are none."""
    if not parts:
        return None
    whole = parts[0]
    for part in parts[1:]:
        if part.problem or whole.problem:
            return When(problem=whole.problem or part.problem)
        for field in ("start_s", "end_s", "length_s", "by_s"):
            if getattr(whole, field) is not None and getattr(part, field) is not None:
                return When(problem="two times at once; give each a clause of its own")
        whole = When(
            _given(whole.start_s, part.start_s), _given(whole.end_s, part.end_s),
            _given(whole.length_s, part.length_s), _given(whole.by_s, part.by_s),
            whole.points_s + part.points_s, whole.at_end or part.at_end, whole.follows or part.follows,
        )  # fmt: skip
    return whole


def _given(first: Fraction | None, second: Fraction | None) -> Fraction | None:
    return first if first is not None else second


class TimeReader:
    """Reads expressions of time out of the words of a text, for one film."""

    def __init__(self, words: Sequence[Token], scene: Scene) -> None:
        self._words = [token.word for token in words]
        self._duration_s = scene.duration_s
        self._points = PointReader(self._words, scene)

    def read(self, i: int) -> Read | None:
        """The expression that begins at word `i`, and the word behind it."""
        for reader in (
            self._named,
            self._part,
            self._between,
            self._range,
            self._until,
            self._from,
            self._bare,
        ):
            found = reader(i)
            if found is not None:
                return found
        return None

    def _is(self, i: int, *words: str) -> bool:
        return tuple(self._words[i : i + len(words)]) == words

    def _in(self, i: int, words: set[str]) -> bool:
        return i < len(self._words) and self._words[i] in words

    def _named(self, i: int) -> Read | None:
        for words in _THROUGHOUT:
            if self._is(i, *words):
                return When(Fraction(0), self._duration_s), i + len(words)
        for follower in _FOLLOWING:
            if self._is(i, *follower):
                return When(follows=True), i + len(follower)
        if self._in(i, {"for", "over", "through"}):
            i += 1
        for noun in ("film", "video", "piece", "movie", "scene"):
            if self._is(i, "the", "whole", noun) or self._is(i, "the", "entire", noun):
                return When(Fraction(0), self._duration_s), i + 3
        return None

    def _part(self, i: int) -> Read | None:
        """ "in the first half", "the last ten seconds", "for the middle third"."""
        if self._in(i, {"in", "for", "during", "over", "through", "at", "on"}):
            i += 1
        i += self._is(i, "the")
        if i + 1 >= len(self._words):
            return None
        place, unit = self._words[i], self._words[i + 1]
        if unit in _PARTS and (place in _PLACES or place in {"last", "final"}):
            return self._share(place, _PARTS[unit]), self._behind_film(i + 2)
        if place in {"first", "opening", "last", "final"}:
            return self._stretch(place in {"first", "opening"}, i + 1)
        return self._points.scene_span(i, When)

    def _share(self, place: str, parts: int) -> When:
        step = self._duration_s / parts
        k = parts - 1 if place in {"last", "final"} else _PLACES[place]
        if k >= parts:
            return When(problem=f"there is no such part in {parts}")
        return When(k * step, (k + 1) * step)

    def _stretch(self, is_first: bool, i: int) -> Read | None:
        length = self._points.amount(i)
        if length is None:
            return None
        seconds, i = length
        if seconds > self._duration_s:
            return When(problem="longer than the film"), i
        end = self._duration_s
        return (When(Fraction(0), seconds) if is_first else When(end - seconds, end)), self._behind_film(i)

    def _behind_film(self, i: int) -> int:
        return self._points.behind_film(i)

    def _between(self, i: int) -> Read | None:
        if not self._is(i, "between"):
            return None
        cuts = self._points.cuts(i + 1)
        if cuts is not None and isinstance(cuts[0], Problem):
            return When(problem=str(cuts[0])), cuts[1]
        if cuts is not None and isinstance(cuts[0], tuple) and len(cuts[0]) == 2:
            return _span(cuts[0][0], cuts[0][1]), cuts[1]
        return self._two(i + 1, {"and"})

    def _range(self, i: int) -> Read | None:
        """ "from A to B", "A - B", "A to B"."""
        return self._two(i + (self._in(i, {"from", "at"})), _TO)

    def _two(self, i: int, joins: set[str]) -> Read | None:
        first = self._points.point(i) or self._points.bare_number(i, joins)
        if first is None or not self._in(first[1], joins):
            return None
        join = first[1] + 1
        second = self._points.point(join, is_end=True) or self._points.bare_number(join)
        if second is None:
            return None
        return _span(first[0], second[0]), second[1]

    def _until(self, i: int) -> Read | None:
        if self._is(i, "up", "to"):
            i += 1
        if not self._in(i, _UNTIL | {"by", "for"}):
            return None
        word = self._words[i]
        if word == "for":
            length = self._points.amount(i + 1)
            return (When(length_s=length[0]), length[1]) if length is not None else None
        point = self._points.point(i + 1, is_end=True)
        if point is None and word != "to":
            point = self._points.bare_number(i + 1)
        if point is None:
            return None
        time, behind = point
        if isinstance(time, Problem):
            return When(problem=str(time)), behind
        return (When(by_s=time) if word == "by" else When(end_s=time)), behind

    def _from(self, i: int) -> Read | None:
        if self._in(i, {"towards", "toward", "at", "in", "near", "by"}) and self._points.is_the_end(i + 1):
            return self._end(), self._behind_film(i + 3)
        if not self._in(i, _FROM):
            return None
        i += 2 if self._in(i + 1, {"at", "from", "about", "around", "exactly"}) else 1
        cuts = self._points.cuts(i)
        if cuts is not None and isinstance(cuts[0], tuple) and len(cuts[0]) != 1:
            return When(points_s=cuts[0], problem="" if cuts[0] else "the film has no cuts"), cuts[1]
        point = self._points.point(i)
        if point is None and self._words[i - 1] != "in":
            point = self._points.bare_number(i)
        return self._open(point)

    def _end(self) -> When:
        return When(tail_start(self._duration_s), self._duration_s, at_end=True)

    def _open(self, point: tuple[Point, int] | None) -> Read | None:
        """From a point on, with "on", "onwards" and "of the film" behind it."""
        if point is None:
            return None
        time, i = point
        if self._in(i, {"onwards", "onward"}) or (self._is(i, "on") and not self._points.point(i + 1)):
            i += 1
        if isinstance(time, Problem):
            return When(problem=str(time)), i
        return When(time, points_s=(time,)), i

    def _bare(self, i: int) -> Read | None:
        """A point without a preposition, where it can be nothing else: 0:20, "halfway", "the second cut"."""
        cuts = self._points.cuts(i)
        if cuts is not None:
            times, behind = cuts
            if isinstance(times, Problem):
                return When(problem=str(times)), behind
            start = times[0] if len(times) == 1 else None
            return When(start, points_s=times, problem="" if times else "the film has no cuts"), behind
        return self._open(self._points.point(i, is_bare=True))


def _span(start: Point, end: Point) -> When:
    if isinstance(start, Problem) or isinstance(end, Problem):
        return When(problem=str(start if isinstance(start, Problem) else end))
    if end <= start:
        return When(problem="it ends before it begins; write the earlier time first")
    return When(start, end)
