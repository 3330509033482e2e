"""Marks, hairpins, words and numbers of loudness become velocities and a curve for each track."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.domain import MusicTable

pytest.importorskip("lxml")

from emsync_nb.notation.reading.levels import DEFAULT_LEVEL, LEVELS, level_in_text
from emsync_nb.notation.reading.musicxml_table import read_musicxml
from tests.written_scores import ATTRIBUTES, direction, mark, measure, note, rest, wedge, words

WriteScore = Callable[..., Path]
FOUR = [note(step, 4, 1) for step in "CDEF"]
START = ATTRIBUTES.format(1, 4, 4)
DASHES = (
    "<direction><direction-type><words>{}</words></direction-type>"
    '<direction-type><dashes type="start"/></direction-type></direction>'
)
DASHES_END = direction('<dashes type="stop"/>')


def read(write_score: WriteScore, *measures: str) -> MusicTable:
    return read_musicxml(write_score({"Piano": "".join(measures)}))


def velocities(write_score: WriteScore, *measures: str) -> list[int]:
    return read(write_score, *measures).velocity.tolist()


def test_levels_rise_from_mark_to_mark() -> None:
    assert list(LEVELS.values()) == sorted(LEVELS.values())
    assert LEVELS["mp"] < DEFAULT_LEVEL < LEVELS["mf"]


@pytest.mark.parametrize(
    ("text", "name"),
    [("più f", "f"), ("p dolce", "p"), ("sempre pp", "pp"), ("f p", "p"), ("mezza voce", None)],
)
def test_marks_are_found_among_words(text: str, name: str | None) -> None:
    assert level_in_text(text) == (None if name is None else LEVELS[name])


def test_other_dynamics_count(write_score: WriteScore) -> None:
    other = direction("<dynamics><other-dynamics>più f</other-dynamics></dynamics>")
    assert velocities(write_score, measure(1, START, other, *FOUR)) == [88] * 4


def test_forte_piano_strikes_once_and_leaves_piano(write_score: WriteScore) -> None:
    assert velocities(write_score, measure(1, START, mark("ff"), FOUR[0], mark("fp"), *FOUR[1:])) == [
        104,
        88,
        48,
        48,
    ]


@pytest.mark.parametrize("name", ["sf", "sfz", "fz", "rf", "rfz"])
def test_sforzati_strike_once(write_score: WriteScore, name: str) -> None:
    assert velocities(write_score, measure(1, START, mark("p"), FOUR[0], mark(name), *FOUR[1:])) == [
        48,
        68,
        48,
        48,
    ]


def test_a_marcato_is_stronger_than_an_accent(write_score: WriteScore) -> None:
    marked = [
        note("C", 4, 2, more=f"<notations><articulations><{name}/></articulations></notations>")
        for name in ("accent", "strong-accent")
    ]
    assert velocities(write_score, measure(1, START, mark("mf"), *marked)) == [82, 86]


def test_numbers_for_playback_count_where_no_mark_stands(write_score: WriteScore) -> None:
    number = '<sound dynamics="50"/>'
    marked = direction("<dynamics><f/></dynamics>", more=number)
    assert velocities(write_score, measure(1, START, number, *FOUR)) == [45] * 4
    assert velocities(write_score, measure(1, START, marked, *FOUR)) == [88] * 4
    loud = note("C", 4, 4).replace("<note>", '<note dynamics="110">')
    assert velocities(write_score, measure(1, START, marked, loud)) == [99]


def test_hairpins_by_number_may_be_open_together(write_score: WriteScore) -> None:
    first = wedge("crescendo").replace("/>", ' number="1"/>', 1)
    other = wedge("diminuendo").replace("/>", ' number="2"/>', 1)
    ends = [wedge("stop").replace("/>", f' number="{number}"/>', 1) for number in (1, 2)]
    bar = measure(1, START, mark("p"), first, FOUR[0], FOUR[1], ends[0], other, FOUR[2], FOUR[3], ends[1])
    assert velocities(write_score, bar, measure(2, *FOUR))[:5] == [48, 56, 64, 56, 48]


@pytest.mark.parametrize("word", ["cresc.", "crescendo", "poco cresc.", "cresc. molto"])
def test_a_crescendo_in_words_leads_to_the_next_mark(write_score: WriteScore, word: str) -> None:
    rise = [measure(1, START, mark("p"), words(word), *FOUR), measure(2, mark("f"), *FOUR)]
    assert velocities(write_score, *rise) == [48, 58, 68, 78, 88, 88, 88, 88]


@pytest.mark.parametrize("word", ["dim.", "diminuendo", "decresc.", "morendo", "sempre dim."])
def test_a_diminuendo_in_words_leads_to_the_next_mark(write_score: WriteScore, word: str) -> None:
    fall = [measure(1, START, mark("f"), words(word), *FOUR), measure(2, mark("p"), *FOUR)]
    assert velocities(write_score, *fall) == [88, 78, 68, 58, 48, 48, 48, 48]


def test_dashes_tell_how_long_a_word_works(write_score: WriteScore) -> None:
    bar = measure(
        1, START, mark("mf"), DASHES.format("cresc."), FOUR[0], FOUR[1], DASHES_END, FOUR[2], FOUR[3]
    )
    assert velocities(write_score, bar, measure(2, *FOUR)) == [72, 80, *[88] * 6]


@pytest.mark.parametrize("word", ["senza cresc.", "dolce", "crisp", "cantabile"])
def test_other_words_change_nothing(write_score: WriteScore, word: str) -> None:
    assert velocities(write_score, measure(1, START, mark("mf"), words(word), *FOUR)) == [72] * 4


def test_a_word_that_nothing_ends_works_for_two_bars(write_score: WriteScore) -> None:
    levels = velocities(
        write_score, measure(1, START, mark("mf"), words("cresc."), *FOUR), *[measure(2, *FOUR)] * 3
    )
    assert levels[:8] == sorted(levels[:8])
    assert levels[8:] == [88] * 8


def staves(*contents: str) -> str:
    upper = "".join(note("C", 5, 1, more="<staff>1</staff>") for _ in "1234")
    lower = "".join(note("C", 3, 1, more="<staff>2</staff>") for _ in "1234")
    both = START.replace("</divisions>", "</divisions><staves>2</staves>")
    return measure(1, both, *contents, upper, "<backup><duration>4</duration></backup>", lower)


def at_staff(name: str, staff: int) -> str:
    return direction(f"<dynamics><{name}/></dynamics>", more=f"<staff>{staff}</staff>")


def test_a_mark_between_two_staves_is_for_both(write_score: WriteScore) -> None:
    assert velocities(write_score, staves(at_staff("p", 1))) == [48] * 8


def test_two_staves_may_have_marks_of_their_own(write_score: WriteScore) -> None:
    table = read(write_score, staves(at_staff("f", 1), at_staff("pp", 2)))
    assert set(table.velocity[table.pitch == 72]) == {88}
    assert set(table.velocity[table.pitch == 48]) == {36}


def test_a_track_has_the_curve_that_its_notes_share(write_score: WriteScore) -> None:
    table = read(
        write_score,
        measure(1, START, mark("p"), wedge("crescendo"), *FOUR, wedge("stop")),
        measure(2, mark("f"), *FOUR),
        measure(3, mark("pp"), note("C", 4, 2), rest(2)),
    )
    curve = table.tracks[0]
    assert (np.diff(curve.dynamics_step) > 0).all()
    heard = np.interp(table.onset, curve.dynamics_step, curve.dynamics_level)
    assert heard == pytest.approx(table.velocity, abs=1)
    # level, rise, level, jump, level: few corners say all
    assert len(curve.dynamics_step) <= 6


def test_parts_have_curves_of_their_own(write_score: WriteScore) -> None:
    loud, soft = (measure(1, START, mark(name), *FOUR) for name in ("ff", "pp"))
    table = read_musicxml(write_score({"Flute": loud, "Viola": soft}))
    assert [set(track.dynamics_level.tolist()) for track in table.tracks] == [{104.0}, {36.0}]
    assert table.velocity[table.track == 1].tolist() == [36] * 4
