"""emsync_nb watches a film, reads its emotion and its cuts, and composes MIDI that follows both.

::

    import emsync_nb

    analysis = emsync_nb.analyze("film.mp4")      # boundaries, and valence and arousal over time
    plan = emsync_nb.plan(analysis.cues)          # sections, hits, and the tempo map that meets them
    score = emsync_nb.compose(plan, seed=7)       # notes, in beats
    mix = emsync_nb.render(score)                 # sound
    master = emsync_nb.master(mix, "warm")        # sound as delivery asks for it

    emsync_nb.score("film.mp4")                   # all of it, into the folder film.emsync

    emsync_nb.generate(-0.5, (0.2, 0.9), bars=32)  # a piece without a film, ever more excited

    emsync_nb.label("quartet.mxl")                # valence and arousal of each bar of any score

What these take and give are values of `emsync_nb.domain`; whatever goes wrong is an error of
`emsync_nb.errors`. The names below are imported when they are first used, so `import emsync_nb` stays light.
"""

from __future__ import annotations

from emsync_nb.extras import lazy_face

__version__ = "0.1.0"

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

__getattr__ = lazy_face(
    __name__,
    {
        "ScoreResult": "emsync_nb.pipeline",
        "ScoreSettings": "emsync_nb.pipeline",
        "analyze": "emsync_nb.pipeline:analyze_film",
        "compose": "emsync_nb.pipeline:compose_plan",
        "generate": "emsync_nb.pipeline:generate_piece",
        "label": "emsync_nb.pipeline:label_score",
        "master": "emsync_nb.pipeline:master_sound",
        "plan": "emsync_nb.pipeline:plan_film",
        "render": "emsync_nb.pipeline:render_score",
        "score": "emsync_nb.session",
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
