"""`emsync` within this process, the tiny film, and a session that costs nothing."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pipeline.tiny_film import make_checkpoint, make_film


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str


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
def emsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Emsync:
    """Runs a command as the entry point does, signals and logging aside."""
    entry = importlib.import_module("emsync_nb.cli.main")

    def run(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["emsync", *map(str, arguments)])
        capsys.readouterr()
        code = entry._run()
        return Done(code, *capsys.readouterr())

    return run
