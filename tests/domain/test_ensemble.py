"""Players and ensembles that are possible, and those that are refused."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from emsync_nb.domain import Ensemble, Player

CELLO = Player("Cello", "cello", 42, 36, 76, "bass")
DRUMS = Player("Drums", "drums", 0, 35, 81, "bass", is_drum=True)


def test_a_player_plays_a_note_a_beat_unless_told() -> None:
    assert CELLO.density == 1


@pytest.mark.parametrize("density", [0.01, 0.5, 16])
def test_a_density_may_go_up_to_sixteen(density: float) -> None:
    assert replace(CELLO, density=density).density == density


@pytest.mark.parametrize("density", [0, -0.0, -1, 16.01, math.inf, math.nan])
def test_an_impossible_density_is_refused(density: float) -> None:
    with pytest.raises(ValueError, match="density must lie above 0 and up to 16, got"):
        replace(CELLO, density=density)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"part": "theremin"}, "part must be one of piano, .*got 'theremin'"),
        ({"part": "drums"}, "is_drum goes with the part drums"),
        ({"is_drum": True}, "is_drum goes with the part drums"),
        ({"program": 128}, r"program must lie in 0 … 127, got 128"),
        ({"low": 77}, "got 77 to 76"),
        ({"high": 128}, "got 36 to 128"),
    ],
)
def test_an_impossible_player_is_refused(changes: dict[str, str | int | bool], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(CELLO, **changes)  # type: ignore[arg-type]  # each is right for its field


@pytest.mark.parametrize(
    ("players", "message"),
    [
        ([], "needs players"),
        ([CELLO, CELLO], "a part of its own"),
        ([replace(CELLO, role="melody")], "role bass"),
        ([DRUMS], "role bass, drums aside"),
    ],
)
def test_an_impossible_ensemble_is_refused(players: list[Player], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Ensemble("odd", tuple(players))
