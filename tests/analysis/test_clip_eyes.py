"""CLIP from a user's folder: a tiny one in the published layout loads and looks; what would be unpickled does not."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis import scene
from emsync_nb.analysis.expert import Unavailable
from emsync_nb.analysis.scene_eyes import ClipEyes
from emsync_nb.errors import WeightsError
from tests.analysis.tiny_clip import write_tiny_clip

os.environ.setdefault("HF_HUB_OFFLINE", "1")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where CLIP's folder would lie."""
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path / "models"))
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "models" / "clip-ViT-B-32"


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
        Unavailable,
        match=r"^The model folder clip-ViT-B-32 is not here\. Copy the folder https://huggingface\.co",
    ):
        ClipEyes()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pytorch_model.bin", r"may run any program when it is opened\. Remove it"),
        ("model.safetensors", r"does not hold CLIP \(no modules\.json\)\. Copy the whole folder again"),
    ],
)
def test_what_is_no_clip_is_refused_in_one_line(place: Path, name: str, message: str) -> None:
    place.mkdir()
    (place / name).write_bytes(b"x")
    with pytest.raises(WeightsError, match=message) as caught:
        ClipEyes()
    assert "\n" not in str(caught.value)


def test_a_folder_that_names_programs_of_others_is_refused(place: Path) -> None:
    place.mkdir()
    (place / "modules.json").write_text('[{"type": "os.path"}]', encoding="utf-8")
    with pytest.raises(WeightsError, match="asks for programs of others"):
        ClipEyes()


def test_without_a_head_of_its_own_clip_is_not_asked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder alone changes nothing: the MobileNets look, or say that they are missing."""
    place.mkdir()
    with pytest.raises(Unavailable, match="mobilenet-v1-embedding"):
        scene.open_eyes()
    own = scene.user_folder() / scene.CLIP_HEAD
    own.parent.mkdir(parents=True)
    own.touch()
    with pytest.raises(WeightsError, match="clip-ViT-B-32 does not hold CLIP"):
        scene.open_eyes()
