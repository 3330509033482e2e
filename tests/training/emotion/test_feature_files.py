"""Files of features: what they may hold, and what is refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.errors import DataError
from emsync_nb.training.emotion.feature_files import FeatureFolder, bare, read_features
from tests.training.emotion.brought_data import save


def test_rows_are_read_and_thinned(tmp_path: Path) -> None:
    long = np.arange(200.0).reshape(100, 2)
    found = read_features(save(tmp_path, "a", {"clip": long, "asr": np.ones(3), "ocr": np.zeros((0, 3))}))
    assert {name: rows.shape for name, rows in found.items()} == {"clip": (16, 2), "asr": (1, 3)}
    assert found["clip"][[0, -1], 0].tolist() == [0, 198]
    assert found["clip"].dtype == np.float16


def test_moments_of_which_nothing_is_known_stay_and_notes_do_not(tmp_path: Path) -> None:
    rows = np.ones((3, 2))
    rows[1] = np.nan
    nothing = np.full((2, 2), np.nan)
    found = read_features(save(tmp_path, "a", {"clip": rows, "face": nothing, "_film": np.ones(3)}))
    assert list(found) == ["clip"]
    assert np.isnan(found["clip"]).any(axis=1).tolist() == [False, True, False]


def test_large_numbers_keep_their_size(tmp_path: Path) -> None:
    assert read_features(save(tmp_path, "a", {"clip": np.full((1, 2), 1e6)}))["clip"][0, 0] == 1e6


def test_safetensors_are_read_alike(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    library.save_file({"clip": np.ones((2, 3), np.float32)}, tmp_path / "a.safetensors")
    assert read_features(tmp_path / "a.safetensors")["clip"].shape == (2, 3)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([{"a": 1}, None], dtype=object), "holds no numbers"),
        (np.array(["a", "b"]), "holds no numbers"),
        (np.ones((2, 2, 2)), r"must be \(moments, width\)"),
        (np.array([[1.0, np.inf]]), "not finite"),
        (np.array([[1.0, np.nan]]), "not finite"),
        (np.array([[1.0, 1e300]]), "not finite"),
    ],
)
def test_what_is_no_rows_of_numbers_is_refused(tmp_path: Path, array: object, words: str) -> None:
    np.savez(tmp_path / "a.npz", clip=array)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=words):
        read_features(tmp_path / "a.npz")


@pytest.mark.parametrize("name", ["a.pt", "a.pkl", "a.pth", "a.pickle"])
def test_a_pickle_is_refused_with_the_way_out(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x80\x04.")
    for read in (lambda: read_features(tmp_path / name), lambda: FeatureFolder.of(tmp_path)):
        with pytest.raises(DataError, match=r"may run any program.*numpy\.savez") as told:
            read()
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["a.npz", "a.safetensors"])
@pytest.mark.parametrize("content", [b"", b"a thesis", b"PK\x05\x06" + bytes(18), b"\xff" * 100])
def test_damage_is_one_line_or_nothing_is_there(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    try:
        assert read_features(tmp_path / name) == {}  # an archive of nothing
    except DataError as told:
        assert "\n" not in str(told)


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = save(tmp_path, "whole", {"clip": np.ones((4, 3)), "face": np.ones((2, 2))}).read_bytes()
    for end in range(0, len(whole), 37):
        (tmp_path / "cut.npz").write_bytes(whole[:end])
        with pytest.raises(DataError, match="is not a readable file of features"):
            read_features(tmp_path / "cut.npz")


def test_a_header_that_claims_too_much_takes_no_memory(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 40, 512)}
    )
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("clip.npy", header.getvalue() + bytes(64))
    with pytest.raises(DataError, match="claims more than it holds"):
        read_features(tmp_path / "a.npz")


def test_an_archive_that_unpacks_for_ever_is_refused(tmp_path: Path) -> None:
    packed = zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED)
    with packed as archive, archive.open("clip.npy", "w") as stream:
        for _ in range(300):
            stream.write(bytes(1 << 20))
    with pytest.raises(DataError, match="unpacks to more than"):
        read_features(tmp_path / "a.npz")


def test_names_are_found_with_and_without_folder_and_suffix(tmp_path: Path) -> None:
    joy = save(tmp_path / "joy", "1", {"clip": np.ones(2)})
    fear = save(tmp_path / "fear", "1", {"clip": np.ones(2)})
    other = save(tmp_path / "fear", "2.5", {"clip": np.ones(2)})
    folder = FeatureFolder.of(tmp_path)
    assert folder.find("joy/1.mp4") == joy
    assert folder.find("gone", "fear/1") == fear
    assert folder.find("2.5.mkv") == other
    assert folder.find("../joy/1") is None
    assert folder.find("3") is None
    with pytest.raises(DataError, match="are both called 1"):
        folder.find("1")


def test_only_suffixes_of_films_are_taken_off() -> None:
    assert [bare(name) for name in ("a.mp4", "a.b", "x/a.MKV", "..mp4", "-1ru6xV7SOM")] == [
        "a",
        "a.b",
        "x/a",
        ".",
        "-1ru6xV7SOM",
    ]


def test_compressed_bits_that_were_changed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "packed.npz"
    np.savez_compressed(path, clip=np.random.default_rng(0).normal(size=(8, 40)))
    whole, refused = path.read_bytes(), 0
    for place in range(40, len(whole) - 100, 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        try:
            read_features(path)
        except DataError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    "header", ["(", "{'descr': '<f8', 'fortran_order': False, 'shape': (True,)}", "[" * 9000]
)
def test_a_header_that_is_none_is_refused(tmp_path: Path, header: str) -> None:
    line = header.encode() + b"\n"
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr(
            "clip.npy", b"\x93NUMPY\x01\x00" + len(line).to_bytes(2, "little") + line + bytes(64)
        )
    with pytest.raises(DataError, match="is not a readable file of features"):
        read_features(tmp_path / "a.npz")
