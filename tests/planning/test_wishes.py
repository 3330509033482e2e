"""What a composer wishes for comes to pass in the plan: locked boundaries, keys, parts and tempi of passages."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emsync_nb.domain import Boundary, Ensemble, Key, Passage, ScorePlan, Spotting, VideoCues
from emsync_nb.planning import choose_hits, plan_spotting

MakeFilm = Callable[..., VideoCues]
MS = Fraction(1, 1000)
shared = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
#: (frame, strength, locked) at 25 frames a second; no two frames or strengths alike
boundaries = st.lists(
    st.tuples(st.integers(1, 999), st.integers(0, 1000), st.booleans()),
    max_size=20,
    unique_by=(lambda one: one[0], lambda one: one[1]),
)


def in_seconds(found: list[tuple[int, int, bool]]) -> tuple[Boundary, ...]:
    """As a film has them."""
    return tuple(
        Boundary(Fraction(frame, 25), "cut", strength / 1000, locked)
        for frame, strength, locked in sorted(found)
    )


def hit_times(*found: tuple[float, float, bool]) -> list[float]:
    """Which boundaries, given as (time, strength, locked), are hits."""
    chosen = choose_hits([Boundary(Fraction(t), "cut", strength, locked) for t, strength, locked in found])
    return [float(boundary.time_s) for boundary in chosen]


def test_a_locked_weak_boundary_beside_a_strong_one_is_a_hit() -> None:
    assert hit_times((10, 0.9, False), (12, 0.1, False)) == [10]
    assert hit_times((10, 0.9, False), (12, 0.1, True)) == [12]
    assert hit_times((10, 0.9, True), (12, 0.1, True)) == [10, 12]
    assert hit_times((10, 0.9, False), (12, 0.1, True), (16.04, 0.5, False)) == [12, 16.04]


def test_of_locked_ones_closer_than_a_beat_the_stronger_stays() -> None:
    assert hit_times((10, 0.9, True), (10.5, 0.1, True)) == [10]
    assert hit_times((10, 0.1, True), (10.25, 0.9, True)) == [10.25]
    assert hit_times((10, 0.9, True), (10.54, 0.1, True)) == [10, 10.54]


def test_four_seconds_are_counted_exactly() -> None:
    """Of films whose frames are no round parts of a second too."""
    frame = Fraction(1001, 24_000)
    near = [Boundary(Fraction(10), "cut", 0.9), Boundary(Fraction(14), "cut", 0.1)]
    assert len(choose_hits(near)) == 1
    assert len(choose_hits([near[0], replace(near[1], time_s=14 + frame)])) == 2
    assert len(choose_hits([near[0], replace(near[1], time_s=14 + Fraction(1, 10**12))])) == 2


@shared
@given(boundaries)
def test_hits_are_those_with_nothing_of_higher_rank_near(found: list[tuple[int, int, bool]]) -> None:
    every = in_seconds(found)

    def near(one: Boundary) -> list[Boundary]:
        reach = Fraction(1, 2) if one.locked else 4
        return [other for other in every if other is not one and abs(other.time_s - one.time_s) <= reach]

    expected = [
        one
        for one in every
        if all((other.locked, other.strength) < (one.locked, one.strength) for other in near(one))
    ]
    assert list(choose_hits(every)) == expected


@shared
@given(found=boundaries)
def test_hits_are_beats_on_their_boundaries_whatever_is_locked(
    make_film: MakeFilm, band: Ensemble, found: list[tuple[int, int, bool]]
) -> None:
    film = replace(make_film(40), boundaries=in_seconds(found))
    plan = plan_spotting(Spotting(film, "band"), band)
    assert [hit.boundary for hit in plan.hits] == list(choose_hits(film.boundaries))
    for hit in plan.hits:
        assert abs(plan.tempo_map.seconds(hit.beat) - hit.boundary.time_s) < MS
    assert len({hit.beat for hit in plan.hits}) == len(plan.hits)


def test_keys_and_parts_of_passages_are_in_the_sections(make_film: MakeFilm, band: Ensemble) -> None:
    film = make_film(60, [(7.0, 0.9), (33.0, 0.8), (47.0, 0.7)])
    base = plan_spotting(Spotting(film, "band"), band)
    key = Key((base.sections[0].key.tonic + 1) % 12, "minor")
    parts = (band.players[-1].part, band.players[0].part, "harp")
    spotted = Spotting(film, "band").with_passage(Passage(Fraction(15), Fraction(30), key, parts))
    later = Passage(Fraction(20), Fraction(25), Key((key.tonic + 5) % 12, "major"))
    for plan, wish in (
        (plan_spotting(spotted, band), None),
        (plan_spotting(spotted.with_passage(later), band), later),
    ):
        starts = [plan.tempo_map.seconds(section.start_beat) for section in plan.sections]
        assert {15, 30} <= {round(start, 3) for start in starts}
        for section, start in zip(plan.sections, starts, strict=True):
            if 15 - MS < start < 30 - MS:
                within = wish is not None and 20 - MS < start < 25 - MS
                assert section.key == (wish.key if within and wish else key)
                assert section.parts == (band.players[0].part, band.players[-1].part)
    assert base.sections[0].parts == plan_spotting(spotted, band).sections[0].parts


def test_parts_that_nobody_has_are_left_to_the_planner(make_film: MakeFilm, band: Ensemble) -> None:
    spotted = Spotting(make_film(40), "band").with_passage(
        Passage(Fraction(0), Fraction(40), None, ("harp",))
    )
    assert all(section.parts for section in plan_spotting(spotted, band).sections)


def stretches(plan: ScorePlan) -> list[tuple[Fraction, Fraction, int]]:
    """Start, end and beats between the beats that the picture asks for."""
    fixed = {0, *(hit.beat for hit in plan.hits), *(section.start_beat for section in plan.sections)}
    beats = sorted(fixed | {cue.end_beat for cue in plan.cues})
    return [
        (plan.tempo_map.seconds(a), plan.tempo_map.seconds(b), b - a) for a, b in itertools.pairwise(beats)
    ]


def keeps(beats: int, seconds: float, tempi: tuple[float, float]) -> bool:
    """Whether so many beats are within tempi; or no number of beats is, and this is next to them."""
    low, high = tempi[0] * seconds / 60, tempi[1] * seconds / 60
    return low * 0.999 <= beats <= high * 1.001 or (
        int(high * 1.0001) < low * 0.9999 and (low - 1 < beats < high + 1)
    )


@shared
@given(found=boundaries, low=st.floats(40, 180), width=st.floats(1, 1.3), wished=st.booleans())
def test_tempi_are_kept_where_they_can_be(
    make_film: MakeFilm,
    band: Ensemble,
    found: list[tuple[int, int, bool]],
    low: float,
    width: float,
    wished: bool,
) -> None:
    film = replace(make_film(40), boundaries=in_seconds(found))
    tempi = (low, low * width)
    spotted = replace(Spotting(film, "band"), tempo_bpm=tempi)
    inner = (tempi[0] * 0.8, tempi[0] * 0.9)
    if wished and inner[0] >= 30:
        spotted = spotted.with_passage(Passage(Fraction(10), Fraction(20), tempo_bpm=inner))
    for start, end, beats in stretches(plan_spotting(spotted, band)):
        within = spotted.passages and 10 <= (start + end) / 2 < 20
        assert keeps(beats, float(end - start), inner if within else tempi)


def test_a_tempo_for_all_is_the_tempo(make_film: MakeFilm, band: Ensemble) -> None:
    film = make_film(60, arousal=0.8)
    free = plan_spotting(Spotting(film, "band"), band)
    slow = plan_spotting(replace(Spotting(film, "band"), tempo_bpm=(60.0, 64.0)), band)
    assert min(change.bpm for change in free.tempo_map.changes) > 110
    assert all(59.9 < change.bpm < 64.1 for change in slow.tempo_map.changes)
