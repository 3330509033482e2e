"""Directions in words, applied to a spotting: all that was asked for at once, and nothing else."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from emsync_nb.directing import Change, ModeChange, Tempo
from emsync_nb.domain import Spotting
from emsync_nb.errors import PlanError
from emsync_nb.pipeline import directed, directions, plan_of
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
