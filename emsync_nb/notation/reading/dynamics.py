"""Written dynamics to MIDI velocities: marks last, hairpins and words lead from one level to the next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from emsync_nb.notation.reading.levels import DEFAULT_LEVEL, HAIRPIN_STEP, HIGHEST_LEVEL, LOWEST_LEVEL
from emsync_nb.notation.reading.written import DynamicsMark

#: a word such as "cresc." without dashes leads to the next mark, but not further than this
WORD_QUARTERS = 64.0
#: how long such a word works where no mark follows
WORD_QUARTERS_ALONE = 8.0
#: a mark this soon after a hairpin tells where it leads
GOAL_QUARTERS = 4.0
#: what stands on the other staff this near belongs to both
SAME_MOMENT = 0.5


@dataclass(frozen=True, slots=True)
class LoudnessLine:
    """Velocity over time on paper: straight between corners, with jumps where two corners share a time."""

    #: quarters, not falling
    times: tuple[float, ...]
    levels: tuple[float, ...]

    def at(self, quarter: float) -> float:
        """The velocity of a note that begins then; at a jump the new one."""
        index = bisect_right(self.times, quarter + 1e-6) - 1
        if index < 0:
            return DEFAULT_LEVEL
        if index + 1 >= len(self.times):
            return self.levels[index]
        span = self.times[index + 1] - self.times[index]
        share = max(0.0, quarter - self.times[index]) / span if span > 0 else 0.0
        return self.levels[index] + share * (self.levels[index + 1] - self.levels[index])

    def corners(self, start: float, end: float) -> list[tuple[float, float]]:
        """(quarters from `start`, velocity) of the corners in a span, with both of its ends."""
        first, last = bisect_right(self.times, start + 1e-6), bisect_right(self.times, end - 1e-6)
        inner = [(self.times[i] - start, self.levels[i]) for i in range(first, last)]
        end_level = self.levels[last - 1] if last else DEFAULT_LEVEL
        if 0 < last < len(self.times) and self.times[last] > self.times[last - 1]:
            span = self.times[last] - self.times[last - 1]
            share = (end - self.times[last - 1]) / span
            end_level += share * (self.levels[last] - self.levels[last - 1])
        return [(0.0, self.at(start)), *inner, (end - start, end_level)]


@dataclass(frozen=True, slots=True)
class _Slope:
    start: float
    stop: float
    sign: int


def loudness_line(
    marks: Iterable[DynamicsMark], bar_start: Sequence[int], per_quarter: int, staff: int
) -> LoudnessLine:
    """The line of one staff over the pages.

    Args:
        marks: of the whole part.
        bar_start: (bars + 1,) ticks on paper.
        per_quarter: ticks in a quarter.
        staff: from 1. What stands at another staff counts too, unless this staff has its own then.
    """
    timed = [(_tick(mark, bar_start) / per_quarter, mark) for mark in marks]
    timed.sort(key=lambda pair: pair[0])
    own = _for_staff(timed, staff)
    levels = [(time, mark.level) for time, mark in own if mark.kind == "level"]
    return _drawn(levels, _slopes(own, levels, bar_start[-1] / per_quarter))


def _tick(mark: DynamicsMark, bar_start: Sequence[int]) -> int:
    return min(bar_start[mark.bar] + mark.tick, bar_start[mark.bar + 1])


def _for_staff(timed: list[tuple[float, DynamicsMark]], staff: int) -> list[tuple[float, DynamicsMark]]:
    """Without what another staff says at a moment when this one says something of the kind itself."""
    own = [time for time, mark in timed if mark.staff in (0, staff)]
    kept = []
    for time, mark in timed:
        index = bisect_right(own, time - SAME_MOMENT)
        busy = index < len(own) and own[index] <= time + SAME_MOMENT
        if mark.staff in (0, staff) or not busy:
            kept.append((time, mark))
    return kept


def _slopes(
    own: list[tuple[float, DynamicsMark]], levels: list[tuple[float, float]], end: float
) -> list[_Slope]:
    """Hairpins from their opening to their stop, words to the end of their dashes or to the next mark."""
    slopes: list[_Slope] = []
    lasting = [time for time, mark in own if "stop" not in mark.kind]
    opened: dict[tuple[str, str], tuple[float, int]] = {}
    for time, mark in own:
        if mark.kind in ("crescendo", "diminuendo"):
            opened["wedge", mark.number] = (time, 1 if mark.kind == "crescendo" else -1)
        elif mark.kind in ("word-crescendo", "word-diminuendo"):
            sign = 1 if mark.kind == "word-crescendo" else -1
            if mark.number:
                opened["dashes", mark.number] = (time, sign)
            else:
                slopes.append(_Slope(time, _word_end(time, lasting, end), sign))
        elif mark.kind in ("stop", "dashes-stop"):
            begun = opened.pop(("wedge" if mark.kind == "stop" else "dashes", mark.number), None)
            if begun is not None and time > begun[0]:
                slopes.append(_Slope(begun[0], time, begun[1]))
    slopes += [_Slope(start, min(start + WORD_QUARTERS_ALONE, end), sign) for start, sign in opened.values()]
    return _apart(sorted(slopes, key=lambda slope: slope.start), levels)


def _word_end(start: float, lasting: list[float], end: float) -> float:
    """Where a word without dashes stops working: at the next mark of any kind, of which `lasting` has the times."""
    index = bisect_right(lasting, start + 1e-6)
    length = min(WORD_QUARTERS, lasting[index] - start) if index < len(lasting) else WORD_QUARTERS_ALONE
    return min(start + length, end)


def _apart(slopes: list[_Slope], levels: list[tuple[float, float]]) -> list[_Slope]:
    """Slopes that do not overlap: each ends where the next begins, or at a mark within it."""
    times = [time for time, _ in levels]
    kept: list[_Slope] = []
    for index, slope in enumerate(slopes):
        stop = min([slope.stop, *(later.start for later in slopes[index + 1 : index + 2])])
        inside = bisect_right(times, slope.start + 1e-6)
        if inside < len(times):
            stop = min(stop, times[inside])
        if stop > slope.start + 1e-6:
            kept.append(_Slope(slope.start, stop, slope.sign))
    return kept


def _drawn(levels: list[tuple[float, float]], slopes: list[_Slope]) -> LoudnessLine:
    """Steps at marks, slopes along hairpins; a hairpin starts from the level that was reached."""
    times: list[float] = []
    values: list[float] = []
    current = DEFAULT_LEVEL
    marks = iter([*levels, (float("inf"), 0.0)])
    mark = next(marks)
    for slope in [*slopes, None]:
        until = float("inf") if slope is None else slope.start + 1e-6
        while mark[0] <= until and mark[0] != float("inf"):
            times += [mark[0], mark[0]]
            values += [current, mark[1]]
            current, mark = mark[1], next(marks)
        if slope is not None:
            goal = _goal(current, slope, mark)
            times += [slope.start, slope.stop]
            values += [current, goal]
            current = goal
    return LoudnessLine(tuple(times), tuple(values))


def _goal(base: float, slope: _Slope, following: tuple[float, float]) -> float:
    """The level a hairpin leads to: the mark after it, if that lies on its way."""
    time, level = following
    if time <= slope.stop + GOAL_QUARTERS and (level - base) * slope.sign > 0:
        return level
    return min(max(HIGHEST_LEVEL, base), max(min(LOWEST_LEVEL, base), base + slope.sign * HAIRPIN_STEP))
