"""Scores as columns of numbers and rows of tracks, as a piano roll in the browser reads them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BarGrid, Score, TempoMap, Track
from emsync_nb.session.state import Lock
from emsync_nb.widgets.packing import packed

Document = dict[str, Any]
FloatArray = NDArray[np.float64]


def note_columns(
    score: Score,
    locks: Collection[Lock] = (),
    *,
    muted: Collection[str] = (),
    soloed: Collection[str] = (),
    volumes_db: Mapping[str, float] | None = None,
) -> tuple[list[Document], bytes]:
    """The rows of a score's tracks, and its notes.

    Args:
        score: its tempo map gives the seconds.
        locks: what is not to change.
        muted, soloed: names of tracks.
        volumes_db: by track; those that are missing are at 0 dB.

    Returns:
        [{"name", "instrument", "is_drum", "muted", "soloed", "locked", "notes", "volume_db"}] in the score's order,
        and the columns start_s, end_s, pitch, velocity, track, locked, sorted by track, then start.
    """
    rows = track_rows(score, locks, muted=muted, soloed=soloed, volumes_db=volumes_db or {})
    return rows, note_bytes(score, locks)


def track_rows(
    score: Score,
    locks: Collection[Lock],
    *,
    muted: Collection[str],
    soloed: Collection[str],
    volumes_db: Mapping[str, float],
) -> list[Document]:
    """The tracks of a score as `note_columns` says them."""
    last_bar = len(score.grid.bars)
    return [
        {
            "name": track.name,
            "instrument": instrument(track),
            "is_drum": track.is_drum,
            "muted": track.name in muted,
            "soloed": track.name in soloed,
            "locked": any(_holds_all(lock, track.name, last_bar) for lock in locks),
            "notes": len(track.notes),
            "volume_db": float(volumes_db.get(track.name, 0.0)),
        }
        for track in score.tracks
    ]


def click_columns(tempo_map: TempoMap, grid: BarGrid) -> bytes:
    """Time, tempo and bar of each beat; the bar's number at a bar line, else 0."""
    beats = np.arange(grid.end_beat, dtype=np.float64)
    bars = np.zeros(len(beats))
    bars[[bar.start_beat for bar in grid.bars]] = [bar.number for bar in grid.bars]
    _, lengths_s, at = _steps_of(tempo_map, beats)
    return packed(seconds_of(tempo_map, beats), 60 / lengths_s[at], bars)


def seconds_of(tempo_map: TempoMap, beats: FloatArray) -> FloatArray:
    """(n,) times of beats, as `TempoMap.seconds` says them one by one."""
    changes, lengths_s, at = _steps_of(tempo_map, beats)
    starts_s = np.array([float(tempo_map.seconds(change.beat)) for change in tempo_map.changes])
    return np.asarray(starts_s[at] + (beats - changes[at]) * lengths_s[at], dtype=np.float64)


def instrument(track: Track) -> str:
    """Its name in General MIDI."""
    from emsync_nb.notation.daw_export import DRUMS_NAME, PROGRAM_NAMES

    return DRUMS_NAME if track.is_drum else PROGRAM_NAMES[track.program]


def note_bytes(score: Score, locks: Collection[Lock]) -> bytes:
    """The notes of a score as `note_columns` says them."""
    rows = [
        (float(note.start_beat), float(note.duration_beats), note.pitch, note.velocity)
        for track in score.tracks
        for note in track.notes
    ]
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    numbers = np.repeat(np.arange(len(score.tracks)), [len(track.notes) for track in score.tracks])
    held = [_locked(track, score.grid, locks) for track in score.tracks]
    locked = np.concatenate([np.zeros(0, dtype=bool), *held])
    starts, ends = table[:, 0], table[:, 0] + table[:, 1]
    times_s = [seconds_of(score.tempo_map, beats) for beats in (starts, ends)]
    order = np.lexsort((starts, numbers))
    return packed(*(column[order] for column in (*times_s, table[:, 2], table[:, 3], numbers, locked)))


def _locked(track: Track, grid: BarGrid, locks: Collection[Lock]) -> NDArray[np.bool_]:
    """(n,) whether locks hold each note of a track, as `session.locking` says it."""
    held = np.zeros(len(track.notes), dtype=bool)
    mine = [lock for lock in locks if lock.track in (None, track.name)]
    if not mine:
        return held
    starts = np.array([float(note.start_beat) for note in track.notes])
    bar_starts = [bar.start_beat for bar in grid.bars]
    bars = np.maximum(1, np.searchsorted(bar_starts, starts, side="right"))
    single = {spot for lock in mine for spot in lock.notes}
    if single:
        held |= np.array([(note.start_beat, note.pitch) in single for note in track.notes], dtype=bool)
    for lock in mine:
        if lock.notes:
            continue
        if lock.bars is None:
            held[:] = True
        else:
            held |= (lock.bars[0] <= bars) & (bars <= lock.bars[1])
    return held


def _holds_all(lock: Lock, track: str, last_bar: int) -> bool:
    is_whole = lock.bars is None or (lock.bars[0] == 1 and lock.bars[1] >= last_bar)
    return lock.track in (None, track) and not lock.notes and is_whole


def _steps_of(tempo_map: TempoMap, beats: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.intp]]:
    """Beats where tempi begin, the length of a beat in each in seconds, and in which of them each beat lies."""
    changes = np.array([float(change.beat) for change in tempo_map.changes])
    lengths_s = np.array([change.us_per_beat for change in tempo_map.changes]) / 1e6
    return changes, lengths_s, np.maximum(0, np.searchsorted(changes, beats, side="right") - 1)
