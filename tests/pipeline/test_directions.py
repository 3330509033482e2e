"""Directions in words, applied to a spotting: all that was asked for at once, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from emsync_nb.directing import Change, ModeChange, Tempo
from emsync_nb.domain import Boundary, EmotionCurve, Spotting
from emsync_nb.errors import PlanError
from emsync_nb.pipeline import directed, directions, plan_of
from emsync_nb.session.documents import plan_digest
from tests.session.tiny_session import ENSEMBLE, LENGTH_S, film_cues


@pytest.fixture
def spotting() -> Spotting:
    """Of a film that was never shot."""
    return Spotting(film_cues(Path("film.mp4")), ENSEMBLE)


def test_two_wishes_for_one_stretch_both_count(spotting: Spotting) -> None:
    plan = plan_of(spotting)
    both: list[Change] = [
        Tempo(Fraction(0), LENGTH_S, bpm=70.0, factor=None, words="slow"),
        ModeChange(Fraction(0), LENGTH_S, mode="minor", words="minor"),
    ]
    for changes in (both, both[::-1]):
        after = spotting
        for change in changes:
            after = directions._with(after, change, plan)
        (passage,) = after.passages
        assert passage.key is not None
        assert (passage.key.mode, passage.tempo_bpm) == ("minor", pytest.approx((67.2, 72.8)))


def test_a_hit_that_is_asked_for_is_locked_where_there_is_one_and_else_made(spotting: Spotting) -> None:
    near = directions._struck(spotting, Fraction(13) - Fraction(1, 4))
    assert [b.locked for b in near.film.boundaries] == [False, False, False, True]
    new = directions._struck(spotting, Fraction(5))
    assert [(b.time_s, b.locked) for b in new.film.boundaries][1] == (5, True)
    assert sum(b.locked for b in new.film.boundaries) == 1


def test_a_proposal_changes_nothing_and_says_what_it_would(spotting: Spotting) -> None:
    proposal = directed(spotting, "silence from 0:04 to 0:06")
    assert proposal.before is spotting
    assert not spotting.cues
    assert [(cue.in_s, cue.out_s) for cue in proposal.after.cues] == [(0, 4), (6, 16)]
    assert len(proposal.lines()) == len(proposal.changes) + len(proposal.not_understood)


def test_directions_that_leave_no_music_are_one_line(spotting: Spotting) -> None:
    with pytest.raises(PlanError, match="cannot all be"):
        directed(spotting, "silence from 0:00 to 0:16")


def bpms(spotting: Spotting, start_s: int, end_s: int) -> list[float]:
    """The middle of the tempi that are wished for, second by second."""
    found = []
    for time_s in range(start_s, end_s):
        within = [p.tempo_bpm for p in spotting.passages if p.start_s <= time_s < p.end_s]
        (pair,) = [pair for pair in within if pair is not None]
        found.append(sum(pair) / 2)
    return found


def long_film(*cuts: int) -> Spotting:
    """A minute in which nothing is felt; with cuts at some seconds."""
    film = film_cues(Path("film.mp4"))
    boundaries = tuple(Boundary(Fraction(time_s), "cut", 0.6) for time_s in cuts)
    curve = EmotionCurve([0.0, 60.0], [0.0, 0.0], [0.0, 0.0])
    video = replace(film.video, duration_s=Fraction(60))
    return Spotting(replace(film, video=video, boundaries=boundaries, curve=curve), ENSEMBLE)


@pytest.mark.parametrize("cuts", [(), (17, 32)])
@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("gradually faster from 0:10 to 0:40", 1.2),
        ("slowly accelerate from 0:10 to 0:40", 1.2),
        ("gradually slower from 0:10 to 0:40", 1 / 1.2),
    ],
)
def test_a_gradual_tempo_is_a_ramp(text: str, factor: float, cuts: tuple[int, ...]) -> None:
    spotting = long_film(*cuts)
    plan = plan_of(spotting)
    proposal = directed(spotting, text, plan)
    assert proposal.lines() == [f"0:10.0 to 1:00.0: tempo gradually × {factor:.2f}, reached at 0:40.0"]
    before = plan.tempo_map.bpm_at(plan.tempo_map.beat(10))
    wished = bpms(proposal.after, 10, 60)
    steps = list(dict.fromkeys(wished[:30]))
    assert 6 <= len(steps) <= 9
    # near a straight line: hits and sections are beats, so few beats between two of them round the tempo
    for second, bpm in enumerate(wished):
        asked = before * factor ** min(1, (second + 0.5) / 30)
        assert bpm == pytest.approx(asked, rel=0.09)
    assert wished[30:] == pytest.approx([before * factor] * 20)
    new = plan_of(proposal.after)
    heard = [new.tempo_map.bpm_at(new.tempo_map.beat(second)) for second in range(12, 58, 4)]
    for second, bpm in zip(range(12, 58, 4), heard, strict=True):
        assert bpm == pytest.approx(before * factor ** min(1, (second - 10) / 30), rel=0.09)
    # no jump to the end of it
    assert max(abs(b / a - 1) for a, b in pairwise(heard)) < 0.7 * abs(factor - 1)
    # tempo alone makes no sections of its own, but where it begins to change
    assert len(new.sections) <= len(plan.sections) + 2


def test_a_ramp_without_hits_rises_step_by_step() -> None:
    spotting = long_film()
    proposal = directed(spotting, "gradually faster")
    wished = bpms(proposal.after, 0, 60)
    assert wished == sorted(wished)
    assert len(set(wished)) >= 12


def test_a_ramp_to_a_tempo_ends_in_it_and_goes_into_files(spotting: Spotting) -> None:
    proposal = directed(spotting, "gradually to 140 bpm from 0:02 to 0:10")
    assert proposal.lines() == ["0:02.0 to 0:16.0: tempo gradually 140 bpm, reached at 0:10.0"]
    assert proposal.after.passages[-1].tempo_bpm == pytest.approx((134.4, 145.6))
    assert plan_digest(proposal.after) != plan_digest(spotting)
    starts = [passage.start_s for passage in proposal.after.passages]
    ends = [passage.end_s for passage in proposal.after.passages]
    assert starts[1:] == ends[:-1]
    assert (starts[0], ends[-1]) == (2, 16)


def test_faster_at_once_is_faster_at_once(spotting: Spotting) -> None:
    (passage,) = directed(spotting, "faster from 0:04 to 0:12").after.passages
    assert (passage.start_s, passage.end_s) == (4, 12)


def test_no_film_is_too_short_for_a_ramp(spotting: Spotting) -> None:
    for text in ("gradually faster from 0:01 to 0:02", "gradually much slower from 0:15 to 0:16"):
        assert directed(spotting, text).after.passages
