"""MIDI files into tables, through symusic, which reads thousands of files a minute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from emsync_nb.domain import DRUMS, GRID, MusicTable
from emsync_nb.errors import DataError
from emsync_nb.extras import require
from emsync_nb.notation.reading.instruments import part_of_program

#: refused beyond this; the largest file of the corpora is 0.1 MB
MAX_MIDI_BYTES = 20_000_000
#: a longer file is not music; about 14 hours
MAX_BEATS = 100_000


def read_midi_table(path: Path) -> MusicTable:
    """Read a MIDI file onto the grid of 1/12 beat.

    Raises:
        DataError: not a readable MIDI file, or one without notes.
    """
    symusic = require("symusic")
    if path.stat().st_size > MAX_MIDI_BYTES:
        raise DataError(f"{path.name}: larger than {MAX_MIDI_BYTES // 1_000_000} MB, not read")
    try:
        score = symusic.Score(str(path)).resample(GRID, min_dur=1)
    except (RuntimeError, ValueError) as error:
        raise DataError(f"{path.name}: not a readable MIDI file ({error})") from error
    rows = _rows(score)
    if not len(rows):
        raise DataError(f"{path.name}: holds no notes")
    end = int((rows[:, 0] + rows[:, 1]).max())
    if end > MAX_BEATS * GRID:
        raise DataError(f"{path.name}: longer than {MAX_BEATS} beats, not read")
    bar_start = _bar_starts(score, end)
    return MusicTable.build(rows, bar_start, _bar_tempi(score, bar_start))


def _rows(score: Any) -> np.ndarray[Any, np.dtype[np.int64]]:  # noqa: ANN401 - a symusic score
    blocks = [np.empty((0, 5), dtype=np.int64)]
    for track in score.tracks:
        part = DRUMS if track.is_drum else part_of_program(track.program)
        if part is None or not len(track.notes):
            continue
        notes = track.notes.numpy()
        columns = [notes[name] for name in ("time", "duration", "pitch", "velocity")]
        block = np.stack([*columns, np.full(len(columns[0]), part)], axis=1).astype(np.int64)
        blocks.append(block[block[:, 3] > 0])
    return np.concatenate(blocks)


def _bar_starts(score: Any, end: int) -> np.ndarray[Any, np.dtype[np.int64]]:  # noqa: ANN401
    """(bars + 1,) steps; a change of meter begins a bar of its own."""
    meters = ((int(s.time), int(s.numerator), int(s.denominator)) for s in score.time_signatures)
    changes = sorted(meter for meter in meters if meter[0] <= MAX_BEATS * GRID)
    if not changes or changes[0][0] > 0:
        changes.insert(0, (0, 4, 4))
    starts: list[int] = []
    for index, (time, numerator, denominator) in enumerate(changes):
        until = changes[index + 1][0] if index + 1 < len(changes) else end
        length = max(1, round(GRID * 4 * numerator / max(1, denominator)))
        starts += range(time, max(until, time), length)
    last = changes[-1]
    length = max(1, round(GRID * 4 * last[1] / max(1, last[2])))
    # a meter that changes after the last note may be shorter than the bar that this note stands in
    starts.append(max(starts[-1] + length, end))
    return np.unique(np.array([0, *starts], dtype=np.int64))


def _bar_tempi(
    score: Any,  # noqa: ANN401
    bar_start: np.ndarray[Any, np.dtype[np.int64]],
) -> np.ndarray[Any, np.dtype[np.float64]]:
    changes = sorted((int(t.time), float(t.qpm)) for t in score.tempos) or [(0, 120.0)]
    times = np.array([time for time, _ in changes])
    bpm = np.clip(np.array([qpm for _, qpm in changes]), 20, 320)
    index = np.maximum(np.searchsorted(times, bar_start[:-1], side="right") - 1, 0)
    return np.asarray(bpm[index], dtype=np.float64)
