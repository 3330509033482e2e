"""The head of the scene expert: its arithmetic, and what it refuses to read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from emsync_nb.analysis.scene_head import FORMAT, SceneHead, joined, load, save
from emsync_nb.errors import CheckpointError

BLOCKS = (3, 2)


def make_head() -> SceneHead:
    """Two pictures that lie across from each other: one pleasant and calm, one neither."""
    return SceneHead(
        eyes="test",
        blocks=BLOCKS,
        sharpness=2.0,
        mean=np.zeros(5, np.float32),
        deviation=np.ones(5, np.float32),
        directions=np.eye(5, dtype=np.float32),
        pictures=joined(np.array([[1, 0, 0, 1, 0], [-1, 0, 0, -1, 0]], np.float32), BLOCKS),
        weights=np.array([[0.5, -0.25], [-0.5, 0.25]], np.float32),
        offset=np.array([0.1, 0.0], np.float32),
        trust=np.array([0.5, 0.75], np.float32),
        usual=np.array([0.5], np.float32),
    )


def test_near_a_picture_its_weight_counts() -> None:
    values, familiar = make_head().judge(np.array([[2, 0, 0, 7, 0], [0, 1, 0, 0, 1]], np.float32))
    away = np.exp(-4)  # cosine −1, γ = 2
    np.testing.assert_allclose(values[0], [0.1 + 0.5 * (1 - away), -0.25 * (1 - away)], rtol=1e-5)
    np.testing.assert_allclose(values[1], [0.1, 0.0], atol=1e-6)
    np.testing.assert_allclose(familiar, [1.0, 0.0], atol=1e-6)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=5, max_size=5))
def test_any_description_stays_on_the_plane(numbers: list[float]) -> None:
    values, familiar = make_head().judge(np.array([numbers], np.float32))
    assert np.isfinite(values).all() and np.abs(values).max() <= 1
    assert 0 <= familiar[0] <= 1


def test_blocks_count_the_same() -> None:
    row = joined(np.array([[3, 0, 4, 0.001, 0]], np.float32), BLOCKS)
    np.testing.assert_allclose(np.linalg.norm(row[:, :3]), np.linalg.norm(row[:, 3:]), rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(row), 1.0, rtol=1e-5)


def test_a_head_comes_back_as_it_was(tmp_path: Path) -> None:
    head = make_head()
    save(head, tmp_path / "head.safetensors", {"ratings": "none"})
    back = load(tmp_path / "head.safetensors")
    assert (back.eyes, back.blocks, back.sharpness) == (head.eyes, head.blocks, head.sharpness)
    row = np.array([[1, 2, 3, 4, 5]], np.float32)
    np.testing.assert_allclose(back.judge(row)[0], head.judge(row)[0], atol=1e-3)


NOT_HEADS = {
    "a missing number": {"weights": np.array([[np.nan, 0], [0, 0]], np.float32)},
    "a shape": {"mean": np.zeros(4, np.float32)},
    "no deviation": {"deviation": np.zeros(5, np.float32)},
    "boundless trust": {"trust": np.array([2, 0], np.float32)},
    "no cosine": {"usual": np.zeros(1, np.float32)},
    "nothing": {"pictures": np.zeros((0, 5), np.float32), "weights": np.zeros((0, 2), np.float32)},
    "a wild kernel": {"sharpness": 1e9},
    "other blocks": {"blocks": (5, 5)},
}


@pytest.mark.parametrize("changes", NOT_HEADS.values(), ids=NOT_HEADS)
def test_what_cannot_be_a_head_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    save(replace(make_head(), **changes), tmp_path / "head.safetensors", {})
    with pytest.raises(
        CheckpointError, match=r"no head of the scene expert .*; reinstall emsync_nb, or train"
    ):
        load(tmp_path / "head.safetensors")


@pytest.mark.parametrize("content", [b"", b"junk" * 9, b"\x08\0\0\0\0\0\0\0{}      "])
def test_what_is_no_safetensors_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "head").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"cannot be read|format None") as caught:
        load(tmp_path / "head")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "header", [{}, {"format": "other"}, {"format": FORMAT}, {"format": FORMAT, "settings": "{"}]
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, header: dict[str, str]) -> None:
    save_file({"mean": np.zeros(1, np.float32)}, tmp_path / "head", metadata=header)
    with pytest.raises(CheckpointError, match=r"format|no head of the scene expert"):
        load(tmp_path / "head")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "head").open("wb") as stream:
        stream.truncate(60_000_000)
    with pytest.raises(CheckpointError, match="larger than 50 MB"):
        load(tmp_path / "head")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        load(tmp_path / "gone")


def test_settings_that_are_no_object_are_refused(tmp_path: Path) -> None:
    save_file(
        {"mean": np.zeros(1, np.float32)},
        tmp_path / "head",
        metadata={"format": FORMAT, "settings": json.dumps(7)},
    )
    with pytest.raises(CheckpointError, match="no head of the scene expert"):
        load(tmp_path / "head")
