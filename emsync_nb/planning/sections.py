"""Sections of a cue, each with a key, a mode, a density and its players, from the emotion it carries."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from emsync_nb.domain import Cue, EmotionCurve, Ensemble, Key, Player

#: no section is shorter, in seconds
MIN_SECTION_S = 4.0
#: what a change of emotion counts for against the strength of a boundary
EMOTION_WEIGHT = 2.0
#: a longer stretch without a telling boundary gets a turn of its own
MAX_SECTION_S = 24.0
#: tempo at arousal 0, and its change in octaves from there to arousal ±1
NEUTRAL_BPM = 96.0
TEMPO_OCTAVES = 0.55


def tempo_for(arousal: float) -> float:
    """Beats a minute that fit an arousal: fast is aroused (Gabrielsson & Lindström 2010); 66 … 141."""
    return NEUTRAL_BPM * 2 ** (TEMPO_OCTAVES * arousal)


def section_starts(
    cue: Cue, boundaries: Sequence[tuple[Fraction, float]], curve: EmotionCurve
) -> list[Fraction]:
    """Times where sections of a cue begin: its in, the most telling boundaries, and turns of emotion between them.

    `boundaries` holds (time, weight) of those inside the cue; a change of emotion there adds to the weight.
    """
    starts = [cue.in_s]
    for time, _ in sorted(boundaries, key=lambda b: -b[1] - EMOTION_WEIGHT * _turn(float(b[0]), curve)):
        ends = [*starts, cue.out_s]
        if all(abs(time - other) >= MIN_SECTION_S for other in ends):
            starts.append(time)
    starts.sort()
    return sorted(starts + _turns([*starts, cue.out_s], curve))


def _turn(time_s: float, curve: EmotionCurve) -> float:
    """How far the emotion after a time is from the one before it, on the plane."""
    before, after = curve.mean(time_s - MIN_SECTION_S, time_s), curve.mean(time_s, time_s + MIN_SECTION_S)
    return math.dist(before, after)


def _turns(borders: Sequence[Fraction], curve: EmotionCurve) -> list[Fraction]:
    """Where the emotion changes most inside each stretch that is too long for one section."""
    turns: list[Fraction] = []
    for start, end in itertools.pairwise(borders):
        while float(end - start) > MAX_SECTION_S:
            start = _strongest_turn(float(start), float(end), curve)
            turns.append(start)
    return turns


def _strongest_turn(start_s: float, end_s: float, curve: EmotionCurve) -> Fraction:
    """The time, MIN_SECTION_S … MAX_SECTION_S after `start_s`, where the emotion before and after differ most."""
    latest = min(start_s + MAX_SECTION_S, end_s - MIN_SECTION_S)
    times = np.arange(start_s + MIN_SECTION_S, latest + 1e-6, 0.5)
    changes = [
        math.dist(curve.mean(time - MIN_SECTION_S, time), curve.mean(time, time + MIN_SECTION_S))
        for time in times
    ]
    # of equal changes the latest, so that a film without any is cut into few long sections
    best = max(range(len(times)), key=lambda index: (round(changes[index], 3), index))
    return Fraction(float(times[best])).limit_denominator(1000)


def next_key(before: Key | None, valence: float, arousal_step: float, rng: np.random.Generator) -> Key:
    """The key of a section: minor for unpleasant, major for pleasant, close to the key before it.

    A change of mode goes to the relative key; a lift of arousal goes up a fifth or a tone.
    """
    if before is None:
        return Key(int(rng.integers(12)), "major" if valence >= 0 else "minor")
    # the mode holds while the valence is near zero, so that it does not flicker
    mode = before.mode if abs(valence) < 0.05 else ("major" if valence > 0 else "minor")
    if mode != before.mode:
        return Key((before.tonic + (9 if mode == "minor" else 3)) % 12, mode)
    if arousal_step > 0.25:
        return Key((before.tonic + int(rng.choice([7, 2]))) % 12, mode)
    return Key((before.tonic + int(rng.choice([0, 0, 5]))) % 12, mode)


def density_for(arousal: float, players: int) -> float:
    """Notes a beat over all tracks: more for more players, doubled from arousal −0.7 to 0.7."""
    return (2.5 + 0.35 * players) * 2 ** (0.7 * arousal)


def active_parts(ensemble: Ensemble, arousal: float, rng: np.random.Generator) -> tuple[str, ...]:
    """Who plays in a section: everybody when aroused, fewer when calm; always a bass and a melody."""
    players = ensemble.players
    count = max(min(4, len(players)), math.ceil(len(players) * (0.55 + 0.45 * (arousal + 1) / 2)))
    order = rng.permutation(len(players))
    kept = sorted(range(len(players)), key=lambda index: _importance(players, index, arousal, order))[:count]
    return tuple(players[index].part for index in sorted(kept))


def _importance(
    players: Sequence[Player], index: int, arousal: float, order: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[int, int]:
    """Sorts the indispensable first, the rhythm of calm music last, the rest by lot."""
    role = players[index].role
    is_first = all(player.role != role for player in players[:index])
    if role in ("bass", "melody") and is_first:
        return 0, 0
    return (2 if role == "rhythm" and arousal < 0 else 1), int(order[index])
