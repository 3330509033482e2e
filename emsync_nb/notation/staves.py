"""Staves and clefs: which of them a track needs, and what lies on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from emsync_nb.domain import Note, Track
from emsync_nb.notation.voicing import Chord, chords, voices

MIDDLE_C = 60


@dataclass(frozen=True, slots=True)
class Clef:
    """A clef as MusicXML names it."""

    sign: str
    #: staff line from below, on which the sign sits; None for percussion
    line: int | None
    #: octaves that the staff sounds higher (+) or lower (−) than written
    octave: int = 0


TREBLE, ALTO, BASS, PERCUSSION = Clef("G", 2), Clef("C", 3), Clef("F", 4), Clef("percussion", None)
TREBLE_8, BASS_8 = Clef("G", 2, -1), Clef("F", 4, -1)

#: programs with a clef of their own, whatever they play
_CLEF_OF_PROGRAM = {
    **dict.fromkeys(range(24, 32), TREBLE_8),  # guitars
    **dict.fromkeys(range(32, 40), BASS_8),  # bass guitars and synth basses
    41: ALTO,  # viola
    42: BASS,  # cello
    43: BASS_8,  # double bass
    47: BASS,  # timpani
    57: BASS,  # trombone
    58: BASS,  # tuba
    70: BASS,  # bassoon
}
#: programs played with two hands or by whole sections: pianos, organs, accordions, harp, ensembles, pads
_GRAND_PROGRAMS = frozenset({*range(8), *range(16, 24), 46, *range(48, 56), *range(88, 96)})
#: a grand staff is worth its room when the music goes beyond these on both sides of middle C (G3, F4)
_GRAND_BELOW, _GRAND_ABOVE = 55, 65


@dataclass(frozen=True, slots=True)
class Staff:
    """One staff of a part: its clef and its voices."""

    clef: Clef
    #: each in order of start, without overlaps
    voices: tuple[tuple[Chord, ...], ...]


def staves(track: Track) -> tuple[Staff, ...]:
    """One staff, or the two of a grand staff for two-handed instruments of wide range (split at middle C)."""
    if track.is_drum:
        return (_staff(PERCUSSION, track.notes),)
    if not _needs_grand_staff(track):
        return (_staff(_single_clef(track), track.notes),)
    upper = [note for note in track.notes if note.pitch >= MIDDLE_C]
    lower = [note for note in track.notes if note.pitch < MIDDLE_C]
    return (_staff(TREBLE, upper), _staff(BASS, lower))


def _staff(clef: Clef, notes: Sequence[Note]) -> Staff:
    return Staff(clef, tuple(tuple(line) for line in voices(chords(notes))))


def _needs_grand_staff(track: Track) -> bool:
    if track.program not in _GRAND_PROGRAMS or not track.notes:
        return False
    pitches = [note.pitch for note in track.notes]
    return min(pitches) < _GRAND_BELOW and max(pitches) > _GRAND_ABOVE


def _single_clef(track: Track) -> Clef:
    if track.program in _CLEF_OF_PROGRAM:
        return _CLEF_OF_PROGRAM[track.program]
    middle = median(note.pitch for note in track.notes) if track.notes else MIDDLE_C
    return TREBLE if middle >= MIDDLE_C - 3 else BASS
