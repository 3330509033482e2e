"""The layouts of the data sets, on small ones made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis.circumplex import EKMAN
from emsync_nb.analysis.genre import GENRES
from emsync_nb.errors import DataError
from emsync_nb.training.emotion.data_sets import EMOTION, load_data, named_folder
from emsync_nb.training.emotion.movienet import PUBLISHED, genres_of
from tests.training.emotion.brought_data import make_ekman6, make_liris, make_movienet, save


def text(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")


def ones(folder: Path, *names: str) -> None:
    for name in names:
        save(folder / "features", name, {"clip": np.ones((2, 3))})


def test_ekman6_is_read_as_its_table_says(tmp_path: Path) -> None:
    make_ekman6(tmp_path, count=20)
    text(tmp_path, "blacklist.txt", "# broken\nv3.mp4\njoy/v4\n\n")
    (tmp_path / "features" / "v5.npz").unlink()
    data = load_data("ekman6", tmp_path)
    assert (data.task, data.answers, data.modalities) == (
        "classes",
        EKMAN,
        (("beats", 10), ("clip", 12), ("face", 8)),
    )
    assert set(data.skipped) == {
        "v3.mp4: on the blacklist",
        "v4.mp4: on the blacklist",
        "v5.mp4: no file of features",
    }
    assert data.counts() == {"train": 11, "validation": 3, "test": 3}
    kinds = [line.split(",")[1] for line in (tmp_path / "labels.csv").read_text().splitlines()[1:]]
    for clip in data.clips:
        assert data.answers[int(clip.wanted.argmax())] == kinds[int(clip.name[1:-4])]
        assert clip.wanted.sum() == 1


def test_ekman6_is_read_from_class_folders_and_lists(tmp_path: Path) -> None:
    names = [f"{kind}/{kind}{number}" for kind in EKMAN for number in range(10)]
    ones(tmp_path, *names)
    text(tmp_path, "train.txt", "\n".join(f"{name}.mp4" for name in names[::2]))
    text(tmp_path, "test.txt", "\n".join(name.partition("/")[2] for name in names[1::2]))
    data = load_data("ekman6", tmp_path)
    counts = data.counts()
    assert counts["test"] == 30
    assert counts["train"] + counts["validation"] == 30
    assert 0 < counts["validation"] < 15
    assert all(clip.name.startswith(data.answers[int(clip.wanted.argmax())]) for clip in data.clips)
    assert load_data("ekman6", tmp_path).counts() == counts


def test_emomv_has_the_classes_of_its_table(tmp_path: Path) -> None:
    ones(tmp_path, *"abcd")
    text(tmp_path, "labels.csv", "clip,label,split\na,Tense,train\nb,sad,train\nc,sad,val\nd,,test\n")
    data = load_data("emomv", tmp_path)
    assert data.answers == ("sad", "tense")
    assert [clip.wanted.tolist() for clip in data.clips] == [[0, 1], [1, 0], [1, 0]]
    assert data.skipped == ("d: no label",)


def test_liris_lies_on_the_plane(tmp_path: Path) -> None:
    make_liris(tmp_path, count=10)
    lines = (tmp_path / "ACCEDEranking.txt").read_text().splitlines()
    data = load_data("liris", tmp_path)
    assert data.counts() == {"train": 6, "validation": 2, "test": 2}
    for clip in data.clips:
        row = next(line.split("\t") for line in lines if f"\t{clip.name}\t" in line)
        assert clip.wanted == pytest.approx([(float(row[4]) - 3) / 2, (float(row[5]) - 3) / 2])
    (tmp_path / "annotations").mkdir()
    for name in ("ACCEDEranking.txt", "ACCEDEsets.txt"):
        (tmp_path / name).rename(tmp_path / "annotations" / name)
    assert load_data("liris", tmp_path).counts() == data.counts()


def test_movienet_tells_of_labels_that_are_none(tmp_path: Path) -> None:
    """The one corrupt label of the published table, a trailer with nothing else, and one in no split."""
    extra = (
        "tt1,glued,\"['Comedy', '-1ru6xV7SOMDrama']\",Two lines,1",
        "tt2,empty,\"['-1ru6xV7SOMDrama']\",Nothing,1",
        "tt3,stray,['War'],In no list,1",
    )
    make_movienet(tmp_path, count=20, extra=extra)
    lists = json.loads((tmp_path / "splits.json").read_text())
    lists["trn"] += ["glued", "empty"]
    text(tmp_path, "splits.json", json.dumps(lists))
    ones(tmp_path, "other")
    save(tmp_path / "features", "glued", {"clip": np.ones((2, 12))})
    data = load_data("movienet", tmp_path)
    assert data.answers == GENRES
    assert set(data.skipped) == {
        "glued: '-1ru6xV7SOMDrama' is no genre",
        "empty: '-1ru6xV7SOMDrama' is no genre",
        "empty: no genre",
        "stray: in no split",
    }
    glued = next(clip for clip in data.clips if clip.name == "glued")
    assert [GENRES[index] for index in np.flatnonzero(glued.wanted)] == ["Comedy"]
    assert data.counts() == {"train": 13, "validation": 4, "test": 4}


def test_movienet_without_lists_is_cut_as_the_published_one(tmp_path: Path) -> None:
    make_movienet(tmp_path, count=50)
    (tmp_path / "splits.json").unlink()
    data = load_data("movienet", tmp_path)
    assert data.counts() == {"train": 35, "validation": 5, "test": 10}
    assert max(c.name for c in data.split("train")) < min(c.name for c in data.split("validation"))
    assert max(c.name for c in data.split("validation")) < min(c.name for c in data.split("test"))
    total = sum(PUBLISHED.values())
    assert [round(0.7 * total), round(0.1 * total), round(0.2 * total)] == [18488, 2641, 5282]


@pytest.mark.parametrize(
    "cell", ["['Action', 'Sci-Fi']", "Action|Sci-Fi", "Action, Sci-Fi,Action", '["Action";"Sci-Fi"]']
)
def test_cells_of_genres_are_alike(cell: str) -> None:
    assert genres_of(cell) == ["Action", "Sci-Fi"]


def _broken(folder: Path, name: str, content: str) -> None:
    {"ekman6": make_ekman6, "liris": make_liris, "movienet": make_movienet}[name](folder, count=10)
    file, _, rest = content.partition(":")
    text(folder, file, rest)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("ekman6", "labels.csv:video,label\nv1,joy\n", "it has no column split"),
        ("ekman6", "labels.csv:video,label,split\n", "holds no line"),
        ("ekman6", "labels.csv:", "it has no column video"),
        ("ekman6", "labels.csv:video,label,split\nv1,bliss,train\n", "line 2: 'bliss' is no emotion"),
        ("ekman6", "labels.csv:video,label,split\nv1,joy,Tuesday\n", "'Tuesday' is no split"),
        ("ekman6", "labels.csv:video,label,split\nv1,joy,train\nv1,joy,test\n", "stands twice"),
        ("ekman6", "labels.csv:video,label,split\nv1,joy,train\n", "too few to learn from"),
        ("ekman6", 'labels.csv:video,label,split\n"v1,joy,train\n', r"it is no table \(line 2: "),
        ("liris", "ACCEDEsets.txt:id\tname\n0\ta\n", "it has no column set"),
        ("liris", "ACCEDEranking.txt:id\tname\tvalenceValue\tarousalValue\n0\ta\t9\t1\n", "outside of LIRIS"),
        (
            "liris",
            "ACCEDEranking.txt:id\tname\tvalenceValue\tarousalValue\n0\ta\tnan\t1\n",
            "outside of LIRIS",
        ),
        ("movienet", 'splits.json:{"trn": ["-y0001"], "tst": ["-y0001"]}', "in the splits train and test"),
        ("movienet", "splits.json:[1, 2]", "no lists of trailers"),
        ("movienet", 'splits.json:{"trn": 7}', "no lists of trailers"),
        ("movienet", "splits.json:{", "no lists of trailers"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, name: str, content: str, words: str) -> None:
    _broken(tmp_path, name, content)
    with pytest.raises(DataError, match=words) as told:
        load_data(name, tmp_path)
    assert "\n" not in str(told.value)


def test_widths_must_agree(tmp_path: Path) -> None:
    make_ekman6(tmp_path, count=10)
    save(tmp_path / "features", "v9", {"clip": np.ones((2, 99))})
    with pytest.raises(DataError, match=r"clip of v9\.mp4 has 99 numbers, others have 12"):
        load_data("ekman6", tmp_path)


@pytest.mark.parametrize("array", [{"A picture": np.ones(3)}, {"clip": np.ones(9000)}])
def test_features_that_no_head_takes_are_told_of(tmp_path: Path, array: dict[str, np.ndarray]) -> None:  # type: ignore[type-arg]
    make_ekman6(tmp_path, count=10)
    for number in range(10):
        save(tmp_path / "features", f"v{number}", array)
    with pytest.raises(DataError, match=r"a modality is a short name in small letters and 1 to 8192 numbers"):
        load_data("ekman6", tmp_path)


@pytest.mark.parametrize("name", ["ekman6", "emomv", "liris", "movienet"])
def test_an_empty_folder_is_told_of(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="holds no"):
        load_data(name, tmp_path)


def test_a_table_that_is_no_text_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="no text in UTF-8"):
        load_data("emomv", tmp_path)


def test_data_sets_are_named_with_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert named_folder(f"liris:{tmp_path}", EMOTION) == ("liris", tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert named_folder("liris:~", EMOTION) == ("liris", tmp_path)
    mistakes = {
        "liris": "names no data set",
        "imdb:x": "names no data set",
        "liris:gone": "is no folder",
        "movienet:.": "write ekman6:DIR or emomv:DIR or liris:DIR",
    }
    for name, words in mistakes.items():
        with pytest.raises(DataError, match=words):
            named_folder(name, EMOTION)
