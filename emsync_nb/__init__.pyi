from emsync_nb.pipeline import ScoreResult as ScoreResult
from emsync_nb.pipeline import ScoreSettings as ScoreSettings
from emsync_nb.pipeline import analyze_film as analyze
from emsync_nb.pipeline import compose_plan as compose
from emsync_nb.pipeline import generate_piece as generate
from emsync_nb.pipeline import label_score as label
from emsync_nb.pipeline import master_sound as master
from emsync_nb.pipeline import plan_film as plan
from emsync_nb.pipeline import render_score as render
from emsync_nb.session import score as score

__version__: str
__all__ = [
    "ScoreResult",
    "ScoreSettings",
    "__version__",
    "analyze",
    "compose",
    "generate",
    "label",
    "master",
    "plan",
    "render",
    "score",
]
