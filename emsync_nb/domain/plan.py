"""What planning decides before a note is composed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from emsync_nb.domain.cues import Boundary, Cue
from emsync_nb.domain.curve import EmotionCurve
from emsync_nb.domain.ensemble import Ensemble
from emsync_nb.domain.score import Key
from emsync_nb.domain.table import GRID
from emsync_nb.domain.tempo import BarGrid, TempoMap
from emsync_nb.domain.theme import ThemeEntry

#: a chord at a hit holds a bass note at or below this pitch (G3)
BASS_CEILING = 55
#: and at least this many different pitches
CHORD_PITCHES = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A boundary that the music meets: a chord begins on this beat."""

    boundary: Boundary
    beat: int


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of one key and one texture, within a cue."""

    name: str
    start_beat: int
    end_beat: int
    #: mean of the curve over the section, each in [-1, 1]
    valence: float
    arousal: float
    key: Key
    #: how busy the music is, in notes a beat over all tracks but the drums
    density: float
    #: who plays, as names out of PARTS
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedCue:
    """A cue on the tempo map."""

    cue: Cue
    start_beat: int
    end_beat: int


@dataclass(frozen=True, slots=True, eq=False)
class ScorePlan:
    """The click track and everything that hangs on it."""

    #: length of the film in seconds
    duration_s: Fraction
    cues: tuple[PlannedCue, ...]
    sections: tuple[Section, ...]
    hits: tuple[Hit, ...]
    #: every boundary of the film, hits or not
    boundaries: tuple[Boundary, ...]
    tempo_map: TempoMap
    grid: BarGrid
    curve: EmotionCurve
    ensemble: Ensemble
    #: where a composer's theme is played, in order of time
    theme: tuple[ThemeEntry, ...] = ()

    def emotion_at(self, beat: Fraction | int) -> tuple[float, float]:
        """(valence, arousal) asked for at a beat."""
        return self.curve.at(float(self.tempo_map.seconds(beat)))

    def out_step(self, cue: PlannedCue) -> int:
        """The step by which a cue's notes end, and before which they begin; its last beat may reach beyond its out."""
        return min(cue.end_beat * GRID, math.ceil(self.tempo_map.beat(cue.cue.out_s) * GRID))
