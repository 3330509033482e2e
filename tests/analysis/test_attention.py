"""The trained layers at work: who is missing counts nothing, and what comes out stays in its range."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from emsync_nb.analysis.attention import (
    EXPERTS,
    FEATURES,
    LINES,
    SHAPES,
    Attention,
    load_attention,
    save_attention,
    tokens_of,
)
from emsync_nb.analysis.expert import Opinion
from emsync_nb.errors import CheckpointError


def some_tensors(seed: int = 0) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    tensors = {name: draw.normal(0, 0.3, shape).astype(np.float32) for name, shape in SHAPES.items()}
    return tensors | {"temperature": np.ones(1, dtype=np.float32)}


def opinion(name: str, valence: float, trust: float = 0.5, moments: int = 3) -> Opinion:
    full = np.full(moments, 1.0)
    return Opinion(name, np.arange(moments) / 4, full * valence, full * -valence, full * trust, full * trust)


@given(st.integers(0, 50), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_answers_stay_in_their_ranges(seed: int, share: float) -> None:
    draw = np.random.default_rng(seed)
    tokens = draw.uniform(-1, 1, (20, len(EXPERTS), FEATURES)).astype(np.float32)
    present = draw.random((20, len(EXPERTS))) < share
    answer = Attention(some_tensors(seed))(tokens, present)
    assert np.all(np.abs(answer.values) <= 1)
    assert np.all((answer.confidence >= 0) & (answer.confidence <= 1))
    assert answer.ekman.sum(axis=1) == pytest.approx(np.ones(20))
    nobody = ~present.any(axis=1)
    assert not answer.values[nobody].any() and not answer.confidence[nobody].any()
    assert answer.weights.transpose(1, 0, 2)[~present].sum() == 0


@given(st.integers(0, 50))
@settings(max_examples=30, deadline=None)
def test_what_a_missing_expert_would_say_makes_no_difference(seed: int) -> None:
    draw = np.random.default_rng(seed)
    network = Attention(some_tensors(seed))
    tokens = draw.uniform(-1, 1, (10, len(EXPERTS), FEATURES)).astype(np.float32)
    present = draw.random((10, len(EXPERTS))) < 0.5
    other = np.where(present[..., None], tokens, draw.uniform(-1, 1, tokens.shape)).astype(np.float32)
    assert network(tokens, present).values == pytest.approx(network(other, present).values, abs=1e-6)


def test_who_is_alone_is_read_by_a_line_that_is_better(tmp_path: Path) -> None:
    tensors, scene = some_tensors(1), EXPERTS.index("scene")
    lines = np.zeros((len(EXPERTS), 2), dtype=np.float32)
    lines[scene] = (0.9, -0.5)
    save_attention({**tensors, LINES: lines}, tmp_path / "f.safetensors", "a test")
    plain, ruled = Attention(tensors), load_attention(tmp_path / "f.safetensors")
    for others, is_by_line in (((), True), (("words",), False)):
        voices = tokens_of([opinion("scene", 0.5), *(opinion(name, -0.8) for name in others)])
        expected = [[0.45, 0.25]] * 3 if is_by_line else plain(*voices).values
        np.testing.assert_allclose(ruled(*voices).values, expected, rtol=1e-6)
    words = tokens_of([opinion("words", 0.5)])
    np.testing.assert_array_equal(ruled(*words).values, plain(*words).values)


def test_a_line_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="'lines'"):
        Attention(some_tensors() | {LINES: np.zeros((3, 2), dtype=np.float32)})


def test_tokens_hold_what_was_said() -> None:
    tokens, present = tokens_of([opinion("scene", 0.5), opinion("nobody we know", 0.9)])
    scene = EXPERTS.index("scene")
    assert present.sum(axis=1).tolist() == [1, 1, 1] and present[:, scene].all()
    assert tokens[0, scene, :6].tolist() == pytest.approx([0.5, -0.5, 0.5, 0.5, 0.25, -0.25])


def test_of_two_in_one_place_the_surer_counts() -> None:
    tokens, _ = tokens_of(
        [opinion("speech", 0.9, 0.2), opinion("words", -0.3, 0.7), opinion("screen", 0.1, 0.3)]
    )
    assert tokens[:, EXPERTS.index("words"), 0] == pytest.approx([-0.3] * 3)


def test_without_confidence_nobody_is_there() -> None:
    _, present = tokens_of([opinion("scene", 0.5, 0.0)])
    assert not present.any()


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    tensors = some_tensors()
    save_attention(tensors, tmp_path / "fusion.safetensors", "a test")
    tokens = np.ones((4, len(EXPERTS), FEATURES), dtype=np.float32)
    present = np.ones((4, len(EXPERTS)), dtype=np.bool_)
    again = load_attention(tmp_path / "fusion.safetensors")
    assert np.array_equal(again(tokens, present).values, Attention(tensors)(tokens, present).values)


@pytest.mark.parametrize("content", [b"", b"junk" * 100, b"\x80\x04\x95"])
def test_what_is_no_checkpoint_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "fusion.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="Train it again") as caught:
        load_attention(path)
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_other_experts_or_shapes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fusion.safetensors"
    save_file(some_tensors(), path, metadata={"format": "emsync-fusion-2", "experts": "picture,dog"})
    with pytest.raises(CheckpointError, match="of this version"):
        load_attention(path)
    with pytest.raises(ValueError, match="'query' must be"):
        Attention(some_tensors() | {"query": np.ones((2, 2), dtype=np.float32)})
