"""Networks are opened with care, and take only what they take. What else is refused: tests/evaluation/test_mood.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emsync_nb.errors import CheckpointError
from emsync_nb.tflite import Network, check_ends, open_network, read_content

pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed")
pytestmark = pytest.mark.data
REMEDY = "Give another"


@pytest.fixture(scope="session")
def path(data_folder: Path) -> Path:
    return data_folder / "models" / "mobilenet_v2_1.0_224_quant.tflite"


@pytest.fixture(scope="session")
def network(path: Path) -> Network:
    return open_network(path, keep_inner=True)


def test_a_network_says_what_it_takes_and_gives(network: Network) -> None:
    (takes,), (gives,) = network.inputs, network.outputs
    assert (takes.shape, takes.dtype) == ((1, 224, 224, 3), np.uint8)
    assert (gives.shape, gives.dtype) == ((1, 1001), np.uint8)
    # its metadata says that pixels 0 … 255 stand for −1 … 1
    np.testing.assert_allclose(takes.real(np.array([0, 128, 255], dtype=np.uint8)), [-1, 0, 0.9921875])


def test_inner_values_lead_to_the_output(network: Network) -> None:
    """The last layer of MobileNetV2 in its own arithmetic: pooled values times weights, plus biases."""
    noise = np.random.default_rng(5).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    (given,) = network.run(noise)
    inner = {tensor.shape: tensor for tensor in network.tensors()}
    pooled, weights = (
        inner[shape].real(network.inner(inner[shape])) for shape in ((1, 1, 1, 1280), (1001, 1, 1, 1280))
    )
    (biases,) = (t for t in network.tensors() if t.shape == (1001,))
    wanted = weights.reshape(1001, 1280) @ pooled.ravel() + biases.real(network.inner(biases))
    np.testing.assert_allclose(network.outputs[0].real(given)[0], wanted, atol=0.06)


@pytest.mark.parametrize(
    "arrays",
    [
        (),
        (np.zeros((1, 224, 224, 3), np.float32),),
        (np.zeros((2, 224, 224, 3), np.uint8),),
        (np.zeros((1, 224, 224, 3), np.uint8),) * 2,
    ],
    ids=["nothing", "floats", "two", "twice"],
)
def test_what_a_network_does_not_take_is_refused(network: Network, arrays: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(ValueError, match="takes"):
        network.run(*arrays)


def test_another_network_is_refused_in_one_line(network: Network) -> None:
    good = ((1, 224, 224, 3), "uint8"), ((1, 1001), "uint8")
    check_ends(network, "MobileNet", *good, REMEDY)
    with pytest.raises(
        CheckpointError, match=r"gives \[1, 1001\] uint8 where MobileNet gives \[1, 9\] uint8\. Give"
    ):
        check_ends(network, "MobileNet", good[0], ((1, 9), "uint8"), REMEDY)
    with pytest.raises(CheckpointError, match=r"takes .* uint8 where MobileNet takes .* float32\. Give"):
        check_ends(network, "MobileNet", ((1, 224, 224, 3), "float32"), good[1], REMEDY)


@pytest.mark.parametrize("bytes_kept", [0, 7, 1_000, 3_000_000])
def test_a_part_of_a_file_is_refused(path: Path, tmp_path: Path, bytes_kept: int) -> None:
    part = tmp_path / "part.tflite"
    part.write_bytes(path.read_bytes()[:bytes_kept])
    with pytest.raises(
        CheckpointError,
        match=r"(is not a TensorFlow Lite file|cannot be loaded).* Run: emsync weights verify",
    ):
        open_network(part)


def test_content_that_was_read_is_not_read_again(path: Path, tmp_path: Path) -> None:
    content = read_content(path, REMEDY)
    assert open_network(tmp_path / "gone", content).outputs[0].shape == (1, 1001)
