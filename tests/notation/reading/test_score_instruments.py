"""Which program and part a score's parts get, what drums play, and how transposing instruments sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emsync_nb.domain import PARTS, MusicTable

pytest.importorskip("lxml")

from emsync_nb.notation.reading.drum_keys import drum_key_of_name
from emsync_nb.notation.reading.instruments import is_percussion, part_of_program, program_and_part
from emsync_nb.notation.reading.musicxml_table import read_musicxml
from tests.written_scores import ATTRIBUTES, measure, note

WriteScore = Callable[..., Path]

#: (name, sound id, the file's own program from 0) → (program, part)
PARTS_OF_SCORES = {
    ("Violin", "", None): (40, "violin-1"),
    ("Violin II", "strings.violin", 40): (40, "violin-2"),
    ("Violino secondo", "", None): (40, "violin-2"),
    ("Principal Violin", "strings.violin", 40): (40, "violin-1"),
    ("Viola", "", None): (41, "viola"),
    ("Bratsche", "", None): (41, "viola"),
    ("Violoncello 1", "strings.cello", 42): (42, "cello"),
    ("Contrabass", "strings.contrabass", 43): (43, "double-bass"),
    ("Violone", "strings.viol.violone", 43): (43, "double-bass"),
    ("Piccolo", "wind.flutes.flute.piccolo", 72): (72, "flute"),
    ("Flute 1", "wind.flutes.flute", 73): (73, "flute"),
    ("Traverso 2", "wind.flutes.flute", 73): (73, "flute"),
    ("Oboe d’amore 1", "wind.reed.oboe-damore", 68): (68, "oboe"),
    ("Cor anglais", "", 68): (69, "oboe"),
    ("Bb Clarinet 2", "wind.reed.clarinet.bflat", 71): (71, "clarinet"),
    ("Basset Horn", "", None): (71, "clarinet"),
    ("Contrabassoon", "wind.reed.contrabassoon", 70): (70, "bassoon"),
    ("Bb (basso) Horn 3", "brass.natural-horn", 60): (60, "horn"),
    ("Corno da caccia", "", None): (60, "horn"),
    ("Tromba 1", "brass.trumpet.baroque", 56): (56, "trumpet"),
    ("Clarino I", "", None): (56, "trumpet"),
    ("Bass Trombone", "brass.trombone.bass", 57): (57, "trombone"),
    ("Ophicléide", "", None): (58, "tuba"),
    ("C, G Timpani", "drum.timpani", 47): (47, "timpani"),
    ("Harp", "pluck.harp", 46): (46, "harp"),
    ("Continuo", "keyboard.harpsichord", 6): (6, "keys"),
    ("Organ", "keyboard.organ", 0): (19, "organ"),
    ("Pianoforte", "keyboard.piano", 0): (0, "piano"),
    # names beat programs and sounds, which are often wrong
    ("Voice Gesang", "wind.reed.oboe", 68): (52, "choir"),
    ("Tenor solo", "voice.tenor", 56): (52, "choir"),
    ("Singstimme", "voice.vocals", 68): (52, "choir"),
    # what is both a voice and an instrument: the sound decides
    ("Bass", "voice.bass", 52): (52, "choir"),
    ("Bass", "strings.contrabass", 43): (43, "double-bass"),
    ("Alto", "", None): (52, "choir"),
    ("Altos", "strings.viola", 41): (41, "viola"),
    # a role in an opera
    ("Mignon", "voice.vocals", 73): (52, "choir"),
    ("?", "", 73): (73, "flute"),
    ("?", "", 120): (0, "piano"),
    ("", "", None): (0, "piano"),
}


@pytest.mark.parametrize("given", PARTS_OF_SCORES)
def test_parts_get_a_program_and_a_voice(given: tuple[str, str, int | None]) -> None:
    program, part = program_and_part(*given)
    assert (program, PARTS[part]) == PARTS_OF_SCORES[given]


def test_every_program_that_a_name_gives_is_of_its_part() -> None:
    for program, part in PARTS_OF_SCORES.values():
        found = part_of_program(program)
        assert found is not None
        assert PARTS[found].startswith(part.split("-")[0])


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("bass drum", 36), ("gran cassa", 36), ("snare drum", 38), ("side drum", 38), ("cymbals", 49), ("piatti", 49),
        ("triangle", 81), ("tambourine", 54), ("tam-tam", 52), ("gong", 52), ("castanets", 85), ("violin", None),
    ],
)  # fmt: skip
def test_drums_are_known_by_name(name: str, key: int | None) -> None:
    assert drum_key_of_name(name) == key
    assert is_percussion(name) == (key is not None)


@pytest.mark.parametrize(
    "name", ["Timpani", "Bass Trombone", "Viola", "Glockenspiel", "Xylophone", "Tambourin (Flute)"]
)
def test_what_has_a_pitch_is_no_percussion(name: str) -> None:
    assert not is_percussion(name)


def read(write_score: WriteScore, parts: dict[str, str], **details: str) -> MusicTable:
    return read_musicxml(
        write_score(parts, details={name.replace("_", " "): text for name, text in details.items()})
    )


BAR = measure(1, ATTRIBUTES.format(1, 4, 4), note("C", 4, 4))


def stroke(instrument: str = "") -> str:
    named = f'<instrument id="{instrument}"/>' if instrument else ""
    place = "<display-step>E</display-step><display-octave>4</display-octave>"
    return f"<note><unpitched>{place}</unpitched><duration>2</duration>{named}</note>"


def test_every_part_is_a_track_of_its_own(write_score: WriteScore) -> None:
    table = read(write_score, {"Flute 1": BAR, "Flute 2": BAR, "Timpani": BAR})
    assert [(track.name, track.program, PARTS[track.part]) for track in table.tracks] == [
        ("Flute 1", 73, "flute"),
        ("Flute 2", 73, "flute"),
        ("Timpani", 47, "timpani"),
    ]
    assert table.track.tolist() == [0, 1, 2]


def test_a_drum_is_what_its_instrument_says(write_score: WriteScore) -> None:
    kit = (
        '<score-instrument id="I1"><instrument-name>Crash</instrument-name></score-instrument>'
        '<score-instrument id="I2"><instrument-name>?</instrument-name></score-instrument>'
        '<midi-instrument id="I2"><midi-unpitched>43</midi-unpitched></midi-instrument>'
    )
    bar = measure(1, ATTRIBUTES.format(1, 4, 4), stroke("I1"), stroke("I2"))
    table = read(write_score, {"Drumset": bar}, Drumset=kit)
    assert [PARTS[part] for part in table.part] == ["drums", "drums"]
    assert table.pitch.tolist() == [49, 42]
    assert (table.tracks[0].program, PARTS[table.tracks[0].part]) == (0, "drums")


def test_strokes_without_an_instrument_are_what_the_part_is_called(write_score: WriteScore) -> None:
    bar = measure(1, ATTRIBUTES.format(1, 4, 4), stroke(), stroke())
    assert read(write_score, {"Triangle": bar}).pitch.tolist() == [81, 81]
    assert [PARTS[part] for part in read(write_score, {"Lärm": bar}).part] == ["drums", "drums"]


def test_a_drum_written_with_a_pitch_is_still_a_drum(write_score: WriteScore) -> None:
    table = read(write_score, {"Bass Drum": BAR})
    assert (table.pitch.tolist(), PARTS[table.part[0]]) == ([36], "drums")


def test_spoken_words_and_a_players_knocks_are_left_out(write_score: WriteScore) -> None:
    knocking = measure(1, ATTRIBUTES.format(1, 8, 4), note("C", 4, 4), note("D", 4, 2), stroke())
    speaking = measure(1, ATTRIBUTES.format(1, 8, 4), stroke(), stroke(), stroke(), stroke())
    table = read(write_score, {"Viola": knocking, "Voice": speaking})
    assert [PARTS[part] for part in table.part] == ["viola", "viola"]
    assert table.bar_start.tolist() == [0, 96]


def transposed(*changes: str) -> str:
    begun = "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>{}</attributes>"
    first = measure(1, begun.format(changes[0]), note("C", 4, 4))
    later = [measure(2, f"<attributes>{change}</attributes>", note("C", 4, 4)) for change in changes[1:]]
    return first + "".join(later)


def transpose(chromatic: int, more: str = "") -> str:
    return f"<transpose><chromatic>{chromatic}</chromatic>{more}</transpose>"


@pytest.mark.parametrize(
    ("changes", "pitches"),
    [
        ([transpose(-2)], [58]),
        ([transpose(0, "<octave-change>-1</octave-change>")], [48]),
        ([transpose(-7, "<octave-change>1</octave-change>")], [65]),
        ([transpose(-2), transpose(-3)], [58, 57]),
        ([transpose(-2), ""], [58, 58]),
        ([transpose(0, "<double/>")], [48, 60]),
        ([transpose(0, '<double above="yes"/>')], [60, 72]),
        (["<clef><sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change></clef>"], [60]),
    ],
)
def test_transposing_instruments_sound_as_they_do(
    write_score: WriteScore, changes: list[str], pitches: list[int]
) -> None:
    assert read(write_score, {"Clarinet": transposed(*changes)}).pitch.tolist() == pitches
