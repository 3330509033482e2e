"""Planned against heard: a real take, the plan it was made for, and one whose boundary was dragged since."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from emsync_nb.domain import Score, ScorePlan
from emsync_nb.session import Session
from emsync_nb.widgets.desk.heard import heard_in
from emsync_nb.widgets.desk.scoring_desk import ScoringDesk
from emsync_nb.widgets.desk.still import in_words
from tests.session.tiny_session import BOUNDARIES, FPS
from tests.widgets.desk.conftest import MOVE, engine

FRAME_S = float(1 / FPS)


@pytest.fixture
def music(scored: Path) -> tuple[Score, ScorePlan]:
    """A take and its plan."""
    with Session.open(scored.with_suffix(".emsync")) as session:
        return session.music("001"), session.score_plan


def _hits(desk: ScoringDesk) -> list[dict[str, object]]:
    return [row for row in desk.boundaries if row["beat"] is not None]


def test_a_take_meets_the_hits_of_its_own_plan(scored: Path) -> None:
    desk = ScoringDesk(scored)
    assert _hits(desk) and all(row["heard"] for row in _hits(desk))
    assert [row["heard"] for row in desk.boundaries if row["beat"] is None] == [None]
    accepted = desk.takes[0]
    assert (accepted["is_older"], accepted["moved"], accepted["anew"]) == (False, [], None)


def test_after_a_drag_the_take_misses_what_is_planned_until_it_is_made_anew(scored: Path) -> None:
    desk = ScoringDesk(scored)
    assert engine(desk).change(MOVE).result(20)
    dragged = desk.boundaries[0]
    assert dragged["beat"] is not None and dragged["heard"] is False
    # a note a beat: some beat of the take is nearer than the cut's old place
    assert FRAME_S < dragged["off_s"] <= 0.4 + FRAME_S
    assert [take["is_older"] for take in desk.takes] == [True, True]
    accepted, other = desk.takes
    first = accepted["moved"][0]
    assert first["bars"][0] == 1 and first["start_s"] == 0.0 and first["end_s"] > 3.4
    assert other["moved"] == [] and other["anew"] is None
    assert "misses" in in_words(engine(desk).view)  # type: ignore[arg-type] # there is one
    _made_anew(desk, accepted["anew"])
    assert all(row["heard"] for row in _hits(desk))
    assert [(take["is_older"], take["moved"]) for take in desk.takes if take["accepted"]] == [(False, [])]
    assert "misses" not in in_words(engine(desk).view)  # type: ignore[arg-type] # there is one


def _made_anew(desk: ScoringDesk, bars: list[int]) -> None:
    engine(desk).begin({"do": "regenerate", "bars": bars, "tracks": [], "takes": 1, "seed": 9})
    engine(desk).wait(20)
    engine(desk).change({"do": "accept", "take": desk.takes[-1]["name"]}).result(20)


def test_an_undo_brings_take_and_plan_together_again(scored: Path) -> None:
    desk = ScoringDesk(scored)
    engine(desk).change(MOVE).result(20)
    engine(desk).change({"do": "undo"}).result(20)
    assert all(row["heard"] for row in _hits(desk))
    assert not any(take["is_older"] for take in desk.takes)


def test_nothing_is_said_of_what_is_no_hit(scored: Path) -> None:
    desk = ScoringDesk(scored)
    view = engine(desk).view
    assert view is not None and view.heard is not None
    assert view.heard.meets(Fraction(BOUNDARIES[0][0])) is True
    assert view.heard.meets(Fraction(1, 7)) is None


def test_a_hit_whose_chord_was_taken_out_is_missed(music: tuple[Score, ScorePlan]) -> None:
    score, plan = music
    hit = plan.hits[0]
    quiet = replace(
        score,
        tracks=tuple(
            replace(track, notes=tuple(n for n in track.notes if n.start_beat != hit.beat))
            for track in score.tracks
        ),
    )
    assert heard_in(score, plan, FPS).meets(hit.boundary.time_s)
    heard = heard_in(quiet, plan, FPS)
    assert heard.meets(hit.boundary.time_s) is False and heard.moved == () and heard.anew is None
    assert heard.off_s[hit.boundary.time_s] == pytest.approx(
        60 / plan.tempo_map.bpm_at(hit.beat - 1), abs=0.2
    )


def test_a_single_note_will_do_where_the_bar_has_not_moved(music: tuple[Score, ScorePlan]) -> None:
    score, plan = music
    alone = replace(score, tracks=score.tracks[:1])
    assert heard_in(alone, plan, FPS).meets(plan.hits[0].boundary.time_s)


def test_a_take_without_notes_meets_nothing(music: tuple[Score, ScorePlan]) -> None:
    score, plan = music
    heard = heard_in(replace(score, tracks=()), plan, FPS)
    assert set(heard.off_s.values()) == {None}
    assert not any(heard.meets(hit.boundary.time_s) for hit in plan.hits)
