"""MusicXML as music21 reads it."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from music21 import converter, meter, note, stream, tempo

from emsync_nb.domain import (
    BarGrid,
    DynamicsPoint,
    Key,
    KeyChange,
    Marker,
    Note,
    Score,
    TempoChange,
    TempoMap,
    Track,
)
from emsync_nb.errors import MidiError
from emsync_nb.notation import write_musicxml
from emsync_nb.notation.durations import NOTE_VALUES, written_lengths

#: (onset, duration, pitch) in quarters
Tone = tuple[Fraction, Fraction, int]
VIOLIN, CELLO, PIANO = 40, 42, 0
Music21 = Any  # music21 has no types


def _read(score: Score) -> Music21:
    """The score as music21 sees the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "score.musicxml"
        write_musicxml(score, path, title="Film")
        return converter.parse(path, forceSource=True)


def _score(*tracks: Track, bars: tuple[int, ...] = (4, 4), keys: tuple[KeyChange, ...] = ()) -> Score:
    return Score(tracks, TempoMap.constant(120), BarGrid.from_lengths(bars), keys=keys)


def _note(start: Fraction | float, length: Fraction | float, pitch: int = 60) -> Note:
    return Note(Fraction(start), Fraction(length), pitch, 64)


def _fraction(quarters: Music21) -> Fraction:
    return Fraction(quarters).limit_denominator(48)


def _pieces(part: Music21) -> Iterator[tuple[Fraction, Fraction, int, str]]:
    """(onset, duration, pitch, kind of tie) of every written note head."""
    for element in part.recurse().notes:
        onset = _fraction(element.getOffsetInHierarchy(part))
        members = element.notes if element.isChord else [element]
        for member in members:
            tie = member.tie.type if member.tie else ""
            yield onset, _fraction(element.quarterLength), member.pitch.midi, tie


def _tones(part: Music21) -> list[Tone]:
    """Notes with their ties summed, in order."""
    tones: list[Tone] = []
    held: dict[tuple[int, Fraction], Fraction] = {}  # (pitch, end so far) → onset
    for onset, length, pitch, tie in sorted(_pieces(part)):
        begun = held.pop((pitch, onset)) if tie in ("stop", "continue") else onset
        if tie in ("start", "continue"):
            held[pitch, onset + length] = begun
        else:
            tones.append((begun, onset + length - begun, pitch))
    assert not held, "a tie that goes nowhere"
    return sorted(tones)


def _expected(track: Track) -> list[Tone]:
    return sorted((n.start_beat, n.duration_beats, n.pitch) for n in track.notes)


def _assert_full_bars(part: Music21, lengths: list[int]) -> None:
    bars = list(part.getElementsByClass(stream.Measure))
    assert len(bars) == len(lengths)
    for bar, beats in zip(bars, lengths, strict=True):
        for voice in bar.voices or [bar]:
            assert sum(_fraction(element.quarterLength) for element in voice.notesAndRests) == beats


@st.composite
def line(draw: st.DrawFn, low: int, end: int) -> list[Note]:
    """One line of chords that never overlap, on the grid of 1/12 beat, within five semitones."""
    cuts = sorted(draw(st.sets(st.integers(0, end * 12), max_size=10)))
    notes = []
    for start, stop in zip(cuts[::2], cuts[1::2], strict=False):
        for pitch in draw(st.sets(st.integers(low, low + 5), min_size=1, max_size=3)):
            notes.append(_note(Fraction(start, 12), Fraction(stop - start, 12), pitch))
    return notes


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Up to three parts of up to four lines each."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    tracks = []
    for name in ("Violin", "Viola", "Cello")[: draw(st.integers(1, 3))]:
        lines = [draw(line(40 + 6 * index, sum(lengths))) for index in range(draw(st.integers(0, 4)))]
        notes = sorted((n for some in lines for n in some), key=lambda n: (n.start_beat, n.pitch))
        tracks.append(Track(name, VIOLIN, False, tuple(notes)))
    key = Key(draw(st.integers(0, 11)), draw(st.sampled_from(["major", "minor"])))
    return _score(*tracks, bars=tuple(lengths), keys=(KeyChange(0, key),))


@settings(max_examples=25, deadline=None)
@given(scores())
def test_music21_reads_the_same_notes(score: Score) -> None:
    opened = _read(score)
    assert len(opened.parts) == len(score.tracks)
    for part, track in zip(opened.parts, score.tracks, strict=True):
        assert part.partName == track.name
        assert _tones(part) == _expected(track)
        _assert_full_bars(part, [bar.beats for bar in score.grid.bars])


def test_a_long_score_of_8000_notes_is_whole() -> None:
    rng = random.Random(2)
    tracks = []
    for program in (VIOLIN, 41, CELLO, 73):
        steps = [(12 * beat, length) for beat in range(1000) for length in (rng.choice((3, 4, 6)),)]
        spans = [(start + k * length, length) for start, length in steps for k in (0, 1)]
        notes = [
            _note(Fraction(start, 12), Fraction(length, 12), rng.randint(48, 80)) for start, length in spans
        ]
        tracks.append(Track(f"Part {program}", program, False, tuple(notes)))
    score = _score(*tracks, bars=(4,) * 250)
    assert score.note_count == 8000
    opened = _read(score)
    for part, track in zip(opened.parts, score.tracks, strict=True):
        assert _tones(part) == _expected(track)


def test_a_wide_piano_part_stands_on_two_staves() -> None:
    notes = (_note(0, 4, 40), _note(0, 1, 76), _note(1, 3, 79), _note(4, 2.5, 48), _note(4, 4, 72))
    opened = _read(_score(Track("Piano", PIANO, False, notes)))
    upper, lower = opened.parts
    assert [part.recurse().getElementsByClass("Clef").first().sign for part in (upper, lower)] == ["G", "F"]
    assert sorted(_tones(upper) + _tones(lower)) == sorted(
        (n.start_beat, n.duration_beats, n.pitch) for n in notes
    )
    for part in (upper, lower):
        _assert_full_bars(part, [4, 4])


def test_a_fifth_voice_cuts_the_one_that_sounded_longest() -> None:
    notes = tuple(_note(start, 8 - start, 60 + 2 * start) for start in range(5))
    (part,) = _read(_score(Track("Violin", VIOLIN, False, notes))).parts
    assert _tones(part) == [(0, 4, 60), (1, 7, 62), (2, 6, 64), (3, 5, 66), (4, 4, 68)]


def test_off_the_grid_goes_to_the_nearest_twelfth() -> None:
    (part,) = _read(_score(Track("Violin", VIOLIN, False, (_note(0.26, 0.01, 60),)))).parts
    assert _tones(part) == [(Fraction(1, 4), Fraction(1, 12), 60)]


def test_drums_keep_their_places_and_sounds(tmp_path: Path) -> None:
    kit = Track("Kit", 0, True, (_note(0, 1, 36), _note(1, 1, 38), _note(2, 0.5, 42)))
    (part,) = _read(_score(kit)).parts
    struck = [
        (_fraction(element.getOffsetInHierarchy(part)), element.displayStep, element.displayOctave)
        for element in part.recurse().getElementsByClass(note.Unpitched)
    ]
    assert struck == [(0, "F", 4), (1, "C", 5), (2, "G", 5)]
    write_musicxml(_score(kit), tmp_path / "kit.musicxml", title="Kit")
    text = (tmp_path / "kit.musicxml").read_text("utf-8")
    for pitch in (36, 38, 42):
        assert (
            f"<midi-channel>10</midi-channel><midi-program>1</midi-program><midi-unpitched>{pitch + 1}<"
            in text
        )


def test_instruments_carry_their_programs() -> None:
    opened = _read(_score(Track("Low strings", CELLO, False, ()), Track("Flute", 73, False, ())))
    assert [part.getInstrument().midiProgram for part in opened.parts] == [CELLO, 73]


def test_bars_go_on_to_cover_the_last_note() -> None:
    (part,) = _read(_score(Track("Violin", VIOLIN, False, (_note(7, 4),)), bars=(4, 3))).parts
    _assert_full_bars(part, [4, 3, 3, 3])
    signatures = part.recurse().getElementsByClass(meter.TimeSignature)
    assert [signature.ratioString for signature in signatures] == ["4/4", "3/4"]


def test_tempo_and_markers_stand_at_their_beats() -> None:
    changes = (TempoChange(0, 500_000), TempoChange(Fraction(5), 600_000), TempoChange(6, 601_000))
    markers = (Marker(Fraction(4), "B <&>"), Marker(Fraction(11, 2), "hit\x00"))
    track = Track("Violin", VIOLIN, False, (_note(0, 8),))
    opened = _read(Score((track,), TempoMap(changes), BarGrid.from_lengths([4, 4]), markers))
    (part,) = opened.parts
    marks = part.recurse().getElementsByClass(tempo.MetronomeMark)
    found = [(m.getOffsetInHierarchy(part), round(m.getQuarterBPM() or 0)) for m in marks]
    # the third step rounds to the 100 already shown, so it is played but not printed
    assert [entry for entry in found if entry[0] < 6] == [(0, 120), (5, 100)]
    (rehearsal,) = part.recurse().getElementsByClass("RehearsalMark")
    (words,) = part.recurse().getElementsByClass("TextExpression")
    assert (rehearsal.getOffsetInHierarchy(part), rehearsal.content) == (4, "B <&>")
    assert (words.getOffsetInHierarchy(part), words.content) == (5.5, "hit\ufffd")


def test_pitches_are_spelled_by_the_key_in_force() -> None:
    keys = (KeyChange(0, Key(9, "minor")), KeyChange(4, Key(8, "major")))
    notes = tuple(_note(beat, 1, 68) for beat in (0, 4))
    (part,) = _read(_score(Track("Violin", VIOLIN, False, notes), keys=keys)).parts
    assert [element.pitch.name for element in part.recurse().notes] == ["G#", "A-"]
    assert [k.sharps for k in part.recurse().getElementsByClass("KeySignature")] == [0, -4]


def test_accidentals_show_once_a_bar_and_again_when_they_go() -> None:
    pitches = (66, 66, 65, 65, 66)  # F♯ F♯ F F | F♯ in C major
    notes = tuple(_note(beat, 1, pitch) for beat, pitch in enumerate(pitches))
    (part,) = _read(_score(Track("Violin", VIOLIN, False, notes))).parts
    shown = [bool(n.pitch.accidental and n.pitch.accidental.displayStatus) for n in part.recurse().notes]
    assert shown == [True, False, True, False, True]


def test_dynamics_stand_where_they_change() -> None:
    dynamics = tuple(DynamicsPoint(Fraction(beat), value) for beat, value in ((0, 50), (4, 52), (8, 100)))
    notes = tuple(_note(beat, 1) for beat in (0, 4, 8))
    (part,) = _read(_score(Track("Violin", VIOLIN, False, notes, dynamics), bars=(4, 4, 4))).parts
    marks = part.recurse().getElementsByClass("Dynamic")
    assert [(mark.getOffsetInHierarchy(part), mark.value) for mark in marks] == [(0, "p"), (8, "f")]


@pytest.mark.parametrize("start", range(48))
def test_any_span_of_a_bar_is_cut_into_written_values(start: int) -> None:
    for end in range(start + 1, 49):
        lengths = written_lengths(start, end)
        assert sum(lengths) == end - start
        assert set(lengths) <= set(NOTE_VALUES)


@pytest.mark.parametrize(
    ("start", "end", "lengths"),
    [
        (0, 18, (18,)),  # dotted quarter on the beat
        (6, 18, (12,)),  # quarter off the eighth
        (3, 24, (9, 12)),  # the second beat stays visible
        (0, 60, (48, 12)),
        (4, 12, (8,)),  # two thirds of a beat
        (8, 24, (4, 12)),
    ],
)
def test_values_keep_the_beats_visible(start: int, end: int, lengths: tuple[int, ...]) -> None:
    assert written_lengths(start, end) == lengths


def test_what_cannot_be_written_down_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match="pitch 20, too low"):
        write_musicxml(_score(Track("Tuba", 58, False, (_note(0, 1, 20),))), tmp_path / "x.xml", title="")
