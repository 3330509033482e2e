"""The common grid."""

from __future__ import annotations

import numpy as np
import pytest

from emsync_nb.analysis.timeline import averaged, grid


@pytest.mark.parametrize(("end_s", "count"), [(0.0, 1), (0.04, 1), (1.0, 4), (1.01, 5), (30.0, 120)])
def test_the_grid_covers_the_film_at_four_hertz(end_s: float, count: int) -> None:
    times = grid(end_s)
    assert times.size == count
    assert np.all(np.diff(times) == 0.25)


def test_values_are_averaged_within_their_cell() -> None:
    assert averaged([0.0, 0.1, 0.2, 0.25, 0.4], [1, 2, 3, 10, 20], grid(0.5)).tolist() == [2, 15]


def test_slow_frame_rates_hold_the_last_value() -> None:
    assert averaged([0.0, 1.0], [5, 7], grid(2)).tolist() == [5] * 4 + [7] * 4
