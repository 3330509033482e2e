"""Scoring a film begins a session, and scoring it again goes on with it: on real films, with an untrained network."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from emsync_nb.errors import OutputError, PlanError, VideoError
from emsync_nb.pipeline import ScoreSettings
from emsync_nb.session import Session, score
from emsync_nb.session.documents import plan_digest
from emsync_nb.weights import sha256
from tests.pipeline.test_theme import write_tune
from tests.pipeline.tiny_film import make_checkpoint, make_film

SILENT = ScoreSettings(render=False, ensemble="piano-solo", seed=3)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that was scored once; the folder of the results."""
    folder = tmp_path_factory.mktemp("film")
    film = make_film(folder / "film.mp4")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMSYNC_CHECKPOINT", str(make_checkpoint(folder / "tiny.safetensors")))
        score(film, None, SILENT)
    return folder / "film.emsync"


@pytest.fixture
def folder(scored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to work on."""
    shutil.copytree(scored.parent, tmp_path / "copy")
    monkeypatch.setenv("EMSYNC_CHECKPOINT", str(tmp_path / "copy" / "tiny.safetensors"))
    return tmp_path / "copy" / "film.emsync"


def test_what_scoring_noted_becomes_a_session(folder: Path) -> None:
    noted = json.loads((folder / "session.json").read_text(encoding="utf-8"))
    with Session.open(folder) as session:
        assert session.plan.ensemble == "piano-solo"
        assert session.plan.seed == 3
        assert [float(b.time_s) for b in session.plan.film.boundaries] == [
            pytest.approx(one["time_s"]) for one in noted["boundaries"]
        ]
        (take,) = session.state.takes
        assert session.state.accepted == take.name == "001"
        assert (folder / take.file).read_bytes() == (folder / "score.mid").read_bytes()
        assert [step.what for step in session.history()] == [
            "analysed the film",
            "scored the film as take 001",
        ]
        # what it plans is what was played
        assert session.score_plan.tempo_map == session.music(take).tempo_map
    assert json.loads((folder / "session.v1.json").read_text(encoding="utf-8")) == noted


def test_a_score_that_was_edited_is_no_take(folder: Path) -> None:
    with (folder / "score.mid").open("ab") as stream:
        stream.write(b"\0")
    with Session.open(folder) as session:
        assert session.state.takes == ()
        assert session.plan.ensemble == "piano-solo"


def test_an_older_session_without_its_film_says_so_and_stays(folder: Path) -> None:
    noted = (folder / "session.json").read_bytes()
    (folder.parent / "film.mp4").rename(folder.parent / "moved.mp4")
    with pytest.raises(VideoError, match="the film is not at"):
        Session.open(folder)
    assert (folder / "session.json").read_bytes() == noted
    assert not (folder / "session.v1.json").exists()


def test_a_damaged_older_session_is_not_touched(folder: Path) -> None:
    noted = json.loads((folder / "session.json").read_text(encoding="utf-8"))
    noted["curve"]["valence"] = "all of it"
    (folder / "session.json").write_text(json.dumps(noted), encoding="utf-8")
    with pytest.raises(OutputError, match="damaged"):
        Session.open(folder)
    assert json.loads((folder / "session.json").read_text(encoding="utf-8")) == noted


def test_scoring_again_goes_on_with_the_session(folder: Path) -> None:
    """Boundaries that were moved stay moved, takes stay, and the new score is one more."""
    with Session.open(folder) as session:
        moved = session.plan.boundary(1).time_s + Fraction(1, 5)
        session.change("moved", lambda plan: plan.moved(1, moved))
        (kept,) = session.generate(seed=8)
    result = score(folder.parent / "film.mp4", None, ScoreSettings(render=False, seed=4))
    assert "analysis" not in result.report["timings_s"]
    with Session.open(folder) as session:
        assert session.plan.boundary(1).time_s == moved
        assert (session.plan.ensemble, session.plan.seed) == ("piano-solo", 4)
        assert [take.name for take in session.state.takes] == ["001", kept.name, "003"]
        assert session.state.accepted == "003"
        assert session.state.takes[-1].sha256 == sha256(folder / "score.mid")
        session.undo()
        assert session.state.accepted == "001"


def test_an_edited_score_is_kept_aside_when_a_session_goes_on(folder: Path) -> None:
    Session.open(folder).close()
    (folder / "score.mid").write_bytes(b"MThd edited by hand")
    score(folder.parent / "film.mp4", None, SILENT)
    assert (folder / "score.edited-1.mid").read_bytes() == b"MThd edited by hand"


def test_a_session_of_another_film_is_not_gone_on_with(folder: Path, tmp_path: Path) -> None:
    Session.open(folder).close()
    other = tmp_path / "other.mp4"
    other.write_bytes((folder.parent / "film.mp4").read_bytes() + b"\0" * 8)
    before = (folder / "session.json").read_bytes()
    with pytest.raises(OutputError, match="another film"):
        score(other, folder, SILENT)
    assert (folder / "session.json").read_bytes() == before


def test_a_theme_that_was_scored_with_is_gone_on_with(folder: Path) -> None:
    """Its notes are kept, not its file; another one takes its place, and a wish for it stays."""
    film, tune = folder.parent / "film.mp4", write_tune(folder.parent / "tune.mid")
    out = folder.parent / "themed"
    settings = replace(SILENT, theme=tune, theme_at=(Fraction(3), Fraction(7)))
    first = score(film, out, settings)
    tune.unlink()
    with Session.open(out) as session:
        assert session.plan.theme is not None
        assert session.plan.theme == first.spotting.theme
        assert session.plan.theme_at_s == (3, 7)
        (take,) = session.state.takes
        assert take.plan == plan_digest(session.plan)
        assert [entry.beat for entry in session.score_plan.theme] == [
            entry["beat"] for entry in first.report["theme"]["occurrences"]
        ]
        session.change(
            "wished", lambda p: p.with_theme(p.theme).theme_within(Fraction(6), Fraction(8), False)
        )
    again = score(film, out, ScoreSettings(render=False, seed=4))
    (entry,) = again.report["theme"]["occurrences"]
    assert (entry["found"], again.report["theme"]["file"]) == (True, None)
    assert entry["time_s"] == pytest.approx(3, abs=0.05)
    with pytest.raises(PlanError, match="sounds where it is to stay away"):
        score(film, out, replace(settings, theme=write_tune(tune)))
    other = score(film, out, replace(settings, theme_at=(Fraction(3),)))
    assert (other.report["theme"]["found"], other.report["theme"]["file"]) == (1, str(tune))
    with Session.open(out) as session:
        assert (session.plan.theme_at_s, session.plan.passages[0].theme) == ((3,), False)
        assert len(session.state.takes) == 3


def test_a_damaged_theme_of_an_older_session_is_one_line(folder: Path) -> None:
    noted = json.loads((folder / "session.json").read_text(encoding="utf-8"))
    noted["theme"] = {"onsets": [0]}
    (folder / "session.json").write_text(json.dumps(noted), encoding="utf-8")
    with pytest.raises(OutputError, match="damaged"):
        Session.open(folder)


def test_scoring_twice_in_a_row_keeps_both(folder: Path, tmp_path: Path) -> None:
    """No session was opened between; what is written out is, byte for byte, what another folder would hold."""
    film, first = folder.parent / "film.mp4", (folder / "score.mid").read_bytes()
    score(film, None, ScoreSettings(render=False, seed=4))
    alone = score(film, tmp_path / "alone", replace(SILENT, seed=4))
    for name in ("score.mid", "score.musicxml", "emotion.png"):
        assert (folder / name).read_bytes() == alone.files[name].read_bytes(), name
    with Session.open(folder) as session:
        assert [take.name for take in session.state.takes] == ["001", "002"]
        assert session.state.accepted == "002"
        assert (folder / "takes" / "001.mid").read_bytes() == first
        assert (folder / "takes" / "002.mid").read_bytes() == alone.files["score.mid"].read_bytes()
        session.undo()
        assert session.state.accepted == "001"
        assert session.accept("001").name == "001"
    assert list(folder.glob("score.edited*")) == []
