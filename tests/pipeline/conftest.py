"""One film, one network, one full run that most tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from emsync_nb.pipeline import ScoreResult, ScoreSettings
from emsync_nb.session import score
from tests.pipeline.tiny_film import make_checkpoint, make_film

SETTINGS = ScoreSettings(ensemble="band", stems=True, keep_sound_db=-12.0)


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny film."""
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny network."""
    return make_checkpoint(tmp_path_factory.mktemp("network") / "tiny.safetensors")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, checkpoint: Path) -> None:
    """The tiny network composes, and the bundled SoundFont sounds."""
    monkeypatch.setenv("EMSYNC_CHECKPOINT", str(checkpoint))
    monkeypatch.delenv("EMSYNC_SOUNDFONT", raising=False)


@pytest.fixture(scope="session")
def full_run(film: Path, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> ScoreResult:
    """A film scored with everything there is: band, stems, the film's own sound."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMSYNC_CHECKPOINT", str(checkpoint))
        patch.delenv("EMSYNC_SOUNDFONT", raising=False)
        return score(film, tmp_path_factory.mktemp("run") / "out", SETTINGS)
