"""The order of the stages: film in, score and scored film out."""

from emsync_nb.pipeline.labels import BarLabel, label_score
from emsync_nb.pipeline.progress import Progress, Stopwatch
from emsync_nb.pipeline.settings import ScoreSettings
from emsync_nb.pipeline.sound import master_sound, render_score
from emsync_nb.pipeline.stages import (
    ScoreResult,
    analyze_film,
    compose_plan,
    plan_film,
    score_into,
)

__all__ = [
    "BarLabel",
    "Progress",
    "ScoreResult",
    "ScoreSettings",
    "Stopwatch",
    "analyze_film",
    "compose_plan",
    "label_score",
    "master_sound",
    "plan_film",
    "render_score",
    "score_into",
]
