"""What a take is asked to be: a plan's bars, or a free wish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import GRID, PARTS, Key, ScorePlan, Section, TempoChange, TempoMap
from emsync_nb.errors import PlanError
from emsync_nb.generation.brief import (
    DENSITY,
    KEY,
    LEVEL,
    METER,
    OPEN,
    TEMPO,
    Brief,
    Recall,
    Stretch,
    check_ensemble,
    free_brief,
    key_class,
    key_of,
    planned_brief,
    velocity_for,
)
from emsync_nb.generation.tokens import density_of, tempo_of
from emsync_nb.preset_library import load_ensemble
from tests.generation.promises import ENSEMBLES

MakePlan = Callable[..., ScorePlan]


def brief_of(plan: ScorePlan, cue: int = 0) -> Brief:
    return planned_brief(plan, plan.cues[cue], Stretch.of(plan, plan.cues[cue]))


def constant(bars: int, valence: float = 0.0, arousal: float = 0.0) -> NDArray[np.float64]:
    return np.tile([valence, arousal], (bars, 1))


def section(name: str, bar: int, wish: tuple[float, float], key: Key) -> Section:
    """Four beats of the string quartet."""
    parts = tuple(player.part for player in load_ensemble("string-quartet").players)
    return Section(name, 4 * bar, 4 * bar + 4, *wish, key, 4.0, parts)


def test_meter_tempo_and_key_are_the_plans(make_plan: MakePlan) -> None:
    plan = make_plan("piano-solo", [4, 3, 8, 1], [])
    plan = replace(plan, tempo_map=TempoMap((TempoChange(0, 500_000), TempoChange(7, 800_000))))
    heads = brief_of(plan).heads
    # classes of meters are lengths in sixteenths
    assert heads[:, METER].tolist() == [16, 12, 32, 4]
    # classes of tempi lie 7.7 % apart
    assert [tempo_of(i) for i in heads[:, TEMPO].tolist()] == pytest.approx([120, 120, 75, 75], rel=0.04)
    assert {key_of(i) for i in heads[:, KEY].tolist()} == {Key(7, "major")}
    assert (heads[:, [LEVEL, DENSITY]] == OPEN).all()


@pytest.mark.parametrize("density", [0.1, 0.5, 4.0, 12.0, 60.0])
def test_loudness_and_density_stay_near_the_plan(make_plan: MakePlan, density: float) -> None:
    plan = make_plan("string-quartet", [4] * 10, [], density=density)
    brief = brief_of(plan)
    assert (brief.lowest <= brief.highest).all()
    low, high = (
        [density_of(i) for i in bound[:, DENSITY].tolist()] for bound in (brief.lowest, brief.highest)
    )
    sane = min(max(density, 0.8), 20.0)  # never nearly silent, never overfull
    assert all(one / 1.13 <= sane <= two * 1.13 for one, two in zip(low, high, strict=True))
    assert max(np.array(high) / low) <= 2 ** (8 / 3) + 1e-6
    # arousal rises through the film: so do both bounds
    for bound in (brief.lowest, brief.highest):
        assert (np.diff(bound[:, LEVEL]) >= 0).all()
        assert bound[0, LEVEL] < bound[-1, LEVEL]


def test_drums_add_to_the_density(make_plan: MakePlan) -> None:
    plan = make_plan("band", [4], [], density=4.0)
    without = tuple(p for p in plan.sections[0].parts if p != "drums")
    quiet = replace(plan, sections=(replace(plan.sections[0], parts=without),))
    assert brief_of(quiet).highest[0, DENSITY] < brief_of(plan).highest[0, DENSITY]


def test_unbounded_leaves_loudness_and_density_open(make_plan: MakePlan) -> None:
    brief = brief_of(make_plan("piano-solo", [4, 4], []))
    wide = brief.unbounded()
    assert wide.lowest[:, [LEVEL, DENSITY]].tolist() == [[0, 0]] * 2
    assert wide.highest[:, [LEVEL, DENSITY]].tolist() == [[15, 22]] * 2
    assert (wide.lowest[:, :LEVEL] == brief.lowest[:, :LEVEL]).all()
    assert brief.lowest[0, DENSITY] > 0


def test_hits_and_the_clock_count_from_the_cues_first_bar(make_plan: MakePlan) -> None:
    plan = make_plan("piano-solo", [4, 4, 3, 4, 4], [2, 9, 10, 12, 17], [(0, 4), (9, 16)])
    brief = brief_of(plan, 1)
    assert brief.bars == 3  # from bar 3, where the cue begins, to bar 5
    assert brief.hits == ((GRID, 2 * GRID), (GRID,), ())
    assert brief.conditions.hits.tolist() == [GRID, 2 * GRID, 4 * GRID]
    assert brief.conditions.bar_start.tolist() == [0, 3 * GRID, 7 * GRID, 11 * GRID]
    # 120 beats a minute; bar 3 begins at beat 8, four seconds into the film
    assert brief.conditions.seconds(np.array([0.0, 12.0, 36.0])).tolist() == [4.0, 4.5, 5.5]


def test_only_upbeats_and_short_bars_may_rest(make_plan: MakePlan) -> None:
    plan = make_plan("piano-solo", [4, 4, 2, 1, 3, 4, 4], [], [(1, 20)])
    assert brief_of(plan).may_rest == (True, False, True, True, False, False, True)


def test_each_bar_has_the_cast_of_its_section(make_plan: MakePlan) -> None:
    plan = make_plan("string-quartet", [4] * 4, [], section_beats=8)
    low = replace(plan.sections[1], parts=("cello", "viola"))
    brief = brief_of(replace(plan, sections=(plan.sections[0], low)))
    names = [{PARTS[part] for part in players} for players in brief.players]
    assert names == [{"violin-1", "violin-2", "viola", "cello"}] * 2 + [{"viola", "cello"}] * 2
    asked = [
        {part for part, plays in zip(PARTS, row, strict=True) if plays} for row in brief.conditions.parts
    ]
    assert asked == names


def test_sections_come_back_to_what_they_are_like(make_plan: MakePlan) -> None:
    plan = make_plan("string-quartet", [4] * 6, [])
    dark, bright = (-0.5, -0.4), (0.6, 0.5)
    sections = (
        section("A", 0, dark, Key(2, "minor")),
        section("B", 1, bright, Key(7, "major")),
        section("C", 2, dark, Key(9, "minor")),  # like A, a fifth up: five down are fewer semitones
        section("D", 3, (-0.4, -0.4), Key(1, "minor")),  # like A and, just before it, C
        section("E", 4, (0.6, 0.45), Key(7, "minor")),  # like B, but in another mode
        section("F", 5, (0.7, 0.6), Key(8, "major")),
    )
    recalls = brief_of(replace(plan, sections=sections)).reminders
    found = {bar: (r.bar, r.semitones) for bar, r in recalls.items() if isinstance(r, Recall)}
    assert found == {2: (0, -5), 3: (0, -1), 5: (1, 1)}


def test_a_cue_of_one_section_recalls_nothing(make_plan: MakePlan) -> None:
    assert brief_of(make_plan("piano-solo", [4] * 4, [])).reminders == {}


@pytest.mark.parametrize("name", ENSEMBLES)
def test_a_free_brief_leaves_all_but_the_emotion_open(name: str) -> None:
    ensemble = load_ensemble(name)
    brief = free_brief(ensemble, constant(3, -0.7, 0.2))
    assert (brief.heads == OPEN).all()
    assert brief.conditions.valence.tolist() == [-0.7] * 3
    assert brief.conditions.arousal.tolist() == [0.2] * 3
    assert brief.hits == ((),) * 3
    assert [{PARTS[part] for part in cast} for cast in brief.players] == [
        {p.part for p in ensemble.players}
    ] * 3
    slowest, fastest = (tempo_of(int(bound[0, TEMPO])) for bound in (brief.lowest, brief.highest))
    assert 38 < slowest < fastest < 208
    assert [key_of(int(bound[0, KEY])) for bound in (brief.lowest, brief.highest)] == [
        Key(0, "major"),
        Key(11, "minor"),
    ]


def test_a_free_brief_turns_where_the_emotion_has_moved_far() -> None:
    valence = np.array([0.0, 0.1, 0.2, 0.3, 0.3, 0.56, 0.5, 0.5])
    arousal = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.3])
    assert free_brief(load_ensemble("band"), np.column_stack([valence, arousal])).turns == {0, 3, 5, 7}


def test_keys_and_their_classes() -> None:
    for index in range(24):
        key = key_of(index)
        assert key is not None
        assert key_class(key) == index
        assert (key.tonic, key.mode) == (index % 12, "major" if index < 12 else "minor")
    assert key_of(24) is None


def test_louder_is_more_aroused() -> None:
    assert [velocity_for(a) for a in (-1, 0, 1)] == [60, 78, 96]


def test_casts_that_cannot_strike_a_chord_are_refused() -> None:
    ensemble = load_ensemble("string-quartet")
    check_ensemble(ensemble, [["cello", "viola"]])
    with pytest.raises(PlanError, match="cannot play chords"):
        check_ensemble(ensemble, [["cello", "viola"], ["violin-1", "violin-2"][:1]])


def test_long_bars_are_refused(make_plan: MakePlan) -> None:
    plan = make_plan("piano-solo", [4, 9], [])
    with pytest.raises(PlanError, match="bar 2 has 9 beats; at most 8"):
        Stretch.of(plan, plan.cues[0])
