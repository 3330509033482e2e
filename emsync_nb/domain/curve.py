"""Emotion over time on the circumplex plane (Russell 1980)."""

from __future__ import annotations

from dataclasses import dataclass

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
        return (
            float(np.interp(time_s, self.times_s, self.valence)),
            float(np.interp(time_s, self.times_s, self.arousal)),
        )

    def mean(self, start_s: float, end_s: float) -> tuple[float, float]:
        """(valence, arousal) averaged over [start_s, end_s], by the trapezoid rule."""
        if end_s <= start_s:
            return self.at(start_s)
        inside = self.times_s[(self.times_s > start_s) & (self.times_s < end_s)]
        times = np.concatenate(([start_s], inside, [end_s]))
        span = end_s - start_s
        return (
            float(np.trapezoid(np.interp(times, self.times_s, self.valence), times) / span),
            float(np.trapezoid(np.interp(times, self.times_s, self.arousal), times) / span),
        )

    def shifted(self, *, valence: float = 0.0, arousal: float = 0.0) -> EmotionCurve:
        """The curve moved on the plane and kept inside it."""
        return EmotionCurve.clipped(self.times_s, self.valence + valence, self.arousal + arousal)
