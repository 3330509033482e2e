"""Music of one click in a plan of another: what stays must lie where both have the same bars at the same time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from emsync_nb.domain import Bar, DynamicsPoint, Note, Score, ScorePlan, TempoMap
from emsync_nb.errors import PlanError
from emsync_nb.session.comparing import has_click_of, spans

if TYPE_CHECKING:
    from emsync_nb.generation import Cells


def moved_bars(score: Score, plan: ScorePlan | Score) -> frozenset[int]:
    """The bars of a take, from 1, that lie elsewhere in a plan, in beats or in seconds.

    A plan with fewer bars has those behind its last one wherever its tempo puts them.
    """
    if has_click_of(score, plan):
        return frozenset()
    planned = plan.grid.bars
    return frozenset(
        bar.number
        for bar, end in _with_ends(score, plan)
        if (bar.number <= len(planned) and planned[bar.number - 1] != bar)
        or not _in_time(score.tempo_map, plan.tempo_map, bar.start_beat, end)
    )


def _with_ends(score: Score, plan: ScorePlan | Score) -> Iterator[tuple[Bar, Fraction]]:
    """Each bar and where it ends; the last one holds all beats behind it."""
    for bar in score.grid.bars[:-1]:
        yield bar, Fraction(bar.end_beat)
    last = score.grid.bars[-1]
    behind = (tempo_map.changes[-1].beat + 1 for tempo_map in (score.tempo_map, plan.tempo_map))
    yield last, Fraction(max(last.end_beat, *behind))


def _in_time(one: TempoMap, other: TempoMap, start: int, end: Fraction) -> bool:
    """Whether every beat of a stretch lies at one time in both: all do if those do where a tempo begins or ends."""
    changes = (change.beat for tempo_map in (one, other) for change in tempo_map.changes)
    places = (start, *(beat for beat in changes if start < beat < end), end)
    return all(one.seconds(beat) == other.seconds(beat) for beat in places)


def has_moved(notes: Collection[tuple[str, Note]], score: Score, other: Score) -> bool:
    """Whether any of these notes of a take begins in a bar that lies elsewhere in another."""
    moved = moved_bars(score, other)
    return bool(moved) and any(score.grid.at(note.start_beat).number in moved for _, note in notes)


def fitted(
    score: Score, plan: ScorePlan, cells: Collection[Cells], kept: Collection[tuple[str, Note]], take: str
) -> Score:
    """A take on the click of a plan, every note on its beat; without the notes that are written anew elsewhere.

    Args:
        score: the take, its tracks named after players.
        plan: what is to be written for.
        cells: what is written anew.
        kept: notes that stay there too, each with its track.
        take: name of the take.

    Raises:
        PlanError: notes that stay would sound elsewhere in the film.
    """
    moved = moved_bars(score, plan)
    if not moved:
        return replace(score, grid=plan.grid)
    gone = _written_anew(score, plan, cells, kept)
    lost = [(name, bar) for name, bar in _bars_of_notes(score, gone) if bar in moved]
    if lost:
        bars = spans(tuple(sorted({bar for _, bar in lost})))
        names = ", ".join(dict.fromkeys(name for name, _ in lost))
        raise PlanError(
            f"take {take} has another click than the plan in bars {bars}, so notes of {names} that stay there would "
            "miss the picture; undo the change of the plan, unlock them, write those bars anew too, or generate anew "
            "without locks"
        )
    return _on_click(_without(score, gone), plan, moved)


def _written_anew(
    score: Score, plan: ScorePlan, cells: Collection[Cells], kept: Collection[tuple[str, Note]]
) -> frozenset[tuple[str, Note]]:
    """The notes of a take that go: bars are counted as in the take, and those behind the plan's last go with it."""
    open_ = {
        (name, bar)
        for cell in cells
        for name in cell.tracks or ()
        for bar in range(cell.first_bar, cell.last_bar + 1)
    }
    last = len(plan.grid.bars)
    return frozenset(
        (track.name, note)
        for track in score.tracks
        for note in track.notes
        if (track.name, min(last, score.grid.at(note.start_beat).number)) in open_
    ) - frozenset(kept)


def _bars_of_notes(score: Score, gone: Collection[tuple[str, Note]]) -> Iterator[tuple[str, int]]:
    """Track and bar of each note that stays."""
    for track in score.tracks:
        for note in track.notes:
            if (track.name, note) not in gone:
                yield track.name, score.grid.at(note.start_beat).number


def _without(score: Score, gone: Collection[tuple[str, Note]]) -> Score:
    tracks = (
        replace(track, notes=tuple(note for note in track.notes if (track.name, note) not in gone))
        for track in score.tracks
    )
    return replace(score, tracks=tuple(tracks))


def _on_click(score: Score, plan: ScorePlan, moved: Collection[int]) -> Score:
    """With the plan's click, markers and keys; dynamics are the take's where its bars have not moved."""
    from emsync_nb.generation.assembly import assemble, dynamics_of

    planned = dynamics_of(plan)
    tracks = (
        replace(track, dynamics=tuple(_dynamics(track.dynamics, planned, plan, moved)))
        for track in score.tracks
    )
    return replace(assemble(plan, ()), tracks=tuple(tracks))


def _dynamics(
    own: Sequence[DynamicsPoint], planned: Sequence[DynamicsPoint], plan: ScorePlan, moved: Collection[int]
) -> Iterator[DynamicsPoint]:
    """Bar by bar one or the other; where they take turns, the value that is in force there."""
    before: Sequence[DynamicsPoint] = own
    for bar in plan.grid.bars:
        points = planned if bar.number in moved else own
        first = bisect_left(points, Fraction(bar.start_beat), key=lambda point: point.beat)
        behind = bisect_left(points, Fraction(bar.end_beat), key=lambda point: point.beat)
        begins = first < len(points) and points[first].beat == bar.start_beat
        if points is not before and first and not begins:
            yield replace(points[first - 1], beat=Fraction(bar.start_beat))
        yield from points[first:behind]
        before = points
