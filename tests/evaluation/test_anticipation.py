"""Run-ups made by hand, and the effect of a known difference."""

from __future__ import annotations

import math

import numpy as np
import pytest

from emsync_nb.domain import MusicTable
from emsync_nb.evaluation import paired_effect, run_up
from tests.evaluation.hand_made import BAR, DRUMS, FLUTE, PIANO, table

HIT = 2 * BAR


def progression(before: tuple[int, ...], at_hit: tuple[int, ...], rest: int = 0) -> MusicTable:
    """One chord up to `rest` steps before the hit, another from it on, and a drum that is no bass."""
    rows = [(0, HIT - rest, pitch, 70, PIANO) for pitch in before]
    rows += [(HIT, 12, pitch, 70, FLUTE) for pitch in at_hit]
    return table([*rows, (HIT - 3, 6, 35, 90, DRUMS)], bars=3)


def test_slopes_compare_the_halves() -> None:
    # a note a beat at 50, then four a beat at 80; what stands outside does not count
    rows = [(at, 3, 60, 50, PIANO) for at in range(BAR, 2 * BAR, 12)]
    rows += [(at, 3, 38, 80, DRUMS) for at in range(2 * BAR, 3 * BAR, 3)]
    rows += [(0, 3, 60, 127, PIANO), (3 * BAR, 3, 60, 127, PIANO)]
    found = run_up(table(rows, bars=4), 3 * BAR)
    assert found.loudness_slope == pytest.approx(30)
    assert found.density_slope == pytest.approx(math.log2(4.25 / 1.25))
    steady = run_up(table(rows, bars=4), 3 * BAR, beats=4)
    assert (steady.loudness_slope, steady.density_slope) == (0, 0)


def test_slopes_where_they_cannot_be_told() -> None:
    quiet = run_up(table([(BAR, 3, 60, 50, PIANO)], bars=3), HIT)
    assert math.isnan(quiet.loudness_slope)
    assert quiet.density_slope == pytest.approx(math.log2(0.5 / 0.25))
    early = run_up(table([(BAR, 3, 60, 50, PIANO)], bars=3), HIT - 1)
    assert math.isnan(early.loudness_slope)
    assert math.isnan(early.density_slope)
    with pytest.raises(ValueError, match="beat"):
        run_up(table([], bars=3), HIT, beats=0)


@pytest.mark.parametrize(
    ("before", "at_hit", "cadence"),
    [
        ((43, 59, 62, 65), (48, 64, 67), 1.0),  # V7–I, a fourth up
        ((55, 59, 62), (48, 64, 67), 1.0),  # V–I, a fifth down
        ((47, 55, 62), (48, 64, 67), 1.0),  # V6–I
        ((50, 55, 59, 65), (48, 64, 67), 1.0),  # V4/3–I
        ((47, 62, 65), (48, 64, 67), 1.0),  # vii°–I
        ((47, 51, 54), (48, 64, 67), 0.0),  # B minor: no dominant
        ((50, 53, 57), (48, 64, 67), 0.0),  # D minor: no leading tone
        ((48, 64, 67), (55, 59, 62), 0.0),  # I–V
        ((48, 64, 67), (48, 64, 67), 0.0),
        ((), (48, 64, 67), 0.0),
        ((43, 59, 62, 65), (), 0.0),
    ],
)
def test_cadences(before: tuple[int, ...], at_hit: tuple[int, ...], cadence: float) -> None:
    assert run_up(progression(before, at_hit), HIT).cadence == cadence


@pytest.mark.parametrize(("rest", "cadence"), [(6, 1.0), (11, 1.0), (12, 0.0)])
def test_a_short_rest_does_not_end_a_cadence(rest: int, cadence: float) -> None:
    assert run_up(progression((43, 59, 62), (48, 64), rest), HIT).cadence == cadence


def test_a_known_effect() -> None:
    rng = np.random.default_rng(0)
    hidden = rng.normal(0, 2, 400)
    shown = hidden + rng.normal(1, 0.5, 400)
    found = paired_effect(shown, hidden, seed=1)
    assert found.mean_difference == pytest.approx((shown - hidden).mean())
    pooled = math.sqrt((shown.var(ddof=1) + hidden.var(ddof=1)) / 2)
    assert found.effect_sd == pytest.approx(found.mean_difference / pooled)
    # what the normal distribution says of the mean of 400
    half = 1.96 * (shown - hidden).std(ddof=1) / 20
    assert found.low == pytest.approx(found.mean_difference - half, abs=half / 8)
    assert found.high == pytest.approx(found.mean_difference + half, abs=half / 8)


def test_pairs_with_nan_are_left_out() -> None:
    shown, hidden = np.array([1.0, np.nan, 3.0, 9.0]), np.array([0.0, 5.0, 1.0, np.nan])
    assert paired_effect(shown, hidden, seed=0, resamples=10).mean_difference == pytest.approx(1.5)


def test_an_effect_without_spread_has_no_size() -> None:
    found = paired_effect(np.full(3, 2.0), np.full(3, 1.0), seed=0, resamples=10)
    assert (found.mean_difference, found.low, found.high) == (1, 1, 1)
    assert math.isnan(found.effect_sd)


@pytest.mark.parametrize(("shown", "hidden"), [(3, 2), (1, 1), (0, 0)])
def test_an_effect_needs_pairs(shown: int, hidden: int) -> None:
    with pytest.raises(ValueError, match="pairs"):
        paired_effect(np.ones(shown), np.ones(hidden), seed=0)
