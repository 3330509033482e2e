"""Pieces into one file and back, whatever happened to the file."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.errors import DataError
from emsync_nb.training import Piece, load_corpus
from emsync_nb.training.corpus.store import CORPUS_FILE, MAX_BYTES, VERSION, pack, stored_version

MakePiece = Callable[..., Piece]
FIELDS = ("onset", "duration", "pitch", "velocity", "part", "track", "bar_start")


@pytest.fixture
def stored(make_piece: MakePiece, tmp_path: Path) -> tuple[list[Piece], Path]:
    """Three pieces of different length and the folder they were stored in."""
    pieces = [make_piece(f"piece {seed}", seed=seed, bars=10 + seed) for seed in range(3)]
    (tmp_path / CORPUS_FILE).write_bytes(pack(pieces))
    return pieces, tmp_path


def test_pieces_come_back(stored: tuple[list[Piece], Path]) -> None:
    pieces, folder = stored
    again = load_corpus(folder)
    assert [piece.provenance for piece in again] == [piece.provenance for piece in pieces]
    for before, after in zip(pieces, again, strict=True):
        for name in FIELDS:
            assert np.array_equal(getattr(after.table, name), getattr(before.table, name)), name
            assert getattr(after.table, name).dtype == np.int64
        assert after.table.bar_bpm == pytest.approx(before.table.bar_bpm)
        assert after.labels == pytest.approx(before.labels, abs=1e-6)
    assert [entry.name for entry in folder.iterdir()] == [CORPUS_FILE]


def refusal(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_corpus(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_corpus_says_how_to_make_one(tmp_path: Path) -> None:
    assert "emsync train prepare" in refusal(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_corpus_is_damaged(stored: tuple[list[Piece], Path], share: float) -> None:
    path = stored[1] / CORPUS_FILE
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "damaged" in refusal(stored[1])


@pytest.mark.parametrize("seed", range(30))
def test_a_scribbled_corpus_is_damaged_or_whole(stored: tuple[list[Piece], Path], seed: int) -> None:
    path, rng = stored[1] / CORPUS_FILE, random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(5):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content)
    try:
        pieces = load_corpus(stored[1])
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert len(pieces) == 3


def rewrite(folder: Path, **changed: object) -> None:
    with np.load(folder / CORPUS_FILE) as archive:
        columns = {name: archive[name] for name in archive.files}
    for name, value in changed.items():
        if value is None:
            del columns[name]
        else:
            columns[name] = value
    np.savez(folder / CORPUS_FILE, **columns)


def as_bytes(facts: object) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)


@pytest.mark.parametrize(
    "changed",
    [
        {"facts": None},
        {"onset": None},
        {"labels": None},
        {"facts": as_bytes([])},
        {"facts": as_bytes({"version": VERSION})},
        {"facts": as_bytes({"version": VERSION, "pieces": [{"name": "x"}]})},
        {
            "facts": as_bytes(
                {"version": VERSION, "pieces": [{"name": "x", "source": "y", "licence": "z"}] * 9}
            )
        },
        {"pitch": np.full(300, 200, dtype=np.uint8)},
        {"pitch": np.full(300, -5, dtype=np.int64)},
        {"pitch": np.full(300, np.nan)},
        {"labels": np.full((33, 2), np.nan)},
        {"dynamics_step": np.zeros(3)},
        {"notes": np.array([10**9, 1, 1])},
        {"notes": np.array([1])},
        {"bars": np.array([10**9, 1, 1])},
        {"bar_steps": np.zeros(3)},
    ],
)
def test_a_corpus_with_wrong_columns_is_damaged(
    stored: tuple[list[Piece], Path], changed: dict[str, object]
) -> None:
    rewrite(stored[1], **changed)
    assert "damaged" in refusal(stored[1])


def test_a_corpus_of_another_version_is_refused(stored: tuple[list[Piece], Path]) -> None:
    rewrite(stored[1], facts=as_bytes({"version": 0, "pieces": []}))
    assert "is of version 0" in refusal(stored[1])


def test_objects_are_never_unpickled(stored: tuple[list[Piece], Path]) -> None:
    rewrite(stored[1], onset=np.array([{"an": "object"}], dtype=object))
    assert "damaged" in refusal(stored[1])


def test_an_array_alone_is_no_corpus(tmp_path: Path) -> None:
    with (tmp_path / CORPUS_FILE).open("wb") as stream:
        np.save(stream, np.zeros(3))
    assert "damaged" in refusal(tmp_path)


def test_the_corpus_is_a_plain_archive(stored: tuple[list[Piece], Path]) -> None:
    with zipfile.ZipFile(stored[1] / CORPUS_FILE) as archive:
        assert archive.testzip() is None


def test_a_corpus_that_unpacks_to_more_than_any_is_refused_unread(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / CORPUS_FILE, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("facts.npy", "w") as member,
    ):
        for _ in range(MAX_BYTES // (1 << 24) + 1):
            member.write(bytes(1 << 24))
    assert "unpacks to more than" in refusal(tmp_path)
    assert stored_version(tmp_path / CORPUS_FILE) is None


def test_a_corpus_of_nothing_is_damaged(tmp_path: Path) -> None:
    (tmp_path / CORPUS_FILE).write_bytes(pack([]))
    assert "holds no pieces" in refusal(tmp_path)


def test_a_version_that_is_a_novel_is_one_short_line(stored: tuple[list[Piece], Path]) -> None:
    rewrite(stored[1], facts=as_bytes({"version": "9" * 1_000_000, "pieces": []}))
    assert len(refusal(stored[1])) < 500


@pytest.mark.parametrize("name", ["facts.npy", "onset.npy"])
def test_a_header_that_ends_within_its_brackets_is_damaged(
    stored: tuple[list[Piece], Path], name: str
) -> None:
    """Numpy takes such a header for one of Python 2, and its tokenizer raises an error of its own kind."""
    path = stored[1] / CORPUS_FILE
    with zipfile.ZipFile(path) as archive:
        members = {entry: archive.read(entry) for entry in archive.namelist()}
    header = b"{'descr': '|u1', 'shape': (3,".ljust(53) + b"\n"
    members[name] = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(3)
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in members.items():
            archive.writestr(entry, content)
    assert "damaged" in refusal(stored[1])
    assert stored_version(path) == (None if name == "facts.npy" else VERSION)
