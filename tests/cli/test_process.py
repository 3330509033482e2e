"""`emsync` as a process of its own: exit codes, streams, and signals that come at bad moments."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Emsync
from tests.cli.running import heed_signals, tree
from tests.pipeline.tiny_film import make_film

COMMAND = (sys.executable, "-m", "emsync_nb")


@pytest.fixture(scope="module")
def scored(
    cli_film: Path, cli_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Results made by another process, and what it printed."""
    folder = tmp_path_factory.mktemp("process") / "out"
    run = subprocess.run(
        [*COMMAND, "score", str(cli_film), "--no-render", "--out", str(folder), "--json", "-"],
        capture_output=True,
        text=True,
        env=os.environ | {"EMSYNC_CHECKPOINT": str(cli_checkpoint)},
        check=False,
    )
    return folder, run


def test_json_stands_alone_and_progress_goes_elsewhere(
    scored: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, run = scored
    assert run.returncode == 0
    assert json.loads(run.stdout) == json.loads((folder / "report.json").read_text(encoding="utf-8"))
    lines = run.stderr.splitlines()
    assert "emsync: analysis …" in lines
    assert all(line.startswith("emsync: ") for line in lines)


def test_two_processes_write_the_same_music(
    scored: tuple[Path, subprocess.CompletedProcess[str]], emsync: Emsync, cli_film: Path
) -> None:
    folder, _ = scored
    assert emsync("score", cli_film, "--no-render", "--out", "here").code == 0
    for name in ("score.mid", "score.musicxml"):
        assert Path("here", name).read_bytes() == (folder / name).read_bytes()


def _interrupt(video: Path, out: Path, at: str, number: signal.Signals) -> tuple[int, str]:
    """Exit code and last line of a run that gets a signal when a stage begins."""
    with subprocess.Popen(
        [*COMMAND, "score", str(video), "--no-render", "--seed", "9", "--out", str(out)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_signals,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if at in line:
                # Ctrl-C in a terminal reaches the children too
                os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
                break
        rest = process.stderr.read()
    with pytest.raises(ProcessLookupError):  # no child outlives the run
        os.killpg(process.pid, 0)
    return process.returncode, rest


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_leaves_what_was_there_whole(tmp_path: Path) -> None:
    # without sound, so that the analysis is short
    film = make_film(tmp_path / "film.mp4", with_sound=False)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "score.mid").write_bytes(b"an earlier score")
    before = tree(tmp_path)
    code, rest = _interrupt(film, tmp_path / "out", "figures", signal.SIGINT)
    assert (code, rest.splitlines()[-1]) == (130, "emsync: stopped")
    assert "Traceback" not in rest
    assert tree(tmp_path) == before
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["score.mid"]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_sigterm_leaves_nothing(cli_film: Path, tmp_path: Path) -> None:
    code, rest = _interrupt(cli_film, tmp_path / "deep" / "out", "analysis", signal.SIGTERM)
    assert code == 143
    assert "Traceback" not in rest
    assert not list(tmp_path.iterdir())


def test_a_missing_film_is_one_line() -> None:
    run = subprocess.run([*COMMAND, "score", "gone.mp4"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "emsync: gone.mp4 does not exist. Check the spelling of the path.\n"


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_reader_that_leaves_early_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        run = subprocess.run(
            [*COMMAND, "doctor", "--json", "-"], stdout=pipe, stderr=subprocess.PIPE, text=True, check=False
        )
    assert run.returncode == 0
    assert "BrokenPipe" not in run.stderr
    assert "fault" not in run.stderr


def test_a_narrow_terminal_is_no_fault() -> None:
    run = subprocess.run(
        [*COMMAND, "doctor"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        check=False,
    )
    assert run.returncode == 0
    assert b"\\u2192" in run.stdout
