"""SubRip files, sound and damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.analysis.srt import MAX_SUBTITLES, Subtitle, decode, parse_srt, read_srt

GOOD = (
    "1\n00:00:01,500 --> 00:00:03,000\n<i>Guten Tag,</i>\nwie geht's?\n\n"
    "2\n01:02:03,4 --> 01:02:04,040\n{\\an8}Ende\n"
)


def test_times_and_words_are_read() -> None:
    assert parse_srt(GOOD) == (
        Subtitle(1.5, 3.0, "Guten Tag, wie geht's?"),
        Subtitle(3723.4, 3724.04, "Ende"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_usual_encodings_are_recognised(encoding: str) -> None:
    assert decode("Größe, déjà vu".encode(encoding)) == "Größe, déjà vu"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_understood(newline: str) -> None:
    assert len(parse_srt(GOOD.replace("\n", newline))) == 2


@pytest.mark.parametrize(
    "damage",
    [
        "00:00:05,000 --> 00:00:04,000\nends before it starts\n\n",
        "00:00:05,000 --> \nno end\n\n",
        "00:00:05,000 --> 00:00:06,000\n\n",
        "\x00\x00\x00\n\n",
        "99999999:00:00,000 --> 99999999:00:01,000\nnever\n\n",
        "<" * 5000 + "\n\n",
    ],
)
def test_a_damaged_block_costs_only_itself(damage: str) -> None:
    assert [item.text for item in parse_srt(damage + GOOD)] == ["Guten Tag, wie geht's?", "Ende"]


def test_an_endless_subtitle_is_cut_short() -> None:
    (item,) = parse_srt("00:00:01,000 --> 99:00:00,000\nwatermark\n")
    assert item.end_s < 60


def test_floods_are_bounded() -> None:
    assert len(parse_srt("00:00:01,000 --> 00:00:02,000\nx\n\n" * (MAX_SUBTITLES + 5))) == MAX_SUBTITLES


def test_a_huge_file_is_read_in_part(tmp_path: Path) -> None:
    path = tmp_path / "huge.srt"
    path.write_text(GOOD + "\n" + "x" * 8_000_000, encoding="utf-8")
    found = read_srt(path)
    assert [item.text for item in found.subtitles] == ["Guten Tag, wie geht's?", "Ende"]
    assert found.faults == ("it is larger than 4 MiB",)


def test_a_sound_file_has_no_faults(tmp_path: Path) -> None:
    path = tmp_path / "sound.srt"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path.write_text(GOOD, encoding=encoding)
        assert read_srt(path).faults == ()
        assert len(read_srt(path).subtitles) == 2


@pytest.mark.parametrize(
    ("data", "kept", "fault"),
    [
        (GOOD.replace("Ende", "“déjà vu”").encode("cp1252"), 2, "it is not UTF-8"),
        (("00:00:05,000 --> -0:0\nno end\n\n" + GOOD).encode(), 2, "1 of its subtitles cannot be read"),
        (
            ("-00:00:05,000 --> 00:00:06,000\nbefore\n\n" + GOOD).encode(),
            2,
            "1 of its subtitles cannot be read",
        ),
        (
            b"00:00:01,000 --> 00:00:02,000\nx\n\n" * 9,
            4,
            "more than 4 of its subtitles begin within one second",
        ),
    ],
)
def test_faults_are_named(tmp_path: Path, data: bytes, kept: int, fault: str) -> None:
    path = tmp_path / "wrong.srt"
    path.write_bytes(data)
    found = read_srt(path)
    assert (len(found.subtitles), found.faults) == (kept, (fault,))


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    assert all(item.end_s > item.start_s for item in parse_srt(decode(raw)))
