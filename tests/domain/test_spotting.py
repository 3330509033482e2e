"""Edits of a spotting: boundaries stay in order and within the film, emotion stays on the plane, the old one stays."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import Boundary, Cue, EmotionCurve, Key, Passage, Spotting, VideoCues, VideoInfo
from emsync_nb.domain.spotting import STEP_S, check_tempi

FPS, LENGTH_S = Fraction(25), Fraction(40)
CURVE = EmotionCurve([0.0, 10.0, 20.0, 40.0], [0.0, 0.5, -0.5, 0.0], [0.0, -1.0, 1.0, 0.0])


def spotting(*boundaries: tuple[float, float], cues: tuple[Cue, ...] = ()) -> Spotting:
    """A film of 40 s with boundaries at (time, strength)."""
    info = VideoInfo(Path("film.mp4"), LENGTH_S, FPS, 640, 360, 0, False, "h264")
    found = tuple(Boundary(Fraction(time), "cut", strength) for time, strength in boundaries)
    return Spotting(VideoCues(info, found, CURVE), "band", cues=cues)


def times(plan: Spotting) -> list[float]:
    """When its boundaries are."""
    return [float(boundary.time_s) for boundary in plan.film.boundaries]


def spans(plan: Spotting) -> list[tuple[float, float]]:
    """Its cues."""
    return [(float(cue.in_s), float(cue.out_s)) for cue in plan.cues]


frames = st.integers(-50, 1100).map(lambda frame: frame / FPS)
numbers = st.integers(-1, 8)
loose = st.floats(-3, 43) | st.sampled_from([float("nan"), float("inf"), -0.0])
levels = st.floats(-2, 2) | st.just(float("nan"))
edits: st.SearchStrategy[Callable[[Spotting], Spotting]] = st.one_of(
    st.tuples(numbers, frames).map(lambda a: lambda p: p.moved(*a)),
    st.tuples(frames, st.floats(-0.5, 1.5)).map(lambda a: lambda p: p.added(*a)),
    numbers.map(lambda number: lambda p: p.removed(number)),
    st.tuples(numbers, levels).map(lambda a: lambda p: p.weighted(*a)),
    st.tuples(numbers, st.booleans()).map(lambda a: lambda p: p.locked(*a)),
    st.tuples(frames, frames).map(lambda a: lambda p: p.silent(*a)),
    st.tuples(st.lists(loose, max_size=4), levels, levels).map(
        lambda a: lambda p: p.drawn(a[0], [a[1]] * len(a[0]), [a[2]] * len(a[0]))
    ),
    st.tuples(loose, loose, levels, levels).map(
        lambda a: lambda p: p.shifted(a[0], a[1], valence=a[2], arousal=a[3])
    ),
)


@given(st.lists(edits, max_size=12))
def test_whatever_is_edited_it_stays_a_spotting(todo: list[Callable[[Spotting], Spotting]]) -> None:
    plan = spotting((3, 0.9), (9, 0.2), (20, 0.5))
    for edit in todo:
        before = times(plan), plan.film.curve.times_s.tolist(), spans(plan)
        try:
            after = edit(plan)
        except ValueError as error:
            assert "\n" not in str(error)
            after = plan
        assert (times(plan), plan.film.curve.times_s.tolist(), spans(plan)) == before
        plan = after
        found = times(plan)
        assert all(earlier < later for earlier, later in itertools.pairwise(found))
        assert not found or (found[0] >= 0 and found[-1] <= LENGTH_S)
        strengths = [boundary.strength for boundary in plan.film.boundaries]
        assert len(set(strengths)) == len(strengths)
        curve = plan.film.curve
        assert np.all(np.diff(curve.times_s) > 0)
        assert np.all(np.isfinite(curve.times_s))
        assert np.all(np.abs([curve.valence, curve.arousal]) <= 1)
        assert all(cue.in_s < cue.out_s for cue in plan.cues)
        assert all(a.out_s <= b.in_s for a, b in itertools.pairwise(plan.cues))


def test_a_boundary_may_pass_others() -> None:
    plan = spotting((3, 0.9), (9, 0.2), (20, 0.5)).moved(1, Fraction(15))
    assert [(float(b.time_s), b.strength) for b in plan.film.boundaries] == [(9, 0.2), (15, 0.9), (20, 0.5)]
    assert plan.moved(3, LENGTH_S).boundary(3).time_s == LENGTH_S
    for wrong in (Fraction(9), LENGTH_S + Fraction(1, 25), Fraction(-1, 25)):
        with pytest.raises(ValueError, match="boundar"):
            plan.moved(2, wrong)
    for number in (0, 4, -1):
        with pytest.raises(ValueError, match=f"no boundary {number}; they are counted from 1 to 3"):
            plan.removed(number)


def test_no_two_boundaries_are_equally_marked() -> None:
    plan = spotting((3, 1.0), (9, 0.0)).added(Fraction(5)).added(Fraction(6)).added(Fraction(7), 0.0)
    strengths = {float(b.time_s): b.strength for b in plan.film.boundaries}
    assert strengths[3] == 1.0 > strengths[5] > strengths[6] > 0.99
    assert strengths[9] == 0.0 < strengths[7] < 0.01
    assert plan.weighted(1, 1.0).boundary(1).strength == 1.0
    assert plan.weighted(2, 1.0).boundary(2).strength < 1.0


def test_locking_changes_nothing_else() -> None:
    plan = spotting((3, 0.9), (9, 0.2)).locked(2)
    assert [(float(b.time_s), b.strength, b.locked) for b in plan.film.boundaries] == [
        (3, 0.9, False),
        (9, 0.2, True),
    ]
    assert plan.moved(2, Fraction(10)).boundary(2).locked
    assert not plan.locked(2, False).boundary(2).locked


def test_silence_cuts_cues() -> None:
    plan = spotting(cues=(Cue(Fraction(2), Fraction(10), "fade_in", "ring"), Cue(Fraction(12), Fraction(20))))
    assert spans(plan.silent(Fraction(4), Fraction(6))) == [(2, 4), (6, 10), (12, 20)]
    assert spans(plan.silent(Fraction(8), Fraction(14))) == [(2, 8), (14, 20)]
    assert spans(plan.silent(Fraction(0), Fraction(12))) == [(12, 20)]
    assert spans(plan.silent(Fraction(10), Fraction(12))) == [(2, 10), (12, 20)]
    assert spans(spotting().silent(Fraction(0), Fraction(5))) == [(5, 40)]
    assert [cue.ending for cue in plan.silent(Fraction(4), Fraction(6)).cues] == ["ring", "ring", "fade_out"]
    for start, end in ((2, 20), (6, 6), (9, 3)):
        with pytest.raises(ValueError, match="silence"):
            plan.silent(Fraction(start), Fraction(end))
    assert spotting(cues=plan.cues).with_cues(reversed(plan.cues)).cues == plan.cues


def test_a_curve_is_drawn_through_points() -> None:
    plan = spotting().drawn([12, 16], [1, 0], None)
    curve = plan.film.curve
    assert [curve.at(t)[0] for t in (12, 14, 16)] == [1, 0.5, 0]
    for t in (0, 5, 10, 12 - STEP_S, 16 + STEP_S, 20, 30):
        assert curve.at(t)[0] == pytest.approx(CURVE.at(t)[0])
    for t in np.arange(0, 40, 0.25):
        assert curve.at(t)[1] == pytest.approx(CURVE.at(t)[1])
    assert spotting().drawn([5], None, [0.25]).film.curve.at(5) == pytest.approx((0.25, 0.25))
    for points in ([], [1, 1], [2, 1], [float("nan")]):
        with pytest.raises(ValueError, match="rise"):
            spotting().drawn(points, [0] * len(points), None)
    for values in ([2], [float("nan")], [1, 2]):
        with pytest.raises(ValueError):
            spotting().drawn([1], values, None)


def test_a_stretch_is_shifted_and_stays_on_the_plane() -> None:
    curve = spotting().shifted(12, 20, valence=0.25, arousal=1).film.curve
    assert curve.at(15)[0] == pytest.approx(CURVE.at(15)[0] + 0.25)
    assert curve.at(20) == (-0.25, 1)
    for t in (0, 5, 12 - STEP_S, 20 + STEP_S, 30):
        assert curve.at(t) == pytest.approx(CURVE.at(t))
    assert spotting().shifted(0, 1, valence=0.5).film.curve.at(0)[0] == pytest.approx(0.5)
    for start, end in ((5, 5), (5, 4), (-1, 4), (float("nan"), 4), (1, float("inf"))):
        with pytest.raises(ValueError, match="stretch"):
            spotting().shifted(start, end)
    with pytest.raises(ValueError, match="shift needs numbers"):
        spotting().shifted(1, 2, valence=float("inf"))


def test_a_wish_takes_the_place_of_one_for_the_same_stretch() -> None:
    first, second = Passage(Fraction(0), Fraction(8)), Passage(Fraction(4), Fraction(8))
    plan = spotting().with_passage(first).with_passage(second)
    assert plan.passages == (first, second)
    other = Passage(Fraction(0), Fraction(8), Key(0, "major"))
    assert plan.with_passage(other).passages == (second, other)


def test_wishes_that_cannot_be_are_refused() -> None:
    for start, end in ((5, 5), (5, 4), (-1, 4)):
        with pytest.raises(ValueError, match="passage needs"):
            Passage(Fraction(start), Fraction(end))
    for parts in ((), ("kazoo",), ("cello", "kazoo")):
        with pytest.raises(ValueError, match="parts of a passage"):
            Passage(Fraction(0), Fraction(1), parts=parts)
    for tempi in ((29.0, 90.0), (90.0, 241.0), (90.0, 80.0), (float("nan"), 90.0)):
        with pytest.raises(ValueError, match="tempi must rise within 30 … 240"):
            check_tempi(tempi)
    check_tempi((30, 240))
    for seed in (-1, 2**63):
        with pytest.raises(ValueError, match="seed"):
            Spotting(spotting().film, "band", seed)
    for wrong in (((5, 0.1), (5, 0.2)), ((5, 0.1), (4, 0.2)), ((41, 0.5),)):
        with pytest.raises(ValueError, match="boundar"):
            spotting(*wrong)
