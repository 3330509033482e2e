"""From class probabilities to the plane."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.analysis.circumplex import EKMAN, on_plane

#: Russell & Mehrabian (1977), as printed: valence mean, deviation, arousal mean, deviation
PUBLISHED = {
    "anger": (-0.51, 0.20, 0.59, 0.29),
    "disgust": (-0.60, 0.20, 0.35, 0.41),
    "fear": (-0.64, 0.20, 0.60, 0.32),
    "joy": (0.76, 0.22, 0.48, 0.26),
    "sadness": (-0.63, 0.23, -0.27, 0.34),
    "surprise": (0.40, 0.30, 0.67, 0.27),
}

shares = st.lists(st.floats(0.01, 1), min_size=6, max_size=6).map(lambda w: np.array(w) / sum(w))


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_sure_class_has_its_published_mean_and_deviation(name: str) -> None:
    point = on_plane(np.eye(6)[EKMAN.index(name)])
    assert (point.valence, point.valence_sd, point.arousal, point.arousal_sd) == pytest.approx(
        PUBLISHED[name], abs=1e-9
    )


def test_half_joy_half_sadness_agrees_with_drawn_samples() -> None:
    rng = np.random.default_rng(4)
    joyful = rng.random(200_000) < 0.5
    drawn = np.where(joyful, rng.normal(0.76, 0.22, joyful.size), rng.normal(-0.63, 0.23, joyful.size))
    point = on_plane([0, 0, 0, 0.5, 0.5, 0])
    assert float(point.valence) == pytest.approx(drawn.mean(), abs=0.01)
    assert float(point.valence_sd) == pytest.approx(drawn.std(), abs=0.01)


@given(shares)
def test_means_stay_within_the_hull_of_the_classes(weights: np.ndarray) -> None:
    point = on_plane(weights)
    corners = np.array([(v, a) for v, _, a, _ in PUBLISHED.values()])
    # in no direction does the mixture reach beyond the farthest class
    for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False):
        direction = np.array([np.cos(angle), np.sin(angle)])
        assert np.dot(direction, (point.valence, point.arousal)) <= (corners @ direction).max() + 1e-9


@given(shares)
def test_a_mixture_is_at_least_as_wide_as_its_narrowest_class(weights: np.ndarray) -> None:
    point = on_plane(weights)
    assert point.valence_sd >= 0.20 - 1e-9
    assert point.arousal_sd >= 0.26 - 1e-9


@given(shares, shares)
def test_means_are_linear_in_the_weights(one: np.ndarray, other: np.ndarray) -> None:
    middle = on_plane((one + other) / 2)
    assert middle.valence == pytest.approx((on_plane(one).valence + on_plane(other).valence) / 2)


def test_rows_are_independent() -> None:
    rows = on_plane(np.eye(6))
    assert rows.valence.shape == (6,)
    assert rows.arousal[EKMAN.index("sadness")] == pytest.approx(-0.27)


@pytest.mark.parametrize("wrong", [[1, 0], [0.5] * 6, [2, -1, 0, 0, 0, 0], [np.nan] * 6, 1.0])
def test_what_is_no_distribution_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        on_plane(wrong)  # type: ignore[arg-type]
