"""Agreement with people on rated pictures; the shipped head's figures hold on the pictures it was fitted on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emsync_nb.errors import DataError, WeightsError
from emsync_nb.evaluation import pictures
from emsync_nb.evaluation.pictures import agreement_with
from tests.analysis.test_scene import FakeEyes
from tests.analysis.test_scene_head import make_head


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Three pictures, the brighter the better."""
    import cv2

    lines = ["file,valence_mean,arousal_mean"]
    for number, (level, valence) in enumerate(((20, 2.0), (200, 5.5), (250, 6.0))):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((4, 6, 3), level, np.uint8))
        lines.append(f"{number}.png,{valence},{8 - valence}")
    (tmp_path / "table.csv").write_text("\n".join(lines))
    return tmp_path / "table.csv"


def test_agreement_is_pearsons_r(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "open_eyes", lambda: (FakeEyes(), make_head()))
    shares: list[float] = []
    found = agreement_with(table, table.parent, on_progress=shares.append)
    # what is said is one of two values: r of (0, 1, 1) with the ratings
    wanted = np.corrcoef([0, 1, 1], [2, 5.5, 6])[0, 1]
    assert found["valence_r"] == pytest.approx(wanted) and found["arousal_r"] == pytest.approx(wanted)
    assert (found["n"], found["eyes"], shares[-1]) == (3, "test", 1.0)


def test_where_all_is_the_same_there_is_no_r(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table.write_text(table.read_text().replace("0.png", "3.png"))
    (table.parent / "3.png").write_bytes((table.parent / "1.png").read_bytes())
    monkeypatch.setattr(pictures, "open_eyes", lambda: (FakeEyes(), make_head()))
    assert agreement_with(table, table.parent)["valence_r"] is None


def test_without_the_experts_files_it_cannot_be_measured(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EMSYNC_WEIGHTS", raising=False)
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "empty"))
    with pytest.raises(WeightsError, match=r"scene expert cannot look: The model files .* are not here"):
        agreement_with(table, table.parent)


def test_a_picture_that_is_none_is_named(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (table.parent / "1.png").write_bytes(b"nothing")
    monkeypatch.setattr(pictures, "open_eyes", lambda: (FakeEyes(), make_head()))
    with pytest.raises(DataError, match=r"1\.png is no picture"):
        agreement_with(table, table.parent)


@pytest.mark.data
def test_the_shipped_head_agrees_with_people(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every eighth picture of the set that it was fitted on: that the file is whole, not how good it is."""
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed")
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(data_folder / "models"))
    lines = (data_folder / "images" / "oasis_pixabay.csv").read_text(encoding="utf-8").splitlines()
    table = tmp_path / "some.csv"
    table.write_text("\n".join([lines[0], *lines[1::8]]), encoding="utf-8")
    found = agreement_with(table, data_folder / "images" / "oasis_pixabay")
    assert found["n"] == 65
    assert found["valence_r"] > 0.8 and found["arousal_r"] > 0.8
