"""Plans: hits where the rule says, sections without gaps, cues that are checked."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emsync_nb.domain import Boundary, Cue, Ensemble, ScorePlan, VideoCues
from emsync_nb.errors import PlanError
from emsync_nb.planning import PlanSettings, choose_hits, plan_score

MakeFilm = Callable[..., VideoCues]
MS = Fraction(1, 1000)

#: (frame, strength) at 25 frames a second; no two strengths alike
boundaries = st.lists(
    st.tuples(st.integers(1, 40 * 25 - 1), st.integers(0, 1000)),
    max_size=30,
    unique_by=(lambda pair: pair[0], lambda pair: pair[1]),
)
shared = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def in_seconds(pairs: list[tuple[int, int]]) -> list[tuple[Fraction, float]]:
    return [(Fraction(frame, 25), strength / 1000) for frame, strength in pairs]


def spans(cue: Cue) -> tuple[Fraction, Fraction]:
    return cue.in_s, cue.out_s


def check_plan(plan: ScorePlan, film: VideoCues) -> None:
    """What every plan promises."""
    for hit in plan.hits:
        assert abs(plan.tempo_map.seconds(hit.beat) - hit.boundary.time_s) < MS
    for cue in plan.cues:
        assert -MS < plan.tempo_map.seconds(cue.start_beat) - cue.cue.in_s < Fraction(1, 2)
        late = plan.tempo_map.seconds(cue.end_beat) - cue.cue.out_s
        if cue.cue.out_s == plan.duration_s:  # the last beat may lie behind the end
            assert -MS < late < 1
        else:
            assert abs(late) < MS
        sections = [s for s in plan.sections if cue.start_beat <= s.start_beat < cue.end_beat]
        assert (sections[0].start_beat, sections[-1].end_beat) == (cue.start_beat, cue.end_beat)
        assert all(a.end_beat == b.start_beat for a, b in itertools.pairwise(sections))
        lengths = [
            min(plan.duration_s, plan.tempo_map.seconds(s.end_beat)) - plan.tempo_map.seconds(s.start_beat)
            for s in sections
        ]
        assert max(lengths) <= 24 + MS
        assert len(lengths) == 1 or min(lengths) >= 4 - MS
    assert plan.boundaries == film.boundaries
    assert plan.grid.end_beat >= plan.cues[-1].end_beat


@shared
@given(boundaries)
def test_hits_are_the_boundaries_that_none_outdoes(
    make_film: MakeFilm, band: Ensemble, pairs: list[tuple[int, int]]
) -> None:
    film = make_film(40, in_seconds(pairs))
    plan = plan_score(film, band, PlanSettings())
    # in frames and thousandths, four seconds are a hundred frames
    wanted = {
        frame
        for frame, strength in pairs
        if not any(other > strength and abs(at - frame) <= 100 for at, other in pairs)
    }
    assert {hit.boundary.time_s * 25 for hit in plan.hits} == wanted
    check_plan(plan, film)


@shared
@given(boundaries, st.lists(st.integers(0, 1000), min_size=2, max_size=8, unique=True), st.integers(0, 9))
def test_hits_and_sections_stay_in_their_cues(
    make_film: MakeFilm, band: Ensemble, pairs: list[tuple[int, int]], edges: list[int], seed: int
) -> None:
    film = make_film(40, in_seconds(pairs))
    pieces = list(zip(*[iter(sorted(edges))] * 2, strict=False))
    cues = tuple(Cue(Fraction(start, 25), Fraction(end, 25)) for start, end in pieces)
    plan = plan_score(film, band, PlanSettings(seed=seed, cues=cues))
    free = {boundary.time_s for boundary in choose_hits(film.boundaries)}
    inside = {time for time in free if any(start <= time * 25 < end for start, end in pieces)}
    assert {hit.boundary.time_s for hit in plan.hits} == inside
    assert [spans(planned.cue) for planned in plan.cues] == [spans(cue) for cue in cues]
    check_plan(plan, film)


def test_a_stronger_boundary_four_seconds_away_outdoes() -> None:
    weak, strong = Boundary(Fraction(1), "cut", 0.2), Boundary(Fraction(5), "fade", 0.9)
    later = Boundary(Fraction(226, 25), "cut", 0.1)  # 4.04 s after the strong one
    assert choose_hits([weak, strong, later]) == (strong, later)


def test_a_film_without_boundaries(make_film: MakeFilm, band: Ensemble) -> None:
    film = make_film(100)
    plan = plan_score(film, band, PlanSettings())
    assert plan.hits == ()
    assert len(plan.sections) >= 5  # none is longer than 24 s
    check_plan(plan, film)


def test_boundaries_at_the_very_ends_are_hits(make_film: MakeFilm, band: Ensemble) -> None:
    film = make_film(30, [(Fraction(1, 25), 0.5), (Fraction(748, 25), 0.6)])
    plan = plan_score(film, band, PlanSettings())
    assert [hit.boundary.time_s for hit in plan.hits] == [Fraction(1, 25), Fraction(748, 25)]
    # the music comes in with the first hit
    assert plan.cues[0].start_beat == plan.hits[0].beat
    check_plan(plan, film)


@pytest.mark.parametrize("duration", [Fraction(1, 25), Fraction(1), Fraction(9, 2)])
def test_very_short_films_have_one_section(make_film: MakeFilm, band: Ensemble, duration: Fraction) -> None:
    film = make_film(duration)
    plan = plan_score(film, band, PlanSettings())
    assert len(plan.sections) == 1
    check_plan(plan, film)


def test_two_hundred_cuts_a_minute(make_film: MakeFilm, band: Ensemble) -> None:
    rng = random.Random(1)
    frames = rng.sample(range(1, 1500), 200)
    film = make_film(60, [(Fraction(frame, 25), rng.random()) for frame in frames])
    plan = plan_score(film, band, PlanSettings())
    assert len(plan.hits) >= 5
    check_plan(plan, film)


def test_a_long_film_with_many_boundaries(make_film: MakeFilm, band: Ensemble) -> None:
    rng = random.Random(2)
    frames = rng.sample(range(1, 7200 * 25), 1000)
    film = make_film(7200, [(Fraction(frame, 25), rng.random()) for frame in frames])
    plan = plan_score(film, band, PlanSettings())
    assert len(plan.hits) > 400
    check_plan(plan, film)


@pytest.mark.parametrize(
    ("cues", "message"),
    [
        ([(0, 12), (10, 20)], "cues 0-12 and 10-20 overlap"),
        ([(15, 20), (3, 16)], "cues 3-16 and 15-20 overlap"),
        ([(5, 31)], r"5-31 ends after the film, which lasts 30\.000 s"),
    ],
)
def test_impossible_cues_are_one_line(
    make_film: MakeFilm, band: Ensemble, cues: list[tuple[int, int]], message: str
) -> None:
    wished = tuple(Cue(Fraction(start), Fraction(end)) for start, end in cues)
    with pytest.raises(PlanError, match=message) as caught:
        plan_score(make_film(30), band, PlanSettings(cues=wished))
    assert "\n" not in str(caught.value)


def test_cues_may_touch_and_come_in_any_order(make_film: MakeFilm, band: Ensemble) -> None:
    film = make_film(30)
    wished = (Cue(Fraction(10), Fraction(30)), Cue(Fraction(0), Fraction(10)))
    plan = plan_score(film, band, PlanSettings(cues=wished))
    assert [spans(cue.cue) for cue in plan.cues] == [spans(wished[1]), spans(wished[0])]
    assert plan.cues[0].end_beat == plan.cues[1].start_beat
    check_plan(plan, film)


def test_the_seed_decides(make_film: MakeFilm, band: Ensemble) -> None:
    film = make_film(90, [(20, 0.5), (41, 0.6), (60, 0.7)])
    plans = [plan_score(film, band, PlanSettings(seed=seed)) for seed in (1, 1, 2, 3, 4)]
    assert plans[0].sections == plans[1].sections
    assert plans[0].tempo_map == plans[1].tempo_map
    assert len({plan.sections for plan in plans}) > 1


def test_excited_films_are_faster_and_pleasant_ones_in_major(make_film: MakeFilm, band: Ensemble) -> None:
    calm, wild = (
        plan_score(make_film(60, valence=valence, arousal=arousal), band, PlanSettings())
        for valence, arousal in ((0.7, -0.7), (-0.7, 0.7))
    )
    # 96 beats a minute, 0.385 octaves slower and faster: 73.5 and 125.4
    for plan, bpm in ((calm, 73.5), (wild, 125.4)):
        tempi = [change.bpm for change in plan.tempo_map.changes]
        assert tempi == pytest.approx([bpm] * len(tempi), rel=0.1)
    assert {section.key.mode for section in calm.sections} == {"major"}
    assert {section.key.mode for section in wild.sections} == {"minor"}
    assert min(s.density for s in wild.sections) > max(s.density for s in calm.sections)


def test_a_section_asks_for_the_notes_of_those_who_play(make_film: MakeFilm, band: Ensemble) -> None:
    wild = plan_score(make_film(60, valence=0.0, arousal=1.0), band, PlanSettings())
    # everybody plays; the lead 1.2, keys and guitar 1.6 each, the bass 1.2, times 2 to the power of 0.7
    assert {section.parts for section in wild.sections} == {tuple(player.part for player in band.players)}
    assert [s.density for s in wild.sections] == pytest.approx([5.6 * 1.6245] * len(wild.sections), rel=1e-4)


def test_sections_are_lettered_on_after_z(make_film: MakeFilm, band: Ensemble) -> None:
    film = make_film(400, [(5 * index, (index + 1) / 100) for index in range(1, 79)])
    names = [section.name for section in plan_score(film, band, PlanSettings()).sections]
    assert names[:3] == ["A", "B", "C"]
    assert names[24:29] == ["Y", "Z", "AA", "AB", "AC"]
    assert len(set(names)) == len(names)


def test_a_fade_begins_behind_the_last_hit(make_film: MakeFilm, band: Ensemble) -> None:
    late, early = (make_film(30, [(Fraction(frame, 25), 0.5)]) for frame in (730, 250))
    assert plan_score(late, band, PlanSettings()).cues[0].cue.fade_out_s == pytest.approx(0.8)
    assert plan_score(early, band, PlanSettings()).cues[0].cue.fade_out_s == 3


def test_the_tempo_does_not_bend_for_the_end(make_film: MakeFilm, band: Ensemble) -> None:
    plan = plan_score(make_film(10, [(Fraction(242, 25), 0.5)]), band, PlanSettings())
    tempi = [change.bpm for change in plan.tempo_map.changes]
    assert max(tempi) / min(tempi) < 1.1
