"""Music that is there already: a theme to be accompanied, a primer to be continued, takes to be filled in."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import GRID, PARTS, MusicTable, ScorePlan
from emsync_nb.generation.brief import DENSITY, LEVEL, Brief, Recall, Stretch
from emsync_nb.generation.tokens import AFTER, FIELDS, TEMPO_LOW, Heads, as_steps, encode, note_events

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: bars and steps of what follows a gap that are heard before it is filled
AFTER_BARS, AFTER_EVENTS = 4, 96
#: bars before a gap that are heard
BEFORE_BARS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Notes that stand, and where nothing may be added to them."""

    #: (n, 5) onset and duration in steps from the film's start, pitch, velocity, index into PARTS
    rows: IntArray
    #: (bars of the film, len(PARTS)) cells in which nothing is written
    closed: BoolArray

    @classmethod
    def beside(cls, plan: ScorePlan, rows: IntArray) -> Given:
        """Notes that others accompany: their parts play nothing else in the bars where they sound."""
        closed = np.zeros((len(plan.grid.bars), len(PARTS)), dtype=bool)
        starts = np.array([bar.start_beat for bar in plan.grid.bars]) * GRID
        first = np.searchsorted(starts, rows[:, 0], side="right") - 1
        last = np.searchsorted(starts, rows[:, 0] + rows[:, 1] - 1, side="right") - 1
        for begin, end, part in zip(first, last, rows[:, 4], strict=True):
            closed[begin : end + 1, part] = True
        return cls(rows, closed)


def with_given(brief: Brief, stretch: Stretch, given: Given) -> Brief:
    """The brief of a cue with notes that stand: heard beside what is written, before it and after it."""
    bars = slice(stretch.bars[0].number - 1, stretch.bars[-1].number)
    closed, table = given.closed[bars], _table(stretch, given.rows)
    players = tuple(
        {part: player for part, player in cast.items() if not shut[part]}
        for cast, shut in zip(brief.players, closed, strict=True)
    )
    open_ = np.array([bool(cast) for cast in players])
    heads = Heads.measure(table, brief.heads[:, 2])
    asked = brief.heads.copy()
    asked[~open_, LEVEL], asked[~open_, DENSITY] = (
        heads.classes[~open_, LEVEL],
        heads.classes[~open_, DENSITY],
    )
    measured = Heads(np.where(asked >= 0, asked, heads.classes))
    events, bounds = note_events(table), np.searchsorted(table.onset, table.bar_start)
    gaps = _gaps(open_)
    joint, reminders = np.full(brief.bars, -1), dict[int, Recall | IntArray]()
    for first, last in gaps:
        following = _following(table, measured, last) if len(gaps) > 1 or not open_.all() else _nothing()
        if len(following):
            joint[first:last] = last
            reminders[first] = following
        elif reminders:
            reminders[first] = following
    return replace(
        brief,
        conditions=replace(brief.conditions, joint=joint),
        heads=asked,
        players=players,
        given=tuple(events[a:b] for a, b in itertools.pairwise(bounds.tolist())),
        reminders=reminders if (~open_).any() else brief.reminders,
        unheard=frozenset(np.flatnonzero(~_near(open_, gaps)).tolist()),
    )


def _table(stretch: Stretch, rows: IntArray) -> MusicTable:
    """The notes that begin in a cue, on its own clock; tempi are the plan's and do not matter here."""
    starts = np.array([bar.start_beat for bar in stretch.bars] + [stretch.bars[-1].end_beat]) * GRID
    inside = rows[(rows[:, 0] >= starts[0]) & (rows[:, 0] < starts[-1])].copy()
    inside[:, 0] -= stretch.origin
    return MusicTable.build(inside, starts - stretch.origin, np.full(len(stretch.bars), TEMPO_LOW))


def _gaps(open_: BoolArray) -> list[tuple[int, int]]:
    """Runs of bars in which something is written: first bar, and the bar after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], open_.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _near(open_: BoolArray, gaps: list[tuple[int, int]]) -> BoolArray:
    """(bars,) those in a gap, and those so little before one that they are heard."""
    near = open_.copy()
    for first, _ in gaps:
        near[max(0, first - BEFORE_BARS) : first] = True
    return near


def _nothing() -> IntArray:
    return as_steps(np.empty((0, len(FIELDS)), dtype=np.int64))


def _following(table: MusicTable, heads: Heads, first: int) -> IntArray:
    """Steps of the bars that follow a gap, as many as are heard before it is filled."""
    last = min(table.bars, first + AFTER_BARS)
    notes = np.searchsorted(table.onset, table.bar_start)
    while last > first and notes[last] - notes[first] + 2 * (last - first) > AFTER_EVENTS:
        last -= 1
    if last <= first or notes[last] == notes[first]:
        return _nothing()
    return as_steps(encode(table.cut(first, last), Heads(heads.classes[first:last])), AFTER)
