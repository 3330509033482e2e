"""A composer's theme: read from a file, and looked for in the score that was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from emsync_nb.domain import DRUMS, GRID, Note, Theme, Track
from emsync_nb.errors import MidiError
from emsync_nb.notation.midi_file import TICKS_PER_BEAT
from emsync_nb.notation.midi_reader import read_midi
from emsync_nb.notation.reading import read_table

#: a longer theme is a piece; bars of four beats
MAX_BARS, MAX_NOTES = 8, 64
_BAR_BEATS = 4
#: endings of files that are read as MIDI
_MIDI_ENDINGS = (".mid", ".midi", ".kar", ".smf")
#: share of a lower note that a higher one must cover for the lower not to belong to the line: legato overlaps a little
_COVERED = 0.5
_TICK = Fraction(1, TICKS_PER_BEAT)

#: onset and duration in steps of GRID, pitch, velocity
Row = tuple[int, int, int, int]


def read_theme(path: Path) -> Theme:
    """The melody of a MIDI or MusicXML file: the highest line of its first track with pitched notes.

    Raises:
        MidiError: a file that cannot be read, without pitched notes, or whose line has one note only, more than
            MAX_NOTES, or more beats than MAX_BARS bars of four.
        MissingExtraError: the extra `notation` is not installed.
    """
    line = skyline(_first_part(path))
    if len(line) < 2:
        raise MidiError(f"{path} holds no melody: a theme needs two notes of one pitched part. Name another")
    beats = Fraction(max(onset + length for onset, length, _, _ in line) - line[0][0], GRID)
    if len(line) > MAX_NOTES or beats > MAX_BARS * _BAR_BEATS:
        raise MidiError(
            f"{path} is too long for a theme: its melody has {len(line)} notes over {float(beats):g} beats, and a "
            f"theme at most {MAX_NOTES} notes and {MAX_BARS} bars of {_BAR_BEATS} beats. Cut it"
        )
    return Theme.of(line)


def _first_part(path: Path) -> list[Row]:
    """The notes of the first part that has pitched ones, in the order in which the file lists its parts."""
    if path.suffix.lower() in _MIDI_ENDINGS:
        # tables list tracks as they begin to sound, scores as they stand in the file
        pitched = (track for track in read_midi(path).tracks if not track.is_drum and track.notes)
        return [_row(note) for note in next(pitched, Track("", 0, False, ())).notes]
    table = read_table(path, unfold=False)
    tracks = table.track[table.part != DRUMS]
    if not len(tracks):
        return []
    rows = table.rows[(table.track == tracks.min()) & (table.part != DRUMS)]
    return [(int(row[0]), int(row[1]), int(row[2]), int(row[3])) for row in rows]


def _row(note: Note) -> Row:
    start = round(note.start_beat * GRID)
    return start, max(1, round(note.end_beat * GRID) - start), note.pitch, note.velocity


def skyline(rows: Iterable[Row]) -> list[Row]:
    """The highest line of some notes, one at a time: each ends where the next begins.

    A note that a higher one sounds over for most of its time does not belong to it (Uitdenbogerd & Zobel 1998 keep
    the highest note of each onset; here it must also be the highest while it sounds).
    """
    line: list[Row] = []
    for onset, length, pitch, velocity in sorted(rows, key=lambda row: (row[0], -row[2], -row[1])):
        if line:
            begun, lasting, higher, loud = line[-1]
            over = begun + lasting - onset
            if onset == begun or (higher > pitch and over >= _COVERED * length):
                continue
            line[-1] = (begun, min(lasting, onset - begun), higher, loud)
        line.append((onset, length, pitch, velocity))
    return line


def find_entries(midi: Path, entries: Sequence[tuple[str, Sequence[Row]]]) -> list[Fraction | None]:
    """Where lines that were planned really begin in a MIDI file, in seconds; None for those that are not there.

    An entry names a track and its notes. It is there if that track holds each of the pitches, beginning and ending
    within a tick of the beats planned: the same rhythm, the same contour.

    Raises:
        MidiError: the file cannot be read.
    """
    score = read_midi(midi)
    found: list[Fraction | None] = []
    for name, rows in entries:
        lines = [_line_of(track, rows) for track in score.tracks if track.name == name]
        line = next((line for line in lines if line), None)
        found.append(None if line is None else score.tempo_map.seconds(line[0].start_beat))
    return found


def _line_of(track: Track, rows: Sequence[Row]) -> list[Note]:
    """The notes of a track that are these; none where one of them is missing."""
    starts = np.array([float(note.start_beat) for note in track.notes])
    line = []
    for onset, length, pitch, _ in rows:
        start, end = Fraction(onset, GRID), Fraction(onset + length, GRID)
        first, last = np.searchsorted(starts, (float(start - 2 * _TICK), float(start + 2 * _TICK)))
        there = (
            note
            for note in track.notes[first:last]
            if note.pitch == pitch
            and abs(note.start_beat - start) <= _TICK
            and abs(note.end_beat - end) <= _TICK
        )
        note = next(there, None)
        if note is None:
            return []
        line.append(note)
    return line
