"""The trained layer: read, refused, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis.words.features import Features, features_of
from emsync_nb.analysis.words.head import FORMAT, MAX_BYTES, WordsHead, load_head, save_head, shipped_head
from emsync_nb.analysis.words.labels import FINE, PLEASANT, SEVEN, UNPLEASANT
from emsync_nb.errors import CheckpointError
from emsync_nb.weights import WORDS, sha256
from tests.analysis.words.conftest import needs_text

safetensors = pytest.importorskip("safetensors.numpy")


def small_head(hidden: int = 3) -> WordsHead:
    draw = np.random.default_rng(1)

    def numbers(*shape: int) -> np.typing.NDArray[np.float32]:
        return draw.normal(size=shape).astype(np.float16).astype(np.float32)

    return WordsHead(
        numbers(388, hidden),
        numbers(hidden),
        numbers(hidden, 35),
        numbers(35),
        np.array([5, 9], dtype=np.uint32),
        numbers(2, 35),
        np.array([0.5, 2.0], dtype=np.float32),
        np.full(28, 0.5, dtype=np.float32),
    )


def told(terms: list[int]) -> Features:
    row = np.zeros((1, 64), dtype=np.uint32)
    row[0, 64 - len(terms) :] = terms
    return Features(np.zeros((1, 384), dtype=np.float32), np.zeros((1, 4), dtype=np.float32), row)


def test_it_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    head, path = small_head(), tmp_path / "head.safetensors"
    save_head(head, path, {"provenance": "a test"})
    again = load_head(path)
    assert all(np.array_equal(getattr(head, f.name), getattr(again, f.name)) for f in fields(WordsHead))
    assert list(tmp_path.iterdir()) == [path]


def test_probabilities_are_those_of_the_logits() -> None:
    head = small_head()
    logits = np.maximum(head.hidden_bias, 0) @ head.out + head.out_bias + head.words[1]
    seven, fine = head(told([7, 9]))  # 7 is a word that it does not know
    wanted = np.exp(logits[:7] / 0.5)
    assert seven[0] == pytest.approx(wanted / wanted.sum(), rel=1e-5)
    assert fine[0] == pytest.approx(1 / (1 + np.exp(-logits[7:] / 2)), rel=1e-5)


def test_nothing_said_is_no_row() -> None:
    seven, fine = small_head()(
        Features(*(array[:0] for array in (told([]).vectors, told([]).tone, told([]).terms)))
    )
    assert (seven.shape, fine.shape) == ((0, 7), (0, 28))


Change = Callable[[dict[str, np.typing.NDArray[np.generic]]], object]
DAMAGES: dict[str, Change] = {
    "a tensor is missing": lambda tensors: tensors.pop("words"),
    "another shape": lambda tensors: tensors.update(out=np.zeros((3, 34), dtype=np.float32)),
    "not finite": lambda tensors: tensors.update(out=np.full((3, 35), np.nan, dtype=np.float32)),
    "cold": lambda tensors: tensors.update(temperature=np.zeros(2, dtype=np.float32)),
    "terms of another kind": lambda tensors: tensors.update(terms=np.array([5.0, 9.0])),
    "terms that fall": lambda tensors: tensors.update(terms=np.array([9, 5], dtype=np.uint32)),
    "no hidden unit": lambda tensors: tensors.update(hidden_bias=np.zeros(0, dtype=np.float32)),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_layers_are_refused_in_one_line(name: str, tmp_path: Path) -> None:
    tensors = {f.name: getattr(small_head(), f.name) for f in fields(WordsHead)}
    DAMAGES[name](tensors)
    path = tmp_path / "head.safetensors"
    safetensors.save_file(tensors, str(path), metadata={"format": FORMAT})
    with pytest.raises(CheckpointError, match=r"head\.safetensors.*reinstall") as caught:
        load_head(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"{}", b"\x08" + bytes(7) + b"{}      ", bytes(MAX_BYTES + 1)])
def test_other_files_are_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "head.safetensors"
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="reinstall"):
        load_head(path)


def test_another_format_and_no_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "head.safetensors"
    with pytest.raises(CheckpointError, match="reinstall"):
        load_head(path)
    safetensors.save_file({"a": np.zeros(1)}, str(path), metadata={"format": "other"})
    with pytest.raises(CheckpointError, match="'other'"):
        load_head(path)


def test_what_ships_is_what_the_table_of_weights_says() -> None:
    assert (WORDS.path.stat().st_size, sha256(WORDS.path)) == (WORDS.size, WORDS.sha256)
    assert WORDS.size < 1_000_000
    assert shipped_head().thresholds.shape == (len(FINE),)


def test_labels_are_goemotions(data_folder: Path) -> None:
    listing = data_folder / "text" / "goemotions" / "original" / "labels.txt"
    assert tuple(listing.read_text(encoding="utf-8").split()) == FINE
    assert len(SEVEN) == 7
    assert set(PLEASANT) | set(UNPLEASANT) | {
        "confusion",
        "curiosity",
        "realization",
        "surprise",
        "neutral",
    } == set(FINE)


@needs_text
@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("I am so glad to see you, what a beautiful day!", "joy"),
        ("Watch out, it's coming for us, I'm terrified!", "fear"),
        ("He died last night. I can't stop crying.", "sadness"),
        ("I hate you, you bastard! Get out of here!", "anger"),
        ("That is disgusting, it makes me sick.", "disgust"),
        ("Wow, I did not expect that at all!", "surprise"),
        ("The meeting is in the room upstairs.", "neutral"),
    ],
)
def test_plain_sentences_are_classed_as_people_would(sentence: str, name: str) -> None:
    seven, _ = shipped_head()(features_of([sentence]))
    assert SEVEN[int(seven[0].argmax())] == name
