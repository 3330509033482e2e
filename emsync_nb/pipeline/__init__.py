"""The order of the stages: film in, score and scored film out; or an emotion in, a piece out."""

from emsync_nb.pipeline.directions import Proposal, directed
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
from emsync_nb.pipeline.takes import compose_takes_of, plan_of, rewrite_takes

__all__ = [
    "BarLabel",
    "Course",
    "PieceSettings",
    "Progress",
    "Proposal",
    "ScoreResult",
    "ScoreSettings",
    "Stopwatch",
    "analyze_film",
    "compose_plan",
    "compose_takes_of",
    "directed",
    "generate_piece",
    "generate_takes",
    "label_score",
    "master_sound",
    "piece_facts",
    "plan_film",
    "plan_of",
    "render_score",
    "rewrite_takes",
    "score_into",
    "write_piece",
]
