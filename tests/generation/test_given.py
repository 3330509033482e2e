"""Music that stands: what is closed beside it, what is heard of it, which hits it meets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import BASS_CEILING, GRID, PARTS, ScorePlan
from emsync_nb.generation.brief import DENSITY, KEY, LEVEL, METER, OPEN, Brief, Recall, Stretch, planned_brief
from emsync_nb.generation.given import BEFORE_BARS, Given, with_given
from emsync_nb.generation.rules import Beside
from emsync_nb.generation.tokens import (
    AFTER,
    BAR,
    DURATION,
    DURATIONS,
    EVENT,
    HEAD,
    KIND,
    NOTE,
    PART,
    PITCH,
    PREFIX_BARS,
    PREFIX_EVENTS,
    SOURCE,
    VELOCITY,
)

MakePlan = Callable[..., ScorePlan]
IntArray = NDArray[np.int64]
PIANO, VIOLIN, CELLO, DRUMS = (PARTS.index(name) for name in ("piano", "violin-1", "cello", "drums"))
BAR_STEPS = 4 * GRID


def rows_of(*rows: tuple[int, int, int, int, int]) -> IntArray:
    return np.array(rows, dtype=np.int64).reshape(-1, 5)


def brief_with(plan: ScorePlan, given: Given, cue: int = 0) -> Brief:
    stretch = Stretch.of(plan, plan.cues[cue])
    return with_given(planned_brief(plan, plan.cues[cue], stretch), stretch, given)


def all_but(
    plan: ScorePlan, bars: Sequence[int], rows: IntArray, parts: Sequence[int] | None = None
) -> Given:
    """Only some bars, counted from 0, are open, there only some parts."""
    closed = np.ones((len(plan.grid.bars), len(PARTS)), dtype=bool)
    for part in range(len(PARTS)) if parts is None else parts:
        closed[list(bars), part] = False
    return Given(rows, closed)


def steady(bars: int) -> IntArray:
    """Four crotchets of the first violin in each bar, louder from bar to bar."""
    return rows_of(*((12 * beat, 12, 72, 40 + beat // 4, VIOLIN) for beat in range(4 * bars)))


def test_who_plays_a_theme_plays_nothing_else_in_its_bars(make_plan: MakePlan) -> None:
    plan = make_plan("string-quartet", [4, 3, 4, 4, 4], [])
    # in bar 2; from bar 3 to the very end of bar 4
    given = Given.beside(plan, rows_of((50, 6, 70, 80, VIOLIN), (85, 95, 50, 80, CELLO)))
    assert np.argwhere(given.closed).tolist() == [[1, VIOLIN], [2, CELLO], [3, CELLO]]


def test_who_is_needed_for_chords_goes_on_playing(make_plan: MakePlan) -> None:
    plan = make_plan("piano-solo", [4, 4], [])
    assert not Given.beside(plan, rows_of((0, 12, 72, 80, PIANO))).closed.any()


def test_new_notes_make_way(make_plan: MakePlan) -> None:
    plan = make_plan("string-quartet", [4, 4, 4], [])
    given = Given.beside(plan, rows_of((54, 12, 70, 80, VIOLIN)))
    rows = [
        (40, 30, 62, 70, VIOLIN),
        (40, 30, 62, 70, CELLO),
        (40, 8, 62, 70, VIOLIN),
        (96, 9, 70, 70, VIOLIN),
    ]
    assert given.make_way(plan, rows) == [(40, 14, 62, 70, VIOLIN), *rows[1:]]
    solo = make_plan("piano-solo", [4, 4], [])
    given = Given.beside(solo, rows_of((12, 12, 70, 80, PIANO)))
    rows = [(0, 40, 50, 70, PIANO), (18, 6, 70, 70, PIANO), (24, 6, 70, 70, PIANO)]
    assert given.make_way(solo, rows) == [rows[0], rows[2]]


def test_only_open_cells_are_written_in(make_plan: MakePlan) -> None:
    plan = make_plan("string-quartet", [4] * 4, [])
    brief = brief_with(plan, all_but(plan, [1, 2], steady(4), [VIOLIN, CELLO]))
    assert [set(players) for players in brief.players] == [set(), {VIOLIN, CELLO}, {VIOLIN, CELLO}, set()]


def test_given_notes_become_events_of_their_bars(make_plan: MakePlan) -> None:
    plan = make_plan("string-quartet", [4, 4, 3, 4], [], [(5, 15)])
    rows = rows_of(
        (0, 6, 60, 80, CELLO), (60, 24, 64, 80, CELLO), (60, 24, 55, 81, VIOLIN), (133, 3, 50, 90, CELLO)
    )
    brief = brief_with(plan, all_but(plan, [2], rows))
    # the cue's first bar is bar 2; what begins before it is not heard
    assert [len(events) for events in brief.given] == [2, 0, 1]
    first, second = brief.given[0]
    assert (first[KIND] - NOTE, first[PITCH], first[PART]) == (12, 55, VIOLIN)
    assert (second[KIND] - NOTE, second[PITCH], second[PART]) == (12, 64, CELLO)
    assert DURATIONS[second[DURATION]] == 24
    assert (first[VELOCITY], second[VELOCITY]) == (10, 10)
    assert brief.given[2][0, KIND] - NOTE == 1


def test_bars_that_stand_have_the_heads_that_they_have(make_plan: MakePlan) -> None:
    plan = make_plan("string-quartet", [4] * 4, [])
    before = planned_brief(plan, plan.cues[0], Stretch.of(plan, plan.cues[0]))
    brief = brief_with(plan, all_but(plan, [1], steady(4)))
    assert (brief.heads[:, [METER, KEY]] == before.heads[:, [METER, KEY]]).all()
    # one note a beat; velocities 40, 42 and 43
    assert brief.heads[[0, 2, 3], DENSITY].tolist() == [7, 7, 7]
    assert brief.heads[[0, 2, 3], LEVEL].tolist() == [5, 5, 5]
    assert brief.heads[1, [LEVEL, DENSITY]].tolist() == [OPEN, OPEN]
    assert (before.heads[:, LEVEL] == OPEN).all()


def test_what_follows_a_gap_is_heard_before_it_is_filled(make_plan: MakePlan) -> None:
    plan = make_plan("string-quartet", [4] * 20, [])
    brief = brief_with(plan, all_but(plan, [2, 3, 8, 9, 12, 19], steady(20)))
    assert set(brief.reminders) == {2, 8, 12, 19}
    lines = {}
    for bar, reminder in brief.reminders.items():
        assert not isinstance(reminder, Recall)
        assert (reminder[:, SOURCE] == AFTER).all()
        lines[bar] = int((reminder[:, KIND] == BAR).sum())
    # four bars, up to the next gap, nothing behind the last bar
    assert lines == {2: PREFIX_BARS, 8: 2, 12: PREFIX_BARS, 19: 0}
    following = brief.reminders[8]
    assert not isinstance(following, Recall)
    assert following[following[:, KIND] >= NOTE, VELOCITY].tolist() == [6] * 8  # bars 11 and 12: 50 and 51
    assert following[following[:, KIND] == HEAD][:, EVENT][:, 1 + DENSITY].tolist() == [7, 7]
    joint = brief.conditions.joint
    assert joint is not None
    assert {bar: int(joint[bar]) for bar in range(20) if joint[bar] >= 0} == {
        2: 4,
        3: 4,
        8: 10,
        9: 10,
        12: 13,
    }


def test_no_more_is_heard_of_what_follows_than_there_is_room_for(make_plan: MakePlan) -> None:
    plan = make_plan("piano-solo", [4] * 6, [])
    rows = rows_of(*((step, 1, 60 + step % 3, 60, PIANO) for step in range(48, 288)))
    reminder = brief_with(plan, all_but(plan, [0], rows)).reminders[0]
    assert not isinstance(reminder, Recall)
    assert len(reminder) == 50 <= PREFIX_EVENTS  # one bar of 48 notes, not two


def test_bars_far_before_every_gap_are_not_heard(make_plan: MakePlan) -> None:
    plan = make_plan("piano-solo", [4] * 40, [])
    brief = brief_with(plan, all_but(plan, [2, 30], steady(40)))
    assert sorted(brief.unheard) == [*range(3, 30 - BEFORE_BARS), *range(31, 40)]


def test_a_theme_leaves_recalls_as_they_are(make_plan: MakePlan) -> None:
    plan = make_plan("string-quartet", [4] * 4, [])
    brief = brief_with(plan, Given.beside(plan, steady(2)))
    assert brief.unheard == frozenset()
    assert brief.conditions.joint is not None
    assert (brief.conditions.joint == -1).all()


def test_what_a_writer_is_given_to_sound_is_known_bar_by_bar(make_plan: MakePlan) -> None:
    plan = make_plan("string-quartet", [4] * 4, [], [(4, 16)])
    # from before the cue into its second bar; across a bar line; a part that does not write
    rows = rows_of((20, 90, 70, 60, VIOLIN), (90, 30, 50, 60, CELLO), (90, 30, 51, 60, PIANO))
    brief = brief_with(plan, all_but(plan, [1, 2], rows, [VIOLIN, CELLO]))
    assert brief.standing == {
        0: {(VIOLIN, 70): 62, (CELLO, 50): 72},
        1: {(VIOLIN, 70): 14, (CELLO, 50): 24},
        2: {},
    }


@pytest.mark.parametrize(
    ("rows", "open_parts", "left"),
    [
        # met already: who joins holds their notes
        (
            [(48, 12, 40, 60, CELLO), (48, 12, 64, 60, PIANO), (48, 30, 67, 60, PIANO)],
            [VIOLIN],
            Beside(frozenset((40, 64, 67))),
        ),
        # one pitch is too short: two are held over a bass, which the violin completes
        (
            [(48, 12, 40, 60, CELLO), (48, 11, 64, 60, CELLO), (48, 30, 67, 60, CELLO)],
            [VIOLIN],
            Beside(frozenset((40, 67)), frozenset(), BASS_CEILING),
        ),
        # three pitches without a bass: a violin cannot give it, a cello can
        ([(48, 12, 60 + i, 60, PIANO) for i in range(3)], [PARTS.index("flute")], None),
        (
            [(48, 12, 60 + i, 60, PIANO) for i in range(3)],
            [CELLO],
            Beside(frozenset((60, 61, 62)), frozenset(), BASS_CEILING),
        ),
        # a short low note: the bass must be lower
        ([(48, 3, 45, 60, PIANO)], [VIOLIN, CELLO], Beside(frozenset(), frozenset(), 44)),
        # what sounds on, and what begins before the chord's beat is over, is not begun
        (
            [
                (30, 40, 45, 60, CELLO),
                (59, 3, 47, 60, CELLO),
                (60, 3, 48, 60, CELLO),
                (30, 18, 49, 60, CELLO),
            ],
            [VIOLIN, CELLO],
            Beside(frozenset(), frozenset((45, 47)), BASS_CEILING),
        ),
        # nobody is left to play
        ([], [], None),
        # drums are no chord
        ([(48, 12, 36, 60, DRUMS), (48, 12, 38, 60, DRUMS)], [VIOLIN, CELLO], Beside()),
    ],
)
def test_hits_are_left_to_who_can_meet_them_with_what_is_given(
    make_plan: MakePlan,
    rows: list[tuple[int, int, int, int, int]],
    open_parts: list[int],
    left: Beside | None,
) -> None:
    plan = make_plan("chamber-orchestra", [4] * 3, [4])
    brief = brief_with(plan, all_but(plan, [1], rows_of(*rows), open_parts))
    assert brief.hits == ((), () if left is None else (0,), ())
    assert brief.beside[1] == ({} if left is None else {0: left})
    # the network is still told of the hit
    assert brief.conditions.hits.tolist() == [BAR_STEPS]
