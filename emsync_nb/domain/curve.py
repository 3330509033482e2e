"""Emotion over time on the circumplex plane (Russell 1980)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class EmotionCurve:
    """Valence and arousal, each in [-1, 1], sampled at rising times."""

    #: (n,) seconds, strictly rising
    times_s: FloatArray
    #: (n,) unpleasant −1 … +1 pleasant
    valence: FloatArray
    #: (n,) calm −1 … +1 excited
    arousal: FloatArray
    #: the times once more, and for each its valence, its arousal, and the areas under both from the first time to it:
    #: plans ask thousands of times for one value, where numpy takes longer than a list
    _clock: list[float] = field(init=False, repr=False)
    _points: list[tuple[float, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("times_s", "valence", "arousal"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if not self.times_s.size or self.times_s.ndim != 1:
            raise ValueError("an emotion curve needs at least one point")
        if not self.times_s.shape == self.valence.shape == self.arousal.shape:
            raise ValueError("times_s, valence and arousal must have one length")
        if np.any(np.diff(self.times_s) <= 0):
            raise ValueError("times_s must rise")
        for name in ("valence", "arousal"):
            array = getattr(self, name)
            if not np.all(np.isfinite(array)) or np.any(np.abs(array) > 1):
                raise ValueError(f"{name} must lie in [-1, 1]")
        values = np.stack([self.valence, self.arousal], axis=1)
        steps = np.diff(self.times_s)[:, None] * (values[1:] + values[:-1]) / 2
        areas = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
        points = np.concatenate([values, areas], axis=1).tolist()
        object.__setattr__(self, "_clock", self.times_s.tolist())
        object.__setattr__(self, "_points", list(map(tuple, points)))

    @classmethod
    def clipped(cls, times_s: ArrayLike, valence: ArrayLike, arousal: ArrayLike) -> EmotionCurve:
        """The curve with values outside [-1, 1] brought to the border."""
        return cls(
            np.asarray(times_s, dtype=np.float64),
            np.clip(np.asarray(valence, dtype=np.float64), -1, 1),
            np.clip(np.asarray(arousal, dtype=np.float64), -1, 1),
        )

    def at(self, time_s: float) -> tuple[float, float]:
        """(valence, arousal) at a time, interpolated; the ends extend outwards."""
        after = bisect_right(self._clock, time_s)
        if after in (0, len(self._clock)):
            return self._points[max(0, after - 1)][:2]  # type: ignore[return-value] # two of four
        start, end = self._clock[after - 1], self._clock[after]
        share = (time_s - start) / (end - start)
        (valence, arousal, *_), (next_valence, next_arousal, *_) = self._points[after - 1 : after + 1]
        return valence + share * (next_valence - valence), arousal + share * (next_arousal - arousal)

    def mean(self, start_s: float, end_s: float) -> tuple[float, float]:
        """(valence, arousal) averaged over [start_s, end_s], by the trapezoid rule."""
        if end_s <= start_s:
            return self.at(start_s)
        before, until = self._area(start_s), self._area(end_s)
        span = end_s - start_s
        return (until[0] - before[0]) / span, (until[1] - before[1]) / span

    def _area(self, time_s: float) -> tuple[float, float]:
        """The areas under valence and arousal from the first point to a time, negative before it."""
        point = max(0, bisect_right(self._clock, time_s) - 1)
        half = (time_s - self._clock[point]) / 2
        valence, arousal = self.at(time_s)
        known_valence, known_arousal, valence_area, arousal_area = self._points[point]
        return valence_area + half * (known_valence + valence), arousal_area + half * (
            known_arousal + arousal
        )

    def shifted(self, *, valence: float = 0.0, arousal: float = 0.0) -> EmotionCurve:
        """The curve moved on the plane and kept inside it."""
        return EmotionCurve.clipped(self.times_s, self.valence + valence, self.arousal + arousal)
