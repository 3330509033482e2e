"""From a plan to a score: the network writes bar after bar, the rules keep every promise."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from emsync_nb.domain import (
    BASS_CEILING,
    GRID,
    PARTS,
    Bar,
    PlannedCue,
    Score,
    ScorePlan,
    Section,
)
from emsync_nb.errors import PlanError
from emsync_nb.extras import require
from emsync_nb.generation.assembly import Row, assemble, out_step
from emsync_nb.generation.conditioning import Conditions
from emsync_nb.generation.rules import BarRules, can_strike
from emsync_nb.generation.sampling import Sampler, SamplingSettings
from emsync_nb.generation.tokens import BAR, BAR_EVENT, DURATIONS, MAX_BAR_STEPS, velocity_of_bin

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer


#: velocity at arousal 0, and how far arousal ±1 takes it
VELOCITY_CENTRE, VELOCITY_SWING = 78, 18


def velocity_for(arousal: float) -> int:
    """The MIDI velocity that fits an arousal: loud is aroused (Gabrielsson & Lindström 2010)."""
    return round(VELOCITY_CENTRE + VELOCITY_SWING * arousal)


@dataclass(frozen=True, slots=True)
class ComposeSettings:
    """What the user decides about composing."""

    seed: int = 0
    sampling: SamplingSettings = field(default_factory=SamplingSettings)


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """One cue as the composer sees it: whole bars, from the bar its in stands in."""

    bars: tuple[Bar, ...]
    #: (bars,) the section in force in each bar
    sections: tuple[Section, ...]
    conditions: Conditions
    #: steps from the film's start to the stretch's first bar line
    origin: int


def compose(
    network: EventTransformer,
    plan: ScorePlan,
    settings: ComposeSettings,
    *,
    on_progress: Callable[[float], None] | None = None,
) -> Score:
    """Compose the music of a plan. The same seed, network and plan give the same score.

    `on_progress` receives the share of the music written, 0 … 1.

    Raises:
        PlanError: an ensemble that cannot play a chord with a bass note, or a bar that is too long.
    """
    _check(plan)
    with _one_thread():
        return assemble(plan, _written(network, plan, settings, on_progress))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Single steps are too small to share: more threads only wait for each other, and results could differ."""
    torch = require("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _written(
    network: EventTransformer,
    plan: ScorePlan,
    settings: ComposeSettings,
    on_progress: Callable[[float], None] | None,
) -> list[Row]:
    """The notes of all cues, one after the other."""
    rows: list[Row] = []
    total = sum(cue.end_beat - cue.start_beat for cue in plan.cues)
    for index, cue in enumerate(plan.cues):
        sampler = Sampler(network, settings.sampling, np.random.default_rng([settings.seed, 2, index]))
        writer = _CueWriter(sampler, plan, cue)
        for bar in range(len(writer.stretch.bars)):
            rows += writer.write_bar(bar)
            if on_progress is not None:
                on_progress(_share_done(plan, index, writer.stretch.bars[bar]) / total)
    return rows


def _share_done(plan: ScorePlan, index: int, bar: Bar) -> int:
    """Beats of music up to the end of a bar of cue number `index`."""
    before = sum(cue.end_beat - cue.start_beat for cue in plan.cues[:index])
    return before + min(bar.end_beat, plan.cues[index].end_beat) - plan.cues[index].start_beat


def _check(plan: ScorePlan) -> None:
    """Every section's players can begin a bass note and two more pitches above it."""
    ensemble = plan.ensemble
    if not any(player.low <= BASS_CEILING for player in ensemble.players if not player.is_drum):
        raise PlanError(f"ensemble {ensemble.name!r} has nobody for a bass note; add a lower instrument")
    for parts in dict.fromkeys(section.parts for section in plan.sections):
        if not can_strike(player for player in ensemble.players if player.part in parts):
            raise PlanError(f"ensemble {ensemble.name!r} cannot play chords; add instruments or a keyboard")


def _stretch(plan: ScorePlan, cue: PlannedCue) -> _Stretch:
    bars = tuple(
        bar for bar in plan.grid.bars if bar.end_beat > cue.start_beat and bar.start_beat < cue.end_beat
    )
    inside = [s for s in plan.sections if cue.start_beat <= s.start_beat < cue.end_beat]
    sections = tuple(_section_at(inside, max(bar.start_beat, cue.start_beat)) for bar in bars)
    origin = bars[0].start_beat * GRID
    return _Stretch(bars, sections, _conditions(plan, cue, bars, sections, origin), origin)


def _section_at(sections: Sequence[Section], beat: int) -> Section:
    return next((section for section in sections if beat < section.end_beat), sections[-1])


def _conditions(
    plan: ScorePlan, cue: PlannedCue, bars: Sequence[Bar], sections: Sequence[Section], origin: int
) -> Conditions:
    edges = [bar.start_beat for bar in bars] + [bars[-1].end_beat]
    times = [float(plan.tempo_map.seconds(beat)) for beat in edges]
    emotion = np.array([plan.curve.mean(start, end) for start, end in itertools.pairwise(times)])
    beats = np.arange(edges[0], edges[-1] + 1)
    hits = [hit.beat * GRID - origin for hit in plan.hits if cue.start_beat <= hit.beat < cue.end_beat]
    return Conditions(
        bar_start=np.array(edges) * GRID - origin,
        valence=emotion[:, 0],
        arousal=emotion[:, 1],
        bpm=np.array([plan.tempo_map.bpm_at(bar.start_beat) for bar in bars]),
        density=np.array([section.density for section in sections]),
        tonic=np.array([section.key.tonic for section in sections]),
        minor=np.array([section.key.mode == "minor" for section in sections]),
        parts=np.array([[part in section.parts for part in PARTS] for section in sections]),
        hits=np.array(hits, dtype=np.int64),
        clock_steps=(beats * GRID - origin).astype(np.float64),
        clock_s=np.array([float(plan.tempo_map.seconds(int(beat))) for beat in beats]),
    )


class _CueWriter:
    """Writes the bars of one cue, carrying the held chords from bar to bar."""

    def __init__(self, sampler: Sampler, plan: ScorePlan, cue: PlannedCue) -> None:
        self.stretch = _stretch(plan, cue)
        self._sampler, self._plan, self._cue = sampler, plan, cue
        self._span = (cue.start_beat * GRID, out_step(plan, cue))
        #: (part, pitch) → step of the stretch until which a chord's note is held
        self._held: dict[tuple[int, int], int] = {}

    def write_bar(self, index: int) -> list[Row]:
        """The notes of one bar, onsets in steps from the film's start, kept within the cue."""
        conditions = self.stretch.conditions
        start, at = int(conditions.bar_start[index]), np.array([index])
        rules = self._rules(index, start)
        self._sampler.push(BAR_EVENT, conditions.vectors(at, np.array([0]))[0])
        rows: list[Row] = []
        while (event := self._sampler.draw(rules.allowed))[0] != BAR:
            rules.note(event)
            position = event[0] - 1
            self._sampler.push(event, conditions.vectors(at, np.array([position]))[0])
            onset = self.stretch.origin + start + position
            velocity = velocity_of_bin(event[4])
            rows.append((onset, int(DURATIONS[event[3]]), event[2], velocity, event[1]))
        self._held = {key: start + until for key, until in rules.held.items() if until > rules.steps}
        return [row for row in rows if self._span[0] <= row[0] < self._span[1]]

    def _rules(self, index: int, start: int) -> BarRules:
        bar, section = self.stretch.bars[index], self.stretch.sections[index]
        if bar.beats * GRID > MAX_BAR_STEPS:
            longest = MAX_BAR_STEPS // GRID
            raise PlanError(f"bar {bar.number} has {bar.beats} beats; at most {longest} can be written")
        hits = self.stretch.conditions.hits - start
        return BarRules(
            steps=bar.beats * GRID,
            players={PARTS.index(p.part): p for p in self._plan.ensemble.players if p.part in section.parts},
            hits=tuple(int(hit) for hit in hits if 0 <= hit < bar.beats * GRID),
            density=section.density,
            key=section.key,
            velocity=velocity_for(float(self.stretch.conditions.arousal[index])),
            held={key: until - start for key, until in self._held.items()},
            # a full bar of the cue holds music; an upbeat or a shortened bar need not
            may_rest=bar.beats <= 2
            or bar.end_beat >= self._cue.end_beat
            or bar.start_beat < self._cue.start_beat,
        )
