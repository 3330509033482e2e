"""Turn the notes of a track into chords and voices that can be written on a staff."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from emsync_nb.domain import Note
from emsync_nb.notation.durations import DIVISIONS

#: voices a staff can show
MAX_VOICES = 4


class Chord(NamedTuple):
    """Pitches that begin and end together, in grid steps from the score's start."""

    start: int
    end: int
    #: rising, each once
    pitches: tuple[int, ...]
    #: MIDI velocity of the loudest
    velocity: int


def grid_step(beat: Fraction | int) -> int:
    """The nearest grid step (1/12 beat) to a beat."""
    return round(beat * DIVISIONS)


def chords(notes: Iterable[Note]) -> list[Chord]:
    """Notes on the grid, those of equal start and end joined; in order of start, then from high to low.

    A note shorter than half a step gets one step.
    """
    groups: defaultdict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for note in notes:
        start = grid_step(note.start_beat)
        velocities = groups[start, max(start + 1, grid_step(note.end_beat))]
        velocities[note.pitch] = max(note.velocity, velocities.get(note.pitch, 0))
    found = [Chord(*span, tuple(sorted(group)), max(group.values())) for span, group in groups.items()]
    return sorted(found, key=lambda chord: (chord.start, -chord.pitches[-1], chord.end))


def voices(sorted_chords: Iterable[Chord], limit: int = MAX_VOICES) -> list[list[Chord]]:
    """Lines of chords that never overlap, at most `limit`; each chord goes to the first line that is free.

    Where no line is free, the chord that has sounded longest ends; where all of them begin at this very step,
    the pitches join the one nearest in length.
    """
    lines: list[list[Chord]] = []
    for chord in sorted_chords:
        free = next((line for line in lines if line[-1].end <= chord.start), None)
        if free is not None:
            free.append(chord)
        elif len(lines) < limit:
            lines.append([chord])
        else:
            _squeeze(lines, chord)
    return lines


def _squeeze(lines: list[list[Chord]], chord: Chord) -> None:
    oldest = min(lines, key=lambda line: line[-1].start)
    if oldest[-1].start < chord.start:
        oldest[-1] = oldest[-1]._replace(end=chord.start)
        oldest.append(chord)
        return
    nearest = min(lines, key=lambda line: abs(line[-1].end - chord.end))
    last = nearest[-1]
    pitches = tuple(sorted({*last.pitches, *chord.pitches}))
    nearest[-1] = last._replace(pitches=pitches, velocity=max(last.velocity, chord.velocity))
