"""Subtitles inside films, written here by FFmpeg's own muxers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from emsync_nb.video import embedded_subtitles, probe
from tests.cases.film_factory import _packet

HEADER = b"[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Name, Text\n"
WORDS = "I am so happy"
#: codec → how a line stands in its packets, by the formats' specifications
PAYLOADS = {
    "mov_text": len(WORDS).to_bytes(2, "big") + WORDS.encode(),
    "subrip": WORDS.encode(),
    "webvtt": WORDS.encode(),
    "ass": b"0,0,Default,,0,0,0,," + WORDS.encode(),
}


def film(path: Path, *streams: tuple[str, str, bytes], start_s: int = 0) -> Path:
    """Three seconds of picture, and a line from 1 s to 3 s of the film in each stream: codec, language, payload."""
    with av.open(str(path), "w") as output:
        picture = output.add_stream("mpeg4", rate=10)
        picture.width = picture.height = 64
        sides = []
        for codec, language, payload in streams:
            if codec == "ass":  # its styles stand in the header of the container
                side = output.add_stream(codec)
                side.codec_context.subtitle_header = HEADER
                side.codec_context.time_base = Fraction(1, 1000)
            else:
                side = output.add_mux_stream(codec)
            side.metadata["language"] = language
            sides.append((side, payload))
        for side, payload in sides:
            output.mux(_packet(side, payload, start_s + 1, 2))
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number, dtype=np.uint8), format="rgb24")
            frame.pts, frame.time_base = 10 * start_s + number, Fraction(1, 10)
            output.mux(picture.encode(frame))
        output.mux(picture.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "mov_text"),
        ("a.mov", "mov_text"),
        ("a.mkv", "subrip"),
        ("b.mkv", "ass"),
        ("c.mkv", "webvtt"),
    ],
)
def test_text_streams_are_read(tmp_path: Path, name: str, codec: str) -> None:
    found = embedded_subtitles(probe(film(tmp_path / name, (codec, "eng", PAYLOADS[codec]))))
    assert found is not None
    (line,) = found.lines
    assert (line.start_s, line.end_s, line.text) == (pytest.approx(1), pytest.approx(3), WORDS)
    assert f"of {name}" in found.source and "eng" in found.source
    assert found.faults == ()


def test_times_count_from_the_first_picture(tmp_path: Path) -> None:
    path = film(tmp_path / "late.mkv", ("subrip", "eng", PAYLOADS["subrip"]), start_s=5)
    found = embedded_subtitles(probe(path))
    assert found is not None
    assert found.lines[0].start_s == pytest.approx(1, abs=0.11)


def test_english_is_chosen(tmp_path: Path) -> None:
    path = film(
        tmp_path / "two.mkv", ("subrip", "ger", b"Ich bin so froh"), ("subrip", "eng", WORDS.encode())
    )
    found = embedded_subtitles(probe(path))
    assert found is not None
    assert found.lines[0].text == WORDS


def test_a_film_without_any_has_none(tmp_path: Path) -> None:
    assert embedded_subtitles(probe(film(tmp_path / "mute.mp4"))) is None


def test_a_film_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    path = film(tmp_path / "whole.mkv", ("subrip", "eng", PAYLOADS["subrip"]))
    info = probe(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    found = embedded_subtitles(info)
    assert found is not None
    assert [line.text for line in found.lines] in ([WORDS], [])


@pytest.mark.parametrize("payload", [b"\xff\xfe\xfd", b"\x00" * 9, b"{\\an8}<b>" * 50])
def test_hostile_payloads_are_read_or_left_out(tmp_path: Path, payload: bytes) -> None:
    found = embedded_subtitles(probe(film(tmp_path / "odd.mkv", ("subrip", "und", payload))))
    assert found is not None
    assert all(line.end_s > line.start_s for line in found.lines)
