"""Directions in words, applied to a spotting: shown first, kept only when somebody says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise

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
from emsync_nb.domain.timecode import FilmClock
from emsync_nb.errors import PlanError
from emsync_nb.pipeline.takes import plan_of

#: a hit that is asked for is at a boundary this near, in seconds, or one of its own
NEAR_S = Fraction(1, 2)
#: a tempo that is asked for may be missed by this share, so that beats can meet hits
TEMPO_ROOM = 0.04
#: about so many seconds does each step of a gradual change of tempo last
RAMP_STEP_S = 4


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """What a direction would make of a spotting."""

    text: str
    before: Spotting
    after: Spotting
    changes: tuple[Change, ...]
    #: words that nothing came of, each with why
    not_understood: tuple[str, ...]
    #: how the film's times are told
    clock: FilmClock = field(default_factory=FilmClock)

    def described(self) -> list[str]:
        """What would change, a line each."""
        return [change.describe(self.clock) for change in self.changes]

    def lines(self) -> list[str]:
        """What would change, a line each; then what was not understood."""
        return [
            *self.described(),
            *(f"not understood: {words}" for words in self.not_understood),
        ]


def directed(
    spotting: Spotting, text: str, plan: ScorePlan | None = None, clock: FilmClock | None = None
) -> Proposal:
    """What a text asks for, applied to a spotting; `plan` is its plan where that is known already.

    `clock` tells the film's times, and reads timecodes; None: of a film that begins at 00:00:00:00.

    Raises:
        PlanError: a text that is too long, or changes that contradict each other.
        MissingExtraError: a package that meaning needs is broken.
    """
    film = spotting.film
    clock = clock or FilmClock(film.video.fps)
    scene = Scene(film.video.duration_s, film.boundaries, spotting.ensemble, film.curve, clock)
    found = understand(text, scene)
    after = spotting.with_curve(drawn(film.curve, found.changes, film.video.duration_s))
    try:
        for change in found.changes:
            after = _with(after, change, plan or plan_of(spotting))
    except ValueError as error:
        raise PlanError(f"these directions cannot all be: {error}") from error
    return Proposal(text, spotting, after, found.changes, found.not_understood, clock)


def _with(spotting: Spotting, change: Change, plan: ScorePlan) -> Spotting:
    match change:
        case Orchestration():
            return replace(spotting, ensemble=change.ensemble)
        case Tempo():
            return reduce(_wished, _paced(change, spotting, plan), spotting)
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


def _paced(change: Tempo, spotting: Spotting, plan: ScorePlan) -> Iterator[Passage]:
    """The tempo in one go, or in steps that rise or fall; what was reached stays to the end."""

    def wanted(time_s: Fraction) -> float:
        in_force = plan.tempo_map.bpm_at(plan.tempo_map.beat(time_s))
        return change.bpm if change.bpm is not None else in_force * (change.factor or 1.0)

    if change.reached_s is None:
        yield _at_tempo(change.start_s, change.end_s, wanted((change.start_s + change.end_s) / 2))
        return
    start_s, reached_s = change.start_s, change.reached_s
    before, after = plan.tempo_map.bpm_at(plan.tempo_map.beat(start_s)), wanted(start_s)
    behind = [_at_tempo(reached_s, change.end_s, after)] if reached_s < change.end_s else []
    # sections may begin elsewhere once there is a ramp
    rough = plan_of(reduce(_wished, (_at_tempo(start_s, reached_s, before), *behind), spotting))
    fixed = _fixed(rough, start_s, reached_s)
    edges = [before * (after / before) ** float((time - start_s) / (reached_s - start_s)) for time in fixed]
    for times_s, bpms in zip(pairwise(fixed), pairwise(edges), strict=True):
        yield from _ramp(*times_s, *bpms)
    yield from behind


def _fixed(plan: ScorePlan, start_s: Fraction, end_s: Fraction) -> list[Fraction]:
    """Times that are beats whatever the tempo, hits and sections, from one time to another."""
    found = [start_s]
    beats = {hit.beat for hit in plan.hits} | {section.start_beat for section in plan.sections}
    for time_s in map(plan.tempo_map.seconds, sorted(beats)):
        if found[-1] + RAMP_STEP_S <= time_s <= end_s - RAMP_STEP_S:
            found.append(time_s.limit_denominator(1000))
    return [*found, end_s]


def _ramp(start_s: Fraction, end_s: Fraction, before: float, after: float) -> Iterator[Passage]:
    """From one tempo to another in equal ratios; each step holds whole beats."""
    steps = max(1, int((end_s - start_s) / RAMP_STEP_S))
    length = float(end_s - start_s)
    bpms = [before * (after / before) ** ((step + 0.5) / steps) for step in range(steps)]
    beats = [round(sum(bpms[: step + 1]) * length / steps / 60) for step in range(steps)]
    beats = [max(1, beat - earlier) for earlier, beat in pairwise((0, *beats))]
    lengths = [60 * count / bpm for count, bpm in zip(beats, bpms, strict=True)]
    stretch = length / sum(lengths)
    time_s = start_s
    for step, bpm in enumerate(bpms):
        until_s = end_s
        if step < steps - 1:
            until_s = time_s + Fraction(lengths[step] * stretch).limit_denominator(1000)
        yield _at_tempo(time_s, until_s, bpm / stretch)
        time_s = until_s


def _at_tempo(start_s: Fraction, end_s: Fraction, bpm: float) -> Passage:
    low, high = (
        min(max(bpm * share, TEMPI_BPM[0]), TEMPI_BPM[1]) for share in (1 - TEMPO_ROOM, 1 + TEMPO_ROOM)
    )
    return Passage(start_s, end_s, tempo_bpm=(low, high))


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
