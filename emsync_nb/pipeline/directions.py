"""Directions in words, applied to a spotting: shown first, kept only when somebody says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from emsync_nb.directing import (
    Accent,
    Change,
    EndingChange,
    Feeling,
    ModeChange,
    Orchestration,
    Scene,
    Silence,
    Tempo,
    drawn,
    understand,
)
from emsync_nb.domain import TEMPI_BPM, Cue, Key, Passage, ScorePlan, Spotting
from emsync_nb.errors import PlanError
from emsync_nb.pipeline.takes import plan_of

#: a hit that is asked for is at a boundary this near, in seconds, or one of its own
NEAR_S = Fraction(1, 2)
#: a tempo that is asked for may be missed by this share, so that beats can meet hits
TEMPO_ROOM = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """What a direction would make of a spotting."""

    text: str
    before: Spotting
    after: Spotting
    changes: tuple[Change, ...]
    #: words that nothing came of, each with why
    not_understood: tuple[str, ...]

    def lines(self) -> list[str]:
        """What would change, a line each; then what was not understood."""
        return [
            *(change.describe() for change in self.changes),
            *(f"not understood: {words}" for words in self.not_understood),
        ]


def directed(spotting: Spotting, text: str, plan: ScorePlan | None = None) -> Proposal:
    """What a text asks for, applied to a spotting; `plan` is its plan where that is known already.

    Raises:
        PlanError: a text that is too long, or changes that contradict each other.
        MissingExtraError: a package that meaning needs is broken.
    """
    film = spotting.film
    scene = Scene(film.video.duration_s, film.boundaries, spotting.ensemble, film.curve)
    found = understand(text, scene)
    after = spotting.with_curve(drawn(film.curve, found.changes, film.video.duration_s))
    try:
        for change in found.changes:
            after = _with(after, change, plan or plan_of(spotting))
    except ValueError as error:
        raise PlanError(f"these directions cannot all be: {error}") from error
    return Proposal(text, spotting, after, found.changes, found.not_understood)


def _with(spotting: Spotting, change: Change, plan: ScorePlan) -> Spotting:
    match change:
        case Orchestration():
            return replace(spotting, ensemble=change.ensemble)
        case Tempo():
            return _wished(spotting, _slower_or_faster(change, plan))
        case ModeChange():
            key = _key_at(plan, change.start_s)
            return _wished(spotting, Passage(change.start_s, change.end_s, key=Key(key.tonic, change.mode)))
        case Silence():
            return spotting.silent(change.start_s, change.end_s)
        case Accent():
            return _struck(spotting, change.time_s)
        case EndingChange():
            return _ending(spotting, change)
        case Feeling():
            return spotting  # drawn already, with all others


def _wished(spotting: Spotting, passage: Passage) -> Spotting:
    """One wish more; what was wished for the same stretch besides it stays."""
    for old in spotting.passages:
        if (old.start_s, old.end_s) == (passage.start_s, passage.end_s):
            passage = replace(old, key=passage.key or old.key, tempo_bpm=passage.tempo_bpm or old.tempo_bpm)
    return spotting.with_passage(passage)


def _slower_or_faster(change: Tempo, plan: ScorePlan) -> Passage:
    beat = plan.tempo_map.beat((change.start_s + change.end_s) / 2)
    bpm = change.bpm if change.bpm is not None else plan.tempo_map.bpm_at(beat) * (change.factor or 1.0)
    low, high = (
        min(max(bpm * share, TEMPI_BPM[0]), TEMPI_BPM[1]) for share in (1 - TEMPO_ROOM, 1 + TEMPO_ROOM)
    )
    return Passage(change.start_s, change.end_s, tempo_bpm=(low, high))


def _key_at(plan: ScorePlan, time_s: Fraction) -> Key:
    beat = plan.tempo_map.beat(time_s)
    return next((s.key for s in plan.sections if beat < s.end_beat), plan.sections[-1].key)


def _struck(spotting: Spotting, time_s: Fraction) -> Spotting:
    """The boundary that is meant locked, or a new one."""
    near = [
        (abs(boundary.time_s - time_s), number)
        for number, boundary in enumerate(spotting.film.boundaries, start=1)
        if abs(boundary.time_s - time_s) <= NEAR_S
    ]
    if near:
        return spotting.locked(min(near)[1])
    longer = spotting.added(time_s)
    return longer.locked(1 + [b.time_s for b in longer.film.boundaries].index(Fraction(time_s)))


def _ending(spotting: Spotting, change: EndingChange) -> Spotting:
    cues = spotting.cues or (Cue(Fraction(0), spotting.film.video.duration_s),)
    return spotting.with_cues((*cues[:-1], replace(cues[-1], ending=change.kind)))
