"""Sections of a cue, each with a key, a mode, a density and its players, from the emotion it carries."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction

import numpy as np

from emsync_nb.domain import Cue, EmotionCurve, Ensemble, Key, Mode, Player
from emsync_nb.planning.cues import NEAR_S, snapped

#: no section is shorter, in seconds
MIN_SECTION_S = 4
#: what a change of emotion counts for against the strength of a boundary
EMOTION_WEIGHT = 2.0
#: a longer stretch without a telling boundary gets a turn of its own
MAX_SECTION_S = 24
#: accidentals of the first key at most, and of any
SIMPLE_FIFTHS, FURTHEST_FIFTHS = 3, 4
#: how much fuller or thinner than its arousal says a section is, and the step of arousal that decides which
CONTRAST, TELLING_STEP = 0.5, 0.15
#: tempo at arousal 0, and its change in octaves from there to arousal ±1
NEUTRAL_BPM = 96.0
TEMPO_OCTAVES = 0.55


def tempo_for(arousal: float) -> float:
    """Beats a minute that fit an arousal: fast is aroused (Gabrielsson & Lindström 2010); 66 … 141."""
    return NEUTRAL_BPM * 2 ** (TEMPO_OCTAVES * arousal)


def section_starts(
    cue: Cue,
    boundaries: Sequence[tuple[Fraction, float]],
    hit_times: Sequence[Fraction],
    curve: EmotionCurve,
) -> list[Fraction]:
    """Times where sections of a cue begin: its in, the most telling boundaries, and turns of emotion between them.

    `boundaries` holds (time, weight) of those inside the cue; a change of emotion there adds to the weight.
    Turns keep clear of the rising `hit_times`, or fall on one.
    """
    borders = [cue.in_s, cue.out_s]
    for time, _ in sorted(boundaries, key=lambda b: -b[1] - EMOTION_WEIGHT * _turn(float(b[0]), curve)):
        place = bisect_left(borders, time)
        if 0 < place < len(borders) and all(
            abs(time - other) >= MIN_SECTION_S for other in borders[place - 1 : place + 1]
        ):
            borders.insert(place, time)
    return sorted(borders[:-1] + _turns(borders, hit_times, curve))


def _turn(time_s: float, curve: EmotionCurve) -> float:
    """How far the emotion after a time is from the one before it, on the plane."""
    before, after = curve.mean(time_s - MIN_SECTION_S, time_s), curve.mean(time_s, time_s + MIN_SECTION_S)
    return math.dist(before, after)


def _turns(borders: Sequence[Fraction], hit_times: Sequence[Fraction], curve: EmotionCurve) -> list[Fraction]:
    """Where the emotion changes most inside each stretch that is too long for one section."""
    turns: list[Fraction] = []
    for start, end in itertools.pairwise(borders):
        while end - start > MAX_SECTION_S:
            start = _strongest_turn(start, end, hit_times, curve)
            turns.append(start)
    return turns


def _strongest_turn(
    start: Fraction, end: Fraction, hit_times: Sequence[Fraction], curve: EmotionCurve
) -> Fraction:
    """The time, MIN_SECTION_S … MAX_SECTION_S after `start`, where the emotion before and after differ most."""
    earliest, latest = start + MIN_SECTION_S, min(start + MAX_SECTION_S, end - MIN_SECTION_S)
    first, last = bisect_left(hit_times, start - NEAR_S), bisect_right(hit_times, latest + 2 * NEAR_S)
    near = hit_times[first:last]
    # halves of seconds that lie within, or may be snapped to a hit there
    halves = range(int(2 * (MIN_SECTION_S - NEAR_S)), int(2 * (latest + NEAR_S - start)) + 2)
    tried = (snapped(start + Fraction(half, 2), near) for half in halves)
    # of equal changes the latest, so that a film without any is cut into few long sections
    return max(
        (time for time in tried if earliest <= time <= latest),
        key=lambda time: (round(_turn(float(time), curve), 3), time),
    )


def next_key(before: Key | None, valence: float, arousal_step: float, rng: np.random.Generator) -> Key:
    """The key of a section: minor for unpleasant, major for pleasant, close to the key before it.

    A change of mode goes to the relative key; a lift of arousal goes up a fifth or a tone.
    """
    if before is None:
        mode: Mode = "major" if valence >= 0 else "minor"
        simple = [Key(tonic, mode) for tonic in range(12) if abs(Key(tonic, mode).fifths) <= SIMPLE_FIFTHS]
        return simple[int(rng.integers(len(simple)))]
    # the mode holds while the valence is near zero, so that it does not flicker
    mode = before.mode if abs(valence) < 0.05 else ("major" if valence > 0 else "minor")
    if mode != before.mode:
        return Key((before.tonic + (9 if mode == "minor" else 3)) % 12, mode)
    steps = (7, 2) if arousal_step > 0.25 else (0, 0, 5)
    near = Key((before.tonic + int(rng.choice(steps))) % 12, mode)
    return near if abs(near.fifths) <= FURTHEST_FIFTHS else before


def fullness_for(arousal: float, step: float, before: float | None) -> float:
    """How full a section is, −1 … 1: as its arousal is, and fuller or thinner than the one before it.

    A section that only went on as before would not be heard to begin. Its `step` of arousal says which way it goes;
    where that is small, it goes back the way that the last one came. `before` is how much fuller that was than its
    own arousal; None where there was none.
    """
    if before is None:
        return arousal
    lift = math.copysign(CONTRAST, step if abs(step) > TELLING_STEP or not before else -before)
    return min(1.0, max(-1.0, arousal + lift))


def density_for(fullness: float, players: Iterable[Player]) -> float:
    """Notes a beat of the players together: the sum of what is typical, doubled from a fullness of −0.7 to 0.7.

    Drums do not count: a kit strikes so often that it would have all the others play more.
    """
    return sum(player.density for player in players if not player.is_drum) * 2 ** (0.7 * fullness)


def active_parts(
    ensemble: Ensemble, fullness: float, rng: np.random.Generator, before: Collection[str] = ()
) -> tuple[str, ...]:
    """Who plays in a section: everybody when it is full, a third when it is thin; always a bass and a melody.

    Those who rested while `before` played come in first.
    """
    players = ensemble.players
    count = max(min(4, len(players)), math.ceil(len(players) * (0.65 + 0.35 * fullness)))
    order = rng.permutation(len(players)).tolist()
    firsts = {role: index for index, role in reversed([*enumerate(player.role for player in players)])}
    kept = sorted(
        range(len(players)),
        key=lambda index: (
            *_importance(players[index], firsts[players[index].role] == index, fullness, before),
            order[index],
        ),
    )[:count]
    return tuple(players[index].part for index in sorted(kept))


def _importance(player: Player, is_first: bool, fullness: float, before: Collection[str]) -> tuple[int, bool]:
    """Sorts the indispensable first, the rhythm of thin music last, and who has played behind who has rested."""
    if player.role in ("bass", "melody") and is_first:
        return 0, False
    return (2 if player.role == "rhythm" and fullness < 0 else 1), player.part in before
