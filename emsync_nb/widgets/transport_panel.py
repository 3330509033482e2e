"""The transport as a widget of its own: play, frames, loop, speed and timecode, for widgets that are linked to it."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from emsync_nb.domain.timecode import frame_number
from emsync_nb.extras import require
from emsync_nb.widgets.bundling import bundle, styles

AnyWidget = require("anywidget").AnyWidget
traits = require("traitlets")

Proposal = dict[str, Any]

#: the fastest that the film goes, either way
FASTEST = 8.0
#: the shortest loop, in seconds
SHORTEST_LOOP_S = 0.04


class TransportPanel(AnyWidget):  # type: ignore[misc, valid-type] # it comes with an extra
    """Buttons that move a position through a film, by a clock of their own in the browser.

    ::

        transport = TransportPanel(duration_s=62.4, fps=Fraction(24))
        ipywidgets.jslink((transport, "position_s"), (editor, "position_s"))

    Traits:
        position_s: where the film is, in seconds; while it plays, told twice a second.
        playing: whether it moves.
        speed: −8 … 8, but not 0.
        loop: [start, end] in seconds, or [].
        duration_s: length of the film.
        fps: [frames, in so many seconds], such as [30000, 1001].
        start_timecode: where the film's own clock begins.
    """

    _esm = bundle("transport_panel_widget.js")
    _css = styles("transport_panel.css")

    duration_s = traits.Float(60.0).tag(sync=True)
    fps = traits.List(traits.Int(), [25, 1], minlen=2, maxlen=2).tag(sync=True)
    start_timecode = traits.Unicode("00:00:00:00").tag(sync=True)
    position_s = traits.Float(0.0).tag(sync=True)
    playing = traits.Bool(False).tag(sync=True)
    speed = traits.Float(1.0).tag(sync=True)
    loop = traits.List(traits.Float(), maxlen=2).tag(sync=True)

    def __init__(
        self,
        duration_s: float | Fraction = 60.0,
        fps: Fraction | int = Fraction(25),
        start_timecode: str = "00:00:00:00",
    ) -> None:
        """A transport for a film of this length and frame rate.

        Raises:
            TraitError: a length or rate that no film has, or a timecode that this rate does not have.
            MissingExtraError: the extra `notebook` is not installed.
        """
        rate = Fraction(fps)
        super().__init__(
            duration_s=float(duration_s),
            fps=[rate.numerator, rate.denominator],
            start_timecode=start_timecode,
        )

    # — what traits may hold —

    @traits.validate("duration_s")  # type: ignore[untyped-decorator]
    def _check_duration(self, proposal: Proposal) -> float:
        duration_s = float(proposal["value"])
        if not 0 < duration_s < math.inf:
            raise traits.TraitError(f"a film lasts more than 0 s, got {duration_s:g}")
        if self.loop and self.loop[1] > duration_s:
            raise traits.TraitError(
                f"the loop ends at {self.loop[1]:g} s, behind {duration_s:g} s; set loop = [] first"
            )
        return duration_s

    @traits.observe("duration_s")  # type: ignore[untyped-decorator]
    def _stay_within(self, change: Proposal) -> None:
        self.position_s = min(float(self.position_s), float(change["new"]))

    @traits.validate("fps")  # type: ignore[untyped-decorator]
    def _check_fps(self, proposal: Proposal) -> list[int]:
        fps: list[int] = list(proposal["value"])
        if min(fps) < 1:
            raise traits.TraitError(
                f"a frame rate is two whole numbers above 0, such as [30000, 1001]; got {fps}"
            )
        _check_timecode(self.start_timecode, fps)
        return fps

    @traits.validate("start_timecode")  # type: ignore[untyped-decorator]
    def _check_start(self, proposal: Proposal) -> str:
        timecode = str(proposal["value"])
        _check_timecode(timecode, self.fps)
        return timecode

    @traits.validate("position_s")  # type: ignore[untyped-decorator]
    def _check_position(self, proposal: Proposal) -> float:
        position_s = float(proposal["value"])
        if not math.isfinite(position_s):
            raise traits.TraitError(f"the position needs a number of seconds, got {position_s}")
        return min(max(position_s, 0.0), float(self.duration_s))

    @traits.validate("speed")  # type: ignore[untyped-decorator]
    def _check_speed(self, proposal: Proposal) -> float:
        speed = float(proposal["value"])
        if not 0 < abs(speed) <= FASTEST:
            raise traits.TraitError(
                f"the speed lies between −{FASTEST:g} and {FASTEST:g} and is not 0, got {speed:g}"
            )
        return speed

    @traits.validate("loop")  # type: ignore[untyped-decorator]
    def _check_loop(self, proposal: Proposal) -> list[float]:
        loop: list[float] = list(proposal["value"])
        if not loop:
            return loop
        if len(loop) != 2 or not 0 <= loop[0] < loop[1] <= self.duration_s:
            raise traits.TraitError(
                f"a loop is [start, end] within the film of {self.duration_s:g} s, or []; got {loop}"
            )
        if loop[1] - loop[0] < SHORTEST_LOOP_S:
            raise traits.TraitError(f"a loop lasts {SHORTEST_LOOP_S:g} s at least; got {loop}")
        return loop


def _check_timecode(timecode: str, fps: list[int]) -> None:
    try:
        frame_number(timecode, Fraction(*fps))
    except ValueError as error:
        raise traits.TraitError(str(error)) from error
