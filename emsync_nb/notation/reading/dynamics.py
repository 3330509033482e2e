"""Written dynamics to MIDI velocities: marks last, hairpins lead from one level to the next."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

#: MIDI velocity of each mark, about as notation programs play them
LEVELS = {
    "pppp": 20, "ppp": 26, "pp": 36, "p": 48, "mp": 60, "mf": 72, "f": 88, "ff": 104, "fff": 116, "ffff": 122,
}  # fmt: skip
DEFAULT_LEVEL = 66.0
#: how far an open hairpin goes when no mark tells
HAIRPIN_STEP = 16.0


@dataclass(frozen=True, slots=True)
class VelocityLine:
    """Velocity over time as straight pieces."""

    #: quarters, rising
    times: tuple[float, ...]
    levels: tuple[float, ...]

    def velocity(self, quarter: float) -> float:
        """The velocity in force at a time in quarters."""
        index = bisect_right(self.times, quarter + 1e-6) - 1
        if index < 0:
            return DEFAULT_LEVEL
        if index + 1 >= len(self.times):
            return self.levels[index]
        span = self.times[index + 1] - self.times[index]
        share = (quarter - self.times[index]) / span if span > 0 else 0.0
        return self.levels[index] + max(0.0, share) * (self.levels[index + 1] - self.levels[index])


@dataclass(slots=True)
class DynamicsLine:
    """Collects the marks and hairpins of one part, then turns them into a line."""

    #: (measure, quarters within it, level)
    marks: list[tuple[int, float, float]] = field(default_factory=list)
    #: (measure, quarters within it, "crescendo" | "diminuendo" | "stop")
    wedges: list[tuple[int, float, str]] = field(default_factory=list)

    def mark(self, measure: int, quarter: float, name: str) -> None:
        """Note a lasting mark such as "mf"; unknown ones are ignored."""
        if name in LEVELS:
            self.marks.append((measure, quarter, float(LEVELS[name])))

    def wedge(self, measure: int, quarter: float, kind: str) -> None:
        """Note the beginning or the end of a hairpin."""
        self.wedges.append((measure, quarter, kind))

    def resolve(self, bar_start: list[float]) -> VelocityLine:
        """The line over the whole piece; `bar_start` holds quarters, one entry a measure and the end."""
        marks = sorted((bar_start[measure] + quarter, level) for measure, quarter, level in self.marks)
        points = [(time, level, True) for time, level in marks]
        for start, stop, sign in self._hairpins(bar_start):
            points += _hairpin_points(marks, start, stop, sign)
        return _line(points)

    def _hairpins(self, bar_start: list[float]) -> list[tuple[float, float, int]]:
        spans: list[tuple[float, float, int]] = []
        open_at: tuple[float, int] | None = None
        for measure, quarter, kind in self.wedges:
            time = bar_start[measure] + quarter
            if kind in ("crescendo", "diminuendo"):
                open_at = (time, 1 if kind == "crescendo" else -1)
            elif kind == "stop" and open_at is not None:
                spans.append((open_at[0], max(time, open_at[0] + 0.25), open_at[1]))
                open_at = None
        return spans


def _level_before(marks: list[tuple[float, float]], time: float) -> float:
    index = bisect_right(marks, (time + 1e-6, float("inf"))) - 1
    return marks[index][1] if index >= 0 else DEFAULT_LEVEL


def _hairpin_points(
    marks: list[tuple[float, float]], start: float, stop: float, sign: int
) -> list[tuple[float, float, bool]]:
    """A hairpin's two ends; a mark within a bar after it tells where it leads, if it leads that way."""
    base = _level_before(marks, start)
    after = [level for time, level in marks if stop - 0.5 <= time <= stop + 4]
    goal = after[0] if after and (after[0] - base) * sign > 0 else base + sign * HAIRPIN_STEP
    return [(start, base, False), (stop, min(124.0, max(18.0, goal)), False)]


def _line(points: list[tuple[float, float, bool]]) -> VelocityLine:
    """Steps at marks, slopes along hairpins."""
    times: list[float] = []
    levels: list[float] = []
    for time, level, is_mark in sorted(points):
        if is_mark and levels:  # hold the old level up to the mark
            times.append(max(times[-1], time - 1e-3))
            levels.append(levels[-1])
        times.append(max(time, times[-1] if times else time))
        levels.append(level)
    return VelocityLine(tuple(times), tuple(levels))
