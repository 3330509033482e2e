"""Music that is there already: a theme to be accompanied, a primer to be continued, takes to be filled in."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BASS_CEILING, DRUMS, GRID, PARTS, MusicTable, Player, ScorePlan, Section
from emsync_nb.generation.assembly import Row
from emsync_nb.generation.brief import DENSITY, KEY, LEVEL, Brief, Recall, Stretch, cast
from emsync_nb.generation.rules import Beside, can_strike
from emsync_nb.generation.tokens import AFTER, KIND, NOTE, TEMPO_LOW, Heads, note_events, prefix_steps

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

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
        """Notes that others accompany: their parts play nothing else in the bars where they sound.

        Where those who are left could strike no chord at a hit, a piano alone say, everybody goes on playing.
        """
        closed = np.zeros((len(plan.grid.bars), len(PARTS)), dtype=bool)
        starts = np.array([bar.start_beat for bar in plan.grid.bars]) * GRID
        first = np.searchsorted(starts, rows[:, 0], side="right") - 1
        last = np.searchsorted(starts, rows[:, 0] + rows[:, 1] - 1, side="right") - 1
        for begin, end, part in zip(first, last, rows[:, 4], strict=True):
            closed[begin : end + 1, part] = True
        for bar in np.flatnonzero(closed.any(axis=1)).tolist():
            casts = [cast(plan.ensemble, section.parts) for section in _sections_of(plan, bar)]
            if not all(can_strike(p for i, p in players.items() if not closed[bar, i]) for players in casts):
                closed[bar] = False
        return cls(rows, closed)

    def make_way(self, plan: ScorePlan, rows: Iterable[Row]) -> list[Row]:
        """New notes out of the way of these: none holds on where its player has something given to play alone.

        None sounds on a pitch that the same part is given already.
        """
        starts = [bar.start_beat * GRID for bar in plan.grid.bars]
        given: dict[int, list[list[int]]] = {}
        for row in self.rows.tolist():
            given.setdefault(row[4], []).append(row)
        kept: list[Row] = []
        for onset, duration, pitch, velocity, part in rows:
            own = given.get(part, [])
            if any(g[2] == pitch and g[0] <= onset < g[0] + g[1] for g in own):
                continue
            alone = (
                g[0]
                for g in own
                if onset < g[0] < onset + duration and self.closed[bisect_right(starts, g[0]) - 1, part]
            )
            kept.append((onset, min(alone, default=onset + duration) - onset, pitch, velocity, part))
        return kept


def _sections_of(plan: ScorePlan, bar: int) -> list[Section]:
    """The sections that sound in a bar, counted from 0."""
    start, end = plan.grid.bars[bar].start_beat, plan.grid.bars[bar].end_beat
    return [section for section in plan.sections if section.start_beat < end and section.end_beat > start]


def with_given(brief: Brief, stretch: Stretch, given: Given) -> Brief:
    """The brief of a cue with notes that stand: heard beside what is written, before it and after it.

    Hits that those who write cannot meet, not even with these notes, are none for them.
    """
    bars = slice(stretch.bars[0].number - 1, stretch.bars[-1].number)
    closed, table = given.closed[bars], _table(stretch, given.rows)
    players = tuple(
        {part: player for part, player in playing.items() if not shut[part]}
        for playing, shut in zip(brief.players, closed, strict=True)
    )
    open_ = np.array([bool(playing) for playing in players])
    heads = _asked(brief, table, open_)
    beside = _beside_hits(brief, players, given.rows, stretch.origin)
    joint, reminders = _what_follows(table, heads, _gaps(open_))
    events, bounds = note_events(table), np.searchsorted(table.onset, table.bar_start)
    return replace(
        brief,
        conditions=replace(brief.conditions, joint=joint),
        heads=heads,
        players=players,
        given=tuple(events[a:b] for a, b in itertools.pairwise(bounds.tolist())),
        standing=_standing(brief, players, given.rows, stretch.origin),
        beside=beside,
        hits=tuple(tuple(beside[bar]) for bar in range(brief.bars)),
        reminders=brief.reminders if open_.all() else reminders,
        unheard=frozenset(np.flatnonzero(~_near(open_, _gaps(open_))).tolist()),
    )


def _asked(brief: Brief, table: MusicTable, open_: BoolArray) -> IntArray:
    """(bars, 5) heads: where nothing is written, loudness and density are those of what stands."""
    measured, asked = Heads.measure(table, brief.heads[:, KEY]).classes, brief.heads.copy()
    for column in (LEVEL, DENSITY):
        asked[~open_, column] = measured[~open_, column]
    return asked


def _what_follows(
    table: MusicTable, asked: IntArray, gaps: list[tuple[int, int]]
) -> tuple[IntArray, dict[int, Recall | IntArray]]:
    """(bars,) the bar after each gap, and what is heard of it and of those behind it before the gap is filled."""
    measured = Heads.measure(table, asked[:, KEY]).classes
    heads = Heads(np.where(asked >= 0, asked, measured))
    joint, reminders = np.full(table.bars, -1), dict[int, Recall | IntArray]()
    ends = [first for first, _ in (*gaps, (table.bars, table.bars))][1:]
    for (first, last), end in zip(gaps, ends, strict=True):
        following = _following(table, heads, last, end)
        if len(following):
            joint[first:last] = last
        if len(following) or reminders:
            reminders[first] = following
    return joint, reminders


def _standing(
    brief: Brief, players: Sequence[Mapping[int, Player]], rows: IntArray, origin: int
) -> dict[int, dict[tuple[int, int], int]]:
    """What those who write in a bar are given to sound in it, and until which step after its bar line."""
    found = {}
    for bar, (start, end) in enumerate(itertools.pairwise(brief.conditions.bar_start + origin)):
        sounding = rows[(rows[:, 0] < end) & (rows[:, 0] + rows[:, 1] > start)]
        until: dict[tuple[int, int], int] = {}
        for onset, duration, pitch, _, part in sounding.tolist():
            if part in players[bar]:
                until[part, pitch] = max(until.get((part, pitch), 0), onset + duration - int(start))
        found[bar] = until
    return found


def _beside_hits(
    brief: Brief, players: Sequence[Mapping[int, Player]], rows: IntArray, origin: int
) -> dict[int, dict[int, Beside]]:
    """By bar the hits that are met with what is given there, or can be."""
    starts = (brief.conditions.bar_start + origin).tolist()
    found: dict[int, dict[int, Beside]] = {}
    for bar, playing in enumerate(players):
        given = {hit: _beside(rows, starts[bar] + hit, playing) for hit in brief.hits[bar]}
        found[bar] = {
            hit: beside
            for hit, beside in given.items()
            if not beside.lacking() or can_strike(playing.values(), beside)
        }
    return found


def _beside(rows: IntArray, hit: int, players: Mapping[int, Player]) -> Beside:
    onset, end = rows[:, 0], rows[:, 0] + rows[:, 1]
    begins = (onset == hit) & (rows[:, 4] != DRUMS)
    held = frozenset(rows[begins & (end >= hit + GRID), 2].tolist())
    short = set(rows[begins, 2].tolist()) - held
    near = (onset < hit + GRID) & (end > hit) & np.isin(rows[:, 4], list(players)) & (rows[:, 4] != DRUMS)
    ceiling = min(BASS_CEILING, min(short, default=BASS_CEILING + 1) - 1)
    return Beside(held, frozenset(rows[near, 2].tolist()), ceiling)


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


def _following(table: MusicTable, heads: Heads, first: int, end: int) -> IntArray:
    """Steps of the bars that follow a gap, as many as are heard before it is filled, up to bar `end`; none of rests."""
    steps = prefix_steps(table, heads, first, end, AFTER)
    return steps if (steps[:, KIND] >= NOTE).any() else steps[:0]
