"""A smoothed curve: exact where it can be worked out, and never beyond what was there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import EmotionCurve
from emsync_nb.domain.curve_edits import STEP_S, smoothed

curves = st.lists(
    st.tuples(st.integers(0, 2000), st.floats(-1, 1), st.floats(-1, 1)),
    min_size=1,
    max_size=12,
    unique_by=lambda p: p[0],
).map(lambda points: EmotionCurve(*np.array([(t / 100, v, a) for t, v, a in sorted(points)]).T))


def test_a_corner_becomes_the_mean_of_its_window() -> None:
    corner = EmotionCurve([0.0, 10.0, 20.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0])
    new = smoothed(corner, 2, 18, 4)
    # means over 4 s of a roof of slope 1/10: 1 − 0.1 at its top, and nothing changes on straight lines
    assert new.at(10)[0] == pytest.approx(0.9)
    assert new.at(5)[0] == pytest.approx(0.5)
    assert new.at(0)[0] == 0
    assert abs(new.arousal).max() == 0


def test_the_mean_agrees_with_a_fine_sum() -> None:
    rng = np.random.default_rng(5)
    curve = EmotionCurve(np.arange(0, 30, 0.25), rng.uniform(-1, 1, 120), rng.uniform(-1, 1, 120))
    new = smoothed(curve, 5, 25, 3)
    for time_s in new.times_s[(new.times_s >= 5) & (new.times_s <= 25)][::37]:
        fine = time_s - 1.5 + 3 * (np.arange(30_000) + 0.5) / 30_000
        expected = np.interp(fine, curve.times_s, curve.valence).mean()
        assert new.at(float(time_s))[0] == pytest.approx(expected, abs=1e-6)


@given(curves, st.floats(0, 20), st.floats(0.01, 20), st.floats(0.01, 60))
def test_nothing_leaves_what_was_there_and_the_rest_stays(
    curve: EmotionCurve, start_s: float, length_s: float, seconds: float
) -> None:
    end_s = start_s + length_s
    new = smoothed(curve, start_s, end_s, seconds, arousal=False)
    assert curve.valence.min() - 1e-9 <= new.valence.min() and new.valence.max() <= curve.valence.max() + 1e-9
    outside = (new.times_s <= start_s - STEP_S) | (new.times_s >= end_s + STEP_S)
    was = np.interp(new.times_s, curve.times_s, curve.valence)
    np.testing.assert_allclose(new.valence[outside], was[outside], atol=1e-9)
    np.testing.assert_allclose(new.arousal, np.interp(new.times_s, curve.times_s, curve.arousal), atol=1e-9)


@pytest.mark.parametrize(
    "values", [(3, 2, 1), (-1, 2, 1), (1, 2, 0), (1, 2, float("nan")), (1, float("inf"), 1)]
)
def test_no_stretch_and_no_window(values: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="needs"):
        smoothed(EmotionCurve([0.0], [0.0], [0.0]), *values)
