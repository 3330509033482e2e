"""From a folder of music to arrays and back."""

from __future__ import annotations

import json
import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.domain import GRID
from emsync_nb.errors import DataError
from emsync_nb.training import Piece, load_corpus, load_rated, prepare
from emsync_nb.training.corpus.store import CORPUS_FILE, save

pytest.importorskip("lxml")
mido = pytest.importorskip("mido")

WriteScore = Callable[..., Path]
MakePiece = Callable[..., Piece]
FIELDS = ("onset", "duration", "pitch", "velocity", "part", "bar_start")


@pytest.fixture
def stored(make_piece: MakePiece, tmp_path: Path) -> tuple[list[Piece], Path]:
    """Three pieces of different length and the folder they were stored in."""
    pieces = [make_piece(f"piece {seed}", seed=seed, bars=10 + seed) for seed in range(3)]
    save(pieces, tmp_path / CORPUS_FILE)
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
        {"facts": as_bytes({"version": 1})},
        {"facts": as_bytes({"version": 1, "pieces": [{"name": "x"}]})},
        {"facts": as_bytes({"version": 1, "pieces": [{"name": "x", "source": "y", "licence": "z"}] * 9})},
        {"notes": np.array([10**9, 1, 1])},
        {"notes": np.array([1])},
        {"bars": np.array([10**9, 1, 1])},
        {"bar_start": np.zeros(3)},
    ],
)
def test_a_corpus_with_wrong_columns_is_damaged(
    stored: tuple[list[Piece], Path], changed: dict[str, object]
) -> None:
    rewrite(stored[1], **changed)
    assert "damaged" in refusal(stored[1])


def test_a_corpus_of_another_version_is_refused(stored: tuple[list[Piece], Path]) -> None:
    rewrite(stored[1], facts=as_bytes({"version": 0, "pieces": []}))
    assert "another version" in refusal(stored[1])


def test_objects_are_never_unpickled(stored: tuple[list[Piece], Path]) -> None:
    rewrite(stored[1], onset=np.array([{"an": "object"}], dtype=object))
    assert "damaged" in refusal(stored[1])


def test_an_array_alone_is_no_corpus(tmp_path: Path) -> None:
    with (tmp_path / CORPUS_FILE).open("wb") as stream:
        np.save(stream, np.zeros(3))
    assert "damaged" in refusal(tmp_path)


def scale(bars: int) -> str:
    notes = "".join(
        f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch><duration>1</duration></note>"
        for octave in (3, 4)
        for step in "CDEF"
    )
    attributes = "<attributes><divisions>2</divisions></attributes>"
    return "".join(
        f'<measure number="{n}">{attributes if n == 1 else ""}{notes}</measure>' for n in range(1, bars + 1)
    )


def midi(path: Path, notes: int) -> None:
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(mido.MidiTrack())
    for index in range(notes):
        file.tracks[0].append(mido.Message("note_on", note=40 + index % 40, velocity=80, time=0))
        file.tracks[0].append(mido.Message("note_off", note=40 + index % 40, time=240))
    file.save(path)


def test_a_folder_with_broken_files_is_prepared_without_them(write_score: WriteScore, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for collection in ("openscore-orchestra", "openscore-lieder", "freedoom"):
        (data / collection).mkdir(parents=True)
    (data / "openscore-orchestra" / "Nobody_Op.1_1.mxl").write_bytes(
        write_score({"Viola": scale(12)}).read_bytes()
    )
    (data / "openscore-orchestra" / "Nobody_Op.1_2.mxl").write_bytes(b"not an archive")
    for number in range(5):  # every fourth song is read: the first and the fifth
        song = data / "openscore-lieder" / f"song {number}.mxl"
        shutil.copy(write_score({"Voice": scale(9), "Piano": scale(9)}), song)
    midi(data / "freedoom" / "long.mid", 80)
    midi(data / "freedoom" / "short.mid", 63)
    (data / "freedoom" / "broken.mid").write_bytes(b"MThd")
    (data / "freedoom" / "README.txt").write_text("no music")
    shares: list[float] = []
    done = prepare(data, tmp_path / "cache", workers=1, on_progress=shares.append)
    assert shares == pytest.approx([n / 7 for n in range(1, 8)])
    assert (done.pieces, len(done.skipped)) == (4, 3)
    assert [line.split(":")[0] for line in done.skipped] == ["Nobody_Op.1_2.mxl", "broken.mid", "short.mid"]
    assert all("\n" not in line for line in done.skipped)
    pieces = load_corpus(tmp_path / "cache")
    assert [(piece.provenance.name, piece.provenance.licence) for piece in pieces] == [
        ("Nobody_Op.1_1", "CC0-1.0"),
        ("song 0", "CC0-1.0"),
        ("song 4", "CC0-1.0"),
        ("long", "BSD-3-Clause"),
    ]
    # eight notes a bar of four beats; the two parts of a song play together
    assert done.notes == 12 * 8 + 2 * 2 * 9 * 8 + 80
    assert pieces[0].table.bar_start.tolist() == [bar * 4 * GRID for bar in range(13)]
    assert all(piece.labels.shape == (piece.table.bars, 2) for piece in pieces)


def test_a_folder_without_collections_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds none of the collections"):
        prepare(tmp_path, tmp_path / "cache")


def test_a_folder_of_broken_files_only_is_refused(tmp_path: Path) -> None:
    (tmp_path / "freedoom").mkdir()
    (tmp_path / "freedoom" / "a.mid").write_bytes(b"")
    with pytest.raises(DataError, match=r"none of the 1 files .* a\.mid: not a readable"):
        prepare(tmp_path, tmp_path / "cache", workers=1)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "listing",
    [
        None,
        "",
        "[]",
        "{}",
        "7",
        '[{"midi": "absent.mid", "valence_mean": [0], "arousal_mean": [0]}]',
        '[{"valence_mean": [0], "arousal_mean": [0]}]',
        '[{"midi": "there.mid", "valence_mean": 3, "arousal_mean": [0]}]',
        '[{"midi": "there.mid", "valence_mean": [0, 0], "arousal_mean": [0]}]',
        '[{"midi": "there.mid", "valence_mean": ["a"], "arousal_mean": [0]}]',
    ],
)
def test_a_folder_that_is_not_vgmidi_is_refused(tmp_path: Path, listing: str | None) -> None:
    midi(tmp_path / "there.mid", 70)
    if listing is not None:
        (tmp_path / "annotations.json").write_text(listing)
    with pytest.raises(DataError, match=r"annotations\.json") as caught:
        load_rated(tmp_path)
    assert "\n" not in str(caught.value)


def test_ratings_are_read_bar_by_bar(tmp_path: Path) -> None:
    midi(tmp_path / "there.mid", 24)  # twelve beats: three bars
    entry = {"midi": "there.mid", "valence_mean": [0.1, 0.2], "arousal_mean": [-0.1, -0.2]}
    longer = {"midi": "there.mid", "valence_mean": [0.5] * 5, "arousal_mean": [0.6] * 5}
    (tmp_path / "annotations.json").write_text(json.dumps([entry, longer]))
    rated = load_rated(tmp_path)
    assert rated.ratings.tolist() == [[0.1, -0.1], [0.2, -0.2]] + [[0.5, 0.6]] * 3
    assert rated.piece.tolist() == [0, 0, 1, 1, 1]
    assert rated.features.shape[0] == 5


def test_the_corpus_is_a_plain_archive(stored: tuple[list[Piece], Path]) -> None:
    with zipfile.ZipFile(stored[1] / CORPUS_FILE) as archive:
        assert archive.testzip() is None
