"""A composer's motif, and the places where it comes back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from emsync_nb.domain.score import Key
from emsync_nb.domain.tonality import key_fit


@dataclass(frozen=True, slots=True)
class Theme:
    """A melody of one line, as its composer wrote it."""

    #: steps of GRID from the first note, rising
    onsets: tuple[int, ...]
    #: steps of GRID
    durations: tuple[int, ...]
    #: MIDI note numbers
    pitches: tuple[int, ...]
    #: MIDI velocities, 1 … 127
    velocities: tuple[int, ...]
    #: the key that its pitches fit best
    key: Key

    def __post_init__(self) -> None:
        if len({len(column) for column in (self.onsets, self.durations, self.pitches, self.velocities)}) != 1:
            raise ValueError("onsets, durations, pitches and velocities must have one length")
        if not self.onsets or self.onsets[0] != 0:
            raise ValueError("a theme begins with a note at step 0")
        if any(later <= earlier for earlier, later in itertools.pairwise(self.onsets)):
            raise ValueError("the notes of a theme begin one after the other")
        for name, column, low, high in (
            ("durations", self.durations, 1, math.inf),
            ("pitches", self.pitches, 0, 127),
            ("velocities", self.velocities, 1, 127),
        ):
            if not all(low <= value <= high for value in column):
                raise ValueError(f"{name} of a theme must lie in {low} … {high}, got {column}")

    @classmethod
    def of(cls, notes: Iterable[tuple[int, int, int, int]]) -> Theme:
        """A theme of (onset, duration, pitch, velocity) in order of time, moved to begin at step 0.

        Its key is the one whose profile fits best (`key_fit`), pitch classes weighed by how long they sound.

        Raises:
            ValueError: no notes.
        """
        rows = list(notes)
        if not rows:
            raise ValueError("a theme begins with a note at step 0")
        onsets, durations, pitches, velocities = zip(*rows, strict=True)
        weights = np.bincount(np.array(pitches) % 12, weights=np.array(durations), minlength=12)
        major, minor = key_fit(weights.astype(np.float64))
        best = int(np.argmax(np.concatenate([major, minor])))
        key = Key(best % 12, "major" if best < 12 else "minor")
        return cls(tuple(onset - onsets[0] for onset in onsets), durations, pitches, velocities, key)

    @property
    def steps(self) -> int:
        """How long it is, in steps of GRID."""
        return max(onset + length for onset, length in zip(self.onsets, self.durations, strict=True))

    def describe(self) -> str:
        """Such as "6 notes in C major"."""
        count = len(self.onsets)
        return f"{count} note{'s' if count > 1 else ''} in {self.key.name}"


@dataclass(frozen=True, slots=True)
class ThemeEntry:
    """One place of a score where the theme is played."""

    #: the beat of the hit that it begins on
    beat: int
    #: name of the section in force there
    section: str
    #: the key that the theme is moved to
    key: Key
    #: who plays it, one of PARTS
    part: str
    #: (onset, duration) in steps of GRID from the film's start, pitch, velocity; cut at the cue's end
    notes: tuple[tuple[int, int, int, int], ...]
