"""From what was seen in a film to a plan that the composer follows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from emsync_nb.domain import (
    Boundary,
    Cue,
    EmotionCurve,
    Ensemble,
    Hit,
    Key,
    Passage,
    PlannedCue,
    ScorePlan,
    Section,
    Spotting,
    VideoCues,
)
from emsync_nb.planning.cues import NEAR_S, checked_cues, choose_hits, snapped, whole_film
from emsync_nb.planning.passages import passage_at, ramp_joints
from emsync_nb.planning.sections import (
    active_parts,
    density_for,
    fullness_for,
    next_key,
    section_starts,
    tempo_for,
)
from emsync_nb.planning.tempo_fit import Anchor, FitSettings, Limits, TempoFit, fit_tempo
from emsync_nb.planning.theme import place_theme

#: what the edge of a passage counts for among the boundaries where sections may begin
PASSAGE_WEIGHT = 100.0
#: where a tempo follows another within a ramp, a beat falls, unless one that must is nearer than this in seconds
RAMP_CLEAR_S = Fraction(3)


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """What the user decides about a plan."""

    seed: int = 0
    #: stretches of music; empty: the whole film
    cues: tuple[Cue, ...] = ()
    #: slowest and fastest tempo in beats a minute; None: what the emotion asks for
    tempo_bpm: tuple[float, float] | None = None
    #: wishes for stretches of the film; later ones win over earlier ones
    passages: tuple[Passage, ...] = ()
    fit: FitSettings = field(default_factory=FitSettings)


def plan_score(film: VideoCues, ensemble: Ensemble, settings: PlanSettings) -> ScorePlan:
    """Plan cues, sections, hits and the tempo map of a film.

    Raises:
        PlanError: cues that overlap or reach beyond the film.
    """
    duration = film.video.duration_s
    cues = checked_cues(settings.cues or whole_film(duration), duration)
    hits = [b for b in choose_hits(film.boundaries) if any(cue.in_s <= b.time_s < cue.out_s for cue in cues)]
    starts = {cue: _starts(cue, film.boundaries, hits, film.curve, settings.passages) for cue in cues}
    fit, beat_at = _click(cues, hits, starts, film, settings)
    planned = tuple(
        PlannedCue(_fading_after(cue, hits), beat_at[_enter(cue, hits)], beat_at[cue.out_s]) for cue in cues
    )
    rng = np.random.default_rng([settings.seed, 1])
    return ScorePlan(
        duration_s=duration,
        cues=planned,
        sections=tuple(_sections(cues, starts, beat_at, film.curve, ensemble, rng, settings.passages)),
        hits=tuple(Hit(boundary, beat_at[boundary.time_s]) for boundary in hits),
        boundaries=film.boundaries,
        tempo_map=fit.tempo_map,
        grid=fit.grid,
        curve=film.curve,
        ensemble=ensemble,
    )


def plan_spotting(spotting: Spotting, ensemble: Ensemble, fit: FitSettings | None = None) -> ScorePlan:
    """The plan of what a composer asks for; `ensemble` is the one that the spotting names.

    Raises:
        PlanError: as `plan_score`, and as `place_theme`.
    """
    wishes = PlanSettings(
        seed=spotting.seed,
        cues=spotting.cues,
        tempo_bpm=spotting.tempo_bpm,
        passages=spotting.passages,
        fit=fit or FitSettings(),
    )
    plan = plan_score(spotting.film, ensemble, wishes)
    if spotting.theme is None:
        return plan
    return replace(
        plan, theme=place_theme(plan, spotting.theme, spotting.theme_at_s, passages=spotting.passages)
    )


def _enter(cue: Cue, hits: Sequence[Boundary]) -> Fraction:
    """When a cue really begins: on a hit close behind its in, else at its in."""
    near = [hit.time_s for hit in hits if 0 <= hit.time_s - cue.in_s < NEAR_S and hit.time_s < cue.out_s]
    return near[0] if near else cue.in_s


def _fading_after(cue: Cue, hits: Sequence[Boundary]) -> Cue:
    """The cue, its fade kept behind its last hit, which would be lost in it."""
    left = [float(cue.out_s - hit.time_s) for hit in hits if cue.in_s <= hit.time_s < cue.out_s]
    return replace(cue, fade_out_s=min([cue.fade_out_s, *left]))


def _starts(
    cue: Cue,
    boundaries: Sequence[Boundary],
    hits: Sequence[Boundary],
    curve: EmotionCurve,
    passages: Sequence[Passage],
) -> list[Fraction]:
    """Where the sections of a cue begin; a boundary that is a hit counts double, a passage more than any."""
    hit_times = [hit.time_s for hit in hits]
    telling = {hit.time_s for hit in hits}
    weights = [
        (b.time_s, 2 * b.strength) if b.time_s in telling else (snapped(b.time_s, hit_times), b.strength)
        for b in boundaries
        if cue.in_s <= b.time_s < cue.out_s
    ]
    # a theme that comes or stays away changes no section, and so no click
    shaping = [passage for passage in passages if not passage.is_for_theme_only]
    edges = {edge for passage in shaping for edge in (passage.start_s, passage.end_s)}
    edges -= ramp_joints(passages)
    weights += [
        (snapped(edge, hit_times), PASSAGE_WEIGHT) for edge in sorted(edges) if cue.in_s <= edge < cue.out_s
    ]
    return section_starts(replace(cue, in_s=_enter(cue, hits)), weights, hit_times, curve)


def _click(
    cues: Sequence[Cue],
    hits: Sequence[Boundary],
    starts: dict[Cue, list[Fraction]],
    film: VideoCues,
    settings: PlanSettings,
) -> tuple[TempoFit, dict[Fraction, int]]:
    """The fitted click, and the beat of each time it was fitted to."""
    weights = {Fraction(0): 0.0, film.video.duration_s: 0.0}
    weights |= {cue.out_s: 0.0 for cue in cues}
    weights |= {time: 1.0 for times in starts.values() for time in times}
    weights |= {hit.time_s: 1.0 + hit.strength for hit in hits}
    for joint in sorted(ramp_joints(settings.passages)):
        if joint < film.video.duration_s and all(abs(joint - time) >= RAMP_CLEAR_S for time in weights):
            weights[joint] = 0.0
    times = sorted(weights)
    anchors = [Anchor(time, weights[time]) for time in times]
    limits = [_limits((start + end) / 2, settings) for start, end in itertools.pairwise(times)]
    targets = [
        _within(tempo_for(film.curve.mean(float(start), float(end))[1]), limit)
        for (start, end), limit in zip(itertools.pairwise(times), limits, strict=True)
    ]
    anchors[-1] = Anchor(_last_beat(times[-2], times[-1], targets[-1]), 0.0)
    fit = fit_tempo(anchors, targets, settings.fit, limits)
    return fit, dict(zip(times, fit.beats, strict=True))


def _limits(time_s: Fraction, settings: PlanSettings) -> Limits | None:
    """The tempi that are wished for at a time; None where emotion alone decides."""
    return passage_at(settings.passages, time_s, lambda wish: wish.tempo_bpm) or settings.tempo_bpm


def _within(bpm: float, limits: Limits | None) -> float:
    """The tempo nearest to one that emotion asks for, of those that are wished for."""
    low, high = limits or (bpm, bpm)
    return min(max(bpm, low), high)


def _last_beat(start: Fraction, end: Fraction, bpm: float) -> Fraction:
    """The first beat of a tempo at or behind the film's end: no tempo need bend for an end that fades."""
    beats = math.ceil(float(end - start) * bpm / 60)
    return max(end, start + Fraction(beats * 60 / bpm).limit_denominator(1_000_000))


def _sections(
    cues: Sequence[Cue],
    starts: dict[Cue, list[Fraction]],
    beat_at: dict[Fraction, int],
    curve: EmotionCurve,
    ensemble: Ensemble,
    rng: np.random.Generator,
    passages: Sequence[Passage],
) -> list[Section]:
    sections: list[Section] = []
    key: Key | None = None
    parts: tuple[str, ...] = ()
    lift: float | None = None
    for cue in cues:
        borders = [*starts[cue], cue.out_s]
        for start, end in itertools.pairwise(borders):
            valence, arousal = curve.mean(float(start), float(end))
            step = arousal - sections[-1].arousal if sections else 0.0
            middle = (start + end) / 2
            key = passage_at(passages, middle, lambda wish: wish.key) or next_key(key, valence, step, rng)
            fullness = fullness_for(arousal, step, lift)
            lift = fullness - arousal
            drawn = active_parts(ensemble, fullness, rng, before=parts)
            parts = passage_at(passages, middle, lambda wish: _playing(ensemble, wish.parts)) or drawn
            density = density_for(fullness, [p for p in ensemble.players if p.part in parts])
            name = _letter(len(sections))
            sections.append(
                Section(name, beat_at[start], beat_at[end], valence, arousal, key, density, parts)
            )
    return sections


def _playing(ensemble: Ensemble, parts: Collection[str] | None) -> tuple[str, ...] | None:
    """Those of the ensemble that are asked for, in its order; None where nobody is."""
    return tuple(player.part for player in ensemble.players if player.part in (parts or ())) or None


def _letter(index: int) -> str:
    """A, B, …, Z, AA, AB, … as rehearsal letters go."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
