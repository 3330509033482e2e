"""The curve after feelings, against values worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from emsync_nb.directing import Accent, Feeling, Silence, drawn
from emsync_nb.domain import EmotionCurve

FILM = Fraction(60)
CURVE = EmotionCurve(np.array([0.0, 30.0, 60.0]), np.array([0.0, 0.4, 0.0]), np.array([-0.2, -0.2, -0.2]))


def feeling(start: int, end: int, *, relative: bool = False, reached: int | None = None) -> Feeling:
    """Valence −0.6; arousal unchanged."""
    there = None if reached is None else Fraction(reached)
    return Feeling(Fraction(start), Fraction(end), -0.6, None, relative, "", there)


def test_no_changes_leave_the_very_curve() -> None:
    assert drawn(CURVE, (), FILM) is CURVE
    assert drawn(CURVE, (Accent(Fraction(3), ""), Silence(Fraction(1), Fraction(2), "")), FILM) is CURVE


def test_an_abrupt_feeling_steps_within_half_a_second_and_goes_back_behind_its_end() -> None:
    curve = drawn(CURVE, (feeling(15, 45),), FILM)
    times = (14.9, 15.0, 15.25, 15.5, 30.0, 45.0, 45.5, 50.0)
    expected = (0.1987, 0.2, -0.2, -0.6, -0.6, -0.6, 0.1933, 0.1333)
    assert [curve.at(time)[0] for time in times] == pytest.approx(expected, abs=1e-3)
    assert {curve.at(time)[1] for time in times} == {-0.2}


def test_a_gradual_feeling_goes_in_a_straight_line_whatever_was_there() -> None:
    curve = drawn(CURVE, (feeling(15, 60, reached=45),), FILM)
    expected = (0.2, -0.2, -0.6, -0.6)
    assert [curve.at(time)[0] for time in (15, 30, 45, 60)] == pytest.approx(expected)


def test_a_shift_keeps_the_shape() -> None:
    curve = drawn(CURVE, (feeling(0, 60, relative=True),), FILM)
    assert [curve.at(time)[0] for time in (0.5, 30, 60)] == pytest.approx([0.4 / 60 - 0.6, -0.2, -0.6])


def test_values_stay_on_the_plane() -> None:
    low = feeling(0, 60, relative=True)
    assert drawn(CURVE, (low, low, low), FILM).valence.min() == -1


def test_the_next_feeling_takes_over_where_the_first_ends() -> None:
    happy = Feeling(Fraction(30), FILM, 0.8, 0.4, False, "")
    curve = drawn(CURVE, (feeling(0, 30), happy), FILM)
    assert [curve.at(time)[0] for time in (29.9, 30.0, 30.25, 30.5, 60.0)] == pytest.approx(
        [-0.6, -0.6, 0.1, 0.8, 0.8]
    )


def test_a_gradual_feeling_begins_where_the_one_before_left() -> None:
    rise = Feeling(Fraction(30), FILM, 0.6, None, False, "", FILM)
    curve = drawn(CURVE, (feeling(0, 30), rise), FILM)
    assert [curve.at(time)[0] for time in (30, 45, 60)] == pytest.approx([-0.6, 0.0, 0.6])


def test_the_points_of_the_curve_are_kept() -> None:
    curve = drawn(CURVE, (feeling(10, 20), feeling(20, 30)), FILM)
    assert set(CURVE.times_s) <= set(curve.times_s)
    assert 10.0 in curve.times_s


def test_a_curve_of_one_point_and_a_feeling_of_a_tenth_of_a_second() -> None:
    short = Feeling(Fraction(5), Fraction(51, 10), 0.5, 0.5, False, "")
    assert drawn(EmotionCurve([0.0], [0.0], [0.0]), (short,), FILM).at(5.1) == pytest.approx((0.5, 0.5))
