"""Which file belongs to a film, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from emsync_nb.analysis.words.sidecar import find_sidecar, read_sidecar

GOOD = "1\n00:00:01,500 --> 00:00:03,000\nHello\n\n2\n00:00:04,000 --> 00:00:05,000\nBye\n"


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["film.srt", "film.en.srt", "film.vtt"], "film.srt"),
        (["film.vtt", "film.ass", "film.de.srt"], "film.vtt"),
        (["film.de.srt", "film.en.ass"], "film.en.ass"),
        (["film.en.forced.srt", "film.fr.srt"], "film.fr.srt"),
        (["film.pt-BR.sdh.SRT"], "film.pt-BR.sdh.SRT"),
        (["film.part2.srt", "filming.srt", "other.srt", "film.txt", "film.en.de.srt"], None),
        ([], None),
    ],
)
def test_the_best_name_is_found(tmp_path: Path, names: list[str], found: str | None) -> None:
    for name in names:
        (tmp_path / name).write_text("x")
    path = find_sidecar(tmp_path / "film.mp4")
    assert (path and path.name) == found


def test_a_folder_is_no_sidecar(tmp_path: Path) -> None:
    (tmp_path / "film.srt").mkdir()
    assert find_sidecar(tmp_path / "film.mp4") is None
    assert find_sidecar(tmp_path / "missing" / "film.mp4") is None


def test_what_a_file_holds_decides_not_its_name(tmp_path: Path) -> None:
    path = tmp_path / "film.srt"
    path.write_text("[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,Hi\n")
    assert [line.text for line in read_sidecar(path).lines] == ["Hi"]
    path.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n")
    assert [line.text for line in read_sidecar(path).lines] == ["Hi"]


def test_a_sound_file_has_no_faults(tmp_path: Path) -> None:
    path = tmp_path / "sound.srt"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path.write_text(GOOD, encoding=encoding)
        found = read_sidecar(path)
        assert (found.source, len(found.lines), found.faults) == ("sound.srt", 2, ())


@pytest.mark.parametrize(
    ("data", "kept", "fault"),
    [
        (
            GOOD.replace("Bye", "“déjà vu”").encode("cp1252"),
            2,
            "it is not UTF-8 (read as Windows-1252, a guess)",
        ),
        (("00:00:05,000 --> -0:0\nno end\n\n" + GOOD).encode(), 2, "1 of its subtitles cannot be read"),
        (
            b"00:00:01,000 --> 00:00:02,000\nx\n\n" * 9,
            4,
            "more than 4 of its subtitles begin within one second",
        ),
        ((GOOD + "\n" + "x" * 8_000_000).encode(), 2, "it is larger than 4 MiB"),
    ],
    ids=["letters", "times", "crowd", "size"],
)
def test_faults_are_named(tmp_path: Path, data: bytes, kept: int, fault: str) -> None:
    path = tmp_path / "wrong.srt"
    path.write_bytes(data)
    found = read_sidecar(path)
    assert (len(found.lines), found.faults) == (kept, (fault,))
