"""A fast reader of MusicXML for learning: pitches, rhythm, dynamics, tempo, instruments, as they are played.

music21 reads about 2,000 notes a second, this more than ten times as many on the same core;
docs/reading-scores.md tells how far both agree. Grace notes, cue notes and ornaments are left out.

Every bar that is played, without repeats every `<measure>`, is a bar of the table. One so short that it would begin
and end on one step of the grid takes a step from the bar after it: its notes and those of that bar's beginning
sound one step late, and the music after them is in time again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import GRID, MusicTable, TableTrack
from emsync_nb.errors import MidiError
from emsync_nb.notation.reading.dynamics import LoudnessLine, loudness_line
from emsync_nb.notation.reading.playing import check_length, play_part, played_starts
from emsync_nb.notation.reading.repeats import playing_order
from emsync_nb.notation.reading.score_file import load_score
from emsync_nb.notation.reading.score_reader import MAX_QUARTERS, read_score
from emsync_nb.notation.reading.tempo import written_tempi
from emsync_nb.notation.reading.written import WrittenPart, WrittenScore

#: share of its written length that a staccato note sounds
STACCATO_SHARE = 0.5


def read_musicxml(path: Path, *, unfold: bool = True) -> MusicTable:
    """Read a MusicXML score, compressed (.mxl) or not.

    Args:
        path: the file.
        unfold: play repeats as written; without it, every bar stands once.

    Raises:
        MidiError: the file is missing, cannot be opened, or is not a readable score.
        MissingExtraError: lxml is not installed.
    """
    try:
        score = read_score(load_score(path))
        order = playing_order(score.signs) if unfold else range(len(score.signs))
        check_length(score, order)
        table = _table(score, order)
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        reason = " ".join(str(error).split())[:200]
        raise MidiError(f"{path} is not a readable MusicXML score ({reason}). Export it again") from error
    if not len(table.onset):
        raise MidiError(f"{path} holds no notes. Name a file with music in it")
    return table


def _table(score: WrittenScore, order: Sequence[int]) -> MusicTable:
    starts = played_starts(score, order)
    if starts[-1] > MAX_QUARTERS * score.per_quarter:
        raise ValueError(f"with its repeats it is longer than {MAX_QUARTERS} quarters")
    steps = _bar_steps(starts, score.per_quarter)
    begins = steps.tolist()
    blocks, tracks = [np.empty((0, 6), dtype=np.int64)], []
    for number, part in enumerate(score.parts):
        lines = _lines(part, score)
        rows = list(_rows(part, lines, score, order, starts, begins))
        blocks.append(np.array(rows, dtype=np.int64).reshape(-1, 6))
        blocks[-1][:, 5] = number
        tracks.append(_track(part, lines[0], score, order, starts, begins))
    found = np.concatenate(blocks)
    # a very short last note may be rounded onto the end
    steps[-1] = max(int(steps[-1]), int(found[:, 0].max(initial=0)) + 1)
    tempi = written_tempi(score)[np.array(order, dtype=np.int64)]
    return MusicTable.build(found[:, :5], steps, tempi, tracks=tuple(tracks), track=found[:, 5])


def _bar_steps(starts: Sequence[int], per_quarter: int) -> NDArray[np.int64]:
    """(bars + 1,) steps where bars begin, each after the one before; the bar after a tiny one begins late."""
    steps = np.rint(np.array(starts, dtype=np.float64) * GRID / per_quarter).astype(np.int64)
    places = np.arange(len(steps))
    return np.maximum.accumulate(steps - places) + places


def _lines(part: WrittenPart, score: WrittenScore) -> list[LoudnessLine]:
    staves = range(1, part.staves + 1)
    return [loudness_line(part.dynamics, score.bar_start, score.per_quarter, staff) for staff in staves]


def _rows(
    part: WrittenPart,
    lines: Sequence[LoudnessLine],
    score: WrittenScore,
    order: Sequence[int],
    starts: Sequence[int],
    begins: Sequence[int],
) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Onset, duration, pitch, velocity, part and a place for the track, of every note as it is played."""
    per_step = score.per_quarter / GRID
    for note in play_part(part, starts, order):
        written = note.written
        on_paper = (score.bar_start[order[note.place]] + written.onset) / score.per_quarter
        line = lines[min(written.staff, len(lines)) - 1]
        level = line.at(on_paper) if written.velocity is None else written.velocity
        share = STACCATO_SHARE if written.staccato else 1.0
        yield (
            max(begins[note.place], round(note.onset / per_step)),
            max(1, round(note.duration * share / per_step)),
            written.pitch,
            min(127, max(1, round(level + written.accent))),
            part.part,
            0,
        )


def _track(
    part: WrittenPart,
    line: LoudnessLine,
    score: WrittenScore,
    order: Sequence[int],
    starts: Sequence[int],
    begins: Sequence[int],
) -> TableTrack:
    """The part's name, program and loudness as it is played; that of its upper staff where they differ."""
    corners: dict[int, float] = {}
    for place, bar in enumerate(order):
        begin, end = (score.bar_start[at] / score.per_quarter for at in (bar, bar + 1))
        for quarters, level in line.corners(begin, end):
            step = max(begins[place], round((starts[place] / score.per_quarter + quarters) * GRID))
            old = corners.get(step)
            if old is not None and abs(old - level) > 1e-9 and step - 1 not in corners and step > 0:
                corners[step - 1] = old  # a jump takes one step
            corners[step] = level
    steps, levels = _bends(corners)
    return TableTrack(part.name, part.program, part.part, steps, levels)


def _bends(corners: dict[int, float]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Corners in order, without those on a straight line."""
    steps = np.array(sorted(corners), dtype=np.int64)
    levels = np.clip(np.array([corners[step] for step in steps.tolist()], dtype=np.float64), 1.0, 127.0)
    if len(steps) < 3:
        return steps, levels
    slopes = np.diff(levels) / np.diff(steps)
    kept = np.append(np.insert(np.abs(np.diff(slopes)) > 1e-9, 0, True), True)
    return steps[kept], levels[kept]
