"""Dissolves: gradual changes whose pictures are mixtures of the first and the last.

PySceneDetect knows no dissolves. As in twin comparison (Zhang, Kankanhalli & Smoliar 1993, "Automatic
partitioning of full-motion video", Multimedia Systems 1), pictures far apart are compared where
neighbours differ little; and as in the production model of Hampapur, Jain & Weymouth (1995), the pictures
between must be explained by the two ends: x(t) ≈ A + α(t)(B − A) with α rising evenly from 0 to 1.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.change import Change, strongest
from emsync_nb.analysis.glance import Glance, Look
from emsync_nb.analysis.looks import correlation, difference
from emsync_nb.domain.curve import FloatArray

#: lengths of dissolves that are looked for, in seconds
LENGTHS_S = (Fraction(1, 2), Fraction(3, 4), Fraction(1), Fraction(3, 2), Fraction(2), Fraction(3))
#: pictures closer than this are not looked at, in seconds
_STEP_S = Fraction(1, 13)
#: fewest pictures, the ends included, that can show an even rise
_MIN_PICTURES = 6
#: least difference of the scenes on both sides
_MIN_DIFFERENCE = 0.3
#: a value of the picture has changed when it stepped by more than this, 0 … 255
_CHANGED = 8.0
#: share of values that change at least; a title over a still picture changes fewer
_MIN_CHANGED = 0.75
#: the scenes must not share their structure: a sunrise is no dissolve
_MAX_CORRELATION = 0.75
#: a picture whose brightness deviates less is black or blank: a fade's affair, 0 … 255
_MIN_DEVIATION = 6.0
#: root mean square of α about an even rise
_MAX_UNEVENNESS = 0.1
#: squared share of the pictures that no mixture explains
_MAX_UNEXPLAINED = 0.06


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """Consecutive pictures that may be one dissolve."""

    times: list[Fraction]
    #: (n, values) the pictures, coarse and flat
    pictures: NDArray[np.float32]
    #: where the first and the last picture come from
    ends: tuple[Glance, Glance]

    def change(self) -> Change | None:
        """The dissolve that fills this window, if it is one."""
        # the cheap tests first: most windows lie within one shot
        if float(np.mean(np.abs(self.pictures[-1] - self.pictures[0]) > _CHANGED)) < _MIN_CHANGED:
            return None
        first, last = self.ends
        if min(first.deviation, last.deviation) < _MIN_DEVIATION or not self._is_even_mixture():
            return None
        strength = difference(first.look, last.look)
        if strength < _MIN_DIFFERENCE or correlation(first.look, last.look) > _MAX_CORRELATION:
            return None
        middle = self.times[int(np.argmin(np.abs(self._mixing() - 0.5)))]
        return Change("dissolve", middle, first.time_s, last.time_s, strength)

    def _mixing(self) -> FloatArray:
        """(n,) the α that explains each picture best, by least squares."""
        step = self.pictures[-1] - self.pictures[0]
        alpha = (self.pictures - self.pictures[0]) @ step / max(float(step @ step), 1e-6)
        return np.asarray(alpha, dtype=np.float64)

    def _is_even_mixture(self) -> bool:
        """Whether α rises evenly and leaves little unexplained."""
        alpha = self._mixing()
        even = np.linspace(0, 1, alpha.size)
        if float(np.sqrt(np.mean((alpha - even) ** 2))) > _MAX_UNEVENNESS:
            return False
        step = self.pictures[-1] - self.pictures[0]
        rest = self.pictures - self.pictures[0] - alpha[:, None].astype(np.float32) * step
        return float((rest**2).sum(axis=1).mean()) <= _MAX_UNEXPLAINED * float(step @ step)


class DissolveDetector:
    """Finds dissolves in frames shown one by one; holds three seconds of tiny pictures."""

    def __init__(self) -> None:
        self._glances: deque[Glance] = deque()
        self._pictures: deque[NDArray[np.float32]] = deque()
        self._found: list[Change] = []

    def see(self, glance: Glance) -> None:
        """Take note of the next frame."""
        if self._glances and glance.time_s - self._glances[-1].time_s < _STEP_S:
            return
        self._glances.append(glance)
        self._pictures.append(_coarse(glance.look))
        while glance.time_s - self._glances[0].time_s > LENGTHS_S[-1]:
            self._glances.popleft()
            self._pictures.popleft()
        self._found.extend(change for window in self._windows() if (change := window.change()))

    def changes(self) -> list[Change]:
        """All dissolves, in order of time; of overlapping windows the one that explains most change."""
        return strongest(self._found, Fraction(0))

    def _windows(self) -> list[_Window]:
        """The latest pictures, over each of the lengths."""
        glances = list(self._glances)
        times = [glance.time_s for glance in glances]
        pictures = np.stack(self._pictures)
        starts = {bisect_left(times, times[-1] - length) for length in LENGTHS_S}
        return [
            _Window(times[i:], pictures[i:], (glances[i], glances[-1]))
            for i in sorted(starts)
            if len(times) - i >= _MIN_PICTURES
        ]


def _coarse(look: Look) -> NDArray[np.float32]:
    """Half the resolution, flat: motion within the scenes blurs away, a mixture does not."""
    quarters = look[::2, ::2] + look[1::2, ::2] + look[::2, 1::2] + look[1::2, 1::2]
    return np.asarray(quarters.reshape(-1) / 4, dtype=np.float32)
