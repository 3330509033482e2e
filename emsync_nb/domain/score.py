"""Music as the project holds it: in beats, exact, immutable."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal

from emsync_nb.domain.tempo import BarGrid, TempoMap

Mode = Literal["major", "minor"]
#: spellings by pitch class, as key signatures use them
MAJOR_TONICS = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
MINOR_TONICS = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "B♭", "B")
#: sharps (+) or flats (−) of the major key on each pitch class
_MAJOR_FIFTHS = (0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5)


@cache  # the rules ask for it at every note
def _scale(tonic: int, mode: Mode) -> frozenset[int]:
    steps = (0, 2, 4, 5, 7, 9, 11) if mode == "major" else (0, 2, 3, 5, 7, 8, 10, 11)
    return frozenset((tonic + step) % 12 for step in steps)


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic and a mode."""

    #: pitch class, C = 0 … B = 11
    tonic: int
    mode: Mode

    def __post_init__(self) -> None:
        if not 0 <= self.tonic <= 11:
            raise ValueError(f"tonic must be a pitch class 0 … 11, got {self.tonic}")

    @property
    def name(self) -> str:
        """Such as "E♭ major"."""
        tonics = MAJOR_TONICS if self.mode == "major" else MINOR_TONICS
        return f"{tonics[self.tonic]} {self.mode}"

    @property
    def scale(self) -> frozenset[int]:
        """Pitch classes that belong to the key; minor has both its natural and its raised seventh."""
        return _scale(self.tonic, self.mode)

    def triad_on(self, root: int) -> frozenset[int] | None:
        """Pitch classes of the key's major or minor triad on a pitch class; None where there is none.

        The dominant of a minor key is major.
        """
        scale, fifth = self.scale, (root + 7) % 12
        third = next(((root + step) % 12 for step in (4, 3) if (root + step) % 12 in scale), None)
        if root not in scale or third is None or fifth not in scale:
            return None
        return frozenset((root, third, fifth))

    @property
    def fifths(self) -> int:
        """Accidentals of the key signature: sharps positive, flats negative, −6 … 6."""
        return _MAJOR_FIFTHS[self.tonic if self.mode == "major" else (self.tonic + 3) % 12]


@dataclass(frozen=True, slots=True)
class Note:
    """One note, in beats (quarter notes) from the film's start."""

    start_beat: Fraction
    duration_beats: Fraction
    #: MIDI note number, 0 … 127
    pitch: int
    #: MIDI velocity, 1 … 127
    velocity: int

    def __post_init__(self) -> None:
        if self.start_beat < 0 or self.duration_beats <= 0:
            raise ValueError(f"a note needs start ≥ 0 and duration > 0, got {self}")
        if not 0 <= self.pitch <= 127 or not 1 <= self.velocity <= 127:
            raise ValueError(f"pitch or velocity out of MIDI's range: {self}")

    @property
    def end_beat(self) -> Fraction:
        """Where the note stops sounding."""
        return self.start_beat + self.duration_beats


@dataclass(frozen=True, slots=True)
class DynamicsPoint:
    """The loudness of a track from a beat on, written as CC11."""

    beat: Fraction
    #: MIDI controller value, 0 … 127
    value: int


@dataclass(frozen=True, slots=True)
class Track:
    """One instrument's notes."""

    name: str
    #: General MIDI program, 0 … 127
    program: int
    is_drum: bool
    #: in order of start, then pitch
    notes: tuple[Note, ...]
    #: in order of beat
    dynamics: tuple[DynamicsPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Marker:
    """A named place, shown as a marker in the DAW."""

    beat: Fraction
    text: str


@dataclass(frozen=True, slots=True)
class KeyChange:
    """From `beat` on, the music stands in `key`."""

    beat: int
    key: Key


@dataclass(frozen=True, slots=True)
class Score:
    """All tracks on one tempo map and one bar grid."""

    tracks: tuple[Track, ...]
    tempo_map: TempoMap
    grid: BarGrid
    markers: tuple[Marker, ...] = ()
    keys: tuple[KeyChange, ...] = ()

    @property
    def note_count(self) -> int:
        """Notes of all tracks together."""
        return sum(len(track.notes) for track in self.tracks)

    @property
    def end_beat(self) -> Fraction:
        """Where the last note stops sounding; 0 for an empty score."""
        return max((note.end_beat for track in self.tracks for note in track.notes), default=Fraction(0))
