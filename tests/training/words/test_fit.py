"""Learning from labelled sentences, on a few of them."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

pytest.importorskip("torch")

from emsync_nb import text_embedding
from emsync_nb.analysis.words.features import Features, hashes
from emsync_nb.analysis.words.labels import FINE, SEVEN
from emsync_nb.errors import DataError
from emsync_nb.training.words import Sentences, Table, WordsSettings, fit_head, load_table, single_scores
from emsync_nb.training.words.fit import telling_terms
from emsync_nb.training.words.network import WordsNetwork
from emsync_nb.training.words.vectors import embedded

#: what people say → ids of the seven and of the 28
SAID = {
    "thank you so much": ("joy", "gratitude"),
    "go away now": ("anger", "anger"),
    "it is on the table": ("neutral",) * 2,
}


def table(count: int = 60, seed: int = 0) -> Table:
    draw = np.random.default_rng(seed)
    texts = tuple(list(SAID)[number % 3] + f" n{chr(97 + number % 7)}" for number in range(count))
    kinds = [SAID[text[:-3]] for text in texts]
    seven = np.array([[name == kind[0] for name in SEVEN] for kind in kinds])
    fine = np.array([[name == kind[1] for name in FINE] for kind in kinds])
    vectors = draw.normal(size=(count, 384)).astype(np.float32) / 20
    return Table(texts, seven, fine, Features(vectors, np.zeros((count, 4), dtype=np.float32), hashes(texts)))


def test_what_can_be_learnt_is_learnt_and_comes_out_the_same_again() -> None:
    settings = WordsSettings(hidden=8, epochs=30, batch=16)
    head = fit_head(table(), table(seed=1), settings)
    seven, fine = head(table(seed=2).told)
    assert single_scores(table(seed=2).seven, seven)["accuracy"] == 1
    assert [FINE[i] for i in fine[:3].argmax(axis=1)] == ["gratitude", "anger", "neutral"]
    again = fit_head(table(), table(seed=1), settings)
    assert np.array_equal(head.words, again.words)


def test_numpy_says_what_torch_says() -> None:
    import torch

    network = WordsNetwork(WordsSettings(hidden=8), 3).eval()
    with torch.no_grad():
        network.words.weight[:3].normal_()
    some = table(6)
    terms = np.unique(hashes(["thank go you"]).ravel())[-3:]
    with torch.no_grad():
        logits = network(*network.known(some.told, terms)).numpy()
    seven, fine = network.head(terms)(some.told)
    assert fine == pytest.approx(1 / (1 + np.exp(-logits[:, 7:])), abs=1e-5)
    likelihood = np.exp(logits[:, :7])
    assert seven == pytest.approx(likelihood / likelihood.sum(axis=1, keepdims=True), abs=1e-5)


def test_telling_terms_are_told_from_common_ones() -> None:
    texts = [f"{'thanks' if number % 2 else 'damn'} it" for number in range(40)]
    labels = np.zeros((40, 28), dtype=np.bool_)
    labels[1::2, FINE.index("gratitude")] = True
    labels[::2, FINE.index("anger")] = True
    found = telling_terms(Sentences(tuple(texts), labels, FINE), most=4)
    assert set(found) == {crc32(term) for term in (b"thanks", b"damn", b"thanks it", b"damn it")}
    with pytest.raises(DataError, match="too small"):
        telling_terms(Sentences(("a", "b"), labels[:2], FINE))


def test_embeddings_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def embed(texts: tuple[str, ...]) -> np.typing.NDArray[np.float32]:
        asked.append(len(texts))
        return np.ones((len(texts), 384), dtype=np.float32)

    monkeypatch.setattr(text_embedding, "embed", embed)
    for _ in range(2):
        assert embedded(("a", "b"), tmp_path).shape == (2, 384)
    assert asked == [2]
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-8])
    embedded(("a", "b"), tmp_path)
    assert asked == [2, 2]


def test_tables_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    for kind, names, text in (("ekman", sorted(SEVEN), "one"), ("original", FINE, "another")):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "labels.txt").write_text("\n".join(names))
        (tmp_path / kind / "train.tsv").write_text(f"{text}\t1\tx\n")
    with pytest.raises(DataError, match="do not belong together"):
        load_table(tmp_path, "train", tmp_path)
    with pytest.raises(DataError, match=r"dev\.tsv"):
        load_table(tmp_path, "dev", tmp_path)
