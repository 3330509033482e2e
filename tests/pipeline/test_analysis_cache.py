"""A film that was analysed before: the same answer without a look, and a new look whenever something has changed."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

import emsync_nb
from emsync_nb.analysis import VERSIONS, Analysis, Evidence, ExpertReport, Opinion, joined
from emsync_nb.domain import Boundary, VideoInfo
from emsync_nb.pipeline import film_digest
from emsync_nb.pipeline.analysis_cache import AnalysisCache
from emsync_nb.pipeline.film_analysis import fusion_network

Looks = mock.Mock
AT_S = np.arange(8) / 4


@pytest.fixture
def found() -> Analysis:
    """An analysis with everything that can be kept."""
    classes = np.full((8, 6), 1 / 6)
    sure = np.linspace(0, 1, 8)
    evidence = (Evidence(0.5, "laughter 0.71"), Evidence(1.25, "“naïve” ♭"))
    opinions = (
        Opinion("sound", AT_S, np.sin(AT_S), np.cos(AT_S) / 3, sure, sure[::-1], classes, evidence),
        Opinion("motion", AT_S, np.zeros(8), sure / 7, np.zeros(8), sure),
    )
    reports = (ExpertReport("sound", True, 0.25, "2 s"), ExpertReport("words", False, 0.0, "no subtitles"))
    info = VideoInfo(Path("film.mp4"), Fraction(2), Fraction(25), 128, 72, 0, False, "raw")
    boundaries = (Boundary(Fraction(1, 3), "cut", 0.7), Boundary(Fraction(1001, 1000), "dissolve", 1 / 3))
    return joined(info, boundaries, reports, opinions, fusion_network())


@pytest.fixture
def copy(film: Path, tmp_path: Path) -> Path:
    """The tiny film, to be changed."""
    return shutil.copy(film, tmp_path / "copy.mp4")


@pytest.fixture
def looks(found: Analysis, monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Counts looks at films; each finds the same."""
    look = mock.Mock(return_value=found)
    monkeypatch.setattr("emsync_nb.analysis.analyze", look)
    return look


def kept() -> list[Path]:
    """The files of the cache."""
    return sorted(Path(os.environ["EMSYNC_CACHE"], "analysis").glob("*"))


def assert_equal(one: Analysis, other: Analysis) -> None:
    assert one.cues.boundaries == other.cues.boundaries
    assert one.experts == other.experts
    for axis in ("times_s", "valence", "arousal"):
        assert np.array_equal(getattr(one.cues.curve, axis), getattr(other.cues.curve, axis))
    assert one.fusion is not None
    assert other.fusion is not None
    assert np.array_equal(one.fusion.ekman, other.fusion.ekman)
    assert np.array_equal(one.fusion.confidence, other.fusion.confidence)
    assert [opinion.name for opinion in one.opinions] == [opinion.name for opinion in other.opinions]
    for mine, yours in zip(one.opinions, other.opinions, strict=True):
        assert mine.evidence == yours.evidence
        assert (mine.ekman is None) == (yours.ekman is None)
        assert np.array_equal(mine.valence_confidence, yours.valence_confidence)


def test_the_second_answer_equals_the_first(copy: Path, found: Analysis, looks: Looks) -> None:
    emsync_nb.analyze(copy)
    again = emsync_nb.analyze(copy)
    assert looks.call_count == 1
    assert_equal(found, again)
    assert again.cues.video.path == copy


def test_a_real_film_is_looked_at_once(film: Path) -> None:
    first = emsync_nb.analyze(film)
    with mock.patch("emsync_nb.analysis.analyze", side_effect=AssertionError("looked")):
        again = emsync_nb.analyze(film)
    assert_equal(first, again)
    assert any(opinion.evidence for opinion in again.opinions)


def test_a_film_is_known_wherever_it_lies(copy: Path, looks: Looks, tmp_path: Path) -> None:
    emsync_nb.analyze(copy)
    moved = copy.rename(tmp_path / "moved.mp4")
    assert emsync_nb.analyze(moved).cues.video.path == moved
    assert looks.call_count == 1


def test_whoever_asks_for_a_fresh_look_gets_one_and_it_is_kept(copy: Path, looks: Looks) -> None:
    emsync_nb.analyze(copy)
    emsync_nb.analyze(copy, fresh=True)
    emsync_nb.analyze(copy)
    assert looks.call_count == 2


def _change_film(copy: Path, patch: pytest.MonkeyPatch) -> None:
    copy.write_bytes(copy.read_bytes() + b"\0\0\0\x08free")


def _add_subtitles(copy: Path, patch: pytest.MonkeyPatch) -> None:
    copy.with_suffix(".srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")


def _raise_version(copy: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setitem(VERSIONS, "sound", VERSIONS["sound"] + 1)


def _bring_model(copy: Path, patch: pytest.MonkeyPatch) -> None:
    there = Path("anything")
    patch.setattr("emsync_nb.pipeline.analysis_cache.find", lambda name: there if name == "yunet" else None)


def _bring_package(copy: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("emsync_nb.pipeline.analysis_cache.is_installed", lambda name: name != "pytesseract")


def _bring_head(copy: Path, patch: pytest.MonkeyPatch) -> None:
    head = Path(os.environ["EMSYNC_CACHE"], "models", "scene-clip.safetensors")
    head.parent.mkdir()
    head.write_bytes(b"trained at home")


CHANGES = (_change_film, _add_subtitles, _raise_version, _bring_model, _bring_package, _bring_head)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_what_could_change_the_answer_brings_a_new_look(
    change: Callable[[Path, pytest.MonkeyPatch], None],
    copy: Path,
    looks: Looks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("emsync_nb.pipeline.analysis_cache.find", lambda name: None)
    monkeypatch.setattr("emsync_nb.pipeline.analysis_cache.is_installed", lambda name: False)
    emsync_nb.analyze(copy)
    change(copy, monkeypatch)
    for _ in range(2):
        emsync_nb.analyze(copy)
    assert looks.call_count == 2


def test_changed_subtitles_bring_a_new_look(copy: Path, looks: Looks) -> None:
    subtitles = copy.with_suffix(".srt")
    for words in ("Hello", "Hullo", "Hello"):
        subtitles.write_text(f"1\n00:00:01,000 --> 00:00:02,000\n{words}\n")
        emsync_nb.analyze(copy)
    assert looks.call_count == 2


def test_better_layers_need_no_new_look(
    copy: Path, looks: Looks, found: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    emsync_nb.analyze(copy)
    joining = mock.Mock(return_value=found)
    monkeypatch.setattr("emsync_nb.analysis.joined", joining)
    monkeypatch.setattr("emsync_nb.pipeline.film_analysis.fusion_network", lambda: "layers")
    assert emsync_nb.analyze(copy) is found
    assert "layers" in joining.call_args.args
    assert looks.call_count == 1


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(60, len(content) - 200, 37):
        content[place] ^= 255
    path.write_bytes(content)


def _pickle(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, header=np.array([Path("a")], dtype=object), allow_pickle=True)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("no archive")


def _without_columns(path: Path) -> None:
    with np.load(path) as archive:
        header = archive["header"]
    with path.open("wb") as file:
        np.savez(file, header=header)


def _other_grid(path: Path) -> None:
    with np.load(path) as archive:
        arrays = dict(archive)
    arrays["1.columns"] = arrays["1.columns"][:, :5]
    with path.open("wb") as file:
        np.savez(file, **arrays)


def _deep(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, header=np.frombuffer(b"[" * 100_000, dtype=np.uint8))


def _open_header(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.npy", b"\x93NUMPY\x01\x00\x02\x00(\n")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = (
    _cut_off,
    _flip,
    _pickle,
    _empty,
    _text,
    _without_columns,
    _other_grid,
    _deep,
    _open_header,
    _folder,
)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__.strip("_"))
def test_what_is_damaged_is_looked_at_anew(
    damage: Callable[[Path], None], copy: Path, looks: Looks, found: Analysis
) -> None:
    emsync_nb.analyze(copy)
    (path,) = kept()
    damage(path)
    assert_equal(found, emsync_nb.analyze(copy))
    assert looks.call_count == 2


def test_an_archive_that_would_fill_the_memory_is_not_unpacked(
    copy: Path, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    emsync_nb.analyze(copy)
    monkeypatch.setattr("emsync_nb.pipeline.analysis_cache._MAX_UNPACKED", 100)
    emsync_nb.analyze(copy)
    assert looks.call_count == 2


def test_a_full_disk_is_no_reason_to_fail(
    copy: Path, looks: Looks, found: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(28, "No space left on device")
    monkeypatch.setattr("emsync_nb.pipeline.analysis_cache.Path.replace", mock.Mock(side_effect=full))
    assert emsync_nb.analyze(copy) is found
    assert kept() == []


def test_a_cache_that_cannot_be_made_is_no_reason_to_fail(
    copy: Path, looks: Looks, found: Analysis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "file"))
    for _ in range(2):
        assert emsync_nb.analyze(copy) is found
    assert looks.call_count == 2


def test_a_folder_that_may_only_be_read_is_read(
    copy: Path, looks: Looks, found: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    emsync_nb.analyze(copy)
    monkeypatch.setattr(os, "utime", mock.Mock(side_effect=PermissionError(13, "Permission denied")))
    assert_equal(found, emsync_nb.analyze(copy))
    assert looks.call_count == 1


def test_subtitles_that_cannot_be_read_stop_nobody(
    copy: Path, looks: Looks, found: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add_subtitles(copy, monkeypatch)
    refused = mock.Mock(side_effect=PermissionError(13, "Permission denied"))
    monkeypatch.setattr("emsync_nb.pipeline.analysis_cache.sha256", refused)
    assert emsync_nb.analyze(copy) is found
    assert kept() == []


def test_the_films_looked_at_last_stay(
    copy: Path, looks: Looks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emsync_nb.pipeline.analysis_cache._FILMS", 2)
    films = [tmp_path / f"{number}.mp4" for number in range(3)]
    for age, film in zip((300, 200, 0), films, strict=True):
        film.write_bytes(copy.read_bytes() + bytes([0, 0, 0, 9]) + b"free" + film.stem.encode())
        before = set(kept())
        emsync_nb.analyze(film)
        for path in set(kept()) - before:
            os.utime(path, (path.stat().st_mtime - age,) * 2)
        if film is films[1]:
            emsync_nb.analyze(films[0])  # and so the second is now the oldest
    assert len(kept()) == 2
    looks.reset_mock()
    emsync_nb.analyze(films[0])
    assert looks.call_count == 0
    emsync_nb.analyze(films[1])
    assert looks.call_count == 1


def test_what_killed_processes_left_is_let_go(copy: Path, looks: Looks) -> None:
    folder = Path(os.environ["EMSYNC_CACHE"], "analysis")
    folder.mkdir(parents=True)
    old, new = folder / "old.partial", folder / "new.partial"
    for path in (old, new):
        path.touch()
    os.utime(old, (1, 1))
    emsync_nb.analyze(copy)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_large_film_is_read_once_until_it_changes(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_digest, "LARGE", 1)
    monkeypatch.setattr(film_digest, "_UNSETTLED_S", -1.0)
    reading = mock.Mock(wraps=film_digest.sha256)
    monkeypatch.setattr(film_digest, "sha256", reading)
    copy = Path(shutil.copy(film, tmp_path / "large.mp4"))
    first = film_digest.film_digest(copy, tmp_path / "kept")
    assert film_digest.film_digest(copy, tmp_path / "kept") == first
    assert reading.call_count == 1
    with copy.open("r+b") as stream:
        stream.seek(1000)
        stream.write(b"changed")
    assert film_digest.film_digest(copy, tmp_path / "kept") != first


def test_a_large_film_that_was_just_written_is_read_each_time(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_digest, "LARGE", 1)
    film_digest.film_digest(Path(shutil.copy(film, tmp_path / "large.mp4")), tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_the_cache_alone_has_no_place_for_what_is_not_there(tmp_path: Path, found: Analysis) -> None:
    cache = AnalysisCache(tmp_path / "none.mp4", None)
    cache.save(found)
    assert cache.load() is None
