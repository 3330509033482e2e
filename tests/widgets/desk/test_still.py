"""The desk without a kernel: what its picture and its words tell."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from emsync_nb.domain import Score, ScorePlan, Spotting
from emsync_nb.pipeline import plan_of
from emsync_nb.session.state import State, Take
from emsync_nb.widgets.desk.still import in_words, still
from emsync_nb.widgets.desk.view import DeskView
from tests.session.tiny_session import ENSEMBLE, fake_compose, film_cues

ALIVE = "Run this cell again"
SPOTTING = Spotting(film_cues(Path("film.mp4")), ENSEMBLE)


@pytest.fixture(scope="module")
def plan() -> ScorePlan:
    return plan_of(SPOTTING)


@pytest.fixture(scope="module")
def score(plan: ScorePlan) -> Score:
    return fake_compose(plan, [3])[0]


def analysed(plan: ScorePlan | None = None) -> DeskView:
    return DeskView("film.mp4", "01:00:00:00", State(spotting=SPOTTING), plan=plan)


def scored(plan: ScorePlan, score: Score) -> DeskView:
    take = Take("001", "0" * 64, "generated", 3, "plan")
    state = State(spotting=SPOTTING, takes=(take,), accepted="001")
    return replace(analysed(plan), state=state, score=score)


def pixels(view: DeskView) -> NDArray[np.uint8]:
    """(rows, columns, 3) of the picture."""
    with Image.open(io.BytesIO(still(view))) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture.convert("RGB"))


def test_words_tell_what_the_music_is_and_how_to_get_the_desk(plan: ScorePlan, score: Score) -> None:
    words = in_words(scored(plan, score))
    assert words.startswith("Scoring desk: film.mp4, 0:16, 4 boundaries, ")
    assert f"{len(plan.hits)} hit" in words
    assert "take 001, 4 tracks" in words
    assert f"{score.note_count:,} notes" in words
    assert ALIVE in words


def test_a_film_without_music_has_its_emotion_and_its_boundaries(plan: ScorePlan) -> None:
    with_plan, without = in_words(analysed(plan)), in_words(analysed())
    assert "no take yet" in with_plan
    assert f"{len(plan.hits)} hit" in with_plan
    assert "hit" not in without
    assert "4 boundaries" in without
    assert pixels(analysed()).std() > 5, "nothing is drawn"


def test_a_film_that_was_not_analysed_is_named() -> None:
    view = DeskView("dawn $1 $2 映画.mp4", "00:00:00:00", State())
    assert in_words(view).startswith("Scoring desk: dawn $1 $2 映画.mp4, not analysed yet. ")
    assert (pixels(view) < 100).any(), "the name is not drawn"


def test_the_picture_is_of_the_notes_that_sound(plan: ScorePlan, score: Score) -> None:
    view = scored(plan, score)
    silent = replace(score, tracks=tuple(replace(track, notes=()) for track in score.tracks))
    assert (pixels(view) != pixels(replace(view, score=silent))).any()
    assert "0 notes" in in_words(replace(view, score=silent))


def test_a_picture_fits_into_a_notebook(plan: ScorePlan, score: Score) -> None:
    view = scored(plan, score)
    assert len(still(view)) < 250_000
    assert 900 <= pixels(view).shape[1] <= 1400
