"""How much moves, and how abruptly.

Hanjalic & Xu (2005), "Affective video content representation and modeling", IEEE Transactions on
Multimedia 7, 143–154: arousal grows with the mean length of the motion vectors. Here these are Farnebäck's
(2003) dense optical flow at a tiny size, about a dozen times a second. Motion says nothing of valence.

The flow is parted into what the camera does, a pan and a zoom that most of the picture follows, and the rest, which is
what moves before it. Both count alike in arousal, as in Hanjalic & Xu, for no study at hand says by how much they
differ; a person who asks why is told which it was. What people do with their bodies is read from neither: this expert
stands in for one of body language (`expert`).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.evidence import noticed
from emsync_nb.analysis.expert import Evidence, Opinion
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
#: picture widths a second below which nothing moves, and above which something moves fast
_STILL, _FAST = 0.02, 0.3
#: how many times more the camera, or what is before it, moves than the other, to be named alone
_PLAIN = 2.0
#: rounds in which pan and zoom of the camera are made out
_ROUNDS = 3


class MotionExpert:
    """Reads motion; a seeing expert."""

    name = "motion"

    def __init__(self) -> None:
        self._previous: tuple[float, object] | None = None
        #: middle of each measured step and its length, both in seconds
        self._times, self._steps = array("d"), array("d")
        #: three of each step, in widths a second: of all that moves, of the camera, and of what moves before it
        self._speeds = array("f")

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
        measured = np.asarray(self._speeds, dtype=np.float64).reshape(-1, 3)[whole].T
        speed, camera, subject = (averaged(middle[whole], row, at_s) for row in measured)
        jerk = np.abs(np.gradient(speed)) * 2 if speed.size > 1 else np.zeros_like(speed)
        amount = _saturating((speed / _SPEED_SCALE) ** _EXPONENT)
        arousal = _REST + _AMOUNT * amount + _ABRUPT * _saturating(jerk / _ABRUPT_SCALE)
        nothing = np.zeros_like(at_s)
        return Opinion(
            self.name,
            at_s,
            nothing,
            np.clip(arousal, -1, 1),
            nothing,
            np.full_like(at_s, _CONFIDENCE),
            evidence=_told(at_s, speed, camera, subject),
        )

    def _measure(self, start_s: float, end_s: float, one: object, other: object) -> None:
        """Note the mean lengths of the flow from one small grey picture to the other."""
        flow = require("cv2").calcOpticalFlowFarneback(one, other, None, 0.5, 3, 9, 2, 5, 1.1, 0)
        camera = camera_flow(flow)
        self._times.append((start_s + end_s) / 2)
        self._steps.append(end_s - start_s)
        for part in (flow, camera, flow - camera):
            length = float(np.hypot(part[..., 0], part[..., 1]).mean())
            self._speeds.append(length / _SIZE[0] / (end_s - start_s))

    def _blind(self, at_s: FloatArray) -> Opinion:
        """No two frames close enough: no opinion."""
        nothing = np.zeros_like(at_s)
        return Opinion(self.name, at_s, nothing, nothing, nothing, nothing)


def camera_flow(flow: NDArray[np.float32]) -> NDArray[np.float32]:
    """The part of (height, width, 2) flow that a pan and a zoom of the camera explain, of the same shape.

    The pan is the median of the vectors; the zoom is the median of what is left along the ray from the middle, by
    its length. Medians, so that something that fills less than half of the picture does not count as the camera.
    """
    rays = _rays(flow.shape[0], flow.shape[1])
    # a quarter of the vectors tells as much, for the flow is smooth
    sample, out = flow[::2, ::2].reshape(-1, 2), rays[::2, ::2].reshape(-1, 2)
    squares = np.square(out).sum(axis=1)
    outer = squares > (flow.shape[1] / 8) ** 2
    along = out[outer] / squares[outer, None]
    pan, zoom = np.zeros(2, dtype=np.float32), np.float32(0)
    # each is found better when the other is known
    for _ in range(_ROUNDS):
        pan = np.median(sample - zoom * out, axis=0)
        zoom = np.median(((sample[outer] - pan) * along).sum(axis=1))
    return np.asarray(pan + zoom * rays, dtype=np.float32)


@lru_cache(maxsize=1)
def _rays(height: int, width: int) -> NDArray[np.float32]:
    """(height, width, 2) from the middle of the picture to each pixel."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    rays = np.stack([x - (width - 1) / 2, y - (height - 1) / 2], axis=-1)
    rays.setflags(write=False)
    return rays


def _told(
    at_s: FloatArray, speed: FloatArray, camera: FloatArray, subject: FloatArray
) -> tuple[Evidence, ...]:
    """What moves, such as "fast motion before a still camera, 0.41 widths a second"."""

    def kind(at: int) -> str:
        if speed[at] < _STILL:
            return "stillness"
        pace = "fast" if speed[at] > _FAST else "slow"
        if camera[at] > _PLAIN * subject[at]:
            return f"{pace} motion of the camera"
        if subject[at] > _PLAIN * camera[at]:
            return f"{pace} motion before a still camera"
        return f"{pace} motion of the camera and before it"

    kinds = [kind(at) for at in range(at_s.size)]
    return noticed(at_s, kinds, lambda at: f"{kinds[at]}, {speed[at]:.2f} widths a second")


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
