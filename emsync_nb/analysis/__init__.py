"""From a film to its boundaries and its emotion over time.

::

    frames ─► Glance ─┬► cuts, fades, dissolves ─► shots ─► boundaries ─┐
                      ├► picture ─┐                          │          ├► VideoCues
                      └► motion  ─┤   rhythm ◄───────────────┘          │
    sound  ─► sound ──────────────┼► fusion ─► EmotionCurve ────────────┘
    .srt   ─► subtitles ──────────┘
"""

from emsync_nb.analysis.circumplex import EKMAN, PlanePoints, on_plane
from emsync_nb.analysis.expert import Expert, ExpertReport, HearingExpert, Opinion, SeeingExpert
from emsync_nb.analysis.one_pass import Analysis, analyze

__all__ = [
    "EKMAN",
    "Analysis",
    "Expert",
    "ExpertReport",
    "HearingExpert",
    "Opinion",
    "PlanePoints",
    "SeeingExpert",
    "analyze",
    "on_plane",
]
