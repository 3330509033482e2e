"""`emsync evaluate emotion` and `emsync train scene`: what they print, and what they answer in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis import scene_head
from emsync_nb.evaluation import pictures
from tests.analysis.test_scene import FakeEyes
from tests.analysis.test_scene_head import make_head
from tests.cli.conftest import Emsync

KEYS = {"valence_r", "arousal_r", "n", "valence_mae", "arousal_mae", "eyes"}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Twelve rated pictures in the folder that has the table's name."""
    import cv2

    (tmp_path / "rated").mkdir()
    lines = ["file,theme,valence_mean,arousal_mean"]
    for number, theme in enumerate("abcdefghijkl"):
        level = 20 if number % 2 else 230
        cv2.imwrite(str(tmp_path / "rated" / f"{number}.png"), np.full((4, 6, 3), level, np.uint8))
        valence, arousal = level / 40 + number / 100 + 1, 3 + number / 10
        lines.append(f"{number}.png,{theme} 1,{valence:.2f},{arousal:.2f}")
    (tmp_path / "rated.csv").write_text("\n".join(lines))
    return tmp_path / "rated.csv"


def test_pictures_are_measured(emsync: Emsync, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "open_eyes", lambda: (FakeEyes(), make_head()))
    done = emsync("evaluate", "emotion", "--images", table, table.with_suffix(""), "--json", "-")
    found = json.loads(done.out)
    assert (done.code, found.keys(), found["n"]) == (0, KEYS, 12)
    assert found["valence_r"] > 0.9
    lines = emsync("evaluate", "emotion", "--images", table, table.with_suffix("")).out.splitlines()
    assert [line.split()[0] for line in lines] == list(found)


def test_a_head_is_trained(emsync: Emsync, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emsync_nb.analysis.scene_eyes.MobileNetEyes", FakeEyes)
    done = emsync("train", "scene", "--data", table, "--out", "head.safetensors", "--json", "scores.json")
    assert done.code == 0
    scores = json.loads(Path("scores.json").read_text())
    assert scores["pictures"] == scores["themes"] == 12
    head = scene_head.load(Path("head.safetensors"))
    assert (head.eyes, len(head.weights)) == ("test", 12)
    assert head.trust[0] == pytest.approx(scores["valence_r_themed"], abs=1e-6)


def _lines(emsync: Emsync, *arguments: object) -> str:
    done = emsync(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("emsync:") == 1
    return done.err.splitlines()[-1]


@pytest.mark.parametrize("command", [("evaluate", "emotion", "--images"), ("train", "scene", "--data")])
def test_a_wrong_table_is_one_line(emsync: Emsync, table: Path, command: tuple[str, ...]) -> None:
    folder = [table.with_suffix("")] if command[0] == "evaluate" else ["--images", table.with_suffix("")]
    table.write_text(table.read_text().replace("3.00", "300"))
    assert "arousal_mean is '300'; ratings from 1 to 7" in _lines(emsync, *command, table, *folder)
    assert "cannot be read" in _lines(emsync, *command, table.with_name("gone.csv"), *folder)


def test_what_is_read_is_not_written_over(emsync: Emsync, table: Path) -> None:
    images = ("evaluate", "emotion", "--images", table, table.with_suffix(""))
    assert "is read by this command" in _lines(emsync, *images, "--json", table)
    assert "which this command reads" in _lines(emsync, *images, "--json", table.with_suffix("") / "x.json")
    assert "is read by this command" in _lines(emsync, "train", "scene", "--data", table, "--out", table)


def test_one_thing_is_measured_at_a_time(emsync: Emsync, table: Path) -> None:
    assert "give one of them" in _lines(emsync, "evaluate", "emotion")
    both = ("--images", table, table.with_suffix(""), "--text", table)
    assert "give one of them" in _lines(emsync, "evaluate", "emotion", *both)


def test_without_the_networks_it_says_what_to_fetch(
    emsync: Emsync, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EMSYNC_WEIGHTS", raising=False)
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "empty"))
    fetch = "mobilenet-v1-embedding and mobilenet-v2 are not here. Run: emsync weights fetch"
    assert fetch in _lines(emsync, "evaluate", "emotion", "--images", table, table.with_suffix(""))
    assert fetch in _lines(emsync, "train", "scene", "--data", table)
    assert "clip-ViT-B-32 is not here" in _lines(emsync, "train", "scene", "--data", table, "--eyes", "clip")
