"""`emsync weights` lists, fetches and verifies; without a connection it says so in one line."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from emsync_nb import weights
from emsync_nb.weights import CATALOGUE, ModelFile, catalogue
from tests.cli.conftest import Emsync
from tests.weights.model_server import Manners, serving

CONTENT = b"a tiny model" * 1_000


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, in place of the user's."""
    monkeypatch.delenv("EMSYNC_WEIGHTS", raising=False)
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> ModelFile:
    """The only model file in the world, in place of the catalogue."""
    model = replace(
        weights.entry("yunet"),
        name="tiny",
        file_name="tiny.onnx",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size=len(CONTENT),
        address="https://example.invalid/model.bin",
    )
    _only(model, monkeypatch)
    return model


def _only(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (catalogue, weights):
        monkeypatch.setattr(module, "CATALOGUE", (model,))


def test_the_list_names_every_file_with_its_terms(emsync: Emsync) -> None:
    done = emsync("weights", "list")
    assert (done.code, done.err) == (0, "")
    for model in CATALOGUE:
        assert model.name in done.out and model.licence in done.out and model.address in done.out
    rows = json.loads(emsync("weights", "list", "--json", "-").out)["files"]
    assert [row["name"] for row in rows] == [model.name for model in CATALOGUE]
    assert [row["name"] for row in rows if not row["is_checked"]] == ["clip-ViT-B-32", "whisper-base"]
    assert done.out.count("size and SHA-256 of its files are not known: never checked") == 2
    assert not [row for row in rows if row["verified"]]


@pytest.mark.data
def test_the_list_says_where_files_are(
    emsync: Emsync, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(data_folder / "models"))
    rows = json.loads(emsync("weights", "list", "--json", "-").out)["files"]
    found = {row["name"]: row["found"] for row in rows}
    assert found["yunet"] == str(data_folder / "models" / "yunet_n_dynamic.onnx")
    assert found["clip-ViT-B-32"] is None


def test_fetching_brings_what_is_missing_once(
    emsync: Emsync, tiny: ModelFile, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manners = Manners(CONTENT)
    with serving(manners) as address:
        _only(replace(tiny, address=address), monkeypatch)
        done = emsync("weights", "fetch", "--json", "-")
        assert json.loads(done.out) == {"fetched": {"tiny": str(own_cache / "tiny.onnx")}}
        assert emsync("weights", "fetch").out == "every model file that can be fetched is here\n"
    assert (own_cache / "tiny.onnx").read_bytes() == CONTENT
    assert len(manners.asked) == 1


def test_fetching_into_a_folder(
    emsync: Emsync, tiny: ModelFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Manners(CONTENT)) as address:
        _only(replace(tiny, address=address), monkeypatch)
        assert emsync("weights", "fetch", "tiny", "--folder", tmp_path / "models").code == 0
    assert (tmp_path / "models" / "tiny.onnx").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tiny"], "emsync: tiny cannot be fetched from example.invalid"),
        (["ear"], "emsync: No model file is called 'ear'; there are tiny\n"),
    ],
)
def test_what_cannot_be_fetched_is_one_line(
    emsync: Emsync, tiny: ModelFile, arguments: list[str], message: str
) -> None:
    done = emsync("weights", "fetch", *arguments)
    assert (done.code, done.out) == (2, "")
    line = done.err.splitlines(keepends=True)[-1]
    assert line.startswith(message)


def test_verifying_names_what_is_damaged(emsync: Emsync, tiny: ModelFile, own_cache: Path) -> None:
    own_cache.mkdir(parents=True)
    (own_cache / "tiny.onnx").write_bytes(CONTENT)
    done = emsync("weights", "verify")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("ok       tiny")
    (own_cache / "tiny.onnx").write_bytes(CONTENT[::-1])
    done = emsync("weights", "verify")
    assert (done.code, done.out.split()[0]) == (2, "DAMAGED")
    assert done.err.endswith("(another SHA-256). Remove it and run: emsync weights fetch tiny\n")


def test_files_of_a_folder_are_told_with_their_hashes(emsync: Emsync, own_cache: Path) -> None:
    folder = own_cache / weights.entry("whisper-base").file_name
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(CONTENT)
    hashed = hashlib.sha256(CONTENT).hexdigest()
    done = emsync("weights", "verify")
    assert (done.code, done.err) == (0, "")
    assert f"unknown  whisper-base               {folder / 'model.bin'}, SHA-256 {hashed}\n" in done.out
    facts = json.loads(emsync("weights", "verify", "--json", "-").out)
    assert facts["unchecked"] == [
        {"name": "whisper-base", "path": str(folder / "model.bin"), "sha256": hashed}
    ]


def test_what_ships_is_mended_by_installing_it_anew(
    emsync: Emsync, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    damaged = replace(weights.FUSION, sha256="0" * 64)
    _only(damaged, monkeypatch)
    done = emsync("weights", "verify")
    assert done.code == 2
    assert done.err.endswith("(another SHA-256). Run: pip install --force-reinstall emsync_nb\n")


def test_doctor_does_not_miss_them(emsync: Emsync, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = json.loads(emsync("doctor", "--json", "-").out)["findings"]
    (yamnet,) = [finding for finding in findings if finding["name"] == "yamnet"]
    assert yamnet["is_well"] and yamnet["remedy"] == "emsync weights fetch yamnet"
    assert yamnet["detail"].endswith("not here; the built-in experts answer without it")
    monkeypatch.setenv("EMSYNC_WEIGHTS", "/nowhere")
    findings = json.loads(emsync("doctor", "--json", "-").out)["findings"]
    (wrong,) = [finding for finding in findings if finding["name"] == "EMSYNC_WEIGHTS"]
    assert not wrong["is_well"] and wrong["remedy"] == "unset EMSYNC_WEIGHTS"
