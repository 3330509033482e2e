"""The emotion curve: interpolation, means, and that nobody writes into it."""

from __future__ import annotations

import numpy as np
import pytest

from emsync_nb.domain import EmotionCurve


@pytest.fixture
def ramp() -> EmotionCurve:
    """Valence rises from −1 to 1 over four seconds; arousal stays at 0.5 until 2 s, then falls to −0.5."""
    return EmotionCurve(np.array([0.0, 2.0, 4.0]), np.array([-1.0, 0.0, 1.0]), np.array([0.5, 0.5, -0.5]))


def test_between_points_it_is_straight_and_beyond_them_level(ramp: EmotionCurve) -> None:
    assert ramp.at(3.0) == (0.5, 0.0)
    assert ramp.at(-5.0) == (-1.0, 0.5)
    assert ramp.at(9.0) == (1.0, -0.5)


def test_the_mean_is_the_area_over_the_span(ramp: EmotionCurve) -> None:
    # valence: area of a triangle 2 s long and 1 high; arousal: half of it above zero, half below
    assert ramp.mean(2.0, 4.0) == (0.5, 0.0)
    assert ramp.mean(1.0, 3.0) == pytest.approx((0.0, 0.375))
    assert ramp.mean(3.0, 3.0) == ramp.at(3.0)


@pytest.mark.parametrize("name", ["times_s", "valence", "arousal"])
def test_its_arrays_cannot_be_written(ramp: EmotionCurve, name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(ramp, name)[0] = 0.0


def test_it_keeps_no_hold_of_the_arrays_it_was_made_from() -> None:
    valence = np.zeros(2)
    curve = EmotionCurve(np.array([0.0, 1.0]), valence, np.zeros(2))
    valence[0] = 1.0
    assert curve.at(0.0) == (0.0, 0.0)


def test_a_shift_stays_on_the_plane(ramp: EmotionCurve) -> None:
    moved = ramp.shifted(valence=0.5, arousal=-0.75)
    assert list(moved.valence) == [-0.5, 0.5, 1.0]
    assert list(moved.arousal) == [-0.25, -0.25, -1.0]


@pytest.mark.parametrize(
    ("times", "valence", "message"),
    [
        ([], [], "at least one point"),
        ([0.0, 0.0], [0.0, 0.0], "must rise"),
        ([0.0, 1.0], [0.0, 1.5], r"valence must lie in \[-1, 1\]"),
        ([0.0, 1.0], [0.0, float("nan")], r"valence must lie in \[-1, 1\]"),
        ([0.0, 1.0], [0.0], "one length"),
    ],
)
def test_what_is_no_curve_is_refused(times: list[float], valence: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EmotionCurve(np.array(times), np.array(valence), np.zeros(len(times)))
