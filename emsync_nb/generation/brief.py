"""What a take is asked to be: the plan of one cue, or a few words, as the network and the rules need it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import (
    BASS_CEILING,
    GRID,
    PARTS,
    Bar,
    Ensemble,
    Key,
    PlannedCue,
    Player,
    ScorePlan,
    Section,
)
from emsync_nb.errors import PlanError
from emsync_nb.generation.conditioning import Conditions
from emsync_nb.generation.rules import Beside, can_strike
from emsync_nb.generation.steering import Ear
from emsync_nb.generation.tokens import (
    DENSITY_CLASSES,
    FIELDS,
    MAX_BAR_STEPS,
    NO_KEY,
    VELOCITY_BIN,
    density_index,
    meter_index,
    tempo_index,
)

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

#: columns of a head, counted from 0
METER, TEMPO, KEY, LEVEL, DENSITY = range(5)
#: left to the network
OPEN = -1
#: velocity at arousal 0, and how far arousal ±1 takes it
VELOCITY_CENTRE, VELOCITY_SWING = 78, 18
#: classes of loudness and of density that the network may go either way from what is planned
LEVEL_REACH, DENSITY_REACH = 3, 2
#: notes a beat that drums add to a planned density
DRUM_DENSITY = 3.0
#: without a plan: bars of three or four beats, tempi from 40 to 200, no bar nearly silent or overfull
FREE_METERS = (3 * GRID, 4 * GRID)
FREE_TEMPI = (40.0, 200.0)
FREE_LEVELS, FREE_DENSITIES = (4, 15), (6, 20)
#: without a plan tempo and key are decided anew where the emotion asked for has moved so far on the plane
NEW_IDEA = 0.25
#: a section comes back to an earlier one of the same mode at most so far from it on the plane
LIKENESS = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Recall:
    """Earlier music to come back to."""

    #: bar of the same take that it begins with
    bar: int
    #: semitones to move it
    semitones: int


@dataclass(frozen=True, slots=True, eq=False)
class Brief:
    """What one take of a stretch of music is asked to be, bar by bar."""

    conditions: Conditions
    #: (bars, 5) classes of each head, OPEN where the network decides
    heads: IntArray
    #: (bars, 5) lowest and highest class that it may decide
    lowest: IntArray
    highest: IntArray
    #: who writes in each bar, by index into PARTS
    players: tuple[Mapping[int, Player], ...]
    #: whether a bar without a note may stand
    may_rest: tuple[bool, ...]
    #: steps after each bar line where a chord must begin
    hits: tuple[tuple[int, ...], ...]
    #: (n, 6) note events that sound in each bar already
    given: tuple[IntArray, ...]
    #: (part, pitch) that those who write in a bar are given to sound → steps after its bar line until which; by bar
    standing: Mapping[int, Mapping[tuple[int, int], int]] = field(default_factory=dict)
    #: what is given at the hits; by bar, then by hit
    beside: Mapping[int, Mapping[int, Beside]] = field(default_factory=dict)
    #: bars that begin with a reminder: of earlier music, or (n, COLUMNS) steps of what follows
    reminders: Mapping[int, Recall | IntArray] = field(default_factory=dict)
    #: bars where open meters, tempi and keys are decided anew; elsewhere they hold
    turns: frozenset[int] = frozenset((0,))
    #: bars that stand as they are and need not be heard
    unheard: frozenset[int] = frozenset()
    #: who listens while it is written, so that it comes to feel as asked; nobody: it is told what is asked
    ear: Ear | None = None
    #: whether rules keep notes to keys, counts and loudness; hits without them are the network's
    ruled: bool = True

    @property
    def bars(self) -> int:
        """How many bars are asked for."""
        return len(self.heads)

    def unbounded(self) -> Brief:
        """The same, with any loudness and any density."""
        lowest, highest = self.lowest.copy(), self.highest.copy()
        lowest[:, [LEVEL, DENSITY]] = 0
        highest[:, LEVEL], highest[:, DENSITY] = 128 // VELOCITY_BIN - 1, DENSITY_CLASSES - 1
        return replace(self, lowest=lowest, highest=highest)

    @classmethod
    def blank(cls, conditions: Conditions, players: Sequence[Mapping[int, Player]]) -> Brief:
        """A brief that leaves all to the network, within what is sane."""
        bars = conditions.bars
        low = (meter_index(np.array(FREE_METERS[0])), tempo_index(np.array(FREE_TEMPI[0])), 0)
        high = (meter_index(np.array(FREE_METERS[-1])), tempo_index(np.array(FREE_TEMPI[-1])), NO_KEY - 1)
        return cls(
            conditions,
            heads=np.full((bars, len(FIELDS) - 1), OPEN),
            lowest=np.tile(np.array([*low, FREE_LEVELS[0], FREE_DENSITIES[0]]), (bars, 1)),
            highest=np.tile(np.array([*high, FREE_LEVELS[1], FREE_DENSITIES[1]]), (bars, 1)),
            players=tuple(players),
            may_rest=(False,) * bars,
            hits=((),) * bars,
            given=(np.empty((0, len(FIELDS)), dtype=np.int64),) * bars,
        )


def key_class(key: Key) -> int:
    """The class of a key in a head."""
    return key.tonic + (12 if key.mode == "minor" else 0)


def key_of(index: int) -> Key | None:
    """The key of a class; None for none."""
    return None if index >= NO_KEY else Key(index % 12, "minor" if index >= 12 else "major")


def velocity_for(arousal: float) -> int:
    """The MIDI velocity that fits an arousal: loud is aroused (Gabrielsson & Lindström 2010)."""
    return round(VELOCITY_CENTRE + VELOCITY_SWING * arousal)


def check_ensemble(ensemble: Ensemble, casts: Sequence[Sequence[str]]) -> None:
    """Every cast of players can begin a bass note and two more pitches above it.

    Raises:
        PlanError: one cannot.
    """
    if not any(player.low <= BASS_CEILING for player in ensemble.players if not player.is_drum):
        raise PlanError(f"ensemble {ensemble.name!r} has nobody for a bass note; add a lower instrument")
    for parts in casts:
        if not can_strike(player for player in ensemble.players if player.part in parts):
            raise PlanError(f"ensemble {ensemble.name!r} cannot play chords; add instruments or a keyboard")


def cast(ensemble: Ensemble, parts: Sequence[str]) -> dict[int, Player]:
    """Who plays, by index into PARTS."""
    return {PARTS.index(player.part): player for player in ensemble.players if player.part in parts}


def free_brief(ensemble: Ensemble, emotion: FloatArray) -> Brief:
    """A brief without a film: (bars, 2) valence and arousal, and who may play; all else is left to the network."""
    bars, parts = len(emotion), [player.part for player in ensemble.players]
    check_ensemble(ensemble, [parts])
    starts = np.arange(bars + 1) * 4 * GRID
    conditions = Conditions(
        bar_start=starts,
        valence=emotion[:, 0],
        arousal=emotion[:, 1],
        parts=np.tile(np.isin(PARTS, parts), (bars, 1)),
        hits=np.empty(0, dtype=np.int64),
        clock_steps=starts.astype(np.float64),
        clock_s=starts / GRID / 2,
    )
    return replace(Brief.blank(conditions, [cast(ensemble, parts)] * bars), turns=_turns(emotion))


def _turns(emotion: FloatArray) -> frozenset[int]:
    """The first bar, and each bar whose emotion is NEW_IDEA from that of the turn before it."""
    turns = [0]
    for bar, asked in enumerate(emotion):
        if float(np.abs(asked - emotion[turns[-1]]).max()) > NEW_IDEA:
            turns.append(bar)
    return frozenset(turns)


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """One cue as the composer sees it: whole bars, from the bar its in stands in."""

    bars: tuple[Bar, ...]
    #: (bars,) the section in force in each bar
    sections: tuple[Section, ...]
    #: steps from the film's start to the stretch's first bar line
    origin: int

    @classmethod
    def of(cls, plan: ScorePlan, cue: PlannedCue) -> Stretch:
        """The bars of a cue.

        Raises:
            PlanError: a bar that is too long to be written.
        """
        bars = tuple(
            bar for bar in plan.grid.bars if bar.end_beat > cue.start_beat and bar.start_beat < cue.end_beat
        )
        for bar in bars:
            if bar.beats * GRID > MAX_BAR_STEPS:
                longest = MAX_BAR_STEPS // GRID
                raise PlanError(f"bar {bar.number} has {bar.beats} beats; at most {longest} can be written")
        inside = [s for s in plan.sections if cue.start_beat <= s.start_beat < cue.end_beat]
        sections = tuple(_section_at(inside, max(bar.start_beat, cue.start_beat)) for bar in bars)
        return cls(bars, sections, bars[0].start_beat * GRID)


def _section_at(sections: Sequence[Section], beat: int) -> Section:
    return next((section for section in sections if beat < section.end_beat), sections[-1])


def planned_brief(plan: ScorePlan, cue: PlannedCue, stretch: Stretch) -> Brief:
    """The brief of a cue: meter, tempo and key are the plan's, loudness and density near it, hits are met."""
    bars, sections = stretch.bars, stretch.sections
    conditions = _conditions(plan, cue, stretch)
    blank = Brief.blank(conditions, [cast(plan.ensemble, section.parts) for section in sections])
    lowest, highest = blank.lowest.copy(), blank.highest.copy()
    level = np.array([velocity_for(arousal) for arousal in conditions.arousal]) // VELOCITY_BIN
    density = density_index(np.array([_density(section) for section in sections]))
    for column, middle, reach in ((LEVEL, level, LEVEL_REACH), (DENSITY, density, DENSITY_REACH)):
        lowest[:, column] = np.maximum(lowest[:, column], np.minimum(middle - reach, highest[:, column]))
        highest[:, column] = np.minimum(highest[:, column], np.maximum(middle + reach, lowest[:, column]))
    heads = blank.heads.copy()
    heads[:, METER] = meter_index(np.array([bar.beats * GRID for bar in bars]))
    heads[:, TEMPO] = tempo_index(np.array([plan.tempo_map.bpm_at(bar.start_beat) for bar in bars]))
    heads[:, KEY] = [key_class(section.key) for section in sections]
    starts = [int(step) for step in conditions.bar_start]
    return Brief(
        conditions,
        heads,
        lowest,
        highest,
        blank.players,
        may_rest=tuple(_may_rest(bar, cue) for bar in bars),
        hits=tuple(
            tuple(int(hit) - start for hit in conditions.hits if start <= hit < end)
            for start, end in itertools.pairwise(starts)
        ),
        given=blank.given,
        reminders=_recalls(sections, [bar.start_beat for bar in bars]),
    )


def _density(section: Section) -> float:
    return section.density + (DRUM_DENSITY if "drums" in section.parts else 0.0)


def _may_rest(bar: Bar, cue: PlannedCue) -> bool:
    """A full bar of the cue holds music; an upbeat or a shortened bar need not."""
    return bar.beats <= 2 or bar.end_beat >= cue.end_beat or bar.start_beat < cue.start_beat


def _conditions(plan: ScorePlan, cue: PlannedCue, stretch: Stretch) -> Conditions:
    edges = [bar.start_beat for bar in stretch.bars] + [stretch.bars[-1].end_beat]
    times = [float(plan.tempo_map.seconds(beat)) for beat in edges]
    emotion = np.array([plan.curve.mean(start, end) for start, end in itertools.pairwise(times)])
    beats = np.arange(edges[0], edges[-1] + 1)
    hits = [
        hit.beat * GRID - stretch.origin for hit in plan.hits if cue.start_beat <= hit.beat < cue.end_beat
    ]
    return Conditions(
        bar_start=np.array(edges) * GRID - stretch.origin,
        valence=emotion[:, 0],
        arousal=emotion[:, 1],
        parts=np.array([[part in section.parts for part in PARTS] for section in stretch.sections]),
        hits=np.array(hits, dtype=np.int64),
        clock_steps=(beats * GRID - stretch.origin).astype(np.float64),
        clock_s=np.array([float(plan.tempo_map.seconds(int(beat))) for beat in beats]),
    )


def _recalls(sections: Sequence[Section], start_beats: Sequence[int]) -> dict[int, Recall | IntArray]:
    """Sections that come back: each to the most alike of those before the one it follows, if one is alike enough."""
    firsts: dict[str, int] = {}
    for bar, section in enumerate(sections):
        # a bar that a section only begins within still holds the one before it
        if section.name not in firsts and start_beats[bar] >= section.start_beat:
            firsts[section.name] = bar
    known = [(firsts[s.name], s) for s in dict.fromkeys(sections) if s.name in firsts]
    found: dict[int, Recall | IntArray] = {}
    for index, (bar, section) in enumerate(known):
        alike = [(_distance(section, other), first, other) for first, other in known[: max(0, index - 1)]]
        distance, first, other = min(alike, key=lambda entry: entry[0], default=(np.inf, 0, section))
        if distance <= LIKENESS:
            found[bar] = Recall(first, (section.key.tonic - other.key.tonic + 6) % 12 - 6)
    return found


def _distance(one: Section, other: Section) -> float:
    """How far two sections are apart on the plane of emotion; endless in another mode."""
    if one.key.mode != other.key.mode:
        return float("inf")
    return float(np.hypot(one.valence - other.valence, one.arousal - other.arousal))
