"""From a film's boundaries and emotion to cues, sections, hits and a click track that meets them."""

from emsync_nb.planning.cues import checked_cues, choose_hits
from emsync_nb.planning.planner import PlanSettings, plan_score, plan_spotting
from emsync_nb.planning.tempo_fit import Anchor, FitSettings, TempoFit, fit_tempo
from emsync_nb.planning.theme import check_playable, place_theme

__all__ = [
    "Anchor",
    "FitSettings",
    "PlanSettings",
    "TempoFit",
    "check_playable",
    "checked_cues",
    "choose_hits",
    "fit_tempo",
    "place_theme",
    "plan_score",
    "plan_spotting",
]
