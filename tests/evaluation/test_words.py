"""How far the words expert agrees with people: the measure, and what it must reach."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from emsync_nb.analysis.words import features
from emsync_nb.analysis.words.labels import FINE
from emsync_nb.errors import DataError
from emsync_nb.evaluation.words import agreement_with, pleasant_auc
from emsync_nb.training.words import Sentences

needs_text = pytest.mark.skipif(not features.is_available(), reason="the extra 'text' is not installed")


def test_pleasant_auc_is_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    draw = np.random.default_rng(0)
    is_pleasant = draw.random(200) < 0.4
    labels = np.zeros((200, 28), dtype=np.bool_)
    labels[is_pleasant, FINE.index("joy")] = True
    labels[~is_pleasant, FINE.index("anger")] = True
    valence = np.round(is_pleasant * 0.5 + draw.normal(size=200), 1)
    found = pleasant_auc(Sentences(("",) * 200, labels, FINE), valence)
    assert found == pytest.approx(metrics.roc_auc_score(is_pleasant, valence))
    assert pleasant_auc(Sentences(("",) * 200, labels & False, FINE), valence) is None


@needs_text
def test_part_of_the_test_table_is_read_as_well_as_the_card_says(data_folder: Path, tmp_path: Path) -> None:
    for kind in ("ekman", "original"):
        source = data_folder / "text" / "goemotions" / kind
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "labels.txt").write_bytes((source / "labels.txt").read_bytes())
        lines = (source / "test.tsv").read_text(encoding="utf-8").split("\n")
        (tmp_path / kind / "part.tsv").write_text("\n".join(lines[:500]), encoding="utf-8")
    shares: list[float] = []
    seven = agreement_with(tmp_path / "ekman" / "part.tsv", on_progress=shares.append)
    assert (seven["labels"], seven["sentences"]) == (7, 500)
    assert 430 < seven["n"] <= 500
    # the whole table: 0.671 and 0.591; a deviation of a tenth of it is about 0.02
    assert seven["accuracy"] > 0.61
    assert seven["macro_f1"] > 0.45
    assert shares == sorted(shares) and shares[-1] == 1
    fine = agreement_with(tmp_path / "original" / "part.tsv")
    assert fine["macro_f1"] > 0.35
    assert fine["pleasant_auc"] > 0.92


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="GoEmotions"):
        agreement_with(tmp_path / "missing.tsv")
