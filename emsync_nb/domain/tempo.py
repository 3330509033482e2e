"""The click: beats against seconds, and bars against beats. Nothing else in the project converts them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate

MICROSECONDS = 1_000_000
#: what a MIDI set-tempo event can hold: 24 bits of microseconds a quarter
MAX_US_PER_BEAT = (1 << 24) - 1


@dataclass(frozen=True, slots=True)
class TempoChange:
    """From `beat` on, each beat lasts `us_per_beat` microseconds, the unit of a MIDI set-tempo event."""

    beat: Fraction | int
    us_per_beat: int

    def __post_init__(self) -> None:
        if self.beat < 0:
            raise ValueError(f"a tempo change cannot lie before beat 0, got {self.beat}")
        if not 1 <= self.us_per_beat <= MAX_US_PER_BEAT:
            raise ValueError(f"us_per_beat must lie in 1 … {MAX_US_PER_BEAT}, got {self.us_per_beat}")

    @property
    def bpm(self) -> float:
        """Beats (quarter notes) a minute."""
        return 60 * MICROSECONDS / self.us_per_beat


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Beats ↔ seconds, in steps of constant tempo; beat 0 is second 0 of the film.

    Tempi are whole microseconds a beat, as MIDI files store them, so what is planned is what a DAW opens,
    without rounding on the way.
    """

    changes: tuple[TempoChange, ...]
    _starts_us: tuple[Fraction | int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.changes or self.changes[0].beat != 0:
            raise ValueError("a tempo map begins with a change at beat 0")
        pairs = list(zip(self.changes, self.changes[1:], strict=False))
        if any(later.beat <= earlier.beat for earlier, later in pairs):
            raise ValueError("tempo changes must rise in beats")
        spans = ((later.beat - earlier.beat) * earlier.us_per_beat for earlier, later in pairs)
        object.__setattr__(self, "_starts_us", tuple(accumulate(spans, initial=0)))

    @classmethod
    def constant(cls, bpm: float) -> TempoMap:
        """One tempo throughout."""
        return cls((TempoChange(0, round(60 * MICROSECONDS / bpm)),))

    def seconds(self, beat: Fraction | int) -> Fraction:
        """The exact time of a beat, in seconds."""
        index = max(0, bisect_right(self.changes, beat, key=lambda change: change.beat) - 1)
        change = self.changes[index]
        return (self._starts_us[index] + (Fraction(beat) - change.beat) * change.us_per_beat) / MICROSECONDS

    def beat(self, time_s: Fraction | float) -> Fraction:
        """The exact beat of a time in seconds."""
        time_us = Fraction(time_s) * MICROSECONDS
        index = max(0, bisect_right(self._starts_us, time_us) - 1)
        change = self.changes[index]
        return change.beat + (time_us - self._starts_us[index]) / change.us_per_beat

    def bpm_at(self, beat: Fraction | int) -> float:
        """Tempo at a beat, in beats a minute."""
        index = max(0, bisect_right(self.changes, beat, key=lambda change: change.beat) - 1)
        return self.changes[index].bpm


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it begins and how many beats (quarter notes) it holds."""

    #: from 1, as musicians count
    number: int
    start_beat: int
    beats: int

    @property
    def end_beat(self) -> int:
        """The beat after the bar's last."""
        return self.start_beat + self.beats


@dataclass(frozen=True, slots=True)
class BarGrid:
    """Consecutive bars from beat 0."""

    bars: tuple[Bar, ...]

    def __post_init__(self) -> None:
        if not self.bars:
            raise ValueError("a bar grid needs at least one bar")
        expected = 0
        for number, bar in enumerate(self.bars, start=1):
            if bar.number != number or bar.start_beat != expected or bar.beats < 1:
                raise ValueError(f"bar {number} does not follow the one before it: {bar}")
            expected = bar.end_beat

    @classmethod
    def from_lengths(cls, lengths: Iterable[int]) -> BarGrid:
        """Bars of the given numbers of beats, one after the other."""
        bars: list[Bar] = []
        start = 0
        for number, beats in enumerate(lengths, start=1):
            bars.append(Bar(number, start, beats))
            start += beats
        return cls(tuple(bars))

    @property
    def end_beat(self) -> int:
        """The beat after the last bar."""
        return self.bars[-1].end_beat

    def at(self, beat: Fraction | int) -> Bar:
        """The bar that holds a beat; the last one for all beats beyond the end."""
        index = bisect_right(self.bars, beat, key=lambda bar: bar.start_beat) - 1
        return self.bars[max(0, index)]
