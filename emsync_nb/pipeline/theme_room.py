"""A theme among notes that stay: where it is written anew with some cells, and where it keeps out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from emsync_nb.domain import GRID, PARTS, Note, Player, Score, ScorePlan, ThemeEntry, Track

if TYPE_CHECKING:
    from emsync_nb.generation import Cells

#: a bar of a track, bars from 1
Cell = tuple[str, int]
#: a note and the name of its track
Named = tuple[str, Note]


@dataclass(frozen=True, slots=True)
class Themed:
    """A score in which the theme stands, and what is left to be written around it."""

    score: Score
    #: without those where the theme's player plays nothing else; may be none
    cells: tuple[Cells, ...]
    #: notes that stay in the cells, the theme's among them
    kept: tuple[Named, ...]
    #: a line for each entry that lies in the cells and has no room there
    left_out: tuple[str, ...]
    #: names of tracks and beats at which the theme begins to be all that its player plays
    alone_from: tuple[tuple[str, int], ...] = ()
    #: notes of the score that are not written anew, each with the name of its track
    standing: frozenset[Named] = frozenset()

    def make_way(self, score: Score) -> Score:
        """The score once it is written, no new note held on into an entry of the theme by who plays it."""
        return replace(
            score,
            tracks=tuple(
                replace(track, notes=tuple(self._shortened(track.name, note) for note in track.notes))
                for track in score.tracks
            ),
        )

    def _shortened(self, track: str, note: Note) -> Note:
        begun = [
            beat for name, beat in self.alone_from if name == track and note.start_beat < beat < note.end_beat
        ]
        if not begun or (track, note) in self.standing:
            return note
        return replace(note, duration_beats=min(begun) - note.start_beat)


def room_for_theme(
    plan: ScorePlan, score: Score, cells: Collection[Cells], kept: Collection[Named]
) -> Themed:
    """Put those entries of a plan's theme into a score that can be whole there.

    An entry is whole if each of its notes either stands already or begins in one of the cells, and no note that stays
    begins on its track while it sounds. Notes that stay are never touched; what else begins in the cells where the
    theme's player plays nothing beside it goes, as it would be written anew.
    """
    open_ = {cell for one in cells for cell in _cells_of(plan, one)}
    stay = frozenset(kept)
    standing = {
        player.name: [
            note
            for note in _notes(score, player)
            if (player.name, note) in stay or not _is_in(plan, open_, player, note)
        ]
        for player in plan.ensemble.players
    }
    placed, left_out = list[ThemeEntry](), list[str]()
    for entry in plan.theme:
        player, notes = _player(plan, entry), _theme_notes(entry)
        missing = [note for note in notes if note not in standing[player.name]]
        touched = [note for note in missing if _is_in(plan, open_, player, note)]
        if touched == missing and not _is_disturbed(notes, standing[player.name]):
            placed += [entry] if missing else []
        elif touched:
            at = float(plan.tempo_map.seconds(entry.beat))
            left_out.append(
                f"the theme is not written at {at:.2f} s: what stays of {player.name} is in its way"
            )
    return (
        _themed(plan, score, open_, stay, placed, tuple(left_out))
        if placed
        else Themed(score, tuple(cells), tuple(kept), tuple(left_out))
    )


def _themed(
    plan: ScorePlan,
    score: Score,
    open_: set[Cell],
    stay: frozenset[Named],
    placed: Sequence[ThemeEntry],
    left_out: tuple[str, ...],
) -> Themed:
    """The score with entries in it, and the cells that are left."""
    alone = _alone(plan, placed) & open_
    new = {(_player(plan, entry).name, note) for entry in placed for note in _theme_notes(entry)}
    tracks = []
    for player in plan.ensemble.players:
        own = [track for track in score.tracks if track.name == player.name]
        if not own:
            dynamics = next((track.dynamics for track in score.tracks if track.dynamics), ())
            own = [Track(player.name, player.program, player.is_drum, (), dynamics)]
        own = [_without(plan, track, alone, stay | new) for track in own]
        there = {note for track in own for note in track.notes}
        added = [note for name, note in new if name == player.name and note not in there]
        own[0] = replace(own[0], notes=_in_order([*own[0].notes, *added]))
        tracks += [track for track in own if track.notes]
    names = {player.name for player in plan.ensemble.players}
    others = (track for track in score.tracks if track.name not in names)
    names_at = ((_player(plan, entry).name, entry.beat) for entry in placed)
    return Themed(
        replace(score, tracks=(*tracks, *others)),
        tuple(_as_cells(open_ - alone)),
        (*stay, *new - stay),
        left_out,
        tuple((name, beat) for name, beat in names_at if (name, plan.grid.at(beat).number) in alone),
        frozenset(
            (track.name, note)
            for track in tracks
            for note in track.notes
            if (track.name, note) in stay | new
            or (track.name, plan.grid.at(note.start_beat).number) not in open_ - alone
        ),
    )


def _alone(plan: ScorePlan, entries: Iterable[ThemeEntry]) -> set[Cell]:
    """Cells in which who plays the theme plays nothing else."""
    from emsync_nb.generation import Given

    rows = [(*note, PARTS.index(entry.part)) for entry in entries for note in entry.notes]
    closed = Given.beside(plan, np.array(rows, dtype=np.int64)).closed
    return {
        (player.name, bar + 1)
        for player in plan.ensemble.players
        for bar in np.flatnonzero(closed[:, PARTS.index(player.part)]).tolist()
    }


def _without(plan: ScorePlan, track: Track, alone: set[Cell], stay: Collection[Named]) -> Track:
    """A track without what begins in some cells, but for notes that stay."""
    notes = (
        note
        for note in track.notes
        if (track.name, note) in stay or (track.name, plan.grid.at(note.start_beat).number) not in alone
    )
    return replace(track, notes=tuple(notes))


def _in_order(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda note: (note.start_beat, note.pitch)))


def _is_disturbed(notes: Sequence[Note], standing: Iterable[Note]) -> bool:
    """Whether a note that stands begins while a theme sounds, or holds one of its pitches where it begins."""
    start, end = notes[0].start_beat, max(note.end_beat for note in notes)
    return any(
        start <= other.start_beat < end
        or any(
            other.pitch == note.pitch
            and other.start_beat < note.end_beat
            and note.start_beat < other.end_beat
            for note in notes
        )
        for other in standing
        if other not in notes
    )


def _theme_notes(entry: ThemeEntry) -> list[Note]:
    return [
        Note(Fraction(onset, GRID), Fraction(length, GRID), pitch, velocity)
        for onset, length, pitch, velocity in entry.notes
    ]


def _player(plan: ScorePlan, entry: ThemeEntry) -> Player:
    return next(player for player in plan.ensemble.players if player.part == entry.part)


def _notes(score: Score, player: Player) -> list[Note]:
    return [note for track in score.tracks if track.name == player.name for note in track.notes]


def _is_in(plan: ScorePlan, open_: set[Cell], player: Player, note: Note) -> bool:
    return (player.name, plan.grid.at(note.start_beat).number) in open_


def _cells_of(plan: ScorePlan, cells: Cells) -> Iterator[Cell]:
    names = [player.name for player in plan.ensemble.players] if cells.tracks is None else cells.tracks
    return ((name, bar) for name in names for bar in range(cells.first_bar, cells.last_bar + 1))


def _as_cells(open_: Iterable[Cell]) -> Iterator[Cells]:
    from emsync_nb.generation import Cells

    return (Cells(bar, bar, (name,)) for name, bar in sorted(open_))
