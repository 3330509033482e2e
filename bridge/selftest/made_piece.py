"""Music that nobody needs to like: the same every time, dense, on many ports and channels, its tempo ever changing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

from bridge.piece import Piece, PlayedNote, Setting, piece_of

#: beats a minute of one bar after the other, from slow to fast and back
_TEMPI = (96.0, 132.5, 71.0, 180.0, 54.3, 119.9)
_BEATS_A_BAR = 4
_CHANNELS = 4
_LOWEST, _HIGHEST = 24, 108
#: a note on the same key comes no sooner, so that a lost note is never taken for its neighbour
_APART_S = 0.6
_PROGRAM_CHANGE, _CONTROL_CHANGE, _EXPRESSION = 0xC0, 0xB0, 11


def made_piece(seconds: float, *, ports: int = 4, notes_a_second: float = 250.0, seed: int = 7) -> Piece:
    """Notes at random places of a random grid, the same for the same arguments.

    Args:
        seconds: how long new notes begin.
        ports: how many there are, called `track 1` and so on.
        notes_a_second: of all ports together; 1,000 at most, or keys would run short.
        seed: of the chance.

    Raises:
        ValueError: too dense, or no time at all.
    """
    if seconds <= 0 or not 0 < notes_a_second <= min(1000, 100 * ports):
        raise ValueError(
            f"{notes_a_second:g} notes a second for {seconds:g} s on {ports} ports cannot be made"
        )
    chance = random.Random(seed)  # noqa: S311 - music, no secret
    bars = list(_bars(seconds))
    notes = list(_notes(chance, bars, round(seconds * notes_a_second), seconds, ports))
    settings = [
        Setting(start_s, port, data)
        for start_s in bars[:-1]
        for port in range(ports)
        for data in _settings(chance)
    ]
    return piece_of([f"track {port + 1}" for port in range(ports)], notes, settings, bars)


def _bars(seconds: float) -> Iterator[float]:
    """Where bars begin, each in a tempo of its own, up to one behind the end."""
    start_s, number = 0.0, 0
    while start_s < seconds:
        yield start_s
        start_s += _BEATS_A_BAR * 60 / _TEMPI[number % len(_TEMPI)]
        number += 1
    yield start_s


def _notes(
    chance: random.Random, bars: list[float], count: int, seconds: float, ports: int
) -> Iterator[PlayedNote]:
    """On a grid of 48 places a beat, in order of time; chords come about by themselves."""
    places_s = [
        start_s + (end_s - start_s) * step / (48 * _BEATS_A_BAR)
        for start_s, end_s in pairwise(bars)
        for step in range(48 * _BEATS_A_BAR)
    ]
    places_s = [place_s for place_s in places_s if place_s < seconds]
    free_s: dict[tuple[int, int, int], float] = {}
    for start_s in sorted(chance.choices(places_s, k=count)):
        length_s = chance.uniform(0.01, _APART_S - 0.1)
        while True:
            key = (chance.randrange(ports), chance.randrange(_CHANNELS), chance.randint(_LOWEST, _HIGHEST))
            if free_s.get(key, 0.0) <= start_s:
                break
        free_s[key] = start_s + _APART_S
        yield PlayedNote(start_s, start_s + length_s, *key, chance.randint(1, 127))


def _settings(chance: random.Random) -> Iterator[bytes]:
    for channel in range(_CHANNELS):
        yield bytes((_PROGRAM_CHANGE | channel, chance.randrange(128)))
        yield bytes((_CONTROL_CHANGE | channel, _EXPRESSION, chance.randint(60, 127)))
