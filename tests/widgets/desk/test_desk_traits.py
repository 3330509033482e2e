"""What the traits of a desk take, from Python and from a browser: times within the film, stretches in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitError

from emsync_nb.widgets.desk.desk_traits import believed
from emsync_nb.widgets.desk.scoring_desk import ScoringDesk
from tests.widgets.desk.conftest import engine

NAN, BEYOND = float("nan"), float("inf")
#: the made film's length
END_S = 16.0


@pytest.fixture
def desk(film: Path) -> ScoringDesk:
    return ScoringDesk(film)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("position_s", NAN),
        ("position_s", BEYOND),
        ("speed", NAN),
        ("speed", 9.0),
        ("speed", 0.0),
        ("loop", [5, 2]),
        ("loop", [3, 3]),
        ("loop", [1]),
        ("loop", [NAN, 2]),
        ("loop", [17, 18]),
        ("selection", [1]),
        ("selection", [0, BEYOND]),
        ("selection", [1, 2, 3]),
        ("selection", ["1", "2"]),
        ("view", {"start_s": 4}),
        ("view", {"start_s": NAN, "end_s": 5}),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_in_a_line(desk: ScoringDesk, name: str, value: object) -> None:
    before = getattr(desk, name)
    with pytest.raises(TraitError) as caught:
        setattr(desk, name, value)
    assert "\n" not in str(caught.value) and "got " in str(caught.value)
    assert getattr(desk, name) == before
    desk.set_state({name: value})
    assert getattr(desk, name) == before


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("position_s", -5, 0.0),
        ("position_s", 1e9, END_S),
        ("position_s", 4, 4.0),
        ("loop", [2, 99], [2.0, END_S]),
        ("loop", [], []),
        ("selection", [1, 2.5], [1.0, 2.5]),
        ("view", {"start_s": 1, "end_s": 5}, {"start_s": 1.0, "end_s": 5.0}),
        ("view", {}, {}),
    ],
    ids=str,
)
def test_times_stop_at_the_films_ends(desk: ScoringDesk, name: str, value: Any, taken: object) -> None:  # noqa: ANN401 - as a trait
    setattr(desk, name, value)
    assert getattr(desk, name) == taken
    other = ScoringDesk(desk.folder)
    other.set_state({name: value})
    assert getattr(other, name) == (taken if value else getattr(desk, name))


def test_what_is_remembered_lies_within_the_film(desk: ScoringDesk) -> None:
    desk.set_state({"position_s": 1e9})
    assert engine(desk).remembered.memory.position_s == END_S


def test_a_position_stays_within_a_shorter_film(desk: ScoringDesk) -> None:
    desk.position_s = 12
    desk.film = {**desk.film, "duration_s": 0.0}  # gone: nothing is known
    assert desk.position_s == 12
    desk.film = {**desk.film, "duration_s": 8.0}
    assert desk.position_s == 8


def test_before_the_film_is_known_any_time_can_be() -> None:
    assert believed({"position_s": 5000.0, "loop": [10, 4000]}) == {"position_s": 5000.0, "loop": [10, 4000]}
