"""Fades through black, by PySceneDetect's `ThresholdDetector`.

It tells when the mean of the picture sinks below a level and when it rises again. A black opening that
lightens and a picture that ends in black are no boundaries: one of the two scenes is missing.
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from emsync_nb.analysis.change import Change
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.looks import difference
from emsync_nb.extras import require

#: mean of the picture below which it counts as black, 0 … 255; PySceneDetect's default
_BLACK = 12
#: brightness differs by no more than this over the part of a picture that counts as flat, 0 … 255
_FLAT = 6.0
#: frames within this of the darkest one are equally dark, 0 … 255
_EQUALLY_DARK = 0.5
#: the scene as it was before, or became after, is sought within this time
_REACH_S = Fraction(3, 2)


@dataclass(slots=True)
class _Arrival:
    """A fade whose new scene is still brightening."""

    time_s: Fraction
    start_s: Fraction
    end_s: Fraction
    before: Glance
    after: Glance

    def brighten(self, glance: Glance) -> None:
        """Keep the brightest picture of the new scene."""
        if glance.mean > self.after.mean:
            self.after = glance

    def change(self) -> Change:
        """The fade, between the brightest pictures on both sides."""
        strength = difference(self.before.look, self.after.look)
        return Change("fade", self.time_s, self.start_s, self.end_s, strength)


class FadeDetector:
    """Finds fades through black in frames shown one by one."""

    def __init__(self, fps: Fraction) -> None:
        self._timecode = require("scenedetect").FrameTimecode
        self._fps = fps
        # a bias of −1 makes it report the frame where the picture sank below the level
        self._proposer = require("scenedetect.detectors").ThresholdDetector(
            threshold=_BLACK, min_scene_len=0, fade_bias=-1.0
        )
        self._times: list[Fraction] = []
        self._means = array("f")
        self._spreads = array("f")
        self._recent: deque[Glance] = deque()
        self._old_scene: Glance | None = None
        self._arrivals: list[_Arrival] = []
        self._changes: list[Change] = []

    def see(self, glance: Glance) -> None:
        """Take note of the next frame."""
        number = len(self._times)
        self._times.append(glance.time_s)
        self._means.append(glance.mean)
        self._spreads.append(glance.deviation)
        self._remember(glance)
        for code in self._proposer.process_frame(self._timecode(number, self._fps), glance.look):
            self._arrive(code.frame_num, number, glance)
        self._settle(glance)

    def changes(self) -> list[Change]:
        """All fades, in order of time; call once after the last frame."""
        return [*self._changes, *(arrival.change() for arrival in self._arrivals)]

    def _remember(self, glance: Glance) -> None:
        """Hold the pictures before a fade; while the picture is black the old scene stays held."""
        if self._means[-1] < _BLACK:
            if self._recent:
                self._old_scene = max(self._recent, key=lambda held: held.mean)
                self._recent.clear()
            return
        self._recent.append(glance)
        while glance.time_s - self._recent[0].time_s > _REACH_S:
            self._recent.popleft()

    def _arrive(self, out: int, back: int, glance: Glance) -> None:
        """The picture was black over frames [out, back): a fade, if it was black enough."""
        means = np.array(self._means[out:back])
        dark = np.flatnonzero(means <= means.min() + _EQUALLY_DARK)
        middle = out + int(dark[len(dark) // 2])
        if out == 0 or self._old_scene is None or self._spreads[middle] > _FLAT:
            return
        start_s, end_s = self._times[out - 1], self._times[back]
        self._arrivals.append(_Arrival(self._times[middle], start_s, end_s, self._old_scene, glance))

    def _settle(self, glance: Glance) -> None:
        """Follow the new scenes until they have had time to brighten."""
        for arrival in self._arrivals:
            arrival.brighten(glance)
        ready = [item for item in self._arrivals if glance.time_s - item.end_s > _REACH_S]
        self._changes.extend(item.change() for item in ready)
        self._arrivals = [item for item in self._arrivals if item not in ready]
