"""MusicXML as music21 hears it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emsync_nb.domain import GRID, PARTS, MusicTable

pytest.importorskip("lxml")

from emsync_nb.notation.reading.musicxml_table import read_musicxml
from tests.written_scores import ATTRIBUTES, mark, measure, note, rest, tempo, wedge

WriteScore = Callable[..., Path]
#: onset, duration and pitch, in steps
Sounding = tuple[int, int, int]


def sounding(table: MusicTable) -> list[Sounding]:
    return sorted(zip(table.onset.tolist(), table.duration.tolist(), table.pitch.tolist(), strict=True))


def as_music21_hears(path: Path) -> list[Sounding]:
    music21 = pytest.importorskip("music21")
    score = music21.converter.parse(str(path)).toSoundingPitch().stripTies()
    heard: set[Sounding] = set()
    for element in score.flatten().notes:
        if not element.duration.isGrace:
            at = element.offset * GRID, element.duration.quarterLength * GRID
            heard |= {(round(at[0]), round(at[1]), pitch.midi) for pitch in element.pitches}
    return sorted(heard)


TIE = {end: f'<tie type="{end}"/>' for end in ("start", "stop")}

FLUTE = "<instrument-sound>wind.flutes.flute</instrument-sound>"

SCORES = {
    "a tune with a rest": {
        "Piano": measure(
            1, ATTRIBUTES.format(2, 4, 4), note("C", 4, 2), note("D", 4, 1), rest(1), note("E", 4, 4)
        )
    },
    "chords and accidentals": {
        "Piano": measure(
            1,
            ATTRIBUTES.format(1, 3, 4),
            note("C", 3, 2, alter=1),
            note("E", 3, 2, chord=True),
            note("A", 3, 2, alter=-1, chord=True),
            note("B", 4, 1),
        )
    },
    "triplets and divisions that change": {
        "Piano": measure(
            1, ATTRIBUTES.format(3, 2, 4), *[note(step, 4, 1) for step in "CDE"], note("F", 4, 3)
        )
        + measure(2, ATTRIBUTES.format(8, 2, 4), note("G", 4, 12), note("A", 4, 4))
    },
    "a tie over two bar lines": {
        "Piano": measure(1, ATTRIBUTES.format(1, 4, 4), note("C", 4, 2), note("D", 4, 2, more=TIE["start"]))
        + measure(2, note("D", 4, 4, more=TIE["stop"] + TIE["start"]))
        + measure(3, note("D", 4, 1, more=TIE["stop"]), note("D", 4, 3))
    },
    "a tied chord": {
        "Piano": measure(
            1,
            ATTRIBUTES.format(1, 2, 4),
            note("D", 4, 2, more=TIE["start"]),
            note("F", 4, 2, more=TIE["start"], chord=True),
        )
        + measure(
            2, note("D", 4, 1, more=TIE["stop"]), note("F", 4, 1, more=TIE["stop"], chord=True), rest(1)
        )
    },
    "two voices by backup and forward": {
        "Piano": measure(
            1,
            ATTRIBUTES.format(2, 4, 4),
            note("C", 5, 8, more="<voice>1</voice>"),
            "<backup><duration>8</duration></backup>",
            note("C", 4, 2, more="<voice>2</voice>"),
            "<forward><duration>3</duration></forward>",
            note("E", 4, 3, more="<voice>2</voice>"),
        )
    },
    "a clarinet in B flat beside a flute": {
        "Flute": measure(1, ATTRIBUTES.format(1, 4, 4), note("C", 5, 4)),
        "Clarinet in Bb": measure(
            1,
            "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>"
            "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose></attributes>",
            note("E", 5, 4),
        ),
    },
    "a double bass an octave down, an upbeat, three parts": {
        "Double Bass": measure(
            0,
            "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>"
            "<transpose><diatonic>0</diatonic><chromatic>0</chromatic><octave-change>-1</octave-change></transpose>"
            "</attributes>",
            note("E", 3, 1),
        )
        + measure(1, note("A", 3, 4)),
        "Viola": measure(0, ATTRIBUTES.format(1, 4, 4), rest(1)) + measure(1, note("C", 4, 4)),
        "Violin I": measure(0, ATTRIBUTES.format(1, 4, 4), note("G", 4, 1)) + measure(1, note("E", 5, 4)),
    },
    "a grace note takes no time": {
        "Piano": measure(
            1,
            ATTRIBUTES.format(1, 2, 4),
            "<note><grace/><pitch><step>B</step><octave>4</octave></pitch><type>eighth</type></note>",
            note("C", 5, 2),
        )
    },
}


@pytest.mark.parametrize("title", SCORES)
def test_music21_hears_the_same(write_score: WriteScore, title: str) -> None:
    path = write_score(SCORES[title])
    heard = as_music21_hears(path)
    assert len(heard) >= 2 or "grace" in title
    assert sounding(read_musicxml(path)) == heard


def test_bars_and_tempi(write_score: WriteScore) -> None:
    first = measure(1, ATTRIBUTES.format(2, 3, 4), tempo(72), note("C", 4, 6))
    second = measure(2, note("D", 4, 2), tempo(144), note("E", 4, 4))
    third = measure(3, ATTRIBUTES.format(2, 2, 4), note("F", 4, 4))
    table = read_musicxml(write_score({"Piano": first + second + third}))
    assert table.bar_start.tolist() == [0, 36, 72, 96]
    # a quarter at 72 and two at 144 make 5/3 of a second: 108 on the mean
    assert table.bar_bpm.tolist() == pytest.approx([72, 108, 144])


def test_a_sound_outside_a_direction_sets_the_tempo_too(write_score: WriteScore) -> None:
    table = read_musicxml(
        write_score({"Piano": measure(1, ATTRIBUTES.format(1, 4, 4), '<sound tempo="55"/>', note("C", 4, 4))})
    )
    assert table.bar_bpm.tolist() == [55]


def velocities(write_score: WriteScore, *measures: str) -> list[int]:
    return read_musicxml(write_score({"Piano": "".join(measures)})).velocity.tolist()


def test_marks_last_until_the_next(write_score: WriteScore) -> None:
    tune = [note("C", 4, 1), note("D", 4, 1)]
    before, after = ATTRIBUTES.format(1, 4, 4), note("F", 4, 2)
    soft, softer, loud, still = velocities(
        write_score,
        measure(1, before, mark("p"), *tune, mark("ff"), note("E", 4, 2)),
        measure(2, after, rest(2)),
    )
    assert soft == softer == 48
    assert loud == still == 104


def test_an_accent_colours_one_note(write_score: WriteScore) -> None:
    accented = note("D", 4, 1, more="<notations><articulations><accent/></articulations></notations>")
    bar = measure(
        1,
        ATTRIBUTES.format(1, 4, 4),
        mark("mf"),
        note("C", 4, 1),
        accented,
        mark("sf"),
        note("E", 4, 1),
        note("F", 4, 1),
    )
    assert velocities(write_score, bar) == [72, 82, 92, 72]


def test_hairpins_lead_from_mark_to_mark(write_score: WriteScore) -> None:
    notes = [note(step, 4, 1) for step in "CDEF"]
    rise = measure(1, ATTRIBUTES.format(1, 4, 4), mark("p"), wedge("crescendo"), *notes, wedge("stop"))
    fall = measure(2, mark("f"), wedge("diminuendo"), *notes, wedge("stop"))
    end = measure(3, mark("pp"), *notes)
    levels = velocities(write_score, rise, fall, end)
    # p is 48, f is 88, pp is 36: four steps each
    assert levels == pytest.approx([48, 58, 68, 78, 88, 75, 62, 49, 36, 36, 36, 36], abs=1)


def test_a_hairpin_without_a_goal_goes_some_way(write_score: WriteScore) -> None:
    notes = [note(step, 4, 1) for step in "CDEF"]
    first = measure(1, ATTRIBUTES.format(1, 4, 4), mark("mf"), wedge("diminuendo"), *notes, wedge("stop"))
    levels = velocities(write_score, first, measure(2, *notes))
    assert levels[:4] == sorted(levels[:4], reverse=True)
    assert levels[0] == 72
    assert set(levels[4:]) == {56}


def test_staccato_is_half_as_long(write_score: WriteScore) -> None:
    short = note("C", 4, 2, more="<notations><articulations><staccato/></articulations></notations>")
    table = read_musicxml(
        write_score({"Piano": measure(1, ATTRIBUTES.format(2, 2, 4), short, note("D", 4, 2))})
    )
    assert table.duration.tolist() == [6, 12]


@pytest.mark.parametrize(
    ("name", "details", "part"),
    [
        ("Violoncello", "", "cello"),
        ("Contrabassoon", "", "bassoon"),
        ("Contrabass", "", "double-bass"),
        ("Violin II", "", "violin-2"),
        ("Violin 1", "", "violin-1"),
        ("Violin", "", "violin-1"),
        ("English Horn", "", "oboe"),
        ("Horn in F", "", "horn"),
        ("Bass Clarinet", "", "clarinet"),
        ("Trombone", "", "trombone"),
        ("Soprano", "", "choir"),
        ("Harpsichord", "", "keys"),
        ("Harp", "", "harp"),
        ("Pianoforte", "", "piano"),
        ("?", '<midi-instrument id="I"><midi-program>74</midi-program></midi-instrument>', "flute"),
        (
            "Flöte",
            '<score-instrument id="I"><instrument-sound>wind.flutes.flute</instrument-sound></score-instrument>',
            "flute",
        ),
    ],
)
def test_parts_are_known_by_name_or_program(
    write_score: WriteScore, name: str, details: str, part: str
) -> None:
    path = write_score(
        {name: measure(1, ATTRIBUTES.format(1, 4, 4), note("C", 4, 4))}, details={name: details}
    )
    assert [PARTS[index] for index in read_musicxml(path).part] == [part]


def test_parts_that_nobody_knows_are_played_by_a_piano(write_score: WriteScore) -> None:
    bar = measure(1, ATTRIBUTES.format(1, 4, 4), note("C", 4, 4))
    table = read_musicxml(write_score({"Zanfona": bar, "Viola": bar}))
    assert [PARTS[index] for index in table.part] == ["piano", "viola"]


def test_a_last_note_shorter_than_the_grid_stays_inside(write_score: WriteScore) -> None:
    from emsync_nb.generation.tokens import NOTE, note_events

    bar = measure(1, ATTRIBUTES.format(64, 1, 4), note("C", 4, 63), note("D", 4, 1))
    table = read_musicxml(write_score({"Piano": bar}))
    assert table.onset.max() < table.bar_start[-1]
    assert note_events(table)[:, 0].tolist() == [NOTE, NOTE + int(table.onset[1])]


@pytest.mark.data
@pytest.mark.parametrize(
    ("collection", "least_bytes"), [("openscore-lieder", 4000), ("openscore-orchestra", 20_000)]
)
def test_real_scores_are_what_music21_hears(data_folder: Path, collection: str, least_bytes: int) -> None:
    sizes = {path: path.stat().st_size for path in (data_folder / "music" / collection).glob("*.mxl")}
    path = min((path for path in sizes if sizes[path] >= least_bytes), key=sizes.__getitem__)
    # without durations, for trills and staccati differ; and once, for two parts may play one pitch together
    heard = {(onset, pitch) for onset, _, pitch in as_music21_hears(path)}
    read = {(onset, pitch) for onset, _, pitch in sounding(read_musicxml(path))}
    assert len(heard) > 150
    assert len(heard & read) > 0.98 * len(heard | read), path.name
