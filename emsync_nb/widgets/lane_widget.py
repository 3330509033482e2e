"""What the widgets of one lane share: the playhead, the selection, and a picture for pages without a kernel."""

from __future__ import annotations

import math
from typing import Any

from emsync_nb.extras import require
from emsync_nb.widgets.with_still import WithStill

AnyWidget = require("anywidget").AnyWidget
traits = require("traitlets")


class LaneWidget(WithStill, AnyWidget):  # type: ignore[misc, valid-type] # it comes with an extra
    """A lane over a film of `duration_s` seconds, a trait of its own. All times are in seconds."""

    #: the playhead, kept within the film
    position_s = traits.Float(0.0).tag(sync=True)
    #: [start, end], or [] for none
    selection = traits.List(traits.Float(), maxlen=2).tag(sync=True)

    @traits.validate("position_s")  # type: ignore[untyped-decorator]
    def _check_position(self, proposal: dict[str, Any]) -> float:
        position_s = float(proposal["value"])
        if not math.isfinite(position_s):
            raise traits.TraitError(f"the playhead needs a number of seconds, got {position_s}")
        return min(max(position_s, 0.0), float(self.duration_s))

    @traits.validate("selection")  # type: ignore[untyped-decorator]
    def _check_selection(self, proposal: dict[str, Any]) -> list[float]:
        selection: list[float] = list(proposal["value"])
        if selection and not (len(selection) == 2 and 0 <= selection[0] < selection[1] < math.inf):
            raise traits.TraitError(
                f"a selection is [start, end] with 0 ≤ start < end, or []; got {selection}"
            )
        return selection
