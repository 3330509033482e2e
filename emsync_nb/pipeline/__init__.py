"""The order of the stages: film in, score and scored film out; or an emotion in, a piece out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.pipeline.directions import Proposal, directed
    from emsync_nb.pipeline.film_analysis import analyze_film, fusion_network
    from emsync_nb.pipeline.free import generate_piece, generate_takes, piece_facts, write_piece
    from emsync_nb.pipeline.labels import BarLabel, label_score
    from emsync_nb.pipeline.progress import Progress, Stopwatch
    from emsync_nb.pipeline.settings import Course, PieceSettings, ScoreSettings
    from emsync_nb.pipeline.sound import master_sound, render_score
    from emsync_nb.pipeline.stages import (
        ScoreResult,
        compose_plan,
        plan_film,
        score_into,
    )
    from emsync_nb.pipeline.stems import StemChunk, StemPlayer
    from emsync_nb.pipeline.stills import stills_of
    from emsync_nb.pipeline.takes import compose_takes_of, plan_of, rewrite_takes
    from emsync_nb.pipeline.thumbnails import Thumbnails, thumbnails_of

__all__ = [
    "BarLabel",
    "Course",
    "PieceSettings",
    "Progress",
    "Proposal",
    "ScoreResult",
    "ScoreSettings",
    "StemChunk",
    "StemPlayer",
    "Stopwatch",
    "Thumbnails",
    "analyze_film",
    "compose_plan",
    "compose_takes_of",
    "directed",
    "fusion_network",
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
    "stills_of",
    "thumbnails_of",
    "write_piece",
]

__getattr__ = lazy_face(
    __name__,
    {
        "BarLabel": "emsync_nb.pipeline.labels",
        "Course": "emsync_nb.pipeline.settings",
        "PieceSettings": "emsync_nb.pipeline.settings",
        "Progress": "emsync_nb.pipeline.progress",
        "Proposal": "emsync_nb.pipeline.directions",
        "ScoreResult": "emsync_nb.pipeline.stages",
        "ScoreSettings": "emsync_nb.pipeline.settings",
        "StemChunk": "emsync_nb.pipeline.stems",
        "StemPlayer": "emsync_nb.pipeline.stems",
        "Stopwatch": "emsync_nb.pipeline.progress",
        "Thumbnails": "emsync_nb.pipeline.thumbnails",
        "analyze_film": "emsync_nb.pipeline.film_analysis",
        "compose_plan": "emsync_nb.pipeline.stages",
        "compose_takes_of": "emsync_nb.pipeline.takes",
        "directed": "emsync_nb.pipeline.directions",
        "fusion_network": "emsync_nb.pipeline.film_analysis",
        "generate_piece": "emsync_nb.pipeline.free",
        "generate_takes": "emsync_nb.pipeline.free",
        "label_score": "emsync_nb.pipeline.labels",
        "master_sound": "emsync_nb.pipeline.sound",
        "piece_facts": "emsync_nb.pipeline.free",
        "plan_film": "emsync_nb.pipeline.stages",
        "plan_of": "emsync_nb.pipeline.takes",
        "render_score": "emsync_nb.pipeline.sound",
        "rewrite_takes": "emsync_nb.pipeline.takes",
        "score_into": "emsync_nb.pipeline.stages",
        "stills_of": "emsync_nb.pipeline.stills",
        "thumbnails_of": "emsync_nb.pipeline.thumbnails",
        "write_piece": "emsync_nb.pipeline.free",
    },
)
