"""Speech: the recogniser is a fake at the package's edge; what is cut, placed and refused is ours."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from emsync_nb.analysis import speech
from emsync_nb.analysis.expert import Unavailable
from emsync_nb.analysis.speech import RATE, SpeechExpert
from emsync_nb.analysis.timeline import grid
from emsync_nb.domain import AudioClip
from emsync_nb.extras import is_installed
from emsync_nb.weights import path_of
from tests.analysis.words.conftest import without_meaning

__all__ = ["without_meaning"]


class FakeModel:
    """Hears "Thanks" at 1 s of every stretch, and noise that is likely no speech."""

    def __init__(self, folder: str, **settings: Any) -> None:  # noqa: ANN401 - as faster_whisper's
        self.heard: list[np.typing.NDArray[np.float32]] = []
        if "damaged" in folder:
            raise RuntimeError("Unable to open file 'model.bin'\nin model")
        assert settings["local_files_only"] is True

    def transcribe(self, sound: np.typing.NDArray[np.float32], **_: object) -> tuple[Any, None]:
        self.heard.append(sound)
        if np.isnan(sound).any():
            raise RuntimeError("bad\nsound")
        said = SimpleNamespace(start=1.0, end=2.0, text=" Thanks, I love it! ", no_speech_prob=0.1)
        noise = SimpleNamespace(start=3.0, end=4.0, text="Hm", no_speech_prob=0.9)
        return iter([said, noise]), None


@pytest.fixture
def recogniser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, without_meaning: None) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", SimpleNamespace(WhisperModel=FakeModel))
    monkeypatch.setattr(speech, "is_installed", lambda package: True)
    monkeypatch.setattr(speech, "path_of", lambda name: tmp_path)


def clip(seconds: float, quiet_at_s: float | None = None) -> AudioClip:
    samples = np.random.default_rng(0).normal(0, 0.1, (1, round(seconds * RATE))).astype(np.float32)
    if quiet_at_s is not None:
        samples[:, round(quiet_at_s * RATE) : round((quiet_at_s + 0.4) * RATE)] = 0
    return AudioClip(samples, RATE)


def test_what_is_said_is_judged_at_its_time(recogniser: None) -> None:
    expert = SpeechExpert()
    expert.hear(clip(8))
    opinion = expert.judge(grid(8), ())
    assert (opinion.name, expert.note) == ("speech", "1 sentences heard")
    assert opinion.valence_confidence[:3].max() == 0
    assert opinion.valence_confidence[5] > 0
    assert [item.time_s for item in opinion.evidence] == [1.0]


def test_stretches_are_cut_where_it_is_quiet_and_nothing_is_lost(recogniser: None) -> None:
    expert = SpeechExpert()
    for part in (clip(20), clip(25, quiet_at_s=7), clip(1)):  # quiet at 27 s of the film
        expert.hear(part)
    opinion = expert.judge(grid(46), ())
    heard = expert._model.heard
    assert [len(sound) / RATE for sound in heard] == pytest.approx([27.2, 18.8], abs=0.25)
    assert sum(len(sound) for sound in heard) == 46 * RATE
    assert [item.time_s for item in opinion.evidence] == pytest.approx([1.0, 1 + len(heard[0]) / RATE])


def test_sound_of_another_rate_is_resampled(recogniser: None) -> None:
    pytest.importorskip("librosa")
    expert = SpeechExpert()
    expert.hear(AudioClip(np.zeros((2, 4 * 22050), dtype=np.float32), 22050))
    expert.judge(grid(4), ())
    assert [len(sound) for sound in expert._model.heard] == [4 * RATE]


def test_a_silent_film_has_no_speech(recogniser: None) -> None:
    with pytest.raises(Unavailable, match="silent"):
        SpeechExpert().judge(grid(4), ())


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("package", r"emsync_nb\[speech\]"),
        ("weights", "EMSYNC_WEIGHTS"),
        ("damaged", "copy it again"),
        ("failing", "bad sound"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    missing: str, words: str, recogniser: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "package":
        monkeypatch.setattr(speech, "is_installed", lambda package: False)
    if missing == "weights":
        monkeypatch.setattr(speech, "path_of", path_of)
        monkeypatch.delenv("EMSYNC_WEIGHTS", raising=False)
        monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path))
        words = "^The model folder whisper-base is not here. Copy the folder https.*EMSYNC_WEIGHTS names$"
    if missing == "damaged":
        monkeypatch.setattr(speech, "path_of", lambda name: Path("damaged"))
    expert = SpeechExpert()
    expert.hear(AudioClip(np.full((1, 100), np.nan if missing == "failing" else 0, dtype=np.float32), RATE))
    with pytest.raises(Unavailable, match=words) as caught:
        expert.judge(grid(4), ())
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not is_installed("faster_whisper"), reason="the extra 'speech' is not installed")
def test_the_real_package_refuses_an_empty_folder_and_fetches_nothing(tmp_path: Path) -> None:
    from emsync_nb.errors import WeightsError

    with pytest.raises(WeightsError, match="copy it again"):
        speech._whisper(tmp_path)
