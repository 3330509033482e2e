"""The stages one by one, as the Python interface offers them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from unittest import mock

import mido
import music21
import numpy as np
import pytest

import emsync_nb
from emsync_nb.domain import Cue
from emsync_nb.errors import CheckpointError, PlanError, PresetError
from emsync_nb.notation import write_midi
from emsync_nb.pipeline import ScoreSettings, Stopwatch
from emsync_nb.pipeline.stages import title_of


class Listener:
    """Progress that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, float]] = []
        self.notices: list[str] = []

    def stage(self, name: str, share: float) -> None:
        self.heard.append((name, share))

    def notice(self, line: str) -> None:
        self.notices.append(line)


def test_analysis_takes_text_and_paths_and_tells_how_far_it_is(film: Path) -> None:
    listener = Listener()
    analysis = emsync_nb.analyze(str(film), watch=Stopwatch(listener))
    assert analysis.cues.video.path == film
    for name in ("probe", "analysis"):
        shares = [share for stage, share in listener.heard if stage == name]
        assert (shares[0], shares[-1]) == (0, 1)
        assert shares == sorted(shares)


def test_subtitles_beside_the_film_reach_the_analysis(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = mock.Mock(return_value=emsync_nb.analyze(film))
    monkeypatch.setattr("emsync_nb.analysis.analyze", look)
    copy = tmp_path / "film.mp4"
    copy.write_bytes(film.read_bytes())
    emsync_nb.analyze(copy, fresh=True)
    (tmp_path / "film.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nHello\n")
    emsync_nb.analyze(copy)
    assert [call.args[3] for call in look.call_args_list] == [None, tmp_path / "film.srt"]


def test_plan_and_compose_follow_their_seeds(film: Path, tmp_path: Path) -> None:
    film_cues = emsync_nb.analyze(film).cues
    plan = emsync_nb.plan(film_cues, ScoreSettings(ensemble="piano-solo"))
    listener = Listener()
    scores = [emsync_nb.compose(plan, seed, watch=Stopwatch(listener)) for seed in (3, 3, 4)]
    for number, score in enumerate(scores):
        write_midi(score, tmp_path / f"{number}.mid")
    first, again, other = ((tmp_path / f"{number}.mid").read_bytes() for number in range(3))
    assert first == again != other
    assert sum(message.type == "note_on" for message in mido.MidiFile(tmp_path / "0.mid")) > 3
    shares = [share for stage, share in listener.heard if stage == "generation"]
    assert max(shares) == 1
    with pytest.raises(PlanError, match="ends after the film"):
        emsync_nb.plan(film_cues, ScoreSettings(cues=(Cue(Fraction(1), Fraction(100)),)))
    with pytest.raises(PresetError, match="did you mean 'band'"):
        emsync_nb.plan(film_cues, ScoreSettings(ensemble="bnad"))


def test_a_film_may_be_called_anything(tmp_path: Path, film: Path) -> None:
    """Half a formula, for matplotlib; and a letter that XML refuses."""
    video = tmp_path / "$x_{2$ \x01 & <b>.mp4"
    video.write_bytes(film.read_bytes())
    score = emsync_nb.score(video, tmp_path / "out", ScoreSettings(render=False))
    read = music21.converter.parse(score.files["score.musicxml"])
    assert read.metadata.bestTitle == "$x_{2$ \ufffd & <b>"


@pytest.mark.parametrize("content", [None, b"no weights at all"], ids=["missing", "damaged"])
def test_a_wrong_checkpoint_is_said_before_the_analysis(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    checkpoint = tmp_path / "wrong.safetensors"
    if content is not None:
        checkpoint.write_bytes(content)
    monkeypatch.setenv("EMSYNC_CHECKPOINT", str(checkpoint))
    listener = Listener()
    with pytest.raises(CheckpointError, match=r"wrong\.safetensors"):
        emsync_nb.score(film, tmp_path / "out", progress=listener)
    assert "analysis" not in {stage for stage, _ in listener.heard}
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("cues", "words"), [(((0, 3), (2, 5)), "overlap"), (((1, 60),), "ends after the film")]
)
def test_wrong_cues_are_said_before_the_analysis(
    film: Path, tmp_path: Path, cues: tuple[tuple[int, int], ...], words: str
) -> None:
    settings = ScoreSettings(cues=tuple(Cue(Fraction(start), Fraction(end)) for start, end in cues))
    listener = Listener()
    with pytest.raises(PlanError, match=words):
        emsync_nb.score(film, tmp_path / "out", settings, progress=listener)
    assert "analysis" not in {stage for stage, _ in listener.heard}


def test_settings_take_paths_as_text_and_text_as_paths() -> None:
    settings = ScoreSettings(ensemble=Path("a.toml"), soundfont="b.sf2")  # type: ignore[arg-type]
    assert (settings.ensemble, settings.soundfont) == ("a.toml", Path("b.sf2"))


@pytest.mark.parametrize(
    ("field", "value"), [("seed", -1), ("seed", 2**63), ("keep_sound_db", np.nan), ("keep_sound_db", 25.0)]
)
def test_settings_refuse_what_nobody_can_mean(field: str, value: float) -> None:
    with pytest.raises(PlanError, match=field.replace("_db", "").replace("_", "-")):
        ScoreSettings(**{field: value})


def test_titles_hold_only_what_can_be_printed() -> None:
    assert title_of(Path("naïve ♭ 映画.mp4")) == "naïve ♭ 映画"
    assert title_of(Path("a\x01b\udcff\n.mp4")) == "a\ufffdb\ufffd\ufffd"
