"""Scores that are damaged, senseless or mean harm: one line each, and nothing else happens."""

from __future__ import annotations

import io
import os
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.errors import MidiError

pytest.importorskip("lxml")

from emsync_nb.notation.reading import score_file
from emsync_nb.notation.reading.musicxml_table import read_musicxml
from emsync_nb.notation.reading.score_file import MAX_XML_BYTES
from tests.written_scores import score_xml

WriteScore = Callable[..., Path]


def refusal(path: Path) -> str:
    with pytest.raises(MidiError) as caught:
        read_musicxml(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


GOOD = (
    '<measure number="1"><attributes><divisions>1</divisions></attributes>'
    "<note><pitch><step>C</step><octave>4</octave></pitch><duration>4</duration></note></measure>"
)


@pytest.mark.parametrize(
    "measures",
    [
        GOOD.replace("<step>C</step>", "<step>H</step>"),
        GOOD.replace("<step>C</step>", ""),
        GOOD.replace("<octave>4</octave>", "<octave>four</octave>"),
        GOOD.replace("<duration>4</duration>", "<duration>long</duration>"),
        GOOD.replace("<duration>4</duration>", "<duration>1e300</duration>"),
        GOOD.replace("<duration>4</duration>", "<duration>inf</duration>"),
        GOOD.replace("<duration>4</duration>", "<duration>400000</duration>"),
        GOOD.replace("</note>", ""),
    ],
)
def test_senseless_scores_are_one_line(write_score: WriteScore, measures: str) -> None:
    assert "not a readable MusicXML score" in refusal(write_score({"Piano": measures}))


@pytest.mark.parametrize("document", ["", "no xml", "<score-partwise/>", "<score-partwise>", b"\xff\xfe\x00"])
def test_broken_documents_are_one_line(write_score: WriteScore, document: str | bytes) -> None:
    refusal(write_score(document))


@pytest.mark.parametrize("place", ['<part id="&g;">', '<part id="P0">&g;'])
def test_entities_do_not_expand(write_score: WriteScore, place: str) -> None:
    nested = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(6))
    bomb = f'<!DOCTYPE score-partwise [<!ENTITY a "{"a" * 10_000}">{nested}]>'
    refusal(write_score(f'<?xml version="1.0"?>{bomb}<score-partwise>{place}</part></score-partwise>'))


def test_no_file_of_ours_is_read_through_an_entity(write_score: WriteScore, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Piano")
    declared = f'<!DOCTYPE score-partwise [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    parts = '<part-list><score-part id="P0"><part-name>&s;</part-name></score-part></part-list>'
    document = f"{declared}<score-partwise>{parts}<part id='P0'>{GOOD}</part></score-partwise>"
    table = read_musicxml(write_score(document))
    assert [track.name for track in table.tracks] == [""]


def test_a_score_that_unpacks_to_very_much_is_refused(write_score: WriteScore) -> None:
    path = write_score({"Piano": GOOD})
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, entry + 24, MAX_XML_BYTES + 1)
    path.write_bytes(content)
    assert "unpacks to" in refusal(path)


def test_an_archive_that_lies_about_its_size_is_refused(write_score: WriteScore) -> None:
    path = write_score("<score-partwise>" + " " * 1_000_000 + "</score-partwise>")
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, 100)
    path.write_bytes(content)
    refusal(path)


def test_an_encrypted_archive_is_refused(write_score: WriteScore) -> None:
    path = write_score({"Piano": GOOD})
    content = bytearray(path.read_bytes())
    for magic, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        content[content.rindex(magic) + flags] |= 1
    path.write_bytes(content)
    refusal(path)


def test_an_archive_without_a_score_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.mxl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
    assert "no score" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<score-partwise/>"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "score.mxl"
    path.write_bytes(content)
    refusal(path)


@pytest.mark.parametrize("seed", range(30))
def test_scribbled_archives_are_refused_or_read(write_score: WriteScore, seed: int) -> None:
    rng = random.Random(seed)
    path = write_score({"Piano": GOOD * 5, "Viola": GOOD * 3})
    content = bytearray(path.read_bytes())
    for _ in range(4):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content[: rng.randrange(len(content))] if seed % 4 == 0 else content)
    try:
        table = read_musicxml(path)
    except MidiError as error:
        assert "\n" not in str(error)
    else:
        assert (table.duration >= 1).all()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.mxl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("score.xml", b"<score-partwise>" + b" " * (MAX_XML_BYTES + 1))
    assert path.stat().st_size < 200_000
    assert "unpacks to" in refusal(path)


def test_a_container_that_is_a_bomb_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "score.mxl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", b"<container>" + b" " * 10_000_000)
        archive.writestr("score.xml", score_xml({"Piano": GOOD}))
    assert len(read_musicxml(path).onset) == 1


def test_a_plain_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_file, "MAX_XML_BYTES", 100)
    path = tmp_path / "large.musicxml"
    path.write_text(score_xml({"Piano": GOOD}), encoding="utf-8")
    assert "larger than" in refusal(path)


def test_a_flood_of_elements_is_refused(write_score: WriteScore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_file, "MAX_ELEMENTS", 100)
    assert "elements" in refusal(write_score({"Piano": GOOD + "<measure/>" * 100}))


@pytest.mark.parametrize(
    ("place", "forged"),
    [
        ("<divisions>1</divisions>", "<divisions>1e-300</divisions>"),
        ("<divisions>1</divisions>", "<divisions>nan</divisions>"),
        ("<divisions>1</divisions>", "<divisions>1e300</divisions>"),
        ("<divisions>1</divisions>", f"<divisions>1{'0' * 5000}</divisions>"),
        ("<octave>4</octave>", f"<octave>{'9' * 5000}</octave>"),
        ("<octave>4</octave>", "<octave>4</octave><alter>1e9999</alter>"),
        ("<duration>4</duration>", "<duration>4</duration><staff>one</staff>"),
        ("<duration>4</duration>", "<duration>4</duration><staff>1e8</staff>"),
        ("<note>", '<note dynamics="inf">'),
        ("<note>", '<sound tempo="nan"/><note>'),
        ("<note>", '<sound tempo="fast"/><note>'),
        ("<note>", "<backup><duration>-1e8</duration></backup><note>"),
        (
            "<note>",
            "<attributes><time><beats>99999</beats><beat-type>0</beat-type></time></attributes><note>",
        ),
        ("<note>", "<attributes><transpose><chromatic>1e8</chromatic></transpose></attributes><note>"),
        ("<note>", "<attributes><staves>100000000</staves></attributes><note>"),
        ("<note>", '<barline><repeat direction="backward" times="999999999999"/></barline><note>'),
        ("<note>", '<barline><ending number="1-999999999" type="start"/></barline><note>'),
    ],
)
def test_forged_numbers_are_refused_or_bounded(write_score: WriteScore, place: str, forged: str) -> None:
    path = write_score({"Piano": GOOD.replace(place, forged) * 3})
    try:
        table = read_musicxml(path)
    except MidiError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 500
    else:
        assert len(table.onset) < 1000
        assert (table.bar_bpm > 0).all()


def test_repeats_that_would_never_end_are_refused(write_score: WriteScore) -> None:
    again = GOOD.replace(
        "</measure>", '<barline><repeat direction="backward" times="99"/></barline></measure>'
    )
    path = write_score({"Piano": again * 3000})
    assert "with its repeats" in refusal(path)


def test_files_that_are_none_are_told_so(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match=r"^There is no MusicXML score at .*missing\.mxl\. Check the path$"):
        read_musicxml(tmp_path / "missing.mxl")
    assert "a folder" in refusal(tmp_path)
    pipe = tmp_path / "pipe.mxl"
    os.mkfifo(pipe)
    assert "a pipe" in refusal(pipe)
    with pytest.raises(MidiError, match="cannot be read"):
        read_musicxml(tmp_path / "a\0b")


def test_a_web_page_is_no_score(tmp_path: Path) -> None:
    path = tmp_path / "page.xml"
    path.write_text("<html><body>404</body></html>", encoding="utf-8")
    assert "it holds <html>" in refusal(path)


def test_the_file_is_closed_again(write_score: WriteScore, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[io.IOBase] = []
    plain = io.open

    def spy(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever open takes and gives
        opened.append(plain(*given, **named))
        return opened[-1]

    path = write_score({"Piano": GOOD})
    monkeypatch.setattr(io, "open", spy)
    read_musicxml(path)
    assert opened
    assert all(stream.closed for stream in opened)
