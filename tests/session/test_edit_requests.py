"""Edits of a plan as others ask for them: what each comes to, and whatever no edit is."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import Spotting
from emsync_nb.errors import EmsyncError, PlanError
from emsync_nb.session import Session
from emsync_nb.session.edit_requests import edit_of
from emsync_nb.session.request_values import MAX_POINTS
from tests.session.tiny_session import ENSEMBLE, LENGTH_S, film_cues

NAN, INFINITE = float("nan"), float("inf")


@pytest.fixture(scope="module")
def plan() -> Spotting:
    """Valence rises from −0.5 at 0 s over 0.25 at 8 s to 0.5 at 16 s."""
    return Spotting(film_cues(Path("film.mp4")), ENSEMBLE)


def edited(plan: Spotting, kind: str, **values: Any) -> Spotting:  # noqa: ANN401 - any JSON
    return edit_of({"do": "edit", "edit": kind, **values})[1](plan)


def cues_of(plan: Spotting) -> list[tuple[float, float, str, str]]:
    return [(float(cue.in_s), float(cue.out_s), cue.entry, cue.ending) for cue in plan.cues]


def test_points_are_drawn_and_all_else_stays(plan: Spotting) -> None:
    new = edited(plan, "draw", times_s=[2, 6], valence=[1, -1], arousal=None)
    assert [new.film.curve.at(time_s)[0] for time_s in (2, 4, 6)] == [1, 0, -1]
    for time_s in (0, 1.5, 6.5, 12, 16):
        assert new.film.curve.at(time_s)[0] == pytest.approx(plan.film.curve.at(time_s)[0])
    for time_s in (0, 2, 4, 6, 9):
        assert new.film.curve.at(time_s)[1] == pytest.approx(plan.film.curve.at(time_s)[1])


def test_one_point_is_enough(plan: Spotting) -> None:
    new = edited(plan, "draw", times_s=[8], valence=[-1], arousal=[1])
    assert new.film.curve.at(8) == (-1, 1)
    assert new.film.curve.at(8.5)[0] == pytest.approx(plan.film.curve.at(8.5)[0])


def test_a_stretch_is_raised(plan: Spotting) -> None:
    new = edited(plan, "shift", start_s=2, end_s=6, valence=0.25, arousal=-0.25)
    for time_s in (2, 4, 6):
        valence, arousal = plan.film.curve.at(time_s)
        assert new.film.curve.at(time_s) == pytest.approx((valence + 0.25, arousal - 0.25))
    assert new.film.curve.at(1.5) == pytest.approx(plan.film.curve.at(1.5))


def test_a_stretch_is_flattened(plan: Spotting) -> None:
    new = edited(plan, "flatten", start_s=4, end_s=12, valence=-0.75, arousal=None)
    assert {new.film.curve.at(time_s)[0] for time_s in (4, 7, 8, 10, 12)} == {-0.75}
    assert new.film.curve.at(8)[1] == plan.film.curve.at(8)[1]
    assert new.film.curve.at(12.5)[0] == pytest.approx(plan.film.curve.at(12.5)[0])


def test_a_stretch_is_smoothed(plan: Spotting) -> None:
    new = edited(plan, "smooth", start_s=6, end_s=10, seconds=2, valence=True, arousal=False)
    # valence rises by 3/32 a second before its corner at 8 s and by 1/32 behind it: the mean over 7 … 9 s
    assert new.film.curve.at(8)[0] == pytest.approx(0.25 + (-3 / 32 + 1 / 32) / 4)
    assert new.film.curve.at(8)[1] == pytest.approx(plan.film.curve.at(8)[1])
    assert new.film.curve.at(5.5)[0] == pytest.approx(plan.film.curve.at(5.5)[0])


def test_cues_are_set_and_taken_away(plan: Spotting) -> None:
    rows = [
        {"in_s": 9, "out_s": 15.5, "entry": "fade_in", "ending": "ring"},
        {"in_s": 0, "out_s": 4},
    ]
    new = edited(plan, "cues", cues=rows)
    assert cues_of(new) == [(0, 4, "attack", "fade_out"), (9, 15.5, "fade_in", "ring")]
    assert edited(new, "cues", cues=[]).cues == ()


def test_silence_cuts_music_in_two(plan: Spotting) -> None:
    new = edited(plan, "silence", start_s=4, end_s="13/2")
    assert cues_of(new) == [(0, 4, "attack", "fade_out"), (6.5, 16, "attack", "fade_out")]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("draw", {"times_s": [1, 16.004], "valence": [0, 0]}),
        ("shift", {"start_s": 1, "end_s": 16.004, "valence": 0.1}),
        ("flatten", {"start_s": 1, "end_s": 16.004, "valence": 0.1}),
        ("cues", {"cues": [{"in_s": 1, "out_s": 16.004}]}),
        ("silence", {"start_s": 1, "end_s": 16.004}),
    ],
)
def test_an_end_that_was_rounded_upwards_is_the_films(
    plan: Spotting, kind: str, values: dict[str, Any]
) -> None:
    new = edited(plan, kind, **values)
    assert all(cue.out_s <= LENGTH_S for cue in new.cues)
    late = {name: 16.1 if value == 16.004 else value for name, value in values.items()}
    late |= {"times_s": [1, 16.1]} if kind == "draw" else {}
    late |= {"cues": [{"in_s": 1, "out_s": 16.1}]} if kind == "cues" else {}
    with pytest.raises(PlanError, match=r"behind the film, which ends at 0:16.00"):
        edited(plan, kind, **late)


def test_a_cue_keeps_how_long_it_fades(plan: Spotting) -> None:
    from dataclasses import replace

    from emsync_nb.domain import Cue

    slow = replace(plan, cues=(Cue(Fraction(1), Fraction(9), fade_out_s=5.0),))
    new = edited(slow, "cues", cues=[{"in_s": 1, "out_s": 8}, {"in_s": 10, "out_s": 12}])
    assert [cue.fade_out_s for cue in new.cues] == [5.0, 3.0]


WRONG: list[dict[str, Any]] = [
    {"edit": "draw"},
    {"edit": "draw", "times_s": [], "valence": []},
    {"edit": "draw", "times_s": [1, 2], "valence": [0]},
    {"edit": "draw", "times_s": [1, 2], "valence": None, "arousal": None},
    {"edit": "draw", "times_s": [2, 1], "valence": [0, 0]},
    {"edit": "draw", "times_s": [1, 1], "valence": [0, 0]},
    {"edit": "draw", "times_s": [-1, 1], "valence": [0, 0]},
    {"edit": "draw", "times_s": [1, NAN], "valence": [0, 0]},
    {"edit": "draw", "times_s": [1, 2], "valence": [0, INFINITE]},
    {"edit": "draw", "times_s": [1, 2], "valence": [0, 1.01]},
    {"edit": "draw", "times_s": [1, 2], "valence": [0, True]},
    {"edit": "draw", "times_s": [1, 2], "valence": [0, "1"]},
    {"edit": "draw", "times_s": "12", "valence": "12"},
    {"edit": "draw", "times_s": {"1": 2}, "valence": [0]},
    {"edit": "draw", "times_s": [1, 10**400], "valence": [0, 0]},
    {"edit": "draw", "times_s": list(range(MAX_POINTS + 1)), "valence": [0] * (MAX_POINTS + 1)},
    {"edit": "shift", "start_s": 2, "end_s": 6},
    {"edit": "shift", "start_s": 6, "end_s": 2, "valence": 0.1},
    {"edit": "shift", "start_s": 2, "end_s": 2, "valence": 0.1},
    {"edit": "shift", "start_s": -2, "end_s": 2, "valence": 0.1},
    {"edit": "shift", "start_s": 2, "end_s": INFINITE, "valence": 0.1},
    {"edit": "shift", "start_s": NAN, "end_s": 6, "valence": 0.1},
    {"edit": "shift", "start_s": 2, "end_s": 6, "valence": NAN},
    {"edit": "shift", "start_s": 2, "end_s": 6, "valence": 10**400},
    {"edit": "shift", "start_s": 2, "end_s": 6, "valence": [0.1]},
    {"edit": "flatten", "start_s": 2, "end_s": 6, "valence": 1.5},
    {"edit": "flatten", "start_s": 2, "end_s": 6, "valence": None, "arousal": None},
    {"edit": "smooth", "start_s": 2, "end_s": 6},
    {"edit": "smooth", "start_s": 2, "end_s": 6, "seconds": 0},
    {"edit": "smooth", "start_s": 2, "end_s": 6, "seconds": NAN},
    {"edit": "smooth", "start_s": 2, "end_s": 6, "seconds": 1, "valence": 1},
    {"edit": "smooth", "start_s": 2, "end_s": 6, "seconds": 1, "valence": False, "arousal": False},
    {"edit": "cues", "cues": None},
    {"edit": "cues", "cues": [None]},
    {"edit": "cues", "cues": [{"in_s": 1}]},
    {"edit": "cues", "cues": [{"in_s": 4, "out_s": 2}]},
    {"edit": "cues", "cues": [{"in_s": NAN, "out_s": 2}]},
    {"edit": "cues", "cues": [{"in_s": 0, "out_s": 2, "entry": "bang"}]},
    {"edit": "cues", "cues": [{"in_s": 0, "out_s": 2, "ending": ["ring"]}]},
    {"edit": "cues", "cues": [{"in_s": 0, "out_s": 4}, {"in_s": 3, "out_s": 6}]},
    {"edit": "cues", "cues": [{"in_s": 0, "out_s": 4}] * 1001},
    {"edit": "silence", "start_s": 0, "end_s": 16},
    {"edit": "silence", "start_s": 3},
    {"edit": "wish"},
    {"edit": ["draw"]},
    {"edit": None},
    {},
]


@pytest.mark.parametrize("request_", WRONG, ids=lambda request: repr(request)[:60])
def test_what_is_no_edit_is_refused_in_a_line_and_changes_nothing(
    session: Session, request_: dict[str, Any]
) -> None:
    before = session.history()
    with pytest.raises(PlanError) as refusal:
        session.answer({"do": "edit", **request_})
    assert 10 < len(str(refusal.value)) < 300 and "\n" not in str(refusal.value)
    assert session.history() == before


def test_as_many_points_as_are_allowed(session: Session) -> None:
    times_s = [16 * number / MAX_POINTS for number in range(MAX_POINTS)]
    session.answer({"do": "edit", "edit": "draw", "times_s": times_s, "valence": [0.5] * MAX_POINTS})
    assert session.plan.film.curve.at(7.7)[0] == 0.5


def test_the_history_says_what_was_done(session: Session) -> None:
    requests: list[dict[str, Any]] = [
        {"edit": "draw", "times_s": [2, 6], "valence": [0, 0], "arousal": [0, 0]},
        {"edit": "shift", "start_s": 2, "end_s": 6, "arousal": -0.5},
        {"edit": "flatten", "start_s": 2, "end_s": 6, "valence": 0.5},
        {"edit": "smooth", "start_s": 2, "end_s": 6, "seconds": 1},
        {"edit": "silence", "start_s": 4, "end_s": 5},
        {"edit": "cues", "cues": [{"in_s": 0, "out_s": 9}]},
        {"edit": "cues", "cues": []},
    ]
    before = session.plan
    for request in requests:
        session.answer({"do": "edit", **request})
    assert [step.what for step in session.history()[-len(requests) :]] == [
        "drew valence and arousal from 2 to 6 s",
        "shifted arousal by -0.5 from 2 to 6 s",
        "set valence at 0.5 from 2 to 6 s",
        "smoothed valence and arousal from 2 to 6 s",
        "silenced 4 to 5 s",
        "set 1 cue",
        "set music to the whole film",
    ]
    for _ in requests:
        session.undo()
    assert (session.plan.film.curve.times_s == before.film.curve.times_s).all()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
near = st.floats(-1, 18) | json_values
fields = st.fixed_dictionaries(
    {
        "edit": st.sampled_from(
            ["draw", "shift", "flatten", "smooth", "cues", "silence", "add", "move", "weight"]
        )
    },
    optional={
        **dict.fromkeys(("start_s", "end_s", "seconds", "time_s", "strength", "boundary"), near),
        "times_s": st.lists(st.floats(0, 16), max_size=4) | json_values,
        "valence": st.floats(-1, 1) | st.lists(st.floats(-1, 1), max_size=4) | json_values,
        "arousal": st.floats(-1, 1) | st.lists(st.floats(-1, 1), max_size=4) | json_values,
        "cues": st.lists(st.fixed_dictionaries({"in_s": near, "out_s": near}), max_size=3) | json_values,
    },
)


@given(fields)
def test_whatever_is_asked_for_comes_to_a_sound_plan_or_a_known_error(
    plan: Spotting, request_: dict[str, Any]
) -> None:
    try:
        new = edit_of(request_)[1](plan)
    except (EmsyncError, LookupError, TypeError, ArithmeticError, ValueError):
        return  # those that `requests.answer` tells in a line
    curve = new.film.curve
    assert math.isfinite(curve.times_s[0]) and curve.times_s[0] >= 0
    assert abs(curve.valence).max() <= 1 and abs(curve.arousal).max() <= 1
    assert all(0 <= cue.in_s < cue.out_s for cue in new.cues)
