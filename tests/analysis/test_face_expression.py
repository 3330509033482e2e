"""The expression network: its arithmetic against one written down plainly, and the files that it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.analysis.face_expression import EXPRESSIONS, ExpressionNetwork
from emsync_nb.errors import CheckpointError

MANIFEST, SHARD = "face_expression_model-weights_manifest.json", "face_expression_model-shard1"


@pytest.fixture
def files(expert_weights: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Copies of both files, which a test may spoil."""
    for name in (MANIFEST, SHARD):
        (tmp_path / name).write_bytes((expert_weights / "face_expression" / name).read_bytes())
    return tmp_path / MANIFEST, tmp_path / SHARD


def _plain(manifest: Path, shard: Path, face: NDArray[np.uint8]) -> NDArray[np.float64]:
    """face-api.js's forward pass by loops over taps, in numpy alone."""
    tensors, content, start = {}, shard.read_bytes(), 0
    for entry in json.loads(manifest.read_text())[0]["weights"]:
        rule = entry.get("quantization")
        kind = np.uint8 if rule else np.dtype("<f4")
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(content, kind, count, start).astype(np.float64).reshape(entry["shape"])
        tensors[entry["name"]] = values * rule["scale"] + rule["min"] if rule else values
        start += values.size * np.dtype(kind).itemsize

    def taps(layer: NDArray[np.float64], stride: int) -> NDArray[np.float64]:
        """(height, width, 3, 3, channels) with TensorFlow's borders."""
        before = 0 if stride == 2 else 1
        padded = np.pad(layer, ((before, 1), (before, 1), (0, 0)))
        views = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
        return views[::stride, ::stride].transpose(0, 1, 3, 4, 2)

    def convolved(layer: NDArray[np.float64], name: str, stride: int) -> NDArray[np.float64]:
        around, bias = taps(layer, stride), tensors[f"{name}/bias"]
        if f"{name}/filters" in tensors:
            return np.einsum("yxijc,ijco->yxo", around, tensors[f"{name}/filters"]) + bias
        single = np.einsum("yxijc,ijc->yxc", around, tensors[f"{name}/depthwise_filter"][..., 0])
        return single @ tensors[f"{name}/pointwise_filter"][0, 0] + bias

    layer = (face - np.array([122.782, 117.001, 104.298])) / 255
    for block in range(4):
        name = f"dense{block}/conv"
        first = np.maximum(convolved(layer, f"{name}0", 2), 0)
        second = convolved(first, f"{name}1", 1)
        third = convolved(np.maximum(first + second, 0), f"{name}2", 1)
        fourth = convolved(np.maximum(first + second + third, 0), f"{name}3", 1)
        layer = np.maximum(first + second + third + fourth, 0)
    scores = np.exp(layer.mean(axis=(0, 1)) @ tensors["fc/weights"] + tensors["fc/bias"])
    return np.asarray(scores / scores.sum())


@pytest.mark.data
def test_it_computes_what_face_api_does(files: tuple[Path, Path]) -> None:
    faces = np.random.default_rng(4).integers(0, 256, (2, 112, 112, 3)).astype(np.uint8)
    faces[1] = faces[1] // 4 + 90
    given = ExpressionNetwork(*files).read(faces)
    assert given.shape == (2, len(EXPRESSIONS))
    for face, row in zip(faces, given, strict=True):
        assert row == pytest.approx(_plain(*files, face), abs=1e-4)


def _changed(manifest: Path, change: dict[str, Any], number: int = 0) -> None:
    groups = json.loads(manifest.read_text())
    groups[0]["weights"][number] |= change
    manifest.write_text(json.dumps(groups))


#: what of the first tensor is changed
SPOILED: dict[str, dict[str, Any]] = {
    "a name of its own": {"name": "dense9/conv0/filters"},
    "a name that is none": {"name": ["dense0"]},
    "another shape": {"shape": [3, 3, 3, 10**9]},
    "no shape": {"shape": None},
    "a scale that is none": {"quantization": {"dtype": "uint8", "scale": float("nan"), "min": 0}},
    "a scale beyond all": {"quantization": {"dtype": "uint8", "scale": 1e300, "min": 0}},
    "words for a scale": {"quantization": {"dtype": "uint8", "scale": "1", "min": 0}},
    "another quantisation": {"quantization": {"dtype": "uint16", "scale": 1, "min": 0}},
    "no quantisation": {"quantization": None},
    "a quantisation that is none": {"quantization": 7},
}


@pytest.mark.data
@pytest.mark.parametrize("change", SPOILED.values(), ids=SPOILED)
def test_a_manifest_of_another_network_is_refused(files: tuple[Path, Path], change: dict[str, Any]) -> None:
    _changed(files[0], change)
    with pytest.raises(CheckpointError) as caught:
        ExpressionNetwork(*files)
    assert "\n" not in str(caught.value)


@pytest.mark.data
def test_a_tensor_that_is_named_twice_is_refused(files: tuple[Path, Path]) -> None:
    _changed(files[0], {"name": "dense0/conv0/bias", "shape": [32]}, number=2)
    with pytest.raises(CheckpointError, match="names a tensor that the expression network has not"):
        ExpressionNetwork(*files)


@pytest.mark.data
@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"[[]]", b'[{"weights": 3}]', b"\xff", b"[" * 50_000])
def test_a_manifest_that_is_none_is_refused(files: tuple[Path, Path], content: bytes) -> None:
    files[0].write_bytes(content)
    with pytest.raises(CheckpointError, match=r"JSON|manifest of one group"):
        ExpressionNetwork(*files)


@pytest.mark.data
@pytest.mark.parametrize("change", ["shorter", "longer", "huge", "not finite", "gone"])
def test_a_shard_of_another_kind_is_refused(files: tuple[Path, Path], change: str) -> None:
    content = files[1].read_bytes()
    spoiled = {
        "shorter": content[:-1],
        "longer": content + b"\0",
        "huge": bytes(5_000_000),
        # the first floats are the biases behind the first filters
        "not finite": content[: 3 * 3 * 3 * 32] + b"\xff" * 128 + content[3 * 3 * 3 * 32 + 128 :],
    }
    files[1].unlink()
    if change in spoiled:
        files[1].write_bytes(spoiled[change])
    with pytest.raises(CheckpointError) as caught:
        ExpressionNetwork(*files)
    assert "\n" not in str(caught.value)
