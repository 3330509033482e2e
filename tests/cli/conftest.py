"""`emsync` within this process, the tiny film, and a session that costs nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import pytest

from bridge.selftest.jack_server import private_jack
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


def made_session(
    folder: Path, film: Path, checkpoint: Path, analysing: str = "", generating: str = ""
) -> None:
    """Put the film and its session into a folder: takes of a string quartet from seed 3 on, the first accepted."""
    shutil.copy(film, folder / "film.mp4")
    for line in (
        f"session analyze film.mp4 --ensemble string-quartet {analysing}",
        f"session generate film.mp4 --seed 3 {generating}",
        "session accept film.mp4 001",
    ):
        done = run_here(line.split(), folder=folder, environment={"EMSYNC_CHECKPOINT": str(checkpoint)})
        assert (done.code, done.err) == (0, ""), done


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


@pytest.fixture
def bridge_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test shares names with another, or with a bridge of the user's."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="module")
def jack() -> Iterator[str]:
    """A server that waits for its clients, so that a busy machine drops no period."""
    if shutil.which("jackd") is None:
        if os.environ.get("CI"):
            pytest.fail("jackd is missing: apt install jackd2")
        pytest.skip("jackd is not installed (apt install jackd2)")
    with private_jack(waits=True) as name:
        yield name


@pytest.fixture
def no_jack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", f"emsync-nobody-{os.getpid()}")


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    """Six beats at 120 a minute: two bars."""
    from tests.cli.test_commands import write_tune

    return write_tune(tmp_path / "tune.mid", notes=6)


@pytest.fixture
def long_note(tmp_path: Path) -> Path:
    track = mido.MidiTrack([mido.Message("control_change", control=64, value=127)])
    track.append(mido.Message("note_on", note=48, velocity=90))
    track.append(mido.Message("note_off", note=48, time=480 * 120))
    mido.MidiFile(tracks=[track]).save(tmp_path / "long.mid")
    return tmp_path / "long.mid"
