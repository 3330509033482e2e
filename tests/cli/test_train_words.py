"""`emsync train words` and `emsync evaluate emotion --text`: what is asked, written and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from emsync_nb.analysis.words import features
from emsync_nb.analysis.words.head import load_head
from emsync_nb.analysis.words.labels import FINE, SEVEN
from tests.cli.conftest import Emsync

needs_text = pytest.mark.skipif(not features.is_available(), reason="the extra 'text' is not installed")
LINES = (
    ("Thank you so much", "joy", "gratitude"),
    ("I hate you, you idiot", "anger", "anger"),
    ("It is noon", "neutral", "neutral"),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A tiny GoEmotions."""
    folder = tmp_path / "goemotions"
    for at, (kind, names) in enumerate((("ekman", sorted(SEVEN)), ("original", FINE))):
        (folder / kind).mkdir(parents=True)
        (folder / kind / "labels.txt").write_text("\n".join(names))
        rows = [f"{line[0]}\t{list(names).index(line[1 + at])}\tid" for line in LINES] * 8
        for name in ("train", "dev", "test"):
            (folder / kind / f"{name}.tsv").write_text("\n".join(rows))
    return folder


@needs_text
def test_training_writes_a_head_and_its_scores(emsync: Emsync, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "head.safetensors"
    done = emsync(
        "train", "words", "--data", data, "--out", out, "--cache", tmp_path / "cache", "--json", "scores.json"
    )
    assert done.code == 0
    assert load_head(out).thresholds.shape == (28,)
    facts = json.loads(Path("scores.json").read_text())
    assert facts["the layer"]["n"] == 24
    assert facts["the layer"].keys() == {"n", "accuracy", "macro_f1", "fine_macro_f1"}


def test_data_that_is_not_there_is_one_line(emsync: Emsync, tmp_path: Path) -> None:
    done = emsync("train", "words", "--data", tmp_path / "nowhere", "--cache", tmp_path / "cache")
    assert done.code == 2
    assert "nowhere" in done.err and len(done.err.splitlines()) <= 2


@needs_text
def test_evaluating_text_gives_accuracy_and_macro_f1(emsync: Emsync, data: Path) -> None:
    done = emsync("evaluate", "emotion", "--text", data / "ekman" / "test.tsv", "--json", "facts.json")
    assert done.code == 0
    facts = json.loads(Path("facts.json").read_text())
    assert facts["n"] == 24
    assert facts["accuracy"] == 1
    assert facts["macro_f1"] == 1


def test_a_hostile_table_is_one_line(emsync: Emsync, tmp_path: Path) -> None:
    path = tmp_path / "bad.tsv"
    path.write_text("no tabs at all\n")
    done = emsync("evaluate", "emotion", "--text", path)
    assert done.code == 2
    assert "line 1: 1 columns" in done.err
