"""Accuracy and F1, by scikit-learn's own example and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from emsync_nb.errors import DataError
from emsync_nb.training.words.scores import best_thresholds, f1, single_scores, tuned_scores


def test_macro_f1_is_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    draw = np.random.default_rng(0)
    wanted, chances = draw.integers(0, 7, 300), draw.random((300, 7))
    labels = np.eye(7, dtype=np.bool_)[wanted]
    said = chances.argmax(axis=1)
    found = single_scores(labels, chances)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(wanted, said))
    assert found["macro_f1"] == pytest.approx(metrics.f1_score(wanted, said, average="macro"))
    many = draw.random((300, 28)) < 0.1
    given = draw.random((300, 28))
    assert f1(many, given >= 0.9).mean() == pytest.approx(
        metrics.f1_score(many, given >= 0.9, average="macro", zero_division=0)
    )


def test_sentences_with_several_labels_are_left_out() -> None:
    labels = np.array([[1, 0], [1, 1], [0, 1]], dtype=np.bool_)
    assert single_scores(labels, np.array([[0.9, 0.1]] * 3)) == {
        "n": 2, "accuracy": 0.5, "macro_f1": pytest.approx(1 / 3)
    }  # fmt: skip
    with pytest.raises(DataError, match="one label"):
        single_scores(labels[1:2], np.ones((1, 2)))


def test_thresholds_are_the_best_there_are() -> None:
    labels = np.array([[1], [1], [0], [0]], dtype=np.bool_)
    chances = np.array([[0.4], [0.3], [0.25], [0.1]])
    thresholds = best_thresholds(labels, chances)
    assert 0.25 < thresholds[0] <= 0.3
    assert tuned_scores(labels, chances, thresholds)["macro_f1"] == 1
