"""A genre is followed where somebody has trained a head and nobody chose; without one planning ignores it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import emsync_nb
from emsync_nb.errors import CheckpointError
from emsync_nb.pipeline import ScoreSettings, stills_of
from emsync_nb.pipeline.genre import first_spotting, genre_of
from emsync_nb.pipeline.settings import DEFAULT_ENSEMBLE
from emsync_nb.planning.genre_hints import HINTS
from emsync_nb.session import Session, score
from tests.analysis.tiny_clip import write_tiny_clip
from tests.pipeline.genre_head import make_head
from tests.pipeline.test_stages import Listener
from tests.pipeline.test_theme import write_tune

SILENT = ScoreSettings(render=False)
HORROR = HINTS["Horror"]


@pytest.fixture
def horror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A head that takes every film for horror."""
    monkeypatch.setenv("EMSYNC_GENRE", str(make_head(tmp_path / "genre.safetensors", "Horror")))


def test_without_a_head_the_report_says_that_planning_ignores_it(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EMSYNC_GENRE", raising=False)
    result = score(film, tmp_path / "out", SILENT)
    assert result.report["genre"] is None
    assert "planning ignores the genre" in result.report["genre_note"]
    assert (result.spotting.ensemble, result.spotting.tempo_bpm) == (DEFAULT_ENSEMBLE, None)


def test_clip_is_asked_where_it_is_there_and_no_head_is(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With random weights: what it says is noise, that it is asked about each shot is not."""
    monkeypatch.delenv("EMSYNC_GENRE", raising=False)
    write_tiny_clip(tmp_path / "weights" / "clip-ViT-B-32")
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path / "weights"))
    found = emsync_nb.analyze(film)
    genre = genre_of(found)
    pictures = len(stills_of(found.cues))
    assert genre is not None and genre.source == f"CLIP, untrained, from {pictures} pictures"
    assert genre.probabilities.sum() == pytest.approx(1)
    made_head = make_head(tmp_path / "genre.safetensors", "Horror")
    monkeypatch.setenv("EMSYNC_GENRE", str(made_head))
    preferred = genre_of(found)
    assert preferred is not None and preferred.names == ("Horror",)


@pytest.mark.usefixtures("horror")
def test_a_known_genre_chooses_who_plays_and_how_fast_and_is_remembered(film: Path, tmp_path: Path) -> None:
    result = score(film, tmp_path / "out", SILENT)
    assert result.report["genre"]["names"] == ["Horror"]
    assert result.report["genre"]["probabilities"]["Horror"] == pytest.approx(0.9933, abs=1e-4)
    assert (result.spotting.ensemble, result.spotting.tempo_bpm) == (HORROR.ensemble, HORROR.tempo_bpm)
    noted = json.loads((tmp_path / "out" / "session.json").read_text(encoding="utf-8"))
    assert noted["settings"]["ensemble"] == HORROR.ensemble
    with Session.open(tmp_path / "out") as session:
        assert (session.plan.ensemble, session.plan.tempo_bpm) == (HORROR.ensemble, HORROR.tempo_bpm)
        (take,) = session.state.takes
        assert session.score_plan.tempo_map == session.music(take).tempo_map
    again = score(film, tmp_path / "out", replace(SILENT, seed=3))
    assert again.report["genre"] is None
    assert "analysed earlier" in again.report["genre_note"]
    assert again.spotting.ensemble == HORROR.ensemble


@pytest.mark.usefixtures("horror")
@pytest.mark.parametrize("wish", ["band", "kept", "theme"])
def test_no_wish_is_overruled(film: Path, tmp_path: Path, wish: str) -> None:
    """A theme was checked against the ensemble that was there before the analysis."""
    settings = {
        "band": replace(SILENT, ensemble="band"),
        "kept": replace(SILENT, keep_ensemble=True),
        "theme": replace(SILENT, theme=write_tune(tmp_path / "tune.mid")),
    }[wish]
    result = score(film, tmp_path / "out", settings)
    assert result.spotting.ensemble == settings.ensemble
    assert result.spotting.tempo_bpm == HORROR.tempo_bpm


@pytest.mark.usefixtures("horror")
def test_a_session_begins_with_the_genre_and_goes_on_with_what_was_asked_for(
    film: Path, tmp_path: Path
) -> None:
    with Session.create(film, tmp_path / "work") as session:
        assert (session.analyze().ensemble, session.plan.tempo_bpm) == (HORROR.ensemble, HORROR.tempo_bpm)
        session.change("free", lambda plan: replace(plan, ensemble="band", tempo_bpm=None))
        assert (session.analyze().ensemble, session.plan.tempo_bpm) == ("band", None)


@pytest.mark.usefixtures("horror")
def test_an_ensemble_that_was_chosen_for_a_session_stays(film: Path, tmp_path: Path) -> None:
    with Session.create(film, tmp_path / "work") as session:
        assert session.analyze(ensemble=DEFAULT_ENSEMBLE).ensemble == DEFAULT_ENSEMBLE


@pytest.mark.usefixtures("horror")
def test_a_film_nobody_was_asked_about_has_no_genre(film: Path) -> None:
    analysis = replace(emsync_nb.analyze(film), opinions=())
    assert first_spotting(analysis).ensemble == DEFAULT_ENSEMBLE


def test_a_wrong_head_is_said_before_the_analysis(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMSYNC_GENRE", str(tmp_path / "gone.safetensors"))
    listener = Listener()
    with pytest.raises(CheckpointError, match=r"gone\.safetensors"):
        score(film, tmp_path / "out", SILENT, progress=listener)
    assert "analysis" not in {stage for stage, _ in listener.heard}
    with pytest.raises(CheckpointError, match=r"gone\.safetensors"):
        emsync_nb.analyze(film)
