"""The measures, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from emsync_nb.training.emotion import metrics

RNG = np.random.default_rng(1)
SCORES = np.round(RNG.random((80, 6)), 1)  # with ties
GIVEN = (RNG.random((80, 6)) < np.array([0.5, 0.3, 0.2, 0.1, 0.05, 0.0])).astype(float)
CLASSES = np.eye(6)[RNG.integers(5, size=80)]


def test_they_agree_with_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    occurring = GIVEN[:, :5]
    assert occurring.sum(axis=0).min() > 0
    assert metrics.mean_average_precision(SCORES, GIVEN) == pytest.approx(
        sklearn.average_precision_score(occurring, SCORES[:, :5], average="macro")
    )
    said, wanted = SCORES.argmax(axis=1), CLASSES.argmax(axis=1)
    assert metrics.macro_f1(SCORES, CLASSES) == pytest.approx(sklearn.f1_score(wanted, said, average="macro"))
    assert metrics.accuracy(SCORES, CLASSES) == pytest.approx(sklearn.accuracy_score(wanted, said))
    found = metrics.precision_and_recall(SCORES[:, :5] >= 0.5, occurring)
    for average in ("macro", "micro"):
        precision, recall, _, _ = sklearn.precision_recall_fscore_support(
            occurring, SCORES[:, :5] >= 0.5, average=average, zero_division=0
        )
        assert found[f"{average}_precision"] == pytest.approx(precision)
        assert found[f"{average}_recall"] == pytest.approx(recall)


def test_concordance_counts_scale_and_place_where_correlation_does_not() -> None:
    wanted = np.array([1.0, 2.0, 3.0, 4.0])
    assert metrics.concordance(wanted, wanted) == pytest.approx(1)
    assert metrics.correlation(wanted + 1, wanted) == pytest.approx(1)
    # 2 · 1.25 / (1.25 + 1.25 + 1)
    assert metrics.concordance(wanted + 1, wanted) == pytest.approx(2.5 / 3.5)
    assert metrics.concordance(-wanted + 5, wanted) == pytest.approx(-1)


def test_constants_say_nothing() -> None:
    wanted = np.array([1.0, 2.0, 3.0])
    assert metrics.concordance(np.full(3, 2.0), wanted) == 0
    assert metrics.correlation(np.full(3, 2.0), wanted) == 0
    assert metrics.concordance(np.ones(3), np.ones(3)) == 0


def test_nothing_given_has_no_precision() -> None:
    found = metrics.precision_and_recall(np.zeros((3, 2), dtype=np.bool_), np.ones((3, 2)))
    assert set(found.values()) == {0.0}
    assert metrics.mean_average_precision(SCORES, np.zeros_like(GIVEN)) == 0
