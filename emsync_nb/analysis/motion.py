"""How much moves, and how abruptly.

Hanjalic & Xu (2005), "Affective video content representation and modeling", IEEE Transactions on
Multimedia 7, 143–154: arousal grows with the mean length of the motion vectors. Here these are Farnebäck's
(2003) dense optical flow at a tiny size, about a dozen times a second. Motion says nothing of valence.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.expert import Opinion
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.timeline import averaged
from emsync_nb.domain import Boundary
from emsync_nb.domain.curve import FloatArray
from emsync_nb.extras import require

#: flow is measured over at least this time, in seconds, whatever the frame rate
_STEP_S = 1 / 13
#: above this time between two pictures flow means nothing, in seconds
_MAX_STEP_S = 0.3
#: (width, height) at which flow is computed
_SIZE = (64, 36)
#: picture widths a second at which motion reaches 1 − 1/e of its effect
_SPEED_SCALE = 0.25
#: perceived amount as a power of speed, so that slow drifts still differ from rest
_EXPONENT = 0.6
#: change of speed within half a second, likewise
_ABRUPT_SCALE = 0.25
#: arousal of a picture at rest, and how far amount and abruptness raise it
_REST, _AMOUNT, _ABRUPT = -0.65, 1.2, 0.35
_CONFIDENCE = 0.8


class MotionExpert:
    """Reads motion; a seeing expert."""

    name = "motion"

    def __init__(self) -> None:
        self._previous: tuple[float, object] | None = None
        #: middle of each measured step, its length, both in seconds, and its speed in widths a second
        self._times, self._steps, self._speeds = array("d"), array("d"), array("f")

    @property
    def note(self) -> str:
        """How much it saw."""
        return f"optical flow over {len(self._times)} steps"

    def see(self, glance: Glance) -> None:
        """Measure the flow since the last picture looked at, once enough time has passed."""
        time_s = float(glance.time_s)
        if self._previous is not None and time_s - self._previous[0] < _STEP_S - 1e-6:
            return
        cv2 = require("cv2")
        grey = cv2.cvtColor(cv2.resize(glance.small, _SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        if self._previous is not None:
            self._measure(self._previous[0], time_s, self._previous[1], grey)
        self._previous = (time_s, grey)

    def judge(self, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """Arousal by speed; steps that cross a boundary compare two scenes and are left out."""
        middle, step = np.asarray(self._times), np.asarray(self._steps)
        whole = ~_crosses(middle, step, boundaries) & (step <= _MAX_STEP_S)
        if not whole.any():
            return self._blind(at_s)
        speed = averaged(middle[whole], np.asarray(self._speeds, dtype=np.float64)[whole], at_s)
        jerk = np.abs(np.gradient(speed)) * 2 if speed.size > 1 else np.zeros_like(speed)
        amount = _saturating((speed / _SPEED_SCALE) ** _EXPONENT)
        arousal = _REST + _AMOUNT * amount + _ABRUPT * _saturating(jerk / _ABRUPT_SCALE)
        nothing = np.zeros_like(at_s)
        return Opinion(
            self.name, at_s, nothing, np.clip(arousal, -1, 1), nothing, np.full_like(at_s, _CONFIDENCE)
        )

    def _measure(self, start_s: float, end_s: float, one: object, other: object) -> None:
        """Note the mean length of the flow from one small grey picture to the other."""
        flow = require("cv2").calcOpticalFlowFarneback(one, other, None, 0.5, 3, 9, 2, 5, 1.1, 0)
        length = float(np.hypot(flow[..., 0], flow[..., 1]).mean())
        self._times.append((start_s + end_s) / 2)
        self._steps.append(end_s - start_s)
        self._speeds.append(length / _SIZE[0] / (end_s - start_s))

    def _blind(self, at_s: FloatArray) -> Opinion:
        """No two frames close enough: no opinion."""
        nothing = np.zeros_like(at_s)
        return Opinion(self.name, at_s, nothing, nothing, nothing, nothing)


def _saturating(amount: FloatArray) -> FloatArray:
    """1 − exp(−x): twice as fast is not twice as exciting."""
    return np.asarray(1 - np.exp(-amount))


def _crosses(middle_s: FloatArray, step_s: FloatArray, boundaries: Sequence[Boundary]) -> NDArray[np.bool_]:
    """(n,) bool: whether a boundary lies within the step."""
    if not boundaries:
        return np.zeros(middle_s.shape, dtype=bool)
    cuts = np.array([float(boundary.time_s) for boundary in boundaries])
    first_after = np.searchsorted(cuts, middle_s - step_s / 2 + 1e-9)
    last_before = np.searchsorted(cuts, middle_s + step_s / 2 + 1e-9)
    return np.asarray(last_before > first_after)
