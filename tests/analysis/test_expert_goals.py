"""The benchmarks of the experts say what was missed, and so end with another code than 0."""

from __future__ import annotations

from typing import Any

import pytest

from emsync_nb.training.emotion.fit import Comparison
from tests.benchmarks import experts_fusion
from tests.benchmarks.experts import missed
from tests.benchmarks.experts_fusion import Alone

WELL: dict[str, Any] = {
    "decord": {"seconds": 3.0},
    "built_ins": {"seconds": 5.5},
    "all": {"seconds": 20.0, "again_s": 0.5},
    "process_cached_s": 0.5,
}


def test_times_that_are_met_are_not_told() -> None:
    assert missed(WELL) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"built_ins": {"seconds": 5.6}}, "the built-in experts took 5.60 s where 5.50 s are allowed"),
        ({"all": {"seconds": 20.1, "again_s": 0.1}}, "all experts took 20.10 s where 20.00 s are allowed"),
        (
            {"all": {"seconds": 1, "again_s": 0.6}},
            "the second time, from the cache, took 0.60 s where 0.50 s are allowed",
        ),
        (
            {"process_cached_s": float("nan")},
            "`emsync analyze` the second time took nan s where 0.50 s are allowed",
        ),
    ],
)
def test_each_time_that_is_missed_is_told(changes: dict[str, Any], line: str) -> None:
    assert missed({**WELL, **changes}) == [line]


def test_claims_of_the_fusion_that_do_not_hold_are_told() -> None:
    fused = Comparison("fused", 0.3, (0.5, 0.5), (0, 0, 0))
    words = Comparison("words", 0.4, (0.5, 0.1), (0.07, 0.06, 0.08))
    scene = Comparison("scene", 0.31, (0.5, 0.1), (0.01, -0.01, 0.03))
    well, worse = Alone("words", 0.4, (-0.002, -0.003, -0.001)), Alone("scene", 0.4, (0.002, 0.001, 0.004))
    assert experts_fusion.failures([fused, words], [well]) == []
    assert experts_fusion.failures([fused, words, scene], [well, worse]) == [
        "fused is not surely better than scene",
        "scene alone is surely worse through the fusion",
    ]
