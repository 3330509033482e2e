"""From opinions to the curve."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from emsync_nb.analysis.expert import Opinion
from emsync_nb.analysis.fusion import fuse
from emsync_nb.analysis.timeline import grid
from emsync_nb.domain import Boundary
from emsync_nb.domain.curve import FloatArray

AT_S = grid(20)
STEP = np.where(AT_S < 10, -0.5, 0.5)


def opinion(values: FloatArray | float, confidence: float = 1.0) -> Opinion:
    series, sure = np.zeros_like(AT_S) + values, np.full_like(AT_S, confidence)
    return Opinion("test", AT_S, series, series, sure, sure)


def cut(strength: float) -> tuple[Boundary, ...]:
    return (Boundary(Fraction(10), "cut", strength),)


def test_the_curve_jumps_at_a_cut_and_glides_within_a_shot() -> None:
    gliding, jumping = (fuse(AT_S, [opinion(STEP)], cuts).curve.valence for cuts in ((), cut(1.0)))
    assert np.abs(np.diff(jumping)).max() > 3 * np.abs(np.diff(gliding)).max()
    assert np.all(np.diff(gliding) > -1e-9)


def test_a_slighter_cut_divides_less() -> None:
    jumps = [
        np.abs(np.diff(fuse(AT_S, [opinion(STEP)], cut(s)).curve.arousal)).max() for s in (0.2, 0.5, 1.0)
    ]
    assert jumps == sorted(jumps)


def test_the_surer_expert_counts_more() -> None:
    curve = fuse(AT_S, [opinion(0.6, 0.9), opinion(-0.6, 0.1)], ()).curve
    assert curve.valence.min() > 0.3


def test_an_expert_without_confidence_does_not_count() -> None:
    alone = fuse(AT_S, [opinion(0.4)], ()).curve
    assert fuse(AT_S, [opinion(0.4), opinion(-1.0, 0.0)], ()).curve.valence == pytest.approx(alone.valence)


def test_no_opinions_give_a_neutral_curve() -> None:
    curve = fuse(AT_S, [], cut(0.7)).curve
    assert not curve.valence.any()
    assert not curve.arousal.any()


def test_one_point_is_enough() -> None:
    at_s = grid(0.1)
    one = np.ones(1)
    curve = fuse(at_s, [Opinion("test", at_s, one, -one, one, one)], ()).curve
    assert curve.valence[0] > 0.8 > -0.8 > curve.arousal[0]
