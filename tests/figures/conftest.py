"""A made-up film of two minutes and a score for it, in the shapes that planning and generation hand over."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from emsync_nb.domain import (
    BarGrid,
    Boundary,
    BoundaryKind,
    Cue,
    DynamicsPoint,
    EmotionCurve,
    Ensemble,
    Hit,
    Key,
    KeyChange,
    Note,
    PlannedCue,
    Player,
    Score,
    ScorePlan,
    Section,
    TempoChange,
    TempoMap,
    Track,
)

BARS = 56
#: beat, microseconds a beat
TEMPI = ((0, 652_000), (48, 600_000), (96, 500_000), (128, 462_000), (176, 571_000))
#: name, first bar, tonic, mode
SECTIONS = (
    ("Dawn", 0, 5, "major"),
    ("Journey", 12, 0, "major"),
    ("Pursuit", 24, 9, "minor"),
    ("Storm", 32, 2, "minor"),
    ("Home", 44, 5, "major"),
)
CHORDS = ((0, 4, 7), (9, 0, 4), (5, 9, 0), (7, 11, 2))


@dataclass(frozen=True)
class Film:
    """A plan with the score composed from it."""

    plan: ScorePlan
    score: Score


@pytest.fixture(scope="session")
def film() -> Film:
    """The same film on every run."""
    tempo_map = TempoMap(tuple(TempoChange(beat, us) for beat, us in TEMPI))
    grid = BarGrid.from_lengths([4] * BARS)
    plan = _plan(tempo_map, grid)
    keys = tuple(KeyChange(section.start_beat, section.key) for section in plan.sections)
    return Film(plan, Score(_tracks(plan), tempo_map, grid, keys=keys))


def _curve(duration_s: float) -> EmotionCurve:
    times_s = np.linspace(0, duration_s, 160)
    x = times_s / duration_s
    valence = 0.35 + 0.3 * np.sin(9 * x) - 1.05 * np.exp(-(((x - 0.63) / 0.13) ** 2)) + 0.3 * x
    arousal = -0.55 + 1.35 * np.exp(-(((x - 0.62) / 0.17) ** 2)) + 0.25 * x + 0.08 * np.sin(31 * x)
    return EmotionCurve.clipped(times_s, valence, arousal)


def _boundaries(tempo_map: TempoMap) -> tuple[tuple[Boundary, ...], tuple[Hit, ...]]:
    rng = random.Random(5)
    kinds: tuple[BoundaryKind, ...] = ("cut", "cut", "cut", "dissolve", "fade")
    hits = tuple(
        Hit(Boundary(tempo_map.seconds(beat), rng.choice(kinds), 0.5 + 0.45 * rng.random()), beat)
        for beat in (20, 48, 77, 96, 113, 128, 150, 176, 200)
    )
    others = [Boundary(Fraction(rng.randint(40, 1150), 10), "cut", 0.4 * rng.random()) for _ in range(15)]
    every = sorted([*(hit.boundary for hit in hits), *others], key=lambda boundary: boundary.time_s)
    return tuple(every), hits


def _plan(tempo_map: TempoMap, grid: BarGrid) -> ScorePlan:
    duration_s = tempo_map.seconds(grid.end_beat)
    curve = _curve(float(duration_s))
    boundaries, hits = _boundaries(tempo_map)
    return ScorePlan(
        duration_s=duration_s,
        cues=(PlannedCue(Cue(Fraction(0), duration_s), 0, grid.end_beat),),
        sections=tuple(_sections(tempo_map, curve)),
        hits=hits,
        boundaries=boundaries,
        tempo_map=tempo_map,
        grid=grid,
        curve=curve,
        ensemble=Ensemble("Chamber orchestra", PLAYERS),
    )


def _sections(tempo_map: TempoMap, curve: EmotionCurve) -> list[Section]:
    sections = []
    parts = tuple(player.part for player in PLAYERS)
    ends = [*(first for _, first, _, _ in SECTIONS[1:]), BARS]
    for (name, first, tonic, mode), end in zip(SECTIONS, ends, strict=True):
        span = (float(tempo_map.seconds(4 * first)), float(tempo_map.seconds(4 * end)))
        valence, arousal = curve.mean(*span)
        key = Key(tonic, "minor" if mode == "minor" else "major")
        sections.append(Section(name, 4 * first, 4 * end, valence, arousal, key, 4 + 4 * arousal, parts))
    return sections


PLAYERS = (
    Player("Flute", "flute", 73, 60, 96, "melody"),
    Player("Violins", "violin-1", 40, 55, 96, "melody"),
    Player("Strings", "strings", 48, 40, 84, "harmony"),
    Player("Piano", "piano", 0, 40, 96, "harmony"),
    Player("Cello", "cello", 42, 36, 60, "bass"),
    Player("Double bass", "double-bass", 43, 28, 48, "bass"),
    Player("Percussion", "drums", 0, 35, 59, "rhythm", is_drum=True),
)


def _tracks(plan: ScorePlan) -> tuple[Track, ...]:
    rng = random.Random(3)
    tracks = []
    for player in PLAYERS:
        notes = [note for bar in range(BARS) for note in _bar(plan, player, bar, rng)]
        notes.sort(key=lambda note: (note.start_beat, note.pitch))
        dynamics = (DynamicsPoint(Fraction(0), 90),)
        tracks.append(Track(player.name, player.program, player.is_drum, tuple(notes), dynamics))
    return tuple(tracks)


def _bar(plan: ScorePlan, player: Player, bar: int, rng: random.Random) -> list[Note]:
    section = next(part for part in reversed(plan.sections) if part.start_beat <= 4 * bar)
    _, arousal = plan.emotion_at(4 * bar)
    velocity = int(70 + 40 * arousal)
    chord = [(pitch + section.key.tonic) % 12 for pitch in CHORDS[bar % 4]]
    if player.is_drum:
        steps = 8 if arousal > 0 else 1
        return [
            _note(4 * bar + Fraction(4 * k, steps), Fraction(1, 4), 36 + 2 * (k % 2), velocity)
            for k in range(steps)
        ]
    if player.role == "harmony" and player.part == "strings":
        return [_note(4 * bar, Fraction(4), 52 + (pitch - 52) % 12, velocity) for pitch in chord]
    if player.role == "bass":
        return [_note(4 * bar, Fraction(4), player.low + 2 + (chord[0] - player.low - 2) % 12, velocity)]
    if player.role == "melody" and (arousal > 0) == (player.part == "flute"):
        return []
    count = 16 if arousal > 0.2 else 8 if arousal > -0.2 else 4
    home = 76 if player.role == "melody" else 60
    length = Fraction(4, count)
    return [
        _note(
            4 * bar + k * length,
            length,
            home + (chord[rng.randrange(3)] - home) % 12 + rng.choice((0, 0, 12)),
            velocity,
        )
        for k in range(count)
        if rng.random() < 0.8
    ]


def _note(beat: Fraction | int, length: Fraction, pitch: int, velocity: int) -> Note:
    return Note(Fraction(beat), length, pitch, velocity)
