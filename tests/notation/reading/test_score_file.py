"""Every way that a score comes in a file, and how long its bars are."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from emsync_nb.domain import MusicTable

pytest.importorskip("lxml")

from emsync_nb.errors import MidiError
from emsync_nb.notation.reading import read_table
from emsync_nb.notation.reading.musicxml_table import read_musicxml
from tests.written_scores import ATTRIBUTES, measure, note, rest, score_xml

WriteScore = Callable[..., Path]
BAR = measure(1, ATTRIBUTES.format(1, 4, 4), note("C", 4, 4))
OTHER = BAR.replace("<step>C", "<step>D")
CONTAINER = '<container><rootfiles><rootfile full-path="{}"/></rootfiles></container>'


def archive(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as written:
        for name, content in members.items():
            written.writestr(name, content)
    return path


def pitches(path: Path) -> list[int]:
    return read_musicxml(path).pitch.tolist()


@pytest.mark.parametrize(
    "name", ["score.xml", "score.musicxml", "in a/folder.xml", "Straße.musicxml", "score"]
)
def test_the_container_tells_which_file_is_the_score(tmp_path: Path, name: str) -> None:
    members = {"other.xml": score_xml({"Piano": OTHER}), "META-INF/container.xml": CONTAINER.format(name)}
    path = archive(tmp_path / "score.mxl", {**members, name: score_xml({"Piano": BAR})})
    assert pitches(path) == [60]


def test_of_several_scores_the_first_that_is_music_counts(tmp_path: Path) -> None:
    files = (
        '<rootfile full-path="page.pdf" media-type="application/pdf"/>'
        '<rootfile full-path="b.xml" media-type="application/vnd.recordare.musicxml+xml"/><rootfile full-path="a.xml"/>'
    )
    container = f'<container xmlns="urn:x"><rootfiles>{files}</rootfiles></container>'
    members = {"a.xml": score_xml({"Piano": OTHER}), "b.xml": score_xml({"Piano": BAR}), "page.pdf": "%PDF"}
    assert pitches(archive(tmp_path / "score.mxl", {"META-INF/container.xml": container, **members})) == [60]


@pytest.mark.parametrize("container", ["", "no xml", "<container/>", CONTAINER.format("missing.xml")])
def test_without_a_container_the_first_score_counts(tmp_path: Path, container: str) -> None:
    members = {"META-INF/container.xml": container, "mimetype": "x", "a.musicxml": score_xml({"Piano": BAR})}
    assert pitches(archive(tmp_path / "score.mxl", members)) == [60]


@pytest.mark.parametrize("name", ["score.xml", "score.musicxml", "score.mxl"])
def test_plain_files_are_read_whatever_they_are_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(score_xml({"Piano": BAR}), encoding="utf-8")
    assert pitches(path) == [60]
    assert read_table(path).pitch.tolist() == [60]


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1", "windows-1252", "UTF-8-SIG"])
def test_files_may_have_any_encoding_that_they_declare(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "score.xml"
    declared = score_xml({"Flöte": BAR}).replace("UTF-8", encoding.removesuffix("-SIG"))
    path.write_bytes(declared.encode(encoding))
    assert [track.name for track in read_musicxml(path).tracks] == ["Flöte"]


def test_a_doctype_is_passed_over(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.0//EN" "http://localhost:1/partwise.dtd">'
    path = tmp_path / "score.xml"
    path.write_text(
        score_xml({"Piano": BAR}).replace("<score-partwise", doctype + "<score-partwise", 1), "utf-8"
    )
    assert pitches(path) == [60]


def test_comments_may_stand_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "score.xml"
    path.write_text(
        re.sub(r"(<(note|pitch|duration|measure)\b)", r"<!-- x -->\1", score_xml({"Piano": BAR})), "utf-8"
    )
    assert pitches(path) == [60]


def test_a_timewise_score_is_read_too(tmp_path: Path) -> None:
    first = ATTRIBUTES.format(1, 4, 4)
    played = (first + note("C", 4, 4), first + rest(4)), (rest(4), note("D", 4, 4))
    music = "".join(
        f'<measure number="{i}"><part id="P0">{upper}</part><part id="P1">{lower}</part></measure>'
        for i, (upper, lower) in enumerate(played)
    )
    listed = re.search(r"<part-list>.*</part-list>", score_xml({"Flute": "", "Viola": ""}))
    assert listed is not None
    path = tmp_path / "score.xml"
    path.write_text(f"<score-timewise>{listed.group()}{music}</score-timewise>", encoding="utf-8")
    table = read_musicxml(path)
    assert list(zip(table.onset, table.pitch, table.track, strict=True)) == [(0, 60, 0), (48, 62, 1)]
    assert [track.name for track in table.tracks] == ["Flute", "Viola"]


def test_a_score_of_rests_holds_no_notes(write_score: WriteScore) -> None:
    with pytest.raises(MidiError, match="holds no notes"):
        read_musicxml(write_score({"Piano": measure(1, rest(4))}))


def read(write_score: WriteScore, parts: dict[str, str]) -> MusicTable:
    return read_musicxml(write_score(parts))


def test_an_upbeat_is_as_long_as_its_notes(write_score: WriteScore) -> None:
    music = measure(0, ATTRIBUTES.format(1, 4, 4), note("C", 4, 1)) + measure(1, note("D", 4, 4))
    assert read(write_score, {"Piano": music}).bar_start.tolist() == [0, 12, 60]


def test_an_empty_bar_is_as_long_as_its_meter(write_score: WriteScore) -> None:
    music = measure(1, ATTRIBUTES.format(1, 3, 4), note("C", 4, 3)) + measure(2) + measure(3, note("D", 4, 3))
    assert read(write_score, {"Piano": music}).bar_start.tolist() == [0, 36, 72, 108]


def test_a_rest_of_a_whole_short_bar_is_short(write_score: WriteScore) -> None:
    """music21 makes such rests as long as the meter, and the parts drift apart."""
    head = ATTRIBUTES.format(1, 4, 4)
    resting = measure(0, head, rest(1).replace("<rest/>", '<rest measure="yes"/>')) + measure(
        1, note("C", 4, 4)
    )
    playing = measure(0, head, note("E", 4, 1)) + measure(1, note("G", 4, 4))
    table = read(write_score, {"Flute": resting, "Viola": playing})
    assert table.onset.tolist() == [0, 12, 12]


def test_parts_share_their_bars_where_one_is_underfull(write_score: WriteScore) -> None:
    head = ATTRIBUTES.format(1, 4, 4)
    short = measure(1, head, note("C", 4, 2)) + measure(2, note("C", 4, 4))
    full = measure(1, head, note("E", 4, 4)) + measure(2, note("E", 4, 4))
    table = read(write_score, {"Flute": short, "Viola": full})
    assert table.bar_start.tolist() == [0, 48, 96]
    assert table.onset.tolist() == [0, 0, 48, 48]


def test_a_bar_that_is_full_by_a_sliver_too_much_is_rounded(write_score: WriteScore) -> None:
    music = measure(1, ATTRIBUTES.format(1000, 1, 4), note("C", 4, 1007)) + measure(2, note("D", 4, 1000))
    assert read(write_score, {"Piano": music}).bar_start.tolist() == [0, 12, 24]


def test_cue_notes_take_time_and_do_not_sound(write_score: WriteScore) -> None:
    cue = note("C", 4, 2).replace("<note>", "<note><cue/>")
    table = read(write_score, {"Piano": measure(1, ATTRIBUTES.format(1, 4, 4), cue, note("D", 4, 2))})
    assert (table.onset.tolist(), table.pitch.tolist()) == ([24], [62])


def test_hidden_notes_sound(write_score: WriteScore) -> None:
    hidden = note("C", 4, 4).replace("<note>", '<note print-object="no">')
    assert read(write_score, {"Piano": measure(1, hidden)}).pitch.tolist() == [60]


def test_a_tie_may_lead_to_a_voice_that_is_written_first(write_score: WriteScore) -> None:
    start, stop = '<tie type="start"/>', '<tie type="stop"/>'
    voices = (
        rest(2), note("C", 4, 2, more=stop + "<voice>1</voice>"), "<backup><duration>4</duration></backup>",
        note("C", 4, 2, more=start + "<voice>2</voice>"),
    )  # fmt: skip
    table = read(write_score, {"Piano": measure(1, ATTRIBUTES.format(1, 4, 4), *voices)})
    assert (table.onset.tolist(), table.duration.tolist()) == ([0], [48])


def test_rests_that_overfill_a_bar_do_not_lengthen_it(write_score: WriteScore) -> None:
    head = ATTRIBUTES.format(1, 4, 4)
    resting = measure(1, head, rest(4), rest(4)) + measure(2, note("C", 4, 4))
    playing = measure(1, head, note("E", 4, 4)) + measure(2, note("E", 4, 4))
    assert read(write_score, {"Flute": resting, "Viola": playing}).bar_start.tolist() == [0, 48, 96]
