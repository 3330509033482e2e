"""Genres: nobody answers without training, and a trained head answers from our own experts alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from emsync_nb.analysis.attention import EXPERTS, FEATURES
from emsync_nb.analysis.clip import load_clip
from emsync_nb.analysis.expert import Opinion
from emsync_nb.analysis.feature_fusion import HeadSpec, save_head
from emsync_nb.analysis.genre import (
    GENRES,
    genre_by_nearness,
    genre_checkpoint,
    genre_of_pictures,
    moments_of,
    read_genre,
)
from emsync_nb.analysis.timeline import grid
from emsync_nb.errors import CheckpointError, WeightsError
from tests.analysis.tiny_clip import write_tiny_clip

pytest.importorskip("safetensors")

AT_S = grid(60)
PICTURE = np.zeros((4, 4, 3), dtype=np.uint8)


def opinion(name: str, valence: float, sure: float | np.ndarray = 1.0) -> Opinion:  # type: ignore[type-arg]
    series, trust = np.full_like(AT_S, valence), np.zeros_like(AT_S) + sure
    return Opinion(name, AT_S, series, series, trust, trust)


def head(path: Path, spec: HeadSpec) -> Path:
    """A head that answers "Drama" where the valence of the picture is low, and "Comedy" where it is high."""
    made = {name: np.zeros(shape, dtype=np.float32) for name, shape in spec.shapes().items()}
    ones = {name: np.ones_like(made[name]) for name in made if name.startswith(("deviation", "temperature"))}
    made |= ones | {"threshold": np.array([0.5], dtype=np.float32)}
    first = spec.modalities[0][0]
    made[f"in.{first}.weight"][0, :2] = (1, -1)
    made["answer.weight"][:2, spec.answers.index(GENRES[4]) if GENRES[4] in spec.answers else 0] = (1, -1)
    made["answer.weight"][:2, spec.answers.index(GENRES[7]) if GENRES[7] in spec.answers else 1] = (-1, 1)
    made["answer.bias"][:] = -1
    save_head(made, spec, path)
    return path


OWN = HeadSpec("labels", GENRES, (("picture", FEATURES), ("sound", FEATURES)), "films made by hand")


def test_there_are_21_genres_in_order() -> None:
    assert len(GENRES) == 21
    assert sorted(GENRES) == list(GENRES)


def test_without_a_trained_head_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMSYNC_GENRE", raising=False)
    assert genre_checkpoint() is None
    assert read_genre([opinion("picture", 0.5)], None) is None


def test_the_environment_names_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMSYNC_GENRE", "genre.safetensors")
    assert genre_checkpoint() == Path("genre.safetensors")
    with pytest.raises(CheckpointError, match=r"genre\.safetensors"):
        read_genre([opinion("picture", 0.5)], genre_checkpoint())


def test_a_head_reads_what_the_experts_say(tmp_path: Path) -> None:
    path = head(tmp_path / "genre.safetensors", OWN)
    bright, dark = (read_genre([opinion("picture", valence)], path) for valence in (0.9, -0.9))
    assert bright is not None
    assert dark is not None
    assert (bright.names, dark.names) == (("Comedy",), ("Drama",))
    assert bright.source == "a head trained on films made by hand, from picture"


def test_experts_that_it_does_not_know_or_that_know_nothing_give_no_answer(tmp_path: Path) -> None:
    path = head(tmp_path / "genre.safetensors", OWN)
    assert read_genre([opinion("motion", 0.9)], path) is None
    assert read_genre([opinion("picture", 0.9, sure=0.0)], path) is None
    assert read_genre([], path) is None


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (HeadSpec("labels", GENRES, (("clip", 512),), "elsewhere"), "was trained on clip"),
        (HeadSpec("labels", GENRES, (("picture", 99),), "elsewhere"), "was trained on picture"),
        (HeadSpec("classes", GENRES, (("picture", FEATURES),), "elsewhere"), "answers no genres"),
        (HeadSpec("labels", ("joy", "fear"), (("picture", FEATURES),), "elsewhere"), "answers no genres"),
    ],
)
def test_a_head_for_something_else_is_refused(tmp_path: Path, spec: HeadSpec, words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        read_genre([opinion("picture", 0.9)], head(tmp_path / "other.safetensors", spec))


def test_moments_are_means_of_sixteen_stretches() -> None:
    rising = Opinion("sound", AT_S, AT_S / 60, AT_S * 0, AT_S * 0 + 1, AT_S * 0 + 1)
    halfway = opinion("faces", 0.3, sure=np.where(AT_S < 30, 0.0, 0.5))
    found = moments_of([rising, halfway, opinion("motion", 0.1, sure=0.0)])
    assert list(found) == [name for name in EXPERTS if name in ("sound", "faces")]
    assert found["sound"].shape == (16, FEATURES)
    assert found["sound"][:, 0] == pytest.approx((AT_S / 60).reshape(16, -1).mean(axis=1))
    assert np.isnan(found["faces"][:8]).all()
    assert found["faces"][8:, 0] == pytest.approx(0.3)


def test_a_film_of_one_moment_has_one_row() -> None:
    one = np.ones(1)
    assert moments_of([Opinion("sound", grid(0.1), one, one, one, one)])["sound"].shape == (1, FEATURES)


def test_nearness_of_words_and_pictures_becomes_a_genre() -> None:
    cosines = np.full((3, 21), 0.2)
    cosines[:, GENRES.index("War")] = 0.24
    found = genre_by_nearness(cosines)
    assert found.names == ("War",)
    assert found.probabilities.sum() == pytest.approx(1)
    assert genre_by_nearness(np.full((2, 21), 0.2)).names == ()


def test_without_clip_nobody_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path))
    assert genre_of_pictures([PICTURE]) is None


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"modules.json": "[]", "0_CLIPModel/pytorch_model.bin": ""}, "may run any program"),
        ({}, "does not hold CLIP"),
        ({"modules.json": "Dear diary"}, "does not hold CLIP"),
        ({"modules.json": json.dumps([{"type": "os.path"}])}, "asks for programs of others"),
    ],
)
def test_a_folder_that_could_run_something_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: dict[str, str], words: str
) -> None:
    pytest.importorskip("sentence_transformers")
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path))
    folder = tmp_path / "clip-ViT-B-32"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(WeightsError, match=words):
        genre_of_pictures([PICTURE])


def test_clip_is_loaded_from_disk_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A library in place of sentence-transformers, which tells how it was asked; the weights are 600 MB."""
    pytest.importorskip("PIL")
    folder = tmp_path / "clip-ViT-B-32"
    folder.mkdir()
    (folder / "modules.json").write_text(
        '[{"type": "sentence_transformers.models.CLIPModel"}]', encoding="utf-8"
    )
    asked: dict[str, object] = {}

    class Model:
        def __init__(self, place: str, **how: object) -> None:
            asked.update(how, place=place)

        def encode(self, things: list[object]) -> np.ndarray:  # type: ignore[type-arg]
            if not isinstance(things[0], str):
                return np.ones((len(things), 2))
            return np.array([[1.0, 1.0 if "western" in str(thing) else 0.5] for thing in things])

    monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=Model))  # type: ignore[arg-type]
    monkeypatch.setattr("emsync_nb.analysis.genre.is_installed", lambda package: True)
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path))
    found = genre_of_pictures([PICTURE, PICTURE])
    assert found is not None
    assert found.names == ("Western",)
    assert found.source == "CLIP, untrained, from 2 pictures"
    assert (asked["place"], asked["local_files_only"]) == (str(folder), True)
    assert asked["model_kwargs"] == {"use_safetensors": True}


def test_the_real_library_loads_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    write_tiny_clip(tmp_path / "clip-ViT-B-32")
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path))
    found = genre_of_pictures([PICTURE, PICTURE + 200])
    assert found is not None
    assert found.source == "CLIP, untrained, from 2 pictures"
    assert found.probabilities.shape == (21,)
    assert found.probabilities.sum() == pytest.approx(1)
    (tmp_path / "clip-ViT-B-32" / "0_CLIPModel" / "model.safetensors").write_bytes(b"a thesis")
    load_clip.cache_clear()
    with pytest.raises(WeightsError, match="does not hold CLIP"):
        genre_of_pictures([PICTURE])
