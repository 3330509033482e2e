"""Repeats, endings and jumps: the order of bars that a musician plays, written by hand from what the signs mean."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import MusicTable

pytest.importorskip("lxml")

from emsync_nb.errors import MidiError
from emsync_nb.notation.reading.musicxml_table import read_musicxml
from emsync_nb.notation.reading.repeats import MAX_PLAYED_BARS, playing_order
from emsync_nb.notation.reading.written import BarSigns
from tests.written_scores import (
    ATTRIBUTES,
    direction,
    ending,
    measure,
    note,
    repeat,
    rest,
    score_xml,
    words,
)

WriteScore = Callable[..., Path]
FORWARD, BACK = repeat("forward"), repeat("backward")
BACK_SIGN = '<repeat direction="backward"/>'
SEGNO, CODA = direction("<segno/>"), direction("<coda/>")
#: semitones above C of each bar's note, by the bar's letter
LETTERS = "ABCDEFGHIJKL"


def bars(*signs: tuple[str, str], first: int = 1) -> str:
    """Bars of one whole note each, C, C sharp, D …; each with what stands before and after the note."""
    written = []
    for index, (before, after) in enumerate(signs):
        step, alter = (
            ("C", "C", "D", "D", "E", "F", "F", "G", "G", "A", "A", "B")[index],
            index in (1, 3, 6, 8, 10),
        )
        opening = ATTRIBUTES.format(1, 4, 4) if index == 0 else ""
        written.append(measure(first + index, opening, before, note(step, 4, 4, alter=int(alter)), after))
    return "".join(written)


def letters(table: MusicTable) -> str:
    return "".join(LETTERS[pitch - 60] for pitch in table.pitch.tolist())


PLAIN = ("", "")
#: what stands in each bar, and the bars as they are played
CASES: dict[str, tuple[list[tuple[str, str]], str]] = {
    "no signs": ([PLAIN, PLAIN], "AB"),
    "from the beginning": ([PLAIN, ("", BACK), PLAIN], "ABABC"),
    "between signs": ([PLAIN, (FORWARD, ""), ("", BACK), PLAIN], "ABCBCD"),
    "three times": ([PLAIN, (FORWARD, repeat("backward", 3)), PLAIN], "ABBBC"),
    "two sections, the second without a sign where it begins": ([("", BACK), ("", BACK), PLAIN], "AABBC"),
    "a repeat sign that nothing ends": ([PLAIN, (FORWARD, ""), PLAIN], "ABC"),
    "a forward sign at the end of a bar": (
        [("", repeat("forward").replace("left", "right")), ("", BACK)],
        "ABB",
    ),
    "first and second ending": (
        [
            PLAIN,
            (ending("1", "start"), ending("1", "stop", BACK_SIGN)),
            (ending("2", "start"), ending("2", "stop")),
        ],
        "ABAC",
    ),
    "endings of two bars, and music after them": (
        [
            (FORWARD, ""),
            (ending("1", "start"), ""),
            ("", ending("1", "stop", BACK_SIGN)),
            (ending("2", "start"), ""),
            ("", ending("2", "discontinue")),
            PLAIN,
        ],
        "ABCADEF",
    ),
    "three endings": (
        [
            PLAIN,
            (ending("1", "start"), ending("1", "stop", BACK_SIGN)),
            (ending("2", "start"), ending("2", "stop", BACK_SIGN)),
            (ending("3", "start"), ending("3", "stop")),
        ],
        "ABACAD",
    ),
    "one ending for two times": (
        [PLAIN, (ending("1, 2", "start"), ending("1, 2", "stop", BACK_SIGN)), (ending("3", "start"), "")],
        "ABABAC",
    ),
    "endings of a song with five verses": (
        [
            PLAIN,
            (ending("1, 4", "start"), ending("1, 4", "stop", BACK_SIGN)),
            (ending("2-3", "start"), ending("2-3", "stop", BACK_SIGN)),
            (ending("5", "start"), ending("5", "discontinue")),
        ],
        "ABACACABAD",
    ),
    "a first ending without a second bracket": (
        [PLAIN, (ending("1", "start"), ending("1", "stop", BACK_SIGN)), PLAIN],
        "ABAC",
    ),
    "a second ending that repeats, and music after it for the third time": (
        [
            PLAIN,
            (ending("1", "start"), ending("1", "stop", BACK_SIGN)),
            (ending("2", "start"), ending("2", "stop", BACK_SIGN)),
            PLAIN,
        ],
        "ABACAD",
    ),
    "endings in two sections": (
        [
            PLAIN,
            (ending("1", "start"), ending("1", "stop", BACK_SIGN)),
            (ending("2", "start"), ending("2", "stop")),
            (FORWARD, ""),
            (ending("1", "start"), ending("1", "stop", BACK_SIGN)),
            (ending("2", "start"), ending("2", "stop")),
        ],
        "ABACDEDF",
    ),
    "da capo al fine": (
        [PLAIN, ("", words("Fine", sound='fine="yes"')), ("", words("D.C. al Fine"))],
        "ABCAB",
    ),
    "da capo in words alone": ([PLAIN, ("", words("Fine.")), ("", words("Menuetto D. C."))], "ABCAB"),
    "da capo without a fine": ([PLAIN, ("", words("Da Capo"))], "ABAB"),
    "da capo after a repeat, which is not played again": (
        [("", BACK), ("", words("Fine")), (FORWARD, BACK + words("D.C.", sound='dacapo="yes"'))],
        "AABCCAB",
    ),
    "da capo plays the last ending": (
        [
            PLAIN,
            (ending("1", "start"), ending("1", "stop", BACK_SIGN)),
            (ending("2", "start"), ending("2", "stop") + words("Fine")),
            ("", words("D.C. al Fine")),
        ],
        "ABACDAC",
    ),
    "da capo of a menuet whose fine nobody wrote": (
        [("", BACK), PLAIN, (words("Trio"), BACK), ("", words("Menuetto da capo"))],
        "AABCBCDAB",
    ),
    "da capo written a bar too early": (
        [("", BACK), PLAIN, (words("Trio"), ""), ("", words("Menuetto da capo")), ("", "")],
        "AABCDEAB",
    ),
    "a minore in place of a trio": ([PLAIN, (words("Maggiore"), ""), ("", words("Minore D.C."))], "ABCA"),
    "dal segno": ([PLAIN, (SEGNO, ""), PLAIN, ("", words("D.S.", sound='dalsegno="segno"'))], "ABCDBCD"),
    "dal segno al fine": (
        [PLAIN, (SEGNO, ""), ("", words("Fine")), ("", words("Dal Segno al Fine"))],
        "ABCDBC",
    ),
    "dal segno al coda, by sounds": (
        [
            PLAIN,
            (direction("<segno/>", more='<sound segno="s"/>'), ""),
            ("", words("To Coda", sound='tocoda="c"')),
            ("", words("D.S. al Coda", sound='dalsegno="s"')),
            (direction("<coda/>", more='<sound coda="c"/>'), ""),
        ],
        "ABCDBCE",
    ),
    "da capo al coda, by two coda signs": (
        [PLAIN, ("", CODA), ("", words("D.C. al Coda")), (CODA, ""), PLAIN],
        "ABCABDE",
    ),
    "dal segno without a segno": ([PLAIN, ("", words("D.S.")), PLAIN], "ABC"),
    "words that are no jumps": (
        [PLAIN, ("", words("dim. al fine")), ("", words("poco a poco fine alla coda"))],
        "ABC",
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_bars_are_played_in_the_order_their_signs_mean(write_score: WriteScore, title: str) -> None:
    signs, expected = CASES[title]
    path = write_score({"Piano": bars(*signs)})
    assert letters(read_musicxml(path)) == expected
    assert letters(read_musicxml(path, unfold=False)) == LETTERS[: len(signs)]


#: music21 reads jumps only where it knows their words, and repeats again after a da capo
SECOND_OPINION = [
    title
    for title, (signs, _) in CASES.items()
    if not any(mark in "".join(map("".join, signs)) for mark in ("words", "segno", "coda"))
    and title
    not in (
        "a forward sign at the end of a bar",
        "a first ending without a second bracket",
        "a second ending that repeats, and music after it for the third time",
        "endings of a song with five verses",
        "a repeat sign that nothing ends",
        # music21 10.5 goes back beyond the last repeat sign, and takes a bracket "1, 2" for a last one
        "two sections, the second without a sign where it begins",
        "one ending for two times",
    )
]


@pytest.mark.parametrize("title", SECOND_OPINION)
def test_music21_plays_the_same(write_score: WriteScore, title: str) -> None:
    music21 = pytest.importorskip("music21")
    path = write_score({"Piano": bars(*CASES[title][0])})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        played = music21.converter.parse(str(path), forceSource=True).expandRepeats()
    heard = "".join(LETTERS[found.pitch.midi - 60] for found in played.flatten().notes)
    assert letters(read_musicxml(path)) == heard


def test_signs_of_any_part_hold_for_all(write_score: WriteScore) -> None:
    upper, lower = bars(PLAIN, PLAIN, PLAIN), bars(PLAIN, ("", BACK), PLAIN)
    table = read_musicxml(write_score({"Flute": upper, "Viola": lower}))
    assert table.bars == 5
    assert table.onset.tolist() == [48 * bar for bar in range(5) for _ in "ab"]


def test_a_file_of_two_movements_is_played_movement_by_movement(write_score: WriteScore) -> None:
    first = bars(PLAIN, PLAIN, first=1)
    second = bars(PLAIN, ("", words("Fine")), ("", words("D.C. al Fine")), PLAIN, PLAIN, first=1)
    assert letters(read_musicxml(write_score({"Piano": first + second}))) == "ABABCABDE"


def test_a_tie_goes_on_into_the_ending_that_is_played(write_score: WriteScore) -> None:
    start, stop = '<tie type="start"/>', '<tie type="stop"/>'
    held = [
        measure(1, ATTRIBUTES.format(1, 4, 4), note("C", 4, 4, more=start)),
        measure(2, ending("1", "start"), note("C", 4, 4, more=stop), ending("1", "stop", BACK_SIGN)),
        measure(3, ending("2", "start"), note("C", 4, 2, more=stop), rest(2), ending("2", "stop")),
    ]
    table = read_musicxml(write_score({"Piano": "".join(held)}))
    assert table.onset.tolist() == [0, 96]
    assert table.duration.tolist() == [96, 72]


def test_a_tie_that_a_jump_leads_into_begins_anew(write_score: WriteScore) -> None:
    start, stop = '<tie type="start"/>', '<tie type="stop"/>'
    held = [
        measure(1, ATTRIBUTES.format(1, 4, 4), note("C", 4, 4, more=start)),
        measure(2, FORWARD, note("C", 4, 4, more=stop)),
        measure(3, note("D", 4, 4), BACK),
    ]
    table = read_musicxml(write_score({"Piano": "".join(held)}))
    assert table.onset.tolist() == [0, 96, 144, 192]
    assert table.duration.tolist() == [96, 48, 48, 48]


def test_loudness_and_tempo_are_what_stands_at_a_bar(write_score: WriteScore) -> None:
    loud = direction("<dynamics><f/></dynamics>")
    quick = direction("<words>x</words>", more='<sound tempo="150"/>')
    soft, slow = loud.replace("<f/>", "<p/>"), quick.replace("150", "50")
    table = read_musicxml(write_score({"Piano": bars((soft + slow, ""), (loud + quick, BACK))}))
    assert table.velocity.tolist() == [48, 88, 48, 88]
    assert table.bar_bpm.tolist() == [50, 150, 50, 150]


def test_repeats_within_repeats_of_forged_files_end() -> None:
    with pytest.raises(ValueError, match="longer than"):
        playing_order([BarSigns(forward=True, backward=99) for _ in range(MAX_PLAYED_BARS // 90)])


SIGNS = st.tuples(
    st.sampled_from(["", "", FORWARD, SEGNO, CODA, words("Trio"), ending("1", "start"), ending("2", "start")]),
    st.sampled_from(
        [
            "", "", BACK, repeat("backward", 3), words("D.C."), words("D.S. al Coda"), words("Fine"), words("To Coda"),
            CODA, ending("1", "stop", BACK_SIGN), ending("2", "discontinue"), words("D.C.") + BACK,
        ]
    ),
)  # fmt: skip


@given(st.lists(SIGNS, min_size=1, max_size=12), st.integers(1, 12))
def test_any_signs_end_and_make_a_valid_table(
    tmp_path_factory: pytest.TempPathFactory, signs: list[tuple[str, str]], restart: int
) -> None:
    document = score_xml({"Piano": bars(*signs).replace(f'number="{restart}"', 'number="1"')})
    path = tmp_path_factory.mktemp("any") / "score.musicxml"
    path.write_text(document, encoding="utf-8")
    try:
        table = read_musicxml(path)
    except MidiError as error:
        pytest.fail(str(error))
    played = letters(table)
    assert played[0] in LETTERS
    assert len(played) == table.bars <= 12 * 12
    assert table.bar_start.tolist() == [48 * bar for bar in range(table.bars + 1)]
    assert (table.duration == 48).all()
