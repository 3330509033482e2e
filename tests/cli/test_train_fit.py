"""`emsync train fit`: what it writes and says, alone and through torchrun."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Emsync
from tests.training.conftest import _piece

safetensors = pytest.importorskip("safetensors")

QUICK = ("--layers", "1", "--width", "32", "--batch", "2", "--length", "256", "--steps", "2")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared corpus of six pieces to learn from and two to hold out."""
    from emsync_nb.training.corpus.store import pack

    splits = ["train"] * 6 + ["validation"] * 2
    pieces = [_piece(f"piece {seed}", seed=seed, bars=30, split=split) for seed, split in enumerate(splits)]
    folder = tmp_path_factory.mktemp("music")
    (folder / "corpus.npz").write_bytes(pack(pieces))
    return folder


def settings_of(path: Path) -> dict[str, int]:
    with safetensors.safe_open(str(path), framework="np") as archive:
        settings: dict[str, int] = json.loads(archive.metadata()["settings"])
    return settings


def test_a_network_is_trained_and_told_of(emsync: Emsync, cache: Path) -> None:
    done = emsync(
        "train", "fit", "--cache", cache, "--out", "g.safetensors", *QUICK, "--no-compile", "--json", "f.json"
    )
    facts = json.loads(Path("f.json").read_text(encoding="utf-8"))
    assert (done.code, done.err) == (0, "")
    assert (facts["steps"], facts["events"], facts["train_pieces"]) == (2, 2 * 2 * 256, 6)
    first, held_out, speed = done.out.splitlines()
    assert first.startswith(f"g.safetensors: {facts['parameters']:,} parameters, 2 steps in ")
    assert held_out == f"held-out loss {facts['held_out']['nll_per_note']:.3f} nats a note"
    assert speed.startswith(
        f"{facts['events_per_s']:,.0f} events a second, {100 * facts['share_of_peak']:.0f} % of "
    )
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["f.json", "g.safetensors"]


@pytest.mark.parametrize(("width", "heads", "hidden"), [(32, 1, 96), (96, 3, 288), (128, 2, 384)])
def test_heads_are_of_64_or_else_32(emsync: Emsync, cache: Path, width: int, heads: int, hidden: int) -> None:
    """The feed-forward is 8/3 as wide, rounded up to a multiple of 32."""
    done = emsync("train", "fit", "--cache", cache, "--out", "g.safetensors", *QUICK, "--steps", "1", "--width", width,
                  "--no-compile")  # fmt: skip
    assert done.code == 0
    settings = settings_of(Path("g.safetensors"))
    assert (settings["width"], settings["heads"], settings["hidden"]) == (width, heads, hidden)


def test_the_plain_command_trains_the_network_that_ships() -> None:
    from emsync_nb.cli.train import _network_of
    from emsync_nb.training import NetworkSettings

    assert _network_of(384, 6) == NetworkSettings()


def test_what_cannot_be_gone_on_with_is_one_line(emsync: Emsync, cache: Path) -> None:
    fit = ("train", "fit", "--cache", cache, "--out", "g.safetensors", *QUICK, "--no-compile", "--resume")
    assert emsync(*fit).code == 2
    Path("g.resume").write_bytes(b"\x80\x04.")
    done = emsync(*fit)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("emsync: g.resume is damaged (")
    assert done.err.endswith("; remove it and train anew\n")
    assert done.err.count("\n") == 1


def test_the_help_names_torchrun(emsync: Emsync) -> None:
    said = " ".join(emsync("train", "fit", "--help").out.split())
    assert "torchrun --nproc_per_node 8 -m emsync_nb train fit" in said


def test_without_a_compiler_it_trains_all_the_same(cache: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "emsync_nb", "train", "fit", "--cache", str(cache), *QUICK],
        capture_output=True,
        text=True,
        env=os.environ | {"CXX": "no-such-compiler", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "empty")},
        check=False,
    )
    assert run.returncode == 0
    assert run.stderr.startswith("emsync: no compiler for the network (")
    assert run.stderr.endswith("), so training is slower; install g++, or another in CXX\n")
    assert run.stderr.count("\n") == 1
    assert Path("generator.safetensors").is_file()


def test_two_processes_of_torchrun_speak_with_one_voice(cache: Path) -> None:
    run = subprocess.run(
        [
            sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "emsync_nb",
            "train", "fit", "--cache", str(cache), *QUICK, "--no-compile", "--json", "-",
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    facts = json.loads(run.stdout)
    assert (facts["steps"], facts["events"]) == (2, 2 * 2 * 2 * 256)
    assert [path.name for path in Path.cwd().iterdir()] == ["generator.safetensors"]
