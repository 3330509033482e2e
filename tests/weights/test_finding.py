"""Files are found by name and believed by hash."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from emsync_nb.errors import WeightsError
from emsync_nb.weights import (
    CATALOGUE,
    SHIPPED,
    ModelFile,
    damage_of,
    entry,
    find,
    finding,
    path_of,
    what_is_missing,
)

OF_OTHERS = [model for model in CATALOGUE if not model.is_shipped and not model.is_folder]
SMALL = "face-expression-manifest"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, in place of the user's."""
    monkeypatch.delenv("EMSYNC_WEIGHTS", raising=False)
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture
def manifest(data_folder: Path) -> Path:
    """The smallest file of the catalogue."""
    return data_folder / "models" / "face_expression" / entry(SMALL).file_name


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.name)
def test_every_row_is_filled_in(model: ModelFile) -> None:
    assert model.purpose and model.licence and model.citation and model.file_name
    assert model.is_checked == (not model.is_folder)
    assert not model.is_checked or (re.fullmatch(r"[0-9a-f]{64}", model.sha256) and model.size > 0)
    assert model.is_shipped or model.address.startswith("https://")


def test_names_are_told_apart() -> None:
    assert len({model.name for model in CATALOGUE}) == len({m.file_name for m in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize("model", SHIPPED, ids=lambda model: model.name)
def test_what_ships_is_what_the_table_says(model: ModelFile) -> None:
    assert damage_of(model, model.path) is None
    assert find(model.name) == path_of(model.name) == model.path


@pytest.mark.data
@pytest.mark.parametrize("model", OF_OTHERS, ids=lambda model: model.name)
def test_the_folder_of_models_holds_what_the_table_says(
    model: ModelFile, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(data_folder / "models"))
    assert path_of(model.name).name == model.file_name


@pytest.mark.data
def test_a_file_is_found_in_the_cache_and_better_elsewhere(
    manifest: Path, own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_cache.mkdir(parents=True)
    shutil.copy(manifest, own_cache)
    assert find(SMALL) == own_cache / manifest.name
    deep = tmp_path / "models" / "deep" / "down"
    deep.mkdir(parents=True)
    shutil.copy(manifest, deep)
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path / "models"))
    assert find(SMALL) == deep / manifest.name


@pytest.mark.data
def test_a_wrong_file_is_passed_over(
    manifest: Path, own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    wrong = tmp_path / "models" / manifest.name
    wrong.write_bytes(manifest.read_bytes()[::-1])
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path / "models"))
    assert find(SMALL) is None
    with pytest.raises(WeightsError, match=r"is not the file that .* names \(another SHA-256\)"):
        path_of(SMALL)
    wrong.write_bytes(b"")
    with pytest.raises(WeightsError, match=r"\(0 bytes in place of 6,384\)"):
        path_of(SMALL)
    own_cache.mkdir(parents=True)
    shutil.copy(manifest, own_cache)
    assert find(SMALL) == own_cache / manifest.name


@pytest.mark.data
def test_a_file_is_hashed_once_and_again_when_it_changes(
    manifest: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_cache.mkdir(parents=True)
    copy = own_cache / manifest.name
    shutil.copyfile(manifest, copy)
    hashed: list[Path] = []
    digest = finding.sha256
    monkeypatch.setattr(finding, "sha256", lambda path: hashed.append(path) or digest(path))
    assert find(SMALL) == find(SMALL) == copy
    assert hashed == [copy]
    copy.write_bytes(b"x" * copy.stat().st_size)
    os.utime(copy, ns=(1, 1))
    assert find(SMALL) is None
    assert hashed == [copy, copy]


def test_what_is_missing_is_told_with_the_way_to_it() -> None:
    assert find("yamnet") is None
    with pytest.raises(
        WeightsError, match=r"is not here\. Run: emsync weights fetch yamnet, or set EMSYNC_WEIGHTS"
    ):
        path_of("yamnet")
    assert what_is_missing(*(model.name for model in SHIPPED)) is None
    assert what_is_missing("words", "yunet", "yamnet") == (
        "The model files yunet and yamnet are not here. Run: emsync weights fetch, "
        "or set EMSYNC_WEIGHTS to a folder that holds them"
    )
    with pytest.raises(WeightsError, match="Copy the folder https://huggingface"):
        path_of("clip-ViT-B-32")


def test_a_wrong_setting_and_a_wrong_name_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WeightsError, match="No model file is called 'ear'; there are generator"):
        find("ear")
    monkeypatch.setenv("EMSYNC_WEIGHTS", "/nowhere")
    with pytest.raises(WeightsError, match="EMSYNC_WEIGHTS names /nowhere, which is no folder"):
        find("yamnet")


def test_a_folder_of_a_model_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "all" / "clip-ViT-B-32").mkdir(parents=True)
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path))
    assert find("clip-ViT-B-32") == tmp_path / "all" / "clip-ViT-B-32"
