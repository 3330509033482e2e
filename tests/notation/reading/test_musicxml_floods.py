"""Scores that are small on disk and would cost minutes or gigabytes: read in time, or refused in one line."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.errors import MidiError

pytest.importorskip("lxml")

from emsync_nb.notation.reading import playing, score_file, score_reader
from emsync_nb.notation.reading.directions import MAX_WORDS, tidy
from emsync_nb.notation.reading.musicxml_table import read_musicxml
from emsync_nb.notation.reading.playing import play_part
from emsync_nb.notation.reading.repeats import playing_order
from emsync_nb.notation.reading.tempo import written_tempi
from emsync_nb.notation.reading.written import BarSigns, TempoMark, WrittenNote, WrittenPart, WrittenScore
from tests.written_scores import ATTRIBUTES, measure, note, score_xml, words

WriteScore = Callable[..., Path]
HEAD = ATTRIBUTES.format(1, 4, 4)
BAR = measure(1, HEAD, note("C", 4, 4))
#: seconds; what is tested took minutes, and takes less than one now
SOON = 30.0


def refusal(path: Path) -> str:
    with pytest.raises(MidiError) as caught:
        read_musicxml(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_words_of_open_brackets_are_read_at_once(write_score: WriteScore) -> None:
    start = time.perf_counter()
    read_musicxml(write_score({"Piano": measure(1, HEAD, words("&lt;" * 1_000_000), note("C", 4, 4))}))
    assert time.perf_counter() - start < SOON


def test_markup_is_taken_out_of_words_and_endless_words_are_cut() -> None:
    assert tidy("<b>Allegro</b> <i>ma non</i>\n troppo") == "allegro ma non troppo"
    assert len(tidy("a" * 10 * MAX_WORDS)) == MAX_WORDS


def test_more_parts_than_any_score_has_are_refused(write_score: WriteScore) -> None:
    more = '<part id="x"/>' * score_reader.MAX_PARTS
    path = write_score(score_xml({"Piano": BAR}).replace("</score-partwise>", more + "</score-partwise>"))
    assert f"it has {score_reader.MAX_PARTS + 1} parts" in refusal(path)


def test_as_many_parts_as_are_allowed_are_read(write_score: WriteScore) -> None:
    path = write_score({f"Violin {i}": BAR for i in range(score_reader.MAX_PARTS)})
    assert len(read_musicxml(path).tracks) == score_reader.MAX_PARTS


def test_many_parts_of_many_bars_are_refused(
    write_score: WriteScore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_reader, "MAX_PART_BARS", 50)
    assert "bars in all parts" in refusal(write_score({"Flute": BAR * 26, "Viola": BAR}))
    monkeypatch.setattr(playing, "MAX_PART_BARS", 50)
    again = BAR.replace("</measure>", '<barline><repeat direction="backward"/></barline></measure>')
    path = write_score({"Flute": BAR * 13 + again, "Viola": BAR})
    assert "with its repeats" in refusal(path)
    assert read_musicxml(path, unfold=False).bars == 14


def test_repeated_marks_are_refused(write_score: WriteScore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "MAX_PLAYED_NOTES", 50)
    again = '<barline><repeat direction="backward" times="9"/></barline>'
    path = write_score({"Piano": measure(1, HEAD, words("cresc.") * 6, note("C", 4, 4), again)})
    assert "marks of loudness" in refusal(path)


class CountedSigns(list[BarSigns]):
    """Counts how many signs anybody looks at."""

    looks = 0

    def __iter__(self) -> Iterator[BarSigns]:
        for sign in super().__iter__():
            self.looks += 1
            yield sign

    def __getitem__(self, at: Any) -> Any:  # noqa: ANN401 - an item or a slice
        found = super().__getitem__(at)
        self.looks += len(found) if isinstance(at, slice) else 1
        return found


def test_a_tempo_in_every_bar_costs_each_bar_the_same() -> None:
    bars = 500
    marks = [TempoMark(bar, 0, "sound", 60.0 + bar % 60, "") for bar in range(bars)]
    signs = CountedSigns(BarSigns(movement=bar == 100) for bar in range(bars))
    part = WrittenPart("", 0, 0, tempi=marks)
    score = WrittenScore(1, [part], list(range(bars + 1)), signs, [1.0] * bars)
    assert written_tempi(score).tolist() == [mark.quarter_bpm for mark in marks]
    assert signs.looks <= 2 * bars


def tied(voices: list[str], *, stop: bool) -> list[WrittenNote]:
    onset = 4 if stop else 0
    return [WrittenNote(onset, 4, 60, 1, voice, stop, not stop, 0.0, None, False, False) for voice in voices]


def test_ties_of_many_voices_are_joined_at_once() -> None:
    voices = [str(number) for number in range(40_000)]
    part = WrittenPart("", 0, 0, bars=[tied(voices, stop=False) + tied(voices[::-1], stop=True)])
    start = time.perf_counter()
    played = play_part(part, [0, 8], [0])
    assert time.perf_counter() - start < SOON
    assert [held.duration for held in played] == [8] * len(voices)


@pytest.mark.parametrize(
    ("opened", "continued", "durations"),
    [
        (["a", "b", "a"], ["a", "a", "b"], [8, 8, 8]),
        (["a", "b", "a"], ["a", "c"], [8, 8, 4]),  # an unknown voice goes on with the earliest that is left
        (["a", "b"], ["c", "a"], [8, 8]),  # what c took is gone, and a goes on with b's
    ],
)
def test_ties_go_on_in_their_voice_else_with_the_earliest(
    opened: list[str], continued: list[str], durations: list[int]
) -> None:
    part = WrittenPart("", 0, 0, bars=[tied(opened, stop=False) + tied(continued, stop=True)])
    played = play_part(part, [0, 8], [0])
    assert [held.duration for held in played] == durations


def test_a_container_of_many_names_is_looked_up_at_once(tmp_path: Path) -> None:
    path = tmp_path / "score.mxl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", "<c>" + '<rootfile full-path="q"/>' * 3900 + "</c>")
        archive.writestr("a.xml", score_xml({"Piano": BAR}))
        for number in range(30_000):
            archive.writestr(str(number), "")
    start = time.perf_counter()
    assert len(read_musicxml(path).onset) == 1
    assert time.perf_counter() - start < SOON


def test_endings_and_segnos_by_the_thousand_are_played_at_once() -> None:
    first = [BarSigns(jumps={"segno"})]
    endings = [BarSigns(passes=frozenset({1})) for _ in range(15_000)]
    last = [BarSigns(passes=frozenset({2}), jumps={"fine"})]
    back = [BarSigns(jumps={"dalsegno"}) for _ in range(15_000)]
    start = time.perf_counter()
    order = playing_order(first + endings + last + back)
    assert time.perf_counter() - start < SOON
    assert len(order) > 40_000


def test_transpositions_of_very_many_staves_are_kept_at_once(write_score: WriteScore) -> None:
    shifts = "".join(f'<transpose number="{i}"/>' for i in range(100_000))
    start = time.perf_counter()
    read_musicxml(write_score({"Piano": measure(1, f"<attributes>{shifts}</attributes>", note("C", 4, 4))}))
    assert time.perf_counter() - start < SOON


class UnparsedError(Exception):
    """Somebody built a tree."""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(
    ("flood", "reason"), [("<a/>", "elements"), ("&a;", "elements"), ('<b x=""/>', "attributes")]
)
def test_floods_are_counted_before_a_tree_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, flood: str, reason: str
) -> None:
    monkeypatch.setattr(score_file, "MAX_ELEMENTS", 1000)
    monkeypatch.setattr(score_file, "MAX_ATTRIBUTES", 500)

    class Etree:
        """Parses containers only."""

        class XMLSyntaxError(Exception):
            """As in lxml."""

        @staticmethod
        def XMLParser(**_: object) -> object:  # noqa: N802 - as in lxml
            raise UnparsedError

    monkeypatch.setattr(score_file, "require", lambda _: Etree)
    path = tmp_path / "score.xml"
    path.write_bytes(f"<score-partwise>{flood * 990}</score-partwise>".encode(encoding))
    if reason == "attributes":
        assert reason in refusal(path)
        return
    with pytest.raises(UnparsedError):
        read_musicxml(path)
    path.write_bytes(f"<score-partwise>{flood * 1001}</score-partwise>".encode(encoding))
    assert reason in refusal(path)


def test_closing_tags_are_not_counted(write_score: WriteScore, monkeypatch: pytest.MonkeyPatch) -> None:
    document = score_xml({"Piano": BAR})
    opening = document.count("<") - document.count("</")
    monkeypatch.setattr(score_file, "MAX_ELEMENTS", opening)
    for encoding in ("UTF-8", "UTF-16"):
        path = write_score(document.replace("UTF-8", encoding).encode(encoding))
        assert len(read_musicxml(path).onset) == 1


@pytest.mark.parametrize("encoding", ["UTF-7", "IBM037", "EBCDIC-US", "what"])
def test_encodings_that_cannot_be_counted_are_refused(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "score.xml"
    path.write_text(score_xml({"Piano": BAR}).replace("UTF-8", encoding), encoding="utf-8")
    assert f"its encoding {encoding} is not read" in refusal(path)


def test_a_score_in_a_mainframe_s_letters_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "score.xml"
    path.write_bytes(score_xml({"Piano": BAR}).replace("UTF-8", "IBM037").encode("cp037"))
    assert "no XML" in refusal(path)


@pytest.mark.parametrize(
    "declared", ['<!ATTLIST measure x CDATA "1">', "<!ENTITY % x \"<!ATT&#76;IST measure x CDATA '1'>\"> %x;"]
)
def test_attributes_that_every_element_would_gain_are_refused(tmp_path: Path, declared: str) -> None:
    path = tmp_path / "score.xml"
    document = score_xml({"Piano": BAR}).replace("<score-p", f"<!DOCTYPE s [{declared}]><score-p", 1)
    for encoding in ("UTF-8", "UTF-16"):
        path.write_bytes(document.replace("UTF-8", encoding).encode(encoding))
        assert "document type of its own" in refusal(path)


@pytest.mark.parametrize("text", ["0", "", "-1", "1e-9", "abc", "nan", "1e300"])
def test_divisions_that_are_none_are_named(write_score: WriteScore, text: str) -> None:
    path = write_score({"Piano": BAR.replace("<divisions>1<", f"<divisions>{text}<")})
    assert f"its divisions are {text!r}" in refusal(path)


@pytest.mark.parametrize("unfold", [True, False])
def test_tiny_bars_are_kept(write_score: WriteScore, *, unfold: bool) -> None:
    music = measure(1, ATTRIBUTES.format(48, 4, 4), note("C", 4, 192))
    for number in range(2, 20, 2):
        music += measure(number, note("D", 4, 1)) + measure(number + 1, note("E", 4, 192))
    table = read_musicxml(write_score({"Piano": music}), unfold=unfold)
    assert table.bars == 19
    assert (table.bar_start[1:] > table.bar_start[:-1]).all()
    assert table.bar_of().tolist() == list(range(19))
    assert table.bar_start[:4].tolist() == [0, 48, 49, 96]


def test_bars_that_are_all_tiny_are_a_step_each(write_score: WriteScore) -> None:
    music = measure(1, ATTRIBUTES.format(1000, 4, 4)) + "".join(
        measure(i, note("C", 4, 1)) for i in range(2, 200)
    )
    table = read_musicxml(write_score({"Piano": music}), unfold=False)
    assert table.bars == 199
    assert table.bar_of().tolist() == list(range(1, 199))
    assert int(table.bar_start[-1]) == 48 + 198


def test_empty_bars_of_a_tiny_meter_are_kept(write_score: WriteScore) -> None:
    empty = "".join(measure(i, ATTRIBUTES.format(4, 1, 1024)) for i in range(3))
    table = read_musicxml(write_score({"Piano": empty + measure(4, note("C", 4, 16))}), unfold=False)
    assert table.bar_start.tolist() == [0, 1, 2, 3, 48]
    assert table.onset.tolist() == [3]
