"""A tempo after another: the click changes there, and no section begins."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from emsync_nb.domain import EmotionCurve, Key, Passage, ScorePlan, Spotting
from emsync_nb.pipeline import plan_of
from emsync_nb.planning.passages import ramp_joints
from tests.session.tiny_session import ENSEMBLE, film_cues

SLOW, FASTER = (
    Passage(Fraction(10), Fraction(20), tempo_bpm=(80, 84)),
    Passage(Fraction(20), Fraction(30), tempo_bpm=(88, 92)),
)


def plan(*passages: Passage) -> ScorePlan:
    """Of a minute in which nothing happens."""
    film, still = film_cues(Path("film.mp4")), EmotionCurve([0.0, 60.0], [0.0, 0.0], [0.0, 0.0])
    video = replace(film.video, duration_s=Fraction(60))
    return plan_of(
        Spotting(replace(film, video=video, boundaries=(), curve=still), ENSEMBLE, passages=passages)
    )


def beginnings(found: ScorePlan) -> list[float]:
    return [round(float(found.tempo_map.seconds(section.start_beat)), 3) for section in found.sections]


def test_only_the_tempo_changes_within_a_ramp() -> None:
    assert ramp_joints((SLOW, FASTER)) == {20}
    ramp = plan(SLOW, FASTER)
    assert {10, 30} <= set(beginnings(ramp))
    assert 20 not in beginnings(ramp)
    changes = {
        round(float(ramp.tempo_map.seconds(change.beat)), 3): change.bpm for change in ramp.tempo_map.changes
    }
    assert 80 <= changes[10] <= 84
    assert 88 <= changes[20] <= 92


def test_where_more_than_the_tempo_changes_a_section_begins() -> None:
    in_key = replace(FASTER, key=Key(2, "major"))
    assert not ramp_joints((SLOW, in_key))
    assert 20 in beginnings(plan(SLOW, in_key))
