"""Widgets for notebooks. Needs the extra `notebook`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.widgets.boundary_editor import BoundaryEditor
    from emsync_nb.widgets.desk.scoring_desk import ScoringDesk
    from emsync_nb.widgets.emotion_curve_editor import EmotionCurveEditor
    from emsync_nb.widgets.piano_roll import PianoRoll
    from emsync_nb.widgets.transport_panel import TransportPanel

__all__ = [
    "BoundaryEditor",
    "EmotionCurveEditor",
    "PianoRoll",
    "ScoringDesk",
    "TransportPanel",
]

__getattr__ = lazy_face(
    __name__,
    {
        "BoundaryEditor": "emsync_nb.widgets.boundary_editor",
        "EmotionCurveEditor": "emsync_nb.widgets.emotion_curve_editor",
        "PianoRoll": "emsync_nb.widgets.piano_roll",
        "ScoringDesk": "emsync_nb.widgets.desk.scoring_desk",
        "TransportPanel": "emsync_nb.widgets.transport_panel",
    },
)
