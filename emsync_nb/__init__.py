"""emsync_nb watches a film, reads its emotion and its cuts, and composes MIDI that follows both.

The names below are imported when they are first used, so `import emsync_nb` stays light.
"""

from __future__ import annotations

from emsync_nb.extras import lazy_face

__version__ = "0.1.0"

__all__ = ["ScoreResult", "ScoreSettings", "__version__", "analyze", "compose", "plan", "score"]

__getattr__ = lazy_face(
    __name__,
    {
        "ScoreResult": "emsync_nb.pipeline",
        "ScoreSettings": "emsync_nb.pipeline",
        "analyze": "emsync_nb.pipeline:analyze_film",
        "compose": "emsync_nb.pipeline:compose_plan",
        "plan": "emsync_nb.pipeline:plan_film",
        "score": "emsync_nb.session",
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
