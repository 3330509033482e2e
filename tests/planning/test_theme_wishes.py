"""A theme section by section: on a hit of a stretch, away from another, and no beat moved for it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.domain import (
    Boundary,
    EmotionCurve,
    Key,
    Passage,
    ScorePlan,
    Spotting,
    Theme,
    VideoCues,
    VideoInfo,
)
from emsync_nb.errors import PlanError
from emsync_nb.planning import place_theme, plan_spotting
from emsync_nb.preset_library import load_ensemble
from tests.planning.test_theme import a_plan, a_theme

#: at 4, 12, 20, 28 and 36 s; the sections of the second, fourth begin the usual entries
PLAN_HITS, PLAN_SECTIONS = [8, 24, 40, 56, 72], [0, 8, 24, 40, 56, 72]
#: two seconds
MOTIF = a_theme()


def passage(start: float, end: float, enters: bool | None) -> Passage:
    return Passage(Fraction(start), Fraction(end), theme=enters)


def entries_s(
    plan: ScorePlan, *wishes: Passage, times: tuple[float, ...] = (), theme: Theme = MOTIF
) -> list[float]:
    """Where the theme enters, in seconds."""
    entries = place_theme(plan, theme, [Fraction(time_s) for time_s in times], passages=wishes)
    return [entry.beat / 2 for entry in entries]


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ([], [4, 20, 36]),
        ([passage(10, 14, True)], [4, 12, 20, 36]),
        ([passage(2, 14, True)], [4, 20, 36]),  # it enters there already
        ([passage(26, 40, True), passage(10, 14, True)], [4, 12, 20, 36]),
        ([passage(19, 21, False)], [4, 28]),
        ([passage(0, 40, False)], []),
        ([passage(0, 40, False), passage(10, 14, True)], [12]),  # later ones win
        ([passage(10, 14, True), passage(0, 40, False)], []),
        ([passage(4.3, 10, False)], [12, 28]),  # an edge close to a hit means the hit
        ([passage(5, 10, False)], [12, 28]),  # nor does it sound there
        ([passage(6, 10, False)], [4, 20, 36]),  # but it may end there
        ([passage(3.8, 4.2, True), passage(11.9, 12.3, True)], [4, 12, 20, 36]),
        ([passage(0, 4, False)], [4, 20, 36]),
    ],
)  # fmt: skip
def test_it_enters_where_it_is_wished_for_and_stays_away(
    wishes: list[Passage], expected: list[float]
) -> None:
    assert entries_s(a_plan(PLAN_HITS, PLAN_SECTIONS), *wishes) == expected


def test_a_wish_comes_before_the_usual_entries_that_would_sound_into_it() -> None:
    plan = a_plan(PLAN_HITS, PLAN_SECTIONS)
    long = a_theme((60, 64) * 12)  # 12 seconds
    assert entries_s(plan, theme=long) == [4, 20, 36]
    assert entries_s(plan, passage(11, 13, True), theme=long) == [12, 36]


def test_named_times_and_wishes_go_together() -> None:
    plan = a_plan(PLAN_HITS, PLAN_SECTIONS)
    assert entries_s(plan, passage(26, 30, True), times=(4,)) == [4, 28]
    assert entries_s(plan, passage(0, 8, True), times=(4,)) == [4]
    assert entries_s(plan, passage(10, 14, False), times=(4,)) == [4]
    with pytest.raises(PlanError, match=r"enters at 0:04.00 sounds where it is to stay away"):
        entries_s(plan, passage(5, 9, False), times=(4,))


def test_stretches_that_cannot_be_served_are_said() -> None:
    plan = a_plan(PLAN_HITS, PLAN_SECTIONS)
    with pytest.raises(PlanError, match=r"no hit lies from 0:06.00 to 0:10.00, .* add a boundary"):
        entries_s(plan, passage(6, 10, True))
    with pytest.raises(PlanError, match=r"no room from 0:10.00 to 0:14.00"):
        entries_s(plan, passage(10, 14, True), times=(4,), theme=a_theme((60, 64) * 12))
    with pytest.raises(PlanError, match="or would sound where it is to stay away"):
        entries_s(plan, passage(10, 14, True), passage(13, 16, False))


@pytest.fixture
def spotting() -> Spotting:
    """Forty seconds with five cuts."""
    cuts = tuple(Boundary(Fraction(n), "cut", 0.9 - n / 100) for n in (4, 11, 18, 27, 34))
    info = VideoInfo(Path("film.mp4"), Fraction(40), Fraction(25), 640, 360, 0, False, "h264")
    times = np.linspace(0, 40, 41)
    film = VideoCues(info, cuts, EmotionCurve(times, np.sin(times / 5) / 2, np.cos(times / 7) / 2))
    return Spotting(film, "string-quartet", 1)


def test_the_plan_of_a_spotting_holds_the_theme_and_is_the_same_without(spotting: Spotting) -> None:
    """So takes that were made before can be gone on with."""
    band = load_ensemble("string-quartet")
    keyed = spotting.with_passage(Passage(Fraction(0), Fraction(18), Key(2, "minor")))
    bare = plan_spotting(keyed, band)
    assert bare.theme == ()
    wished = keyed.with_theme(MOTIF).theme_within(Fraction(8), Fraction(15), True)
    plan = plan_spotting(wished.theme_within(Fraction(20), Fraction(31), False), band)
    times = [float(plan.tempo_map.seconds(entry.beat)) for entry in plan.theme]
    assert any(abs(time - 11) < 0.01 for time in times)
    assert not any(abs(time - 27) < 0.01 for time in times)
    assert (plan.tempo_map, plan.grid, plan.sections) == (bare.tempo_map, bare.grid, bare.sections)
    assert {entry.key for entry in plan.theme if plan.tempo_map.seconds(entry.beat) < 17} == {Key(2, "minor")}
