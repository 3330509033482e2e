"""From a film to its boundaries and its emotion over time.

::

    frames ─► Glance ─┬► cuts, fades, dissolves ─► shots ─► boundaries ─┐
                      ├► picture ─┐                          │          ├► VideoCues
                      ├► motion  ─┤   rhythm ◄───────────────┘          │
                      ├► scene   ─┤                                     │
                      └► faces   ─┤                                     │
    sound  ─┬► sound ─────────────┼► fusion ─► EmotionCurve ────────────┘
            └► events ────────────┤
    words  ─► words ──────────────┘
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.analysis.circumplex import EKMAN, PlanePoints, on_plane
    from emsync_nb.analysis.expert import Evidence, Expert, ExpertReport, HearingExpert, Opinion, SeeingExpert
    from emsync_nb.analysis.found import VERSIONS, Analysis, Voice, joined
    from emsync_nb.analysis.fusion import Fusion
    from emsync_nb.analysis.one_pass import analyze
    from emsync_nb.analysis.words.sidecar import find_sidecar

__all__ = [
    "EKMAN",
    "VERSIONS",
    "Analysis",
    "Evidence",
    "Expert",
    "ExpertReport",
    "Fusion",
    "HearingExpert",
    "Opinion",
    "PlanePoints",
    "SeeingExpert",
    "Voice",
    "analyze",
    "find_sidecar",
    "joined",
    "on_plane",
]

__getattr__ = lazy_face(
    __name__,
    {
        "Analysis": "emsync_nb.analysis.found",
        "EKMAN": "emsync_nb.analysis.circumplex",
        "Evidence": "emsync_nb.analysis.expert",
        "Expert": "emsync_nb.analysis.expert",
        "ExpertReport": "emsync_nb.analysis.expert",
        "Fusion": "emsync_nb.analysis.fusion",
        "HearingExpert": "emsync_nb.analysis.expert",
        "Opinion": "emsync_nb.analysis.expert",
        "PlanePoints": "emsync_nb.analysis.circumplex",
        "SeeingExpert": "emsync_nb.analysis.expert",
        "VERSIONS": "emsync_nb.analysis.found",
        "Voice": "emsync_nb.analysis.found",
        "analyze": "emsync_nb.analysis.one_pass",
        "find_sidecar": "emsync_nb.analysis.words.sidecar",
        "joined": "emsync_nb.analysis.found",
        "on_plane": "emsync_nb.analysis.circumplex",
    },
)
