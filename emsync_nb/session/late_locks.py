"""Locks that were set while a take was made: it is given the locked notes when it is done."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from emsync_nb.domain import Note, Score, Track
from emsync_nb.session.locking import closed_cells, locked_notes
from emsync_nb.session.state import Lock


def with_locked(take: Score, held: Score, locks: Collection[Lock]) -> Score:
    """A take with what locks hold of another score of the same click, note for note.

    In cells that are locked whole nothing else begins. Elsewhere, as in infilling, other notes end where a locked one
    begins on the same pitch of the same track, and those that would begin within it are left out.
    """
    kept: dict[str, list[Note]] = {track.name: [] for track in held.tracks}
    for name, note in locked_notes(held, locks):
        kept[name].append(note)
    closed = closed_cells(locks, max(len(take.grid.bars), len(held.grid.bars)))
    there = {track.name for track in take.tracks}
    missing = [track for track in held.tracks if track.name not in there and kept[track.name]]
    tracks = [*take.tracks, *(replace(track, notes=()) for track in missing)]
    return replace(take, tracks=tuple(_merged(track, take, kept, closed) for track in tracks))


def _merged(
    track: Track, take: Score, kept: dict[str, list[Note]], closed: Collection[tuple[str, int]]
) -> Track:
    from emsync_nb.generation.infill import clear_of

    # of several tracks of one name the first takes the notes
    locked = kept.pop(track.name, [])
    free = [
        note
        for note in track.notes
        if note not in locked
        and not {(track.name, bar := take.grid.at(note.start_beat).number), ("", bar)} & set(closed)
    ]
    notes = [*locked, *clear_of(locked, free)]
    return replace(track, notes=tuple(sorted(notes, key=lambda note: (note.start_beat, note.pitch))))
