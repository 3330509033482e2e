"""`emsync` within this process, the tiny film, and a session that costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Done, run_here
from tests.pipeline.tiny_film import make_checkpoint, make_film

Emsync = Callable[..., Done]


@pytest.fixture(scope="session")
def cli_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny film."""
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture(scope="session")
def cli_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny network."""
    return make_checkpoint(tmp_path_factory.mktemp("network") / "tiny.safetensors")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, cli_checkpoint: Path, tmp_path: Path) -> None:
    """The tiny network composes, the bundled SoundFont sounds, relative paths lead into a fresh folder."""
    monkeypatch.setenv("EMSYNC_CHECKPOINT", str(cli_checkpoint))
    monkeypatch.delenv("EMSYNC_SOUNDFONT", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def emsync() -> Emsync:
    """Runs a command in the current folder as the entry point does, signals and logging aside."""
    return lambda *arguments: run_here(arguments, folder=Path.cwd())
