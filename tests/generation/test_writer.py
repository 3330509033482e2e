"""One take of a brief: its heads, what holds between turns, what it is reminded of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, PARTS, Key, Player, ScorePlan
from emsync_nb.generation.brief import (
    DENSITY,
    KEY,
    LEVEL,
    METER,
    TEMPO,
    Brief,
    Recall,
    Stretch,
    free_brief,
    key_class,
    planned_brief,
)
from emsync_nb.generation.tokens import (
    AFTER,
    BAR,
    BESIDE,
    EVENT,
    FIELDS,
    FIRSTS,
    HEAD,
    IN_FORCE,
    KIND,
    NOTE,
    PART,
    PITCH,
    PREFIX_BARS,
    PREFIX_EVENTS,
    RECALLED,
    SOURCE,
    WRITTEN,
)
from emsync_nb.preset_library import load_ensemble

torch = pytest.importorskip("torch")

from emsync_nb.generation.sampling import (  # noqa: E402 - after the check for torch
    Choice,
    Heard,
    Reminder,
    SamplingSettings,
    perform,
)
from emsync_nb.generation.writer import TakeWriter, Written  # noqa: E402

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

MakePlan = Callable[..., ScorePlan]
IntArray = NDArray[np.int64]
QUICK = SamplingSettings(context=192, kept=64)


def written(network: EventTransformer, brief: Brief, seed: int = 0) -> Written:
    writer = TakeWriter(brief)
    perform(network, QUICK, [writer.take()], [np.random.default_rng(seed)])
    return writer.written


def dictated(brief: Brief, seed: int = 0) -> tuple[Written, list[Heard | Reminder]]:
    """A take by dice alone, without a network, and all that the network would have been told."""
    writer, rng, told = TakeWriter(brief), np.random.default_rng(seed), list[Heard | Reminder]()
    take = writer.take()
    wish = next(take, None)
    while wish is not None:
        answer = None
        if isinstance(wish, Choice):
            answer = int(rng.choice(np.flatnonzero(wish.allowed)))
        else:
            told.append(wish)
        try:
            wish = take.send(answer)
        except StopIteration:
            break
    return writer.written, told


def steps_of(told: list[Heard | Reminder]) -> IntArray:
    return np.stack([one.step for one in told if isinstance(one, Heard)])


def planned(plan: ScorePlan) -> Brief:
    return planned_brief(plan, plan.cues[0], Stretch.of(plan, plan.cues[0]))


def free(bars: int, turns: frozenset[int] = frozenset((0,)), name: str = "string-quartet") -> Brief:
    return replace(free_brief(load_ensemble(name), np.zeros((bars, 2))), turns=turns)


def test_heads_keep_to_the_plan(network: EventTransformer, make_plan: MakePlan) -> None:
    brief = planned(make_plan("band", [4, 3, 8, 1, 4], [6]))
    take = written(network, brief)
    for column in (METER, TEMPO, KEY):
        assert take.heads[:, column].tolist() == brief.heads[:, column].tolist()
    for column in (LEVEL, DENSITY):
        assert (brief.lowest[:, column] <= take.heads[:, column]).all()
        assert (take.heads[:, column] <= brief.highest[:, column]).all()
    assert take.bar_start.tolist() == [GRID * beat for beat in (0, 4, 7, 15, 16, 20)]


@pytest.mark.parametrize("seed", range(4))
def test_meter_tempo_and_key_hold_between_turns(seed: int) -> None:
    brief = free(12, frozenset((0, 4, 5)))
    take, _ = dictated(brief, seed)
    for column in (METER, TEMPO, KEY):
        assert len(set(take.heads[0:4, column])) == 1
        assert len(set(take.heads[5:, column])) == 1
    assert len(set(take.heads[:, TEMPO])) > 1  # drawn anew among more than twenty
    assert len(set(take.heads[:, DENSITY])) > 2  # which are each bar's own
    assert set(take.heads[:, METER]) <= {12, 16}  # three or four beats
    assert (brief.lowest <= take.heads).all()
    assert (take.heads <= brief.highest).all()
    assert np.diff(take.bar_start).tolist() == (take.heads[:, METER] * 3).tolist()


def test_notes_stand_in_their_bars_and_keys() -> None:
    take, _ = dictated(free(8), 1)
    onsets = [row[0] for row in take.rows]
    assert onsets == sorted(onsets)
    assert set(np.searchsorted(take.bar_start, onsets, side="right") - 1) == set(range(8))
    key = int(take.heads[0, KEY])
    scale = Key(key % 12, "major" if key < 12 else "minor").scale
    # a chord that nobody in the key could finish, or a lone voice at its end, takes what there is
    assert np.mean([row[2] % 12 in scale for row in take.rows]) > 0.97


def test_everything_told_is_a_step_with_its_head_in_force() -> None:
    take, told = dictated(free(5), 2)
    steps = steps_of(told)
    assert (steps[:, SOURCE] == WRITTEN).all()
    assert (steps[:, KIND] == BAR).sum() == 5
    heads = steps[steps[:, KIND] == HEAD]
    assert (heads[:, EVENT][:, 1:] - FIRSTS[1:]).tolist() == take.heads.tolist()
    notes = steps[steps[:, KIND] >= NOTE]
    assert len(notes) == len(take.rows)
    assert notes[:, PITCH].tolist() == [row[2] for row in take.rows]
    bar = np.cumsum(steps[:, KIND] == BAR) - 1
    in_force = heads[:, EVENT][bar, 1:]
    later = steps[:, KIND] != BAR
    assert (steps[later, IN_FORCE] == in_force[later]).all()


def test_bars_that_are_done_are_told() -> None:
    done: list[int] = []
    brief = replace(free(4), unheard=frozenset((0,)), heads=np.tile([16, 10, 0, 9, 9], (4, 1)))
    take = TakeWriter(brief, done.append).take()
    wish, rng = next(take), np.random.default_rng(0)
    with pytest.raises(StopIteration):
        while True:
            wish = take.send(
                int(rng.choice(np.flatnonzero(wish.allowed))) if isinstance(wish, Choice) else None
            )
    assert done == [0, 1, 2, 3]


def test_bars_unheard_cost_nothing_and_keep_their_place() -> None:
    heads = np.tile([12, 10, 0, 9, 9], (4, 1))
    take, told = dictated(replace(free(4), unheard=frozenset((0, 1, 3)), heads=heads))
    assert take.bar_start.tolist() == [0, 36, 72, 108, 144]
    assert {row[0] // 36 for row in take.rows} == {2}
    assert (steps_of(told)[:, KIND] == BAR).sum() == 1


#: a C in the bass and a snare, then the head says how loud and dense they are
GIVEN = np.array([[NOTE, PARTS.index("cello"), 48, 9, 9, 23], [NOTE + 24, DRUMS, 38, 2, 11, 23]])


def given_in_second_bar(brief: Brief, players: Mapping[int, Player]) -> Brief:
    nothing = np.empty((0, len(FIELDS)), dtype=np.int64)
    return replace(
        brief, given=(nothing, GIVEN, nothing), players=(brief.players[0], players, brief.players[2])
    )


def test_given_notes_are_heard_before_the_head_that_is_chosen() -> None:
    brief = free(3)
    violin = PARTS.index("violin-1")
    take, told = dictated(given_in_second_bar(brief, {violin: brief.players[0][violin]}))
    steps = steps_of(told)
    line, following = np.flatnonzero(steps[:, KIND] == BAR)[1:3]
    assert steps[line + 1 : line + 3, EVENT].tolist() == GIVEN.tolist()
    assert steps[line + 1 : line + 3, SOURCE].tolist() == [BESIDE] * 2
    assert steps[line + 3, KIND] == HEAD
    assert (steps[line + 3 : following, SOURCE] == WRITTEN).all()
    inside = [row for row in take.rows if take.bar_start[1] <= row[0] < take.bar_start[2]]
    assert {row[4] for row in inside} <= {violin}


def test_bars_that_stand_are_heard_as_if_written() -> None:
    take, told = dictated(given_in_second_bar(free(3), {}))
    steps = steps_of(told)
    line, following = np.flatnonzero(steps[:, KIND] == BAR)[1:3]
    assert steps[line + 2 : following, EVENT].tolist() == GIVEN.tolist()
    assert (steps[line:following, SOURCE] == WRITTEN).all()
    assert not [row for row in take.rows if take.bar_start[1] <= row[0] < take.bar_start[2]]


@pytest.mark.parametrize("semitones", [0, 3, -5])
def test_earlier_music_is_recalled_in_the_key_that_is_wanted(semitones: int) -> None:
    minor = key_class(Key(10, "minor"))
    brief = free(9, name="band")
    heads = brief.heads.copy()
    heads[:, KEY], heads[:, DENSITY] = minor, 7
    _, told = dictated(replace(brief, heads=heads, reminders={8: Recall(1, semitones)}), 3)
    at = next(i for i, one in enumerate(told) if isinstance(one, Reminder))
    reminder = told[at]
    assert isinstance(reminder, Reminder)
    assert (reminder.steps[:, SOURCE] == RECALLED).all()
    assert len(reminder.steps) <= PREFIX_EVENTS
    before = steps_of(told[:at])
    lines = np.flatnonzero(before[:, KIND] == BAR)
    bars = (reminder.steps[:, KIND] == BAR).sum()
    assert 1 <= bars <= PREFIX_BARS
    earlier = before[lines[1] : lines[1 + bars]]
    assert reminder.steps[:, KIND].tolist() == earlier[:, KIND].tolist()
    notes = earlier[:, KIND] >= NOTE
    shift = np.where(earlier[notes, PART] == DRUMS, 0, semitones)
    assert reminder.steps[notes, PITCH].tolist() == (earlier[notes, PITCH] + shift).tolist()
    wanted = FIRSTS[1 + KEY] + key_class(Key((10 + semitones) % 12, "minor"))
    assert set(reminder.steps[earlier[:, KIND] == HEAD, 1 + KEY]) == {wanted}
    assert set(reminder.steps[notes, IN_FORCE][:, KEY]) == {wanted}


def test_what_follows_is_recalled_as_it_is() -> None:
    steps = np.array([[0, 61, 160, 51, 32, 23, AFTER, 61, 160, 51, 32, 23]])
    _, told = dictated(replace(free(3), reminders={2: steps}))
    at = next(i for i, one in enumerate(told) if isinstance(one, Reminder))
    assert (steps_of(told[:at])[:, KIND] == BAR).sum() == 2
    reminder = told[at]
    assert isinstance(reminder, Reminder)
    assert reminder.steps is steps


def test_a_chord_held_across_the_bar_line_is_not_struck_again(make_plan: MakePlan) -> None:
    plan = make_plan("string-quartet", [1] * 12, [0, 4, 8])
    for seed in range(10):
        take, _ = dictated(planned(plan), seed)
        for hit in (0, 48, 96):
            for onset, duration, pitch, _, part in [row for row in take.rows if row[0] == hit]:
                again = [
                    r[0]
                    for r in take.rows
                    if r[2] == pitch and r[4] == part and hit < r[0] < onset + duration
                ]
                assert all(other in (0, 48, 96) for other in again)


def test_without_rules_anything_goes_but_the_order(network: EventTransformer, make_plan: MakePlan) -> None:
    brief = replace(planned(make_plan("piano-solo", [4] * 4, [5])).unbounded(), ruled=False)
    take = written(network, brief)
    order = [(row[0], row[2]) for row in take.rows]
    assert order == sorted(order)
    assert take.heads[:, METER].tolist() == [16] * 4


def test_what_a_player_is_given_to_sound_is_not_begun_again() -> None:
    piano = PARTS.index("piano")
    standing = {0: {(piano, pitch): 30 for pitch in range(21, 90)}}
    early = []
    for seed in range(5):
        take, _ = dictated(replace(free(2, name="piano-solo"), standing=standing), seed)
        early += [row[2] for row in take.rows if row[0] < 30]
        assert min(row[2] for row in take.rows if row[0] >= take.bar_start[1]) < 90
    assert early
    assert min(early) >= 90
