"""When something is told."""

from __future__ import annotations

from itertools import pairwise

from emsync_nb.analysis.evidence import AGAIN_S, SOONEST_S, noticed
from emsync_nb.analysis.timeline import grid


def test_what_stays_is_told_now_and_then() -> None:
    told = noticed(grid(60), ["dark"] * 240, str)
    assert [item.time_s for item in told] == [AGAIN_S * number for number in range(8)]


def test_changes_are_told_but_not_all_at_once() -> None:
    kinds = ["dark"] * 40 + ["bright", "dark"] * 20
    told = noticed(grid(20), kinds, kinds.__getitem__)
    gaps = [later.time_s - sooner.time_s for sooner, later in pairwise(told)]
    assert min(gaps) >= SOONEST_S
    assert [(item.time_s, item.words) for item in told][:3] == [(0, "dark"), (8, "dark"), (10, "bright")]


def test_nothing_is_told_of_nothing() -> None:
    assert noticed(grid(10), [None] * 40, str) == ()
    assert noticed(grid(0)[:0], [], str) == ()
