"""The order of the stages: film in, score and scored film out; or an emotion in, a piece out."""

from emsync_nb.pipeline.free import generate_piece, generate_takes, piece_facts, write_piece
from emsync_nb.pipeline.labels import BarLabel, label_score
from emsync_nb.pipeline.progress import Progress, Stopwatch
from emsync_nb.pipeline.settings import Course, PieceSettings, ScoreSettings
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
    "Course",
    "PieceSettings",
    "Progress",
    "ScoreResult",
    "ScoreSettings",
    "Stopwatch",
    "analyze_film",
    "compose_plan",
    "generate_piece",
    "generate_takes",
    "label_score",
    "master_sound",
    "piece_facts",
    "plan_film",
    "render_score",
    "score_into",
    "write_piece",
]
