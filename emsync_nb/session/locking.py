"""What locks hold: cells where nothing is written, and single notes that stay among new ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from emsync_nb.domain import Note, Score, ScorePlan
from emsync_nb.errors import PlanError
from emsync_nb.session.state import Lock, PlayedBy

if TYPE_CHECKING:
    from emsync_nb.generation import Cells

#: a bar of a track, bars from 1
Cell = tuple[str, int]


def locked_notes(score: Score, locks: Collection[Lock]) -> list[tuple[str, Note]]:
    """The notes of a score that locks hold, each with the name of its track."""
    return [
        (track.name, note)
        for track in score.tracks
        for note in track.notes
        if any(_holds(lock, score, track.name, note) for lock in locks)
    ]


def _holds(lock: Lock, score: Score, track: str, note: Note) -> bool:
    if lock.track not in (None, track):
        return False
    if lock.notes:
        return (note.start_beat, note.pitch) in lock.notes
    return lock.bars is None or lock.bars[0] <= score.grid.at(note.start_beat).number <= lock.bars[1]


def spelt(name: str, score: Score, played_by: PlayedBy = ()) -> str:
    """A score's spelling of the name of a track, or of that of the player whose it is.

    Raises:
        PlanError: it has no such track.
    """
    known = {player.casefold(): track for track, player in played_by}
    known |= {track.name.casefold(): track.name for track in score.tracks}
    if name.casefold() not in known:
        raise PlanError(f"no track named {name!r:.60}; there are {', '.join(t.name for t in score.tracks)}")
    return known[name.casefold()]


def refuse_missing(lock: Lock, score: Score) -> None:
    """Refuse a lock on bars or notes that a score does not have.

    Raises:
        PlanError: it names some.
    """
    last = len(score.grid.bars)
    if lock.bars is not None and lock.bars[1] > last:
        raise PlanError(f"bars {lock.bars[0]} to {lock.bars[1]} are not in 1 to {last}; name some that are")
    there = {
        (n.start_beat, n.pitch) for track in score.tracks if track.name == lock.track for n in track.notes
    }
    missing = next((spot for spot in lock.notes if spot not in there), None)
    if missing is not None:
        raise PlanError(
            f"{lock.track} has no note of pitch {missing[1]} at beat {missing[0]}; name notes that it has"
        )


def open_cells(
    plan: ScorePlan, locks: Collection[Lock], bars: tuple[int, int] | None, tracks: Sequence[str]
) -> list[Cells]:
    """What is written anew: bars and tracks that were asked for, without those that are locked whole.

    Args:
        plan: of the music.
        locks: what stays.
        bars: first and last, from 1; None: all.
        tracks: their names, in any case; none: all of the ensemble.

    Raises:
        PlanError: bars or tracks that are not there, or nothing but locked ones.
    """
    from emsync_nb.generation import Cells

    first, last = bars or (1, len(plan.grid.bars))
    if not 1 <= first <= last <= len(plan.grid.bars):
        raise PlanError(f"bars {first} to {last} are not in 1 to {len(plan.grid.bars)}; name some that are")
    closed = closed_cells(locks, len(plan.grid.bars))
    cells = []
    for name in named(plan, tracks):
        open_ = [bar for bar in range(first, last + 1) if not {(name, bar), ("", bar)} & closed]
        cells += [Cells(run[0], run[-1], (name,)) for run in bar_runs(open_)]
    if not cells:
        raise PlanError("all that was to be written anew is locked; unlock some of it")
    return cells


def closed_cells(locks: Collection[Lock], bars: int) -> set[Cell]:
    """Cells that are locked whole; "" stands for all tracks."""
    return {
        (lock.track or "", bar)
        for lock in locks
        if not lock.notes
        for bar in range((lock.bars or (1, bars))[0], min(bars, (lock.bars or (1, bars))[1]) + 1)
    }


def named(plan: ScorePlan, tracks: Sequence[str]) -> list[str]:
    """The ensemble's spelling of names of tracks; none: all that it has.

    Raises:
        PlanError: it has no such track.
    """
    known = {player.name.casefold(): player.name for player in plan.ensemble.players}
    unknown = [name for name in tracks if name.casefold() not in known]
    if unknown:
        raise PlanError(f"no track named {unknown[0]!r}; there are {', '.join(known.values())}")
    return [known[name.casefold()] for name in tracks] or list(known.values())


def bar_runs(bars: Sequence[int]) -> Iterator[list[int]]:
    """Bars that follow each other."""
    run: list[int] = []
    for bar in bars:
        if run and bar != run[-1] + 1:
            yield run
            run = []
        run.append(bar)
    if run:
        yield run


def locks_on(notes: Collection[tuple[str, Note]]) -> list[Lock]:
    """A lock for each track on these of its notes, as they begin in a take's file."""
    from emsync_nb.notation.midi_file import TICKS_PER_BEAT, tick

    by_track: dict[str, list[tuple[Fraction, int]]] = {}
    for track, note in notes:
        start = Fraction(tick(note.start_beat), TICKS_PER_BEAT)
        by_track.setdefault(track, []).append((start, note.pitch))
    return [Lock(track, None, tuple(found)) for track, found in by_track.items()]


def described(lock: Lock) -> str:
    """A lock for people."""
    where = lock.track or "all tracks"
    if lock.notes:
        return f"{len(lock.notes)} note{'s' if len(lock.notes) > 1 else ''} of {where}"
    return where if lock.bars is None else f"{where}, bars {lock.bars[0]} to {lock.bars[1]}"
