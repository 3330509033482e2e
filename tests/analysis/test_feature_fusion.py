"""The head over named features: what is missing does not count, and no file is trusted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.analysis.feature_fusion import (
    MOMENTS,
    FeatureFusion,
    HeadSpec,
    load_head,
    save_head,
    stacked,
    thinned,
)
from emsync_nb.errors import CheckpointError, OutputError

safetensors_numpy = pytest.importorskip("safetensors.numpy")

SPEC = HeadSpec("classes", ("a", "b", "c"), (("clip", 7), ("sound", 4)), "made by chance")
Arrays = dict[str, NDArray[np.float32]]


def tensors(spec: HeadSpec = SPEC, seed: int = 0) -> Arrays:
    rng = np.random.default_rng(seed)
    made = {name: rng.normal(size=shape) * 0.3 for name, shape in spec.shapes().items()}
    positive = {
        name: np.abs(made[name]) + 0.5 for name in made if name.startswith(("deviation", "temperature"))
    }
    return {name: array.astype(np.float32) for name, array in (made | positive).items()}


def clip(seed: int, frames: int = 5) -> Arrays:
    rng = np.random.default_rng(seed)
    return {
        "clip": rng.normal(size=(frames, 7)).astype(np.float32),
        "sound": rng.normal(size=(2, 4)).astype(np.float32),
    }


HEAD = FeatureFusion(tensors(), SPEC)


def test_classes_sum_to_one_and_labels_stand_alone() -> None:
    clips = [clip(seed) for seed in range(4)]
    assert HEAD(clips).sum(axis=1) == pytest.approx(1)
    labels = FeatureFusion(tensors(), replace(SPEC, task="labels"))(clips)
    plane = FeatureFusion(tensors(), replace(SPEC, task="plane"))(clips)
    assert np.all((labels > 0) & (labels < 1))
    assert labels.sum(axis=1) != pytest.approx(1)
    assert plane == pytest.approx(np.tanh(HEAD.logits(clips)))


def test_a_clip_is_answered_alike_alone_and_beside_longer_ones() -> None:
    clips = [clip(1, frames=2), clip(2, frames=16)]
    assert HEAD(clips)[:1] == pytest.approx(HEAD(clips[:1]), abs=1e-6)


def test_a_moment_at_which_nothing_is_known_does_not_count() -> None:
    whole = clip(3)
    longer = whole | {"clip": np.vstack([whole["clip"], np.full((3, 7), np.nan, dtype=np.float32)])}
    assert HEAD([longer]) == pytest.approx(HEAD([whole]), abs=1e-6)


def test_a_modality_that_is_missing_is_masked_and_others_are_passed_over() -> None:
    whole = clip(4)
    assert HEAD([{"clip": whole["clip"]}]) != pytest.approx(HEAD([whole]), abs=1e-4)
    assert HEAD([whole | {"other": np.ones((1, 3), dtype=np.float32)}]) == pytest.approx(HEAD([whole]))


def test_with_nothing_at_all_it_answers_what_is_usual() -> None:
    assert HEAD.logits([{}])[0] == pytest.approx(tensors()["answer.bias"])


def test_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="clip must have rows of 7 numbers"):
        HEAD([{"clip": np.ones((2, 6), dtype=np.float32)}])


def test_rows_are_thinned_from_the_first_to_the_last() -> None:
    rows = np.arange(100)[:, None]
    assert len(thinned(rows)) == MOMENTS
    assert thinned(rows)[[0, -1], 0].tolist() == [0, 99]
    assert stacked([{"clip": np.ones((40, 7))}], (("clip", 7),))[0]["clip"].shape == (1, MOMENTS, 7)


def test_a_checkpoint_comes_back_with_what_it_says_of_itself(tmp_path: Path) -> None:
    save_head(tensors(), SPEC, tmp_path / "head.safetensors")
    back = load_head(tmp_path / "head.safetensors")
    assert back.spec == SPEC
    assert np.array_equal(back([clip(5)]), HEAD([clip(5)]))


def test_a_checkpoint_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="choose another file"):
        save_head(tensors(), SPEC, tmp_path / "gone" / "head.safetensors")


ABOUT = {
    "format": "emsync-features-1",
    "task": "classes",
    "answers": list(SPEC.answers),
    "modalities": list(SPEC.modalities),
    "provenance": SPEC.provenance,
}


def write(path: Path, made: Arrays, about: object = ABOUT) -> Path:
    """A checkpoint that says anything of itself."""
    text = about if isinstance(about, str) else json.dumps(about)
    safetensors_numpy.save_file(made, path, {"head": text})
    return path


@pytest.mark.parametrize(
    "changed",
    [
        {"format": "emsync-fusion-1"},
        {"task": "everything"},
        {"task": 7},
        {"answers": "abc"},
        {"answers": ["a"]},
        {"answers": ["a", "b", "b"]},
        {"answers": ["a", "b", 3]},
        {"modalities": [["clip", 8], ["sound", 4]]},
        {"modalities": [["clip", 7], ["clip", 7]]},
        {"modalities": [["clip", 99999999], ["sound", 4]]},
        {"modalities": [["../clip", 7], ["sound", 4]]},
        {"modalities": [["clip", 1e999], ["sound", 4]]},
        {"modalities": 7},
        {"provenance": "  "},
    ],
)
def test_a_checkpoint_that_says_something_else_is_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    with pytest.raises(CheckpointError, match=r"Train it again") as told:
        load_head(write(tmp_path / "head.safetensors", tensors(), ABOUT | changed))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("about", ["", "null", "[]", "{", "[" * 100_000, "{}"])
def test_a_checkpoint_that_says_nothing_is_refused(tmp_path: Path, about: str) -> None:
    with pytest.raises(CheckpointError, match=r"Train it again"):
        load_head(write(tmp_path / "head.safetensors", tensors(), about))


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    made = {name: array for name, array in tensors().items() if name != "pool"}
    with pytest.raises(CheckpointError, match="pool"):
        load_head(write(tmp_path / "head.safetensors", made))


@pytest.mark.parametrize(
    ("name", "value"),
    [("pool", np.nan), ("answer.bias", np.inf), ("temperature", 0.0), ("deviation.clip", -1.0)],
)
def test_numbers_that_cannot_be_are_refused(tmp_path: Path, name: str, value: float) -> None:
    made: dict[str, Any] = tensors()
    made[name] = np.full_like(made[name], value)
    with pytest.raises(CheckpointError, match=name):
        load_head(write(tmp_path / "head.safetensors", made))


@pytest.mark.parametrize("content", [b"", b"a thesis", b"\x80\x04.", b"\xff" * 64])
def test_what_is_no_checkpoint_is_one_line(tmp_path: Path, content: bytes) -> None:
    for name in ("head.safetensors", "head.pt", "head.pkl"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CheckpointError) as told:
            load_head(tmp_path / name)
        assert "\n" not in str(told.value)


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="may run any program"):
        load_head(tmp_path / "not_even_there.pt")
