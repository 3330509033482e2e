"""CLIP from a user's folder: a tiny one in the published layout loads and looks; what would be unpickled does not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis import scene
from emsync_nb.analysis.expert import Unavailable
from emsync_nb.analysis.scene_eyes import ClipEyes
from emsync_nb.errors import CheckpointError

os.environ.setdefault("HF_HUB_OFFLINE", "1")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where CLIP's folder would lie."""
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path / "models"))
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "models" / "clip-ViT-B-32"


def write_tiny_clip(folder: Path) -> None:
    """Random weights in the shape of clip-ViT-B-32 but narrow and one layer deep; what it gives has 512 numbers."""
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("sentence_transformers")
    inner = folder / "0_CLIPModel"
    inner.mkdir(parents=True)
    narrow = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.CLIPConfig(
        text_config={**narrow, "vocab_size": 60, "bos_token_id": 0, "eos_token_id": 1, "projection_dim": 512},
        vision_config={**narrow, "image_size": 224, "patch_size": 32, "projection_dim": 512},
        projection_dim=512,
    )
    transformers.CLIPModel(config).save_pretrained(inner)
    letters = [letter + end for letter in "abcdefghijklmnopqrstuvwxyz" for end in ("", "</w>")]
    names = ["<|startoftext|>", "<|endoftext|>", *letters]
    (inner / "vocab.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    (inner / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = transformers.CLIPTokenizer.from_pretrained(inner)
    transformers.CLIPProcessor(transformers.CLIPImageProcessor(), tokenizer).save_pretrained(inner)
    module = {"idx": 0, "name": "0", "path": inner.name, "type": "sentence_transformers.models.CLIPModel"}
    (folder / "modules.json").write_text(json.dumps([module]))


def test_clip_looks_once_it_is_there(place: Path) -> None:
    write_tiny_clip(place)
    eyes = ClipEyes()
    noise = np.random.default_rng(0).integers(0, 256, (90, 160, 3), dtype=np.uint8)
    first, again, other = (eyes.look(picture).description for picture in (noise, noise, noise[..., ::-1]))
    assert first.shape == (512,) and first.dtype == np.float32
    assert np.linalg.norm(first) == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other, atol=1e-4)


def test_without_its_folder_it_says_where_it_comes_from(place: Path) -> None:
    with pytest.raises(
        Unavailable, match=r"clip-ViT-B-32 is not here; it comes from https://huggingface\.co"
    ):
        ClipEyes()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.txt"])
def test_weights_that_would_be_unpickled_are_refused(place: Path, name: str) -> None:
    place.mkdir()
    (place / name).write_bytes(b"x")
    with pytest.raises(CheckpointError, match=r"holds no \.safetensors file, and no other is read"):
        ClipEyes()


def test_another_model_is_refused_in_one_line(place: Path) -> None:
    pytest.importorskip("sentence_transformers")
    place.mkdir()
    (place / "model.safetensors").write_bytes(b"x")
    with pytest.raises(CheckpointError, match="is no model that loads") as caught:
        ClipEyes()
    assert "\n" not in str(caught.value)


def test_without_a_head_of_its_own_clip_is_not_asked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder alone changes nothing: the MobileNets look, or say that they are missing."""
    place.mkdir()
    with pytest.raises(Unavailable, match="mobilenet-v1-embedding"):
        scene.open_eyes()
    own = scene.user_folder() / scene.CLIP_HEAD
    own.parent.mkdir(parents=True)
    own.touch()
    with pytest.raises(CheckpointError, match="clip-ViT-B-32 holds no"):
        scene.open_eyes()
