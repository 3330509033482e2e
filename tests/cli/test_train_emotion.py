"""`emsync train fusion`, `genre` and `features`: what they write and say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Emsync
from tests.training.emotion.brought_data import make_ekman6, make_liris, make_movienet

pytest.importorskip("torch")


def test_a_head_is_trained_and_told_of(emsync: Emsync) -> None:
    make_ekman6(Path("in"), count=100)
    Path("in/features/v3.npz").unlink()
    done = emsync(
        "train", "fusion", "--data", "ekman6:in", "--out", "h.safetensors", "--epochs", 12, "--json", "h.json"
    )
    facts = json.loads(Path("h.json").read_text(encoding="utf-8"))
    assert done.code == 0, done.err
    assert facts["metrics"]["accuracy"] > facts["baseline"]["accuracy"] + 0.2
    assert facts["skipped"] == ["v3.mp4: no file of features"]
    left_out, data, checkpoint, heading, accuracy, f1 = done.out.splitlines()
    assert left_out == "  left out v3.mp4: no file of features"
    assert data == "ekman6: 60 train, 19 validation, 20 test; features beats 10, clip 12, face 8"
    assert checkpoint.startswith(f"h.safetensors: {facts['parameters']:,} parameters, best after ")
    assert heading.split() == ["on", "test", "head", "usual"]
    assert accuracy.split() == [
        "accuracy",
        f"{facts['metrics']['accuracy']:.3f}",
        f"{facts['baseline']['accuracy']:.3f}",
    ]
    assert f1.startswith("macro_f1 ")
    assert Path("h.safetensors").is_file()


def test_valence_and_arousal_and_genres_are_trained_too(
    emsync: Emsync, caplog: pytest.LogCaptureFixture
) -> None:
    make_liris(Path("l"), count=60)
    make_movienet(Path("m"), count=60)
    liris = emsync("train", "fusion", "--data", "liris:l", "--out", "l.safetensors", "--epochs", 4)
    assert liris.code == 0, liris.err
    assert "valence_ccc" in liris.out
    genre = emsync(
        "train", "genre", "--data", "movienet:m", "--out", "g.safetensors", "--epochs", 4, "--batch", 16
    )
    assert genre.code == 0, genre.err
    assert "micro_recall" in genre.out
    assert "the published ones 18,488 train, 2,642 validation, 5,282 test" in caplog.text


def test_the_help_tells_the_layouts(emsync: Emsync) -> None:
    said = " ".join(emsync("train", "fusion", "--help").out.split())
    for words in ("video,label,split", "blacklist.txt", "(16, 512)", "ACCEDEranking.txt", "Pickles"):
        assert words in said
    assert "imdb_id,youtube_id,genres,title,duration" in " ".join(
        emsync("train", "genre", "--help").out.split()
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("fusion --data movienet:in --out h.safetensors", "names no data set"),
        ("genre --data in --out h.safetensors", "write movienet:DIR"),
        ("fusion --data ekman6:gone --out h.safetensors", "is no folder"),
        ("fusion --data ekman6:in --out in/h.safetensors", "lies in in"),
        ("fusion --data ekman6:in --out h.safetensors --json in/a.json", "lies in in"),
        ("fusion --data ekman6:in --out h.safetensors --json h.safetensors", "both name"),
        ("fusion --data ekman6:in --out gone/h.safetensors", "gone is no folder"),
        ("fusion --data emomv:in --out h.safetensors", "holds no labels.csv"),
        ("features in --out out", "holds no film"),
        ("features in --out file", "file is no folder"),
    ],
)
def test_mistakes_are_one_line(emsync: Emsync, arguments: str, words: str) -> None:
    Path("in").mkdir()
    Path("file").write_bytes(b"a thesis")
    done = emsync("train", *arguments.split())
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert done.err.count("\n") == 1
    assert not Path("h.safetensors").exists()


def test_pickled_features_are_refused(emsync: Emsync) -> None:
    make_ekman6(Path("in"), count=5)
    for path in Path("in/features").iterdir():
        path.rename(path.with_suffix(".pkl"))
    done = emsync("train", "fusion", "--data", "ekman6:in", "--out", "h.safetensors")
    assert done.code == 2
    assert "numpy.savez" in done.err
    assert done.err.strip().count("\n") <= 1


def test_films_are_watched_by_all_experts(emsync: Emsync, cli_film: Path) -> None:
    Path("films").mkdir()
    Path("films/one.mp4").write_bytes(cli_film.read_bytes())
    Path("films/two.mp4").write_bytes(b"a thesis")
    done = emsync("train", "features", "films", "--out", "out", "--json", "done.json")
    assert done.code == 0, done.err
    facts = json.loads(Path("done.json").read_text(encoding="utf-8"))
    assert (facts["films"], facts["made"], len(facts["failed"])) == (2, 1, 1)
    assert done.out.splitlines()[-1] == "out: features of 1 films, 1 made now"
    with np.load("out/one.npz", allow_pickle=False) as kept:
        assert {"picture", "motion"} <= set(kept.files)
    assert json.loads(emsync("train", "features", "films", "--out", "out", "--json", "-").out)["made"] == 0
