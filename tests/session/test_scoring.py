"""The session of a film: what it remembers, and whom it refuses. The pipeline itself stands aside."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.domain import Cue, EmotionCurve, Key, Passage, Spotting
from emsync_nb.errors import OutputError, VideoError
from emsync_nb.notation import write_midi
from emsync_nb.pipeline import Progress, ScoreResult, ScoreSettings
from emsync_nb.pipeline.takes import plan_of
from emsync_nb.session import Session, default_folder, score, scoring
from emsync_nb.session.film import START
from tests.session.tiny_session import fake_compose, film_cues

CURVE = EmotionCurve.clipped([0.0, 1.0], [0.25, -0.5], [0.5, 1.0])


def fake_score_into(
    video: Path,
    folder: Path,
    settings: ScoreSettings,
    *,
    spotting: Spotting | None = None,
    start_timecode: str = START,
    progress: Progress | None = None,
) -> ScoreResult:
    """Files that name the seed, but for the score: a note a beat."""
    names = ["score.mid", *(["master.wav", "scored.mp4"] if settings.render else [])]
    if settings.stems:
        (folder / "stems").mkdir()
        names.append(f"stems/{settings.seed}.wav")
    files = {name: folder / name for name in names}
    for path in files.values():
        path.write_text(f"seed {settings.seed}")
    cues = replace(film_cues(video), curve=CURVE)
    first = Spotting(cues, settings.ensemble, settings.seed, settings.cues)
    asked = first if spotting is None else replace(spotting, seed=settings.seed)
    plan = plan_of(asked)
    (music,) = fake_compose(plan, [settings.seed])
    write_midi(music, files["score.mid"])
    boundaries = [
        {"time_s": float(b.time_s), "kind": b.kind, "strength": b.strength} for b in cues.boundaries
    ]
    report = {"boundaries": boundaries, "sections": [], "seed": settings.seed}
    return ScoreResult(plan, music, report, files, asked)


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """No film is read here."""
    monkeypatch.setattr(scoring, "score_into", fake_score_into)
    monkeypatch.setattr("emsync_nb.video.probe", lambda video: film_cues(video).video)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Bytes that only have to differ from those of another film."""
    path = tmp_path / "film.mp4"
    path.write_bytes(b"one film" * 100)
    return path


def session_of(folder: Path) -> dict[str, Any]:
    """What session.json holds."""
    content: dict[str, Any] = json.loads((folder / "session.json").read_text(encoding="utf-8"))
    return content


def test_results_lie_beside_the_film(video: Path) -> None:
    result = score(str(video))  # type: ignore[arg-type]
    folder = video.with_name("film.emsync")
    assert result.files["score.mid"] == folder / "score.mid"
    assert result.files["master.wav"].read_text() == "seed 0"
    assert set(result.files) == {path.name for path in folder.iterdir()}
    assert json.loads(result.files["report.json"].read_text()) == result.report


def test_the_session_remembers_film_choices_and_curve(video: Path, tmp_path: Path) -> None:
    cue = Cue(Fraction(1, 2), Fraction(3), entry="fade_in", ending="ring")
    settings = ScoreSettings(
        seed=7,
        ensemble="band",
        cues=(cue,),
        soundfont=Path("a.sf2"),
        keep_sound_db=-3.0,
        theme=Path("motif.mid"),
        theme_at=(Fraction(25, 2),),
    )
    score(video, tmp_path / "deep" / "out", settings)
    session = session_of(tmp_path / "deep" / "out")
    assert (session["schema"], session["film"]["size"]) == (1, 800)
    assert (tmp_path / "deep" / "out" / session["film"]["path"]).resolve() == video
    assert session["settings"] == {
        "seed": 7,
        "ensemble": "band",
        "mastering": "film",
        "cues": [{"in_s": 0.5, "out_s": 3.0, "entry": "fade_in", "ending": "ring"}],
        "soundfont": "a.sf2",
        "stems": False,
        "keep_sound_db": -3.0,
        "render": True,
        "theme": "motif.mid",
        "theme_at": [12.5],
    }
    assert session["curve"] == {"time_s": [0.0, 1.0], "valence": [0.25, -0.5], "arousal": [0.5, 1.0]}
    assert session["files"] == ["master.wav", "score.mid", "scored.mp4"]


def test_a_second_take_deletes_nothing_and_says_what_is_old(
    video: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "out"
    score(video, out, ScoreSettings(seed=1, stems=True))
    before = {path.relative_to(out) for path in out.rglob("*")}
    caplog.clear()
    score(video, out, ScoreSettings(seed=3, render=False))
    assert before <= {path.relative_to(out) for path in out.rglob("*")}
    assert "of an earlier run, and left as they are: master.wav, scored.mp4, stems/1.wav" in caplog.messages


def test_scoring_again_keeps_what_was_scored_before(video: Path, tmp_path: Path) -> None:
    """Nobody has opened a session between the runs; the music is as that of a folder of its own."""
    out, scores = tmp_path / "out", {}
    for seed in (1, 2):
        score(video, out, ScoreSettings(seed=seed))
        scores[seed] = (out / "score.mid").read_bytes()
        score(video, tmp_path / f"alone-{seed}", ScoreSettings(seed=seed))
        assert scores[seed] == (tmp_path / f"alone-{seed}" / "score.mid").read_bytes()
    assert scores[1] != scores[2]
    assert (out / "master.wav").read_text() == "seed 2"
    with Session.open(out) as session:
        takes = {take.name: (take.seed, (out / take.file).read_bytes()) for take in session.state.takes}
        assert takes == {"001": (1, scores[1]), "002": (2, scores[2])}
        assert session.state.accepted == "002"
        session.undo()
        assert session.state.accepted == "001"
        session.redo()
        session.accept("001")


def test_wishes_of_a_first_run_are_gone_on_with(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = Passage(Fraction(1), Fraction(9), Key(3, "minor"), ("cello",), (60.0, 90.0))

    def directed(*given: Any, spotting: Spotting | None = None, **named: Any) -> ScoreResult:  # noqa: ANN401
        result = fake_score_into(*given, spotting=spotting, **named)
        return replace(result, spotting=result.spotting.with_passage(wish))

    monkeypatch.setattr(scoring, "score_into", directed)
    score(video, tmp_path / "out", ScoreSettings(seed=1))
    monkeypatch.setattr(scoring, "score_into", fake_score_into)
    assert score(video, tmp_path / "out", ScoreSettings(seed=2)).spotting.passages == (wish,)


def test_an_edited_score_is_kept_aside(video: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    out = tmp_path / "out"
    score(video, out, ScoreSettings(seed=1))
    for number in (1, 2):
        (out / "score.mid").write_bytes(b"by hand %d" % number)
        score(video, out, ScoreSettings(seed=2))
        assert (out / f"score.edited-{number}.mid").read_bytes() == b"by hand %d" % number
    assert (
        "score.mid was edited since the last run; the edit is kept as score.edited-2.mid" in caplog.messages
    )
    score(video, out, ScoreSettings(seed=3))
    assert len(list(out.glob("score.edited*"))) == 2


def test_a_hostile_session_deletes_nothing(video: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    score(video, out)
    session = session_of(out)
    session["files"] = ["../film.mp4", "stems/../../film.mp4", "notes.txt", str(video), 3, None]
    (out / "session.json").write_text(json.dumps(session))
    (out / "notes.txt").write_text("mine")
    score(video, out, ScoreSettings(render=False))
    assert video.exists()
    assert (out / "notes.txt").read_text() == "mine"


def test_another_films_session_is_left_alone(video: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(b"another film" * 100)
    score(other, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(OutputError, match="session of another film"):
        score(video, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        '{"film": 3}',
        '{"film": {}}',
        "[" * 100_000,
    ],
)
def test_a_damaged_session_is_named_and_left_alone(video: Path, tmp_path: Path, text: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "session.json").write_text(text)
    with pytest.raises(OutputError, match=r"session\.json is damaged; .* --out"):
        score(video, out)
    assert [path.name for path in out.iterdir()] == ["session.json"]
    assert (out / "session.json").read_text() == text


def test_a_film_is_known_by_its_content_not_its_name(video: Path, tmp_path: Path) -> None:
    score(video, tmp_path / "out", ScoreSettings(seed=1))
    moved = video.rename(tmp_path / "renamed.mp4")
    score(moved, tmp_path / "out", ScoreSettings(seed=2))
    assert (tmp_path / "out" / "master.wav").read_text() == "seed 2"
    with Session.open(tmp_path / "out") as session:
        assert [take.name for take in session.state.takes] == ["001", "002"]


def test_large_films_that_differ_in_the_end_are_two(tmp_path: Path) -> None:
    one, other = tmp_path / "one.mp4", tmp_path / "other.mp4"
    one.write_bytes(b"\0" * 3_000_000 + b"1")
    other.write_bytes(b"\0" * 3_000_000 + b"2")
    score(one, tmp_path / "out")
    with pytest.raises(OutputError, match="another film"):
        score(other, tmp_path / "out")


@pytest.mark.parametrize("name", ["scored.mp4", "Scored.MP4"])
def test_a_film_that_the_scored_film_would_replace_is_refused(tmp_path: Path, name: str) -> None:
    video = tmp_path / name
    video.write_bytes(b"the only copy")
    with pytest.raises(OutputError, match="would be overwritten"):
        score(video, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert video.read_bytes() == b"the only copy"


@pytest.mark.parametrize("place", [".", "/"])
def test_a_path_without_a_name_is_no_film(place: str) -> None:
    with pytest.raises(VideoError, match="is a folder"):
        default_folder(Path(place))


def _refused(*_: str) -> str:
    raise ValueError("path is on mount 'D:', start on mount 'C:'")


def test_a_film_on_another_drive_is_named_in_full(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "relpath", _refused)
    score(video, tmp_path / "out")
    assert session_of(tmp_path / "out")["film"]["path"] == str(video)


def test_a_file_name_that_is_no_text_survives(tmp_path: Path) -> None:
    video = tmp_path / "f\udcffilm.mp4"
    try:
        video.write_bytes(b"film")
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    score(video, tmp_path / "out")
    assert session_of(tmp_path / "out")["film"]["path"] == os.path.join("..", video.name)  # noqa: PTH118


def _fails(message: BaseException) -> Callable[..., ScoreResult]:
    def score_into(video: Path, folder: Path, settings: ScoreSettings, **_: object) -> ScoreResult:
        fake_score_into(video, folder, settings)
        raise message

    return score_into


@pytest.mark.parametrize("error", [VideoError("cut off"), KeyboardInterrupt(), ZeroDivisionError()])
def test_a_failed_second_take_leaves_the_first_whole(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    score(video, tmp_path / "out", ScoreSettings(seed=1, stems=True))
    Session.open(tmp_path / "out").close()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr(scoring, "score_into", _fails(error))
    with pytest.raises(type(error)):
        score(video, tmp_path / "out", ScoreSettings(seed=2, stems=True))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
