"""Writes some cells of a score anew, bars × tracks, and leaves every other note as it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import GRID, PARTS, Note, Player, Score, ScorePlan, Track
from emsync_nb.errors import PlanError
from emsync_nb.generation.assembly import Row, cue_spans, notes_of
from emsync_nb.generation.composer import ComposeSettings, new_rows
from emsync_nb.generation.given import Given
from emsync_nb.generation.steering import Ear

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cells:
    """What is to be written anew: bars, counted from 1 as musicians count, and tracks by name; None for all."""

    first_bar: int
    last_bar: int
    tracks: tuple[str, ...] | None = None


def refill(
    network: EventTransformer,
    plan: ScorePlan,
    score: Score,
    cells: Collection[Cells],
    settings: ComposeSettings | None = None,
    *,
    kept: Collection[tuple[str, Note]] = (),
    ear: Ear | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Score:
    """The score with some cells composed anew: what begins in them goes, everything else stays, note for note.

    Notes of `kept`, each with the name of its track, stay in the cells too. `ear` listens, as it does for `compose`.
    The network hears what comes before, what sounds beside and what follows. New notes end where a note that stands
    begins on the same pitch of the same track. `on_progress` is told the share of the music that is done, 0 … 1.

    Raises:
        PlanError: bars that the score does not have, tracks that the ensemble does not have, or no cells.
    """
    open_ = _open_cells(plan, cells)
    stay = frozenset(kept)
    standing = [
        [n for n in track.notes if (track.name, n) in stay or not _is_in(plan, open_, track, n)]
        for track in score.tracks
    ]
    given = Given(_rows(plan, score, standing), ~open_)
    found = new_rows(network, plan, settings or ComposeSettings(), given, ear, on_progress)
    return replace(score, tracks=_merged(plan, score, standing, found))


def _open_cells(plan: ScorePlan, cells: Collection[Cells]) -> BoolArray:
    """(bars, len(PARTS)) what is written anew."""
    open_ = np.zeros((len(plan.grid.bars), len(PARTS)), dtype=bool)
    players = {player.name: PARTS.index(player.part) for player in plan.ensemble.players}
    for cell in cells:
        if not 1 <= cell.first_bar <= cell.last_bar <= len(plan.grid.bars):
            raise PlanError(f"bars {cell.first_bar} to {cell.last_bar} are not in 1 to {len(plan.grid.bars)}")
        unknown = [name for name in cell.tracks or () if name not in players]
        if unknown:
            raise PlanError(f"no track named {unknown[0]!r}; there are {', '.join(players)}")
        for name in cell.tracks if cell.tracks is not None else players:
            open_[cell.first_bar - 1 : cell.last_bar, players[name]] = True
    if not open_.any():
        raise PlanError("nothing to write anew: name bars and tracks")
    return open_


def _player(plan: ScorePlan, name: str) -> Player | None:
    return next((player for player in plan.ensemble.players if player.name == name), None)


def _is_in(plan: ScorePlan, open_: BoolArray, track: Track, note: Note) -> bool:
    player = _player(plan, track.name)
    bar = plan.grid.at(note.start_beat).number - 1
    return player is not None and bool(open_[bar, PARTS.index(player.part)])


def _rows(plan: ScorePlan, score: Score, standing: Sequence[Sequence[Note]]) -> IntArray:
    """The notes that stand as the network hears them, on its grid."""
    rows = [
        _row(plan, note, PARTS.index(player.part))
        for track, notes in zip(score.tracks, standing, strict=True)
        if (player := _player(plan, track.name)) is not None
        for note in notes
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 5)


def _row(plan: ScorePlan, note: Note, part: int) -> Row:
    """A note on the grid: in its own bar, sounding no shorter than it does, less than a beat if it does."""
    onset = min(round(note.start_beat * GRID), plan.grid.at(note.start_beat).end_beat * GRID - 1)
    duration = max(1, math.ceil(note.end_beat * GRID) - onset)
    return (
        onset,
        min(duration, GRID - 1) if note.duration_beats < 1 else duration,
        note.pitch,
        note.velocity,
        part,
    )


def _merged(
    plan: ScorePlan, score: Score, standing: Sequence[Sequence[Note]], found: Sequence[Row]
) -> tuple[Track, ...]:
    """Standing and new notes of each track, in the ensemble's order; tracks of others come last.

    Of several tracks of one name the first takes the new notes.
    """
    left, tracks = list(zip(score.tracks, standing, strict=True)), list[Track]()
    dynamics = next((t.dynamics for t in score.tracks if t.dynamics), ())
    for player in plan.ensemble.players:
        own = [pair for pair in left if pair[0].name == player.name]
        left = [pair for pair in left if pair[0].name != player.name]
        rows = [row for row in found if row[4] == PARTS.index(player.part)]
        new = clear_of([n for _, notes in own for n in notes], notes_of(rows, cue_spans(plan)))
        own = own or [(Track(player.name, player.program, player.is_drum, (), dynamics), [])]
        own[0] = own[0][0], [*own[0][1], *new]
        tracks += [
            replace(track, notes=tuple(sorted(notes, key=lambda n: (n.start_beat, n.pitch))))
            for track, notes in own
            if notes
        ]
    return (*tracks, *(track for track, _ in left))


def clear_of(standing: Sequence[Note], new: Sequence[Note]) -> list[Note]:
    """New notes that do not sound together with a standing one on the same pitch, shortened or left out."""
    by_pitch: dict[int, list[Note]] = {}
    for note in standing:
        by_pitch.setdefault(note.pitch, []).append(note)
    clear = []
    for note in new:
        others = by_pitch.get(note.pitch, [])
        if any(other.start_beat <= note.start_beat < other.end_beat for other in others):
            continue
        following = min(
            (o.start_beat for o in others if o.start_beat > note.start_beat), default=note.end_beat
        )
        clear.append(replace(note, duration_beats=min(note.end_beat, following) - note.start_beat))
    return clear
