"""Hard cuts: PySceneDetect proposes, a comparison of the scenes on both sides confirms.

PySceneDetect's `AdaptiveDetector` marks frames whose step from the frame before stands out from the steps
around it, so that fast motion, all of whose steps are large, is no cut. It sees neighbours only; the
confirmation looks a quarter of a second to both sides and refuses flashes: a light that leaves the
structure of the picture as it was, or a picture after which the old one returns.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from fractions import Fraction

from emsync_nb.analysis.change import Change, strongest
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.looks import correlation, difference
from emsync_nb.extras import require

#: a picture that is gone again within this time was a flash; shorter than a shot at 200 cuts a minute
FLASH_S = Fraction(1, 4)
#: two cuts closer than this are one, spread over frames by a blend
MIN_SHOT_S = Fraction(1, 5)
#: least difference of the scenes on both sides of a cut; consecutive frames of one shot stay below 0.15
MIN_DIFFERENCE = 0.25
#: how much more difference a cut needs, for each unit of correlation: something passing close by the camera
#: changes much, but leaves the rest of the picture
_LIKENESS_COST = 0.3
#: correlation above which only the light has changed
_SAME_STRUCTURE = 0.8
#: a cut differs this many times more than the steps two frames away; those of a quick fade do not
_STANDS_OUT = 2.0
#: share of the cut's difference below which a picture counts as the old scene come back
_RETURNED = 0.4
#: least PySceneDetect score; half its default, for night scenes differ little and the comparison confirms
_MIN_SCORE = 6.0
#: weights of hue, saturation, brightness and edges; hue is noise where colour is faint
_WEIGHTS = (0.3, 0.7, 1.0, 0.0)
#: a proposed step reaches this share of all other steps within ±_WINDOW_S; PySceneDetect's default, 0.75 at
#: 25 fps, loses cuts between two shots that both race
_SHARE = 0.5
_WINDOW_S = 0.08
#: pictures before a proposal that are kept, however slow the frame rate
_BEFORE = 3


def _window(fps: Fraction) -> int:
    """Frames to each side that a step is held against: a fixed time, so that 120 fps works like 25."""
    return min(20, max(2, round(_WINDOW_S * float(fps))))


class CutDetector:
    """Finds hard cuts in frames shown one by one; holds about half a second of tiny pictures."""

    def __init__(self, fps: Fraction) -> None:
        detectors = require("scenedetect.detectors")
        self._timecode = require("scenedetect").FrameTimecode
        self._fps = fps
        self._window = _window(fps)
        # PySceneDetect's own minimum shot length would swallow quick cuts: 1 frame turns it off
        self._proposer = detectors.AdaptiveDetector(
            adaptive_threshold=_SHARE * 2 * self._window,
            min_scene_len=1,
            window_width=self._window,
            min_content_val=_MIN_SCORE,
            weights=detectors.ContentDetector.Components(*_WEIGHTS),
        )
        self._count = 0
        self._ring: deque[Glance] = deque()
        self._proposed: deque[int] = deque()
        self._confirmed: list[Change] = []

    def see(self, glance: Glance) -> None:
        """Take note of the next frame."""
        # own numbers: a detector is right about the frames it was shown, whatever they are called
        self._ring.append(replace(glance, index=self._count))
        bgr = glance.small[..., ::-1]
        found = self._proposer.process_frame(self._timecode(self._count, self._fps), bgr)
        self._proposed.extend(code.frame_num for code in found)
        self._count += 1
        self._confirm_until(glance.time_s - FLASH_S)
        self._forget()

    def changes(self) -> list[Change]:
        """All cuts, in order of time; call once after the last frame."""
        if self._ring:
            self._confirm_until(self._ring[-1].time_s)
        return strongest(self._confirmed, MIN_SHOT_S)

    def _confirm_until(self, time_s: Fraction) -> None:
        """Decide on the proposals whose surroundings have been seen."""
        while self._proposed:
            at = self._proposed[0] - self._ring[0].index
            if self._ring[at].time_s > time_s:
                return
            self._proposed.popleft()
            self._confirm(at)

    def _confirm(self, at: int) -> None:
        """Keep the proposal at place `at` of the ring unless it is faint, part of a change of light, or a flash."""
        before, after = self._ring[at - 1], self._ring[at]
        # one frame on, for a converted film may spread the cut over two frames
        settled = self._ring[min(at + 1, len(self._ring) - 1)]
        strength = difference(before.look, settled.look)
        likeness = max(0.0, correlation(before.look, settled.look))
        if likeness > _SAME_STRUCTURE or strength < MIN_DIFFERENCE + _LIKENESS_COST * likeness:
            return
        if strength < _STANDS_OUT * max(self._step(at - 2), self._step(at + 2)):
            return
        if not self._is_flash(before, after, _RETURNED * strength):
            self._confirmed.append(Change("cut", after.time_s, after.time_s, after.time_s, strength))

    def _step(self, at: int) -> float:
        """Difference of the picture at a place of the ring from the one before; 0 outside the film."""
        if not 1 <= at < len(self._ring):
            return 0.0
        return difference(self._ring[at - 1].look, self._ring[at].look)

    def _is_flash(self, before: Glance, after: Glance, limit: float) -> bool:
        """Whether the old picture comes back soon after, or the new one was there shortly before."""
        later = (g for g in self._ring if after.time_s < g.time_s <= after.time_s + FLASH_S)
        earlier = (g for g in self._ring if after.time_s - FLASH_S <= g.time_s < before.time_s)
        return any(difference(before.look, g.look) < limit for g in later) or any(
            difference(g.look, after.look) < limit for g in earlier
        )

    def _forget(self) -> None:
        """Drop pictures that no open or coming proposal can ask for."""
        first = self._ring[0].index
        open_at = min([self._ring[-1].index - self._window, *self._proposed])
        while open_at - first > _BEFORE and (
            self._ring[open_at - first].time_s - self._ring[0].time_s > FLASH_S
        ):
            self._ring.popleft()
            first += 1
