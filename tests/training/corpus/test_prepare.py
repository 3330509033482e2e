"""From folders of music to one file: what is read, what is left out and why, and what survives an accident."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mido
import pytest

from emsync_nb.domain import GRID
from emsync_nb.errors import DataError, OutputError
from emsync_nb.training import load_corpus, prepare
from emsync_nb.training.corpus.store import CORPUS_FILE

pytest.importorskip("lxml")
pytest.importorskip("mido")

from tests.cases.worlds import grow, mount, unmount
from tests.training.corpus.collections_of_music import (
    tune,
    write_freedoom,
    write_groove,
    write_midi,
    write_song,
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a little of everything, and with some of what goes wrong."""
    folder = tmp_path / "data"
    orchestra = folder / "openscore-orchestra"
    write_song(orchestra / "Nobody_Op.1_1.mxl", tune(12, seed=1), work="Symphony", name="Viola")
    (orchestra / "Nobody_Op.1_2.mxl").write_bytes(b"not an archive")
    lieder = folder / "openscore-lieder"
    for number in range(4):
        write_song(lieder / f"song {number}.mxl", tune(9, seed=10 + number), composer=f"Composer {number}")
    write_song(lieder / "unfree.mxl", tune(9, seed=20), rights="")
    write_song(lieder / "reserved.mxl", tune(9, seed=21), rights="© 2020 A Publisher, all rights reserved")
    write_freedoom(folder / "freedoom", {"long.mid": 80, "short.mid": 63})
    (folder / "freedoom" / "broken.mid").write_bytes(b"MThd")
    (folder / "freedoom" / "README.txt").write_text("no music")
    sessions = [
        ("drummer1/session1", "beat", 90),
        ("drummer1/session1", "fill", 90),
        ("drummer2/s", "beat", 90),
    ]
    write_groove(folder / "groove", sessions)
    return folder


@pytest.fixture(autouse=True)
def without_music21(monkeypatch: pytest.MonkeyPatch) -> None:
    """The allowed works of music21 have tests of their own."""
    monkeypatch.setattr("emsync_nb.training.corpus.catalogue.MUSIC21_ALLOWED", {})


def test_what_is_read_and_what_is_left_out(data: Path, tmp_path: Path) -> None:
    shares: list[float] = []
    done = prepare(data, tmp_path / "cache", workers=1, on_progress=shares.append)
    assert shares == pytest.approx([n / 13 for n in range(1, 14)])
    reasons = dict(line.split(": ", 1) for line in done.skipped)
    assert set(reasons) == {"Nobody_Op.1_2.mxl", "unfree.mxl", "reserved.mxl", "broken.mid", "short.mid"}
    assert reasons["short.mid"] == "has fewer than 64 notes"
    assert reasons["unfree.mxl"] == reasons["reserved.mxl"] == "states no right to use it, so it is not free"
    assert all("\n" not in line for line in done.skipped)
    pieces = {piece.provenance.name: piece for piece in load_corpus(tmp_path / "cache")}
    assert (done.pieces, done.read, done.duplicates) == (len(pieces), 13, ())
    assert set(pieces) == {
        "Nobody_Op.1_1", "song 0", "song 1", "song 2", "song 3", "long", "0_rock_120_beat_4-4", "2_rock_120_beat_4-4",
    }  # fmt: skip
    symphony = pieces["Nobody_Op.1_1"]
    assert symphony.table.bar_start.tolist() == [bar * 4 * GRID for bar in range(13)]
    assert all(piece.labels.shape == (piece.table.bars, 2) for piece in pieces.values())
    assert done.notes == sum(len(piece.table.onset) for piece in pieces.values()) == 96 + 4 * 72 + 80 + 2 * 90


def test_every_piece_knows_whose_it_is_and_who_may_use_it(data: Path, tmp_path: Path) -> None:
    prepare(data, tmp_path / "cache", workers=1)
    facts = {piece.provenance.name: piece.provenance for piece in load_corpus(tmp_path / "cache")}
    symphony, doom, drums = facts["Nobody_Op.1_1"], facts["long"], facts["0_rock_120_beat_4-4"]
    assert (symphony.composer, symphony.work) == ("Nobody", "Symphony")
    assert (symphony.licence, symphony.rights) == ("CC0-1.0", "OpenScore (CC0)")
    assert (doom.licence, doom.rights) == (
        "BSD-3-Clause", "Redistribution and use in source and binary forms, with or without",
    )  # fmt: skip
    assert (drums.licence, drums.composer, drums.work) == ("CC-BY-4.0", "drummer1", "drummer1/session1")
    assert "Attribution 4.0" in drums.rights
    assert all(len(provenance.sha256) == 64 for provenance in facts.values())


def test_several_processes_read_the_same(data: Path, tmp_path: Path) -> None:
    alone = prepare(data, tmp_path / "alone", workers=1)
    together = prepare(data, tmp_path / "together", workers=2)
    assert alone.path.read_bytes() == together.path.read_bytes()
    assert alone.skipped == together.skipped


def test_what_was_read_is_not_read_again(data: Path, tmp_path: Path) -> None:
    first = prepare(data, tmp_path / "cache", workers=1)
    before = first.path.read_bytes()
    again = prepare(data, tmp_path / "cache", workers=1)
    assert again.read == 5  # those that were refused
    assert again.path.read_bytes() == before
    song = data / "openscore-lieder" / "song 0.mxl"
    write_song(song, tune(9, seed=99))
    assert prepare(data, tmp_path / "cache", workers=1).read == 6
    assert first.path.read_bytes() != before


def test_a_damaged_piece_on_the_shelf_is_read_again(data: Path, tmp_path: Path) -> None:
    first = prepare(data, tmp_path / "cache", workers=1)
    before = first.path.read_bytes()
    for path in sorted((tmp_path / "cache" / "pieces").glob("*/*.npz"))[:3]:
        path.write_bytes(path.read_bytes()[:200])
    assert prepare(data, tmp_path / "cache", workers=1).read == 5 + 3
    assert first.path.read_bytes() == before


def test_repeats_of_a_piece_are_left_out_in_any_key(data: Path, tmp_path: Path) -> None:
    lieder = data / "openscore-lieder"
    song = tune(40, seed=7)
    write_song(lieder / "a high.mxl", song)
    # a fourth lower, for a low voice: each note by the same five semitones
    low = song.replace("<attributes>", "<attributes><transpose><chromatic>-5</chromatic></transpose>", 1)
    low = low.replace(
        "<attributes><transpose><chromatic>-5</chromatic></transpose><divisions>2</divisions>",
        "<attributes><divisions>2</divisions><transpose><chromatic>-5</chromatic></transpose>",
    )
    write_song(lieder / "b low.mxl", low)
    done = prepare(data, tmp_path / "cache", workers=1)
    assert done.duplicates == ("b low: repeats a high",)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(DataError, match="holds none of the collections"):
            prepare(folder, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_folder_of_broken_files_only_is_refused(tmp_path: Path) -> None:
    (tmp_path / "freedoom").mkdir()
    (tmp_path / "freedoom" / "COPYING.adoc").write_text("Redistribution and use in source and binary forms")
    (tmp_path / "freedoom" / "a.mid").write_bytes(b"")
    with pytest.raises(DataError, match=r"none of the 1 files .* a\.mid: "):
        prepare(tmp_path, tmp_path / "cache", workers=1)
    assert not (tmp_path / "cache" / CORPUS_FILE).exists()


def test_a_collection_without_its_licence_is_refused(data: Path, tmp_path: Path) -> None:
    (data / "freedoom" / "COPYING.adoc").unlink()
    with pytest.raises(DataError, match=r"COPYING\.adoc cannot be read .* freedoom is not free"):
        prepare(data, tmp_path / "cache")
    (data / "freedoom" / "COPYING.adoc").write_text("All rights reserved")
    with pytest.raises(DataError, match=r"does not grant BSD-3-Clause"):
        prepare(data, tmp_path / "cache")


@pytest.mark.parametrize(
    "listing",
    [
        "",
        "nothing,of,this\n1,2,3\n",
        "midi_filename,session,drummer,beat_type\n../../out.mid,s,d,beat\n",
        "\0",
    ],
)
def test_a_listing_of_grooves_that_is_none_is_one_line(data: Path, tmp_path: Path, listing: str) -> None:
    write_midi(tmp_path / "out.mid", 90)
    (data / "groove" / "info.csv").write_text(listing)
    try:
        done = prepare(data, tmp_path / "cache", workers=1)
    except DataError as error:
        assert "groove's listing" in str(error)
        assert "\n" not in str(error)
    else:
        assert listing in ("", "\0")  # lists nothing
        assert "out" not in {piece.provenance.name for piece in load_corpus(done.path.parent)}


def _corpus_of(version: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        import numpy as np

        facts = json.dumps({"version": version, "pieces": []}).encode()
        np.savez(path, facts=np.frombuffer(facts, dtype=np.uint8))

    return write


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (_corpus_of(10_000), "was made by a newer emsync_nb"),
        (lambda path: path.write_bytes(b"a thesis"), "damaged or none of ours"),
        (lambda path: path.mkdir(), "damaged or none of ours"),
    ],
)
def test_what_must_not_be_replaced_is_not(
    data: Path, tmp_path: Path, write: Callable[[Path], None], message: str
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    write(cache / CORPUS_FILE)
    with pytest.raises(DataError, match=message):
        prepare(data, cache, workers=1)
    assert (cache / CORPUS_FILE).exists()
    assert not (cache / "pieces").exists()


def test_a_corpus_of_an_older_version_is_replaced(data: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    old = cache / "pieces" / "0123456789ab"
    old.mkdir(parents=True)
    (old / f"{'0' * 40}.npz").write_bytes(b"a piece of another version")
    _corpus_of(1)(cache / CORPUS_FILE)
    assert len(load_corpus(prepare(data, cache, workers=1).path.parent)) == 8
    assert not old.exists()


def test_what_is_not_ours_stays_in_the_cache(data: Path, tmp_path: Path) -> None:
    cache, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    kept = [
        cache / "pieces" / "bach" / "my_score.txt",
        cache / "pieces" / "0123456789ab" / "notes.txt",
        cache / ".notes.part",
        elsewhere / f"{'0' * 40}.npz",
    ]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("precious")
    (cache / "pieces" / "ba9876543210").symlink_to(elsewhere)
    prepare(data, cache, workers=1)
    assert all(path.read_text() == "precious" for path in kept)


def test_a_piece_of_another_file_is_not_taken_for_this_one(data: Path, tmp_path: Path) -> None:
    first = prepare(data, tmp_path / "cache", workers=1)
    before = first.path.read_bytes()
    one, other = sorted((tmp_path / "cache" / "pieces").glob("*/*.npz"))[:2]
    one.write_bytes(other.read_bytes())
    assert prepare(data, tmp_path / "cache", workers=1).read == 5 + 1
    assert first.path.read_bytes() == before


def test_files_that_cannot_be_music_are_listed_and_not_opened(data: Path, tmp_path: Path) -> None:
    freedoom, groove = data / "freedoom", data / "groove"
    with (freedoom / "huge.mid").open("wb") as stream:
        stream.truncate(200_000_000)
    write_midi(freedoom / "LOUD.MID", 80, seed=77)
    os.mkfifo(groove / "pipe.mid")
    (groove / "circle.mid").symlink_to("circle.mid")
    rows = ["drummer,session,beat_type,midi_filename", "d,d/s,beat,pipe.mid"]
    (groove / "info.csv").write_text("\ufeff" + "\n".join(rows) + "\n", encoding="utf-8")
    done = prepare(data, tmp_path / "cache", workers=1)
    reasons = dict(line.split(": ", 1) for line in done.skipped)
    assert "larger than" in reasons["huge.mid"]
    assert "no plain file" in reasons["pipe.mid"]
    assert "LOUD" in {piece.provenance.name for piece in load_corpus(tmp_path / "cache")}
    (groove / "info.csv").write_text("\n".join([*rows, "d,d/s,beat,circle.mid"]) + "\n")
    with pytest.raises(DataError) as caught:
        prepare(data, tmp_path / "cache", workers=1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["COPYING.adoc", "info.csv"])
def test_a_pipe_in_place_of_a_text_is_refused(data: Path, tmp_path: Path, name: str) -> None:
    path = data / ("freedoom" if name == "COPYING.adoc" else "groove") / name
    path.unlink()
    os.mkfifo(path)
    if name == "info.csv":  # no listing, so nothing of the collection is read
        assert prepare(data, tmp_path / "cache", workers=1).pieces == 6
    else:
        with pytest.raises(DataError, match="no plain file"):
            prepare(data, tmp_path / "cache", workers=1)


def test_a_piano_for_practice_only_is_not_part_of_the_music(data: Path, tmp_path: Path) -> None:
    song, choir = data / "openscore-lieder" / "choir.mxl", tune(9, seed=50)
    write_song(song, choir, name="Alto", others={"Piano (For practice only)": tune(9, seed=51, octave=3)})
    prepare(data, tmp_path / "cache", workers=1)
    (piece,) = (p for p in load_corpus(tmp_path / "cache") if p.provenance.name == "choir")
    assert [track.name for track in piece.table.tracks] == ["Alto"]
    assert len(piece.table.onset) == 72
    assert set(piece.table.track.tolist()) == {0}


def test_bars_shorter_than_the_grid_leave_out_one_file_only(data: Path, tmp_path: Path) -> None:
    file = mido.MidiFile(data / "freedoom" / "long.mid")
    file.tracks[0].insert(0, mido.MetaMessage("time_signature", numerator=1, denominator=128))
    file.save(data / "freedoom" / "narrow.mid")
    done = prepare(data, tmp_path / "cache", workers=1)
    assert done.pieces == 8
    assert any(line.startswith("narrow.mid: has bars shorter than") for line in done.skipped)


def test_names_that_are_no_text(data: Path, tmp_path: Path) -> None:
    (data / "freedoom" / "long.mid").rename(data / "freedoom" / os.fsdecode(b"\xff\xfe.mid"))
    done = prepare(data, tmp_path / "cache", workers=1)
    assert done.pieces == 8
    assert "??" in {piece.provenance.name for piece in load_corpus(tmp_path / "cache")}


def test_two_preparations_into_one_cache(data: Path, tmp_path: Path) -> None:
    import filelock

    cache = tmp_path / "cache"
    cache.mkdir()
    with filelock.FileLock(cache / ".lock"), pytest.raises(DataError, match="another preparation is at work"):
        prepare(data, cache, workers=1)
    assert prepare(data, cache, workers=1).pieces == 8


def test_a_full_disk_is_one_line_and_nothing_is_lost(data: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    try:
        mount(disk, "36k")  # holds some of the pieces, then no more
    except (PermissionError, FileNotFoundError) as error:
        pytest.skip(f"no small disk here: {error}")
    try:
        with pytest.raises(OutputError, match=r"No space left .* what was read is kept"):
            prepare(data, disk, workers=1)
        kept = len(list((disk / "pieces").glob("*/*.npz")))
        assert kept > 0
        assert not list(disk.rglob("*.part"))
        grow(disk, "4m")
        done = prepare(data, disk, workers=1)
        assert (done.pieces, done.read) == (8, 13 - kept)
    finally:
        unmount(disk)


def test_a_cache_that_is_a_file_is_one_line(data: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        prepare(data, tmp_path / "cache", workers=1)
    assert (tmp_path / "cache").read_text() == "a file"


_WAITING = """
import signal, sys
from pathlib import Path
from emsync_nb.training.corpus import prepare as module
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job comes with Ctrl-C ignored
if __name__ == "__main__":
    seen = []
    def tell(share):
        seen.append(share)
        print(share, flush=True)
        if len(seen) == 4:
            sys.stdin.read()  # wait here for the signal
    module.prepare(Path(sys.argv[1]), Path(sys.argv[2]), workers=2, on_progress=tell)
"""


def _start(data: Path, cache: Path, script: Path) -> subprocess.Popen[str]:
    script.write_text(_WAITING)
    process = subprocess.Popen(
        [sys.executable, script, data, cache],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for _ in range(4):
        assert process.stdout.readline()
    return process


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_preparation_goes_on(data: Path, tmp_path: Path, number: signal.Signals) -> None:
    cache = tmp_path / "cache"
    process = _start(data, cache, tmp_path / "slow.py")
    with pytest.raises(DataError, match="another preparation is at work"):
        prepare(data, cache, workers=1)
    process.send_signal(number)
    process.communicate(timeout=30)
    kept = len(list((cache / "pieces").glob("*/*.npz")))
    assert 0 < kept < 8
    assert not (cache / CORPUS_FILE).exists()
    done = prepare(data, cache, workers=1)
    assert (done.pieces, done.read) == (8, 13 - kept)
    assert not list(cache.rglob("*.part"))
