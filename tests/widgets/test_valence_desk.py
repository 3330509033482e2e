"""The slider composes again, and says what went wrong."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from matplotlib import image

from emsync_nb.domain import Boundary, Cue, EmotionCurve, VideoCues, VideoInfo
from emsync_nb.errors import CheckpointError
from emsync_nb.pipeline import ScoreSettings
from emsync_nb.widgets import ValenceDesk
from tests.pipeline.tiny_film import make_checkpoint

FILM = VideoCues(
    VideoInfo(Path("film.mp4"), Fraction(6), Fraction(25), 160, 90, 0, False, "h264"),
    (Boundary(Fraction(5, 2), "cut", 0.75),),
    EmotionCurve.clipped(np.arange(7), np.zeros(7), np.linspace(-0.5, 0.5, 7)),
)
SETTINGS = ScoreSettings(ensemble="piano-solo", cues=(Cue(Fraction(1), Fraction(5)),))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny network."""
    return make_checkpoint(tmp_path_factory.mktemp("network") / "tiny.safetensors")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, weights: Path) -> None:
    """The tiny network composes, and the bundled SoundFont sounds."""
    monkeypatch.setenv("EMSYNC_CHECKPOINT", str(weights))
    monkeypatch.delenv("EMSYNC_SOUNDFONT", raising=False)


def pixels(desk: ValenceDesk) -> np.ndarray:
    """The picture on display."""
    return image.imread(io.BytesIO(desk._picture.value), format="png")


def sound(desk: ValenceDesk) -> tuple[np.ndarray, int]:
    """The sound on display."""
    samples, rate = soundfile.read(io.BytesIO(desk._sound.value))
    return samples, rate


def modes(desk: ValenceDesk) -> set[str]:
    """Modes of the sections on display."""
    return {section.key.mode for section in desk.plan.sections}


def test_the_slider_moves_emotion_keys_and_music() -> None:
    desk = ValenceDesk(FILM, SETTINGS)
    first, first_pixels = desk.score, pixels(desk)
    assert first_pixels.shape[0] > 100
    assert np.ptp(first_pixels) > 0.5
    assert desk.plan.curve.valence.tolist() == [0] * 7
    desk.slider.value = 1.0
    assert desk.plan.curve.valence.tolist() == [1] * 7
    assert modes(desk) == {"major"}
    assert desk.score != first
    assert not np.array_equal(pixels(desk), first_pixels)
    desk.slider.value = -1.0
    assert desk.plan.curve.valence.tolist() == [-1] * 7
    assert modes(desk) == {"minor"}
    assert f"{desk.score.note_count} notes" in desk.status.value
    assert all(section.key.name in desk.status.value for section in desk.plan.sections)


def test_the_sound_is_the_films_length_and_silent_outside_its_cue() -> None:
    samples, rate = sound(ValenceDesk(FILM, SETTINGS))
    assert (samples.shape, rate) == ((6 * rate, 2), 44_100)
    assert 0.001 < np.abs(samples).max() <= 0.9
    assert not samples[: 1 * rate].any()
    assert not samples[5 * rate :].any()


def test_what_goes_wrong_is_said_and_the_display_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk = ValenceDesk(FILM, SETTINGS)
    before = (desk.plan, desk.score, desk._picture.value, desk._sound.value)
    monkeypatch.setenv("EMSYNC_CHECKPOINT", str(tmp_path / "gone.safetensors"))
    desk.slider.value = 0.5
    assert "gone.safetensors: no such checkpoint" in desk.status.value
    assert (desk.plan, desk.score, desk._picture.value, desk._sound.value) == before
    with pytest.raises(CheckpointError):
        ValenceDesk(FILM, SETTINGS)


def test_the_soundfont_of_the_settings_is_the_one_that_sounds(tmp_path: Path) -> None:
    desk = ValenceDesk(FILM, SETTINGS)
    desk._settings = replace(SETTINGS, soundfont=tmp_path / "gone.sf2")
    desk.slider.value = 0.5
    assert "gone.sf2" in desk.status.value


def test_it_shows_itself_in_a_notebook() -> None:
    shown = ValenceDesk(FILM, SETTINGS)._repr_mimebundle_()
    bundle = shown[0] if isinstance(shown, tuple) else shown
    assert "application/vnd.jupyter.widget-view+json" in bundle
