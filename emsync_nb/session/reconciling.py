"""The way back: what a composer exported from a DAW is merged with the take that it came from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from emsync_nb.domain import Note, Score, Track
from emsync_nb.errors import MidiError
from emsync_nb.notation.daw_export import ExportFacts, open_export, unnamed
from emsync_nb.notation.midi_file import TICKS_PER_BEAT
from emsync_nb.session.reconciling_frame import (
    merged_dynamics,
    merged_grid,
    merged_keys,
    merged_markers,
    merged_tempo,
    moved_dynamics,
)
from emsync_nb.session.reconciling_notes import Spot, is_kept, match_notes, same_duration, same_start, spots
from emsync_nb.session.reconciling_tracks import (
    TrackPairs,
    find_offset,
    folded_name,
    pair_tracks,
    part_joined,
)
from emsync_nb.session.reconciling_unisons import joined_tracks, lost_unisons

#: resolutions that DAWs use; a coarser grid of notes was quantised, not stored coarsely
_COARSEST_TICKS = 96
_TAKE_TICK = Fraction(1, TICKS_PER_BEAT)


@dataclass(frozen=True, slots=True)
class TrackChanges:
    """What became of one track."""

    name: str
    #: the take's name where the composer gave another one
    renamed_from: str | None
    kept: int
    edited: int
    added: int
    removed: int

    @property
    def is_untouched(self) -> bool:
        """Whether everything is as it was in the take."""
        return self.renamed_from is None and not (self.edited or self.added or self.removed)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """An export merged with its take.

    kept + edited + added and those left out are the notes of the export, kept + edited + removed those of the take.
    """

    #: on the take's beats: the take's tracks in their order, parts split off behind theirs, then new ones
    score: Score
    #: by track and note of `score`: the index of the note in its take's track, or None
    origin: tuple[tuple[int | None, ...], ...]
    #: by track of `score`: the index of the take's track, or None
    track_origin: tuple[int | None, ...]
    #: notes as they were in the take
    kept: int
    #: notes of the take that came back changed
    edited: int
    #: notes that the take does not have
    added: int
    #: notes of the take that did not come back
    removed: int
    #: by track of `score`, then the take's tracks that did not come back
    tracks: tuple[TrackChanges, ...]
    #: edited and added notes with the names of their tracks: what composing again must not touch
    edited_notes: tuple[tuple[str, Note], ...]
    #: those of them that began before the take's first beat; they begin with it now
    early_notes: tuple[tuple[str, Note], ...]
    #: notes that ended before it, with the names of their tracks, as they lie in the export
    left_out: tuple[tuple[str, Note], ...]
    #: how many beats later than in the take the music lay in the export
    offset_beats: Fraction
    #: whether the export's tempo was taken over
    tempo_changed: bool
    #: those of the removed that sound with another track's note on one pitch, where the export joined both tracks
    lost_unisons: tuple[tuple[str, Note], ...] = ()

    def lines(self) -> list[str]:
        """A report for people."""
        lines = [f"{_counted(self)} of {self.kept + self.edited + self.removed} notes"]
        if self.offset_beats:
            direction = "later" if self.offset_beats > 0 else "earlier"
            beats = f"{float(abs(self.offset_beats)):g}"
            lines.append(f"The export lay {beats} beats {direction} than the take and was moved back")
        if self.tempo_changed:
            lines.append("The tempo was changed and taken over; hits may no longer fall on cuts")
        if self.early_notes:
            lines.append(f"Cut to begin with the film: {_notes_of(self.early_notes)}")
        if self.left_out:
            lines.append(f"Left out, as it ended before the film: {_notes_of(self.left_out)}")
        if self.lost_unisons:
            lines.append(
                f"Not to be told apart: {_notes_of(self.lost_unisons)} of the removed ones sound with another track "
                "on one pitch, and the export joins these tracks; to have them back, export each track on its own "
                "channel, or as format 1, and import that"
            )
        return lines + [_track_line(changes) for changes in self.tracks if not changes.is_untouched]


def _counted(counts: Reconciled | TrackChanges) -> str:
    return f"{counts.kept} kept, {counts.edited} edited, {counts.added} added, {counts.removed} removed"


def _notes_of(notes: Sequence[tuple[str, Note]]) -> str:
    """ "3 notes of Click, Drums"."""
    names = ", ".join(dict.fromkeys(name for name, _ in notes))
    return f"{len(notes)} note{'s' if len(notes) > 1 else ''} of {names}"


def _track_line(changes: TrackChanges) -> str:
    former = f" (was {changes.renamed_from})" if changes.renamed_from is not None else ""
    return f"{changes.name}{former}: {_counted(changes)}"


class _Placed(NamedTuple):
    """A note of the merged score."""

    note: Note
    #: index in the take's track, or None
    origin: int | None
    kept: bool
    #: whether it lay before the take's first beat
    early: bool


class _Merged(NamedTuple):
    track: Track
    origin: int | None
    renamed_from: str | None
    #: a part split off, which has no removed notes of its own
    is_part: bool
    notes: list[_Placed]


def reconcile_file(take: Score, path: Path) -> Reconciled:
    """Merge a file that a DAW exported with the take that it came from.

    Raises:
        MidiError: as `open_export`; or it holds no notes.
    """
    export, facts = open_export(path)
    if not any(track.notes for track in export.tracks):
        raise MidiError(
            f"{path} holds no notes, so everything would count as removed; "
            "select the tracks of the score in your DAW and export them again"
        )
    return reconcile(take, export, facts)


def reconcile(take: Score, export: Score, facts: ExportFacts | None = None) -> Reconciled:
    """Merge an export with the take that it came from.

    A note is kept if its pitch and velocity are the same and its onset and duration lie within a tick of 1/480
    beat, or of the export where that is coarser; it comes back as it was in the take. Of edited notes, what
    lies within a tick is the take's too.

    Args:
        take: the score that was written for the DAW.
        export: what `read_export` made of what came back.
        facts: of `open_export`. Without them the resolution is guessed from the notes, and 120 a minute and
            4/4 throughout pass for what the DAW did not tell.
    """
    tick = max(_TAKE_TICK, Fraction(1, facts.ticks_per_beat if facts else _guessed_ticks(export)))
    offset = find_offset(take, export, float(tick))
    heard, left_out = _from_first_beat(export, offset, tick)
    parted = part_joined(take, heard, offset)
    merged = _merged_tracks(take, parted, offset, tick)
    joined = joined_tracks(take, heard, parted, pair_tracks(take, heard, offset).origin)
    origins = [(one.origin, [placed.origin for placed in one.notes]) for one in merged]
    score = Score(
        tracks=tuple(one.track for one in merged),
        tempo_map=merged_tempo(take, export, offset, facts),
        grid=merged_grid(take, export, offset, facts),
        markers=merged_markers(take, export, offset, tick),
        keys=merged_keys(take, export, offset),
    )
    changes = tuple(_changes(take, merged))
    touched = [(one.track.name, placed) for one in merged for placed in one.notes if not placed.kept]
    return Reconciled(
        score=score,
        origin=tuple(tuple(placed.origin for placed in one.notes) for one in merged),
        track_origin=tuple(one.origin for one in merged),
        kept=sum(change.kept for change in changes),
        edited=sum(change.edited for change in changes),
        added=sum(change.added for change in changes),
        removed=sum(change.removed for change in changes),
        tracks=changes,
        edited_notes=tuple((name, placed.note) for name, placed in touched),
        early_notes=tuple((name, placed.note) for name, placed in touched if placed.early),
        left_out=left_out,
        offset_beats=offset,
        tempo_changed=score.tempo_map != take.tempo_map,
        lost_unisons=tuple(lost_unisons(take, origins, joined, _TAKE_TICK)),
    )


def _from_first_beat(
    export: Score, offset: Fraction, tick: Fraction
) -> tuple[Score, tuple[tuple[str, Note], ...]]:
    """An export without what ended before the take's first beat, such as a count-in, and what that was."""
    out = [[note for note in track.notes if note.end_beat - offset <= -tick] for track in export.tracks]
    tracks = tuple(
        replace(track, notes=tuple(note for note in track.notes if note.end_beat - offset > -tick))
        for track, gone in zip(export.tracks, out, strict=True)
        if not gone or len(gone) < len(track.notes)
    )
    named = zip(export.tracks, out, strict=True)
    return replace(export, tracks=tracks), tuple((track.name, note) for track, gone in named for note in gone)


def _guessed_ticks(export: Score) -> int:
    """The coarsest resolution that holds every note, if it is one that files have."""
    ticks = 1
    for track in export.tracks:
        for note in track.notes:
            ticks = math.lcm(ticks, note.start_beat.denominator, note.duration_beats.denominator)
            if ticks >= TICKS_PER_BEAT:
                return TICKS_PER_BEAT
    return ticks if ticks >= _COARSEST_TICKS else TICKS_PER_BEAT


def _merged_tracks(take: Score, export: Score, offset: Fraction, tick: Fraction) -> list[_Merged]:
    pairs = pair_tracks(take, export, offset)
    placed = _placed_by_track(take, export, pairs, offset, tick)
    last = len(take.tracks)

    def place(index: int) -> tuple[int, bool, int]:
        origin = pairs.origin[index]
        return last if origin is None else origin, pairs.is_part[index], index

    merged = []
    for index in sorted(range(len(export.tracks)), key=place):
        origin = pairs.origin[index]
        came, was = export.tracks[index], None if origin is None else take.tracks[origin]
        notes = sorted(placed[index], key=lambda one: (one.note.start_beat, one.note.pitch))
        track = _track(was, came, pairs.is_part[index], notes, offset, tick)
        renamed = None if was is None or track.name == was.name else was.name
        merged.append(_Merged(track, origin, renamed, pairs.is_part[index], notes))
    return merged


def _track(
    was: Track | None, came: Track, is_part: bool, notes: Sequence[_Placed], offset: Fraction, tick: Fraction
) -> Track:
    """The take's track where the DAW forgot what it was, with the notes that came back."""
    sounding = tuple(placed.note for placed in notes)
    if was is None:
        return Track(came.name, came.program, came.is_drum, sounding, moved_dynamics(came, offset))
    forgotten = unnamed(came) or (not is_part and folded_name(came.name) == folded_name(was.name))
    return Track(
        name=was.name if forgotten else came.name,
        # files without a program mean the first one
        program=came.program or was.program,
        is_drum=was.is_drum,
        notes=sounding,
        dynamics=merged_dynamics(was, came, offset, tick),
    )


def _placed_by_track(
    take: Score, export: Score, pairs: TrackPairs, offset: Fraction, tick: Fraction
) -> list[list[_Placed]]:
    """The notes of each of the export's tracks, on the take's beats."""
    placed: list[list[_Placed]] = [[] for _ in export.tracks]
    groups: dict[int, list[int]] = {}
    for index in sorted(range(len(export.tracks)), key=lambda index: pairs.is_part[index]):
        origin = pairs.origin[index]
        if origin is None:
            placed[index] = [_added(note, offset) for note in export.tracks[index].notes]
        else:
            groups.setdefault(origin, []).append(index)
    for origin, indices in groups.items():
        came = [(index, note) for index in indices for note in export.tracks[index].notes]
        merged = _placed(take.tracks[origin].notes, [note for _, note in came], offset, tick)
        for (index, _), one in zip(came, merged, strict=True):
            placed[index].append(one)
    return placed


def _placed(
    take: Sequence[Note], export: Sequence[Note], offset: Fraction, tick: Fraction
) -> Iterator[_Placed]:
    """Notes of the export in their order, each with its partner in the take."""
    before, after = spots(take), spots(export, offset)
    tolerance = float(tick)
    for note, spot, partner in zip(export, after, match_notes(before, after, tolerance), strict=True):
        if partner is None:
            yield _added(note, offset)
        elif is_kept(before[partner], spot, tolerance):
            yield _Placed(take[partner], partner, kept=True, early=False)
        else:
            yield _edited(take[partner], before[partner], partner, note, spot, offset, tolerance)


def _edited(
    was: Note, before: Spot, partner: int, came: Note, after: Spot, offset: Fraction, tolerance: float
) -> _Placed:
    """What came back, with the take's finer times where it still has them."""
    moved = _added(came, offset)
    start = was.start_beat if same_start(before, after, tolerance) else moved.note.start_beat
    duration = moved.note.duration_beats
    if same_duration(before, after, tolerance):
        duration = was.duration_beats
    note = Note(start, duration, came.pitch, came.velocity)
    return _Placed(note, partner, kept=False, early=moved.early and start != was.start_beat)


def _added(came: Note, offset: Fraction) -> _Placed:
    """On the take's beats; nothing can begin before the first."""
    start = came.start_beat - offset
    if start >= 0:
        return _Placed(Note(start, came.duration_beats, came.pitch, came.velocity), None, False, False)
    duration = max(came.duration_beats + start, _TAKE_TICK)
    return _Placed(Note(Fraction(0), duration, came.pitch, came.velocity), None, False, True)


def _changes(take: Score, merged: Sequence[_Merged]) -> Iterator[TrackChanges]:
    came_back = [0] * len(take.tracks)
    for one in merged:
        if one.origin is not None:
            came_back[one.origin] += sum(placed.origin is not None for placed in one.notes)
    for one in merged:
        kept = sum(placed.kept for placed in one.notes)
        added = sum(placed.origin is None for placed in one.notes)
        removed = 0
        if one.origin is not None and not one.is_part:
            removed = len(take.tracks[one.origin].notes) - came_back[one.origin]
        yield TrackChanges(
            one.track.name, one.renamed_from, kept, len(one.notes) - kept - added, added, removed
        )
    origins = {one.origin for one in merged}
    for index, track in enumerate(take.tracks):
        if index not in origins:
            yield TrackChanges(track.name, None, 0, 0, 0, len(track.notes))
