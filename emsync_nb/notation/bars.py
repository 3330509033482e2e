"""Bars as they are written: what each voice holds between two bar lines, cut, tied and filled with rests."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from emsync_nb.domain import Key, Score
from emsync_nb.notation.durations import DIVISIONS, NOTE_VALUES, written_lengths
from emsync_nb.notation.spelling import signature, spell
from emsync_nb.notation.voicing import Chord, grid_step

Tuplet = Literal["", "start", "stop"]


@dataclass(frozen=True, slots=True)
class WrittenBar:
    """A bar with what stands at its head; positions in grid steps from the score's start."""

    number: int
    start: int
    end: int
    #: None where the score names no key
    key: Key | None

    @property
    def fifths(self) -> int:
        """Sharps (+) or flats (−) of the signature."""
        return self.key.fifths if self.key else 0

    @property
    def beats(self) -> int:
        """Quarters in the bar."""
        return (self.end - self.start) // DIVISIONS


class Piece(NamedTuple):
    """One written chord or rest within a bar."""

    #: grid steps from the bar line
    start: int
    #: a key of NOTE_VALUES
    length: int
    #: None for a rest
    chord: Chord | None
    tied_back: bool
    tied_on: bool
    tuplet: Tuplet = ""


def written_bars(score: Score) -> tuple[WrittenBar, ...]:
    """The bars of the score's grid, continued in the last bar's length until every note is covered.

    A key that changes within a bar stands at the head of the next one.
    """
    spans = [(bar.start_beat * DIVISIONS, bar.end_beat * DIVISIONS) for bar in score.grid.bars]
    length = spans[-1][1] - spans[-1][0]
    while spans[-1][1] < grid_step(score.end_beat):
        spans.append((spans[-1][1], spans[-1][1] + length))
    keys = sorted(score.keys, key=lambda change: change.beat)
    bars = []
    for number, (start, end) in enumerate(spans, start=1):
        index = bisect_right(keys, start // DIVISIONS, key=lambda change: change.beat)
        bars.append(WrittenBar(number, start, end, keys[index - 1].key if index else None))
    return tuple(bars)


def bar_index(bars: Sequence[WrittenBar], step: int) -> int:
    """Index of the bar that holds a grid step; the last one for all beyond the end."""
    return max(0, bisect_right(bars, step, key=lambda bar: bar.start) - 1)


def by_bar(voice: Iterable[Chord], bars: Sequence[WrittenBar]) -> list[list[Chord]]:
    """For each bar the chords that sound in it."""
    buckets: list[list[Chord]] = [[] for _ in bars]
    for chord in voice:
        index = bar_index(bars, chord.start)
        while index < len(bars) and bars[index].start < chord.end:
            buckets[index].append(chord)
            index += 1
    return buckets


def fill_bar(chords: Iterable[Chord], bar: WrittenBar) -> list[Piece]:
    """Chords of one voice and the rests between them, together exactly as long as the bar."""
    pieces: list[Piece] = []
    position = bar.start
    for chord in chords:
        start, end = max(chord.start, bar.start), min(chord.end, bar.end)
        pieces += _cut(None, position, start, bar)
        pieces += _cut(chord, start, end, bar)
        position = end
    pieces += _cut(None, position, bar.end, bar)
    return _with_brackets(pieces)


def _cut(chord: Chord | None, start: int, end: int, bar: WrittenBar) -> Iterator[Piece]:
    for length in written_lengths(start - bar.start, end - bar.start):
        stop = start + length
        back = chord is not None and chord.start < start
        yield Piece(start - bar.start, length, chord, back, chord is not None and stop < chord.end)
        start = stop


def _with_brackets(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces, with brackets over the beats that are all triplets."""
    written: list[Piece] = []
    for _, group in groupby(pieces, key=lambda piece: piece.start // DIVISIONS):
        beat = list(group)
        if len(beat) > 1 and all(NOTE_VALUES[piece.length].triplet for piece in beat):
            beat[0] = beat[0]._replace(tuplet="start")
            beat[-1] = beat[-1]._replace(tuplet="stop")
        written += beat
    return written


def accidentals(lines: Sequence[Sequence[Piece]], fifths: int) -> set[tuple[int, int, int]]:
    """(line, start, pitch) of the notes of one staff in one bar that need an accidental before them.

    An accidental holds for its letter and octave to the bar line, in all voices of the staff; a note tied
    over the bar line shows none and leaves none behind.
    """
    of_key = signature(fifths)
    in_force: dict[tuple[str, int], int] = {}
    shown = set()
    struck = sorted(
        (piece.start, index, pitch)
        for index, line in enumerate(lines)
        for piece in line
        if piece.chord and not piece.tied_back
        for pitch in piece.chord.pitches
    )
    for start, index, pitch in struck:
        spelling = spell(pitch, fifths)
        place = (spelling.step, spelling.octave)
        if in_force.get(place, of_key.get(spelling.step, 0)) != spelling.alter:
            in_force[place] = spelling.alter
            shown.add((index, start, pitch))
    return shown
