"""Reading MIDI: our own files come back as they were, other people's are understood, hostile ones refused."""

from __future__ import annotations

import random
import tempfile
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from emsync_nb.midi_input import MAX_BYTES
from emsync_nb.notation import read_midi, write_midi
from emsync_nb.notation.midi_file import midi_bytes

texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)


def _grid_beats(end: int) -> st.SearchStrategy[Fraction]:
    return st.integers(0, end * 480).map(lambda tick: Fraction(tick, 480))


@st.composite
def tracks(draw: st.DrawFn, end: int, program: int, is_drum: bool) -> Track:
    """Notes that a channel can hold: no pitch begins while it sounds."""
    notes = []
    for pitch in draw(st.sets(st.integers(0, 127), max_size=4)):
        cuts = sorted(draw(st.sets(st.integers(0, end * 480), max_size=6)))
        for start, stop in zip(cuts[::2], cuts[1::2], strict=False):
            velocity = draw(st.integers(1, 127))
            notes.append(Note(Fraction(start, 480), Fraction(stop - start, 480), pitch, velocity))
    points = draw(st.dictionaries(_grid_beats(end), st.integers(0, 127), max_size=3))
    dynamics = tuple(DynamicsPoint(beat, value) for beat, value in sorted(points.items()))
    notes.sort(key=lambda note: (note.start_beat, note.pitch))
    return Track(draw(texts), program, is_drum, tuple(notes), dynamics)


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Scores on the grid of 1/480 beat, within their bars."""
    lengths = draw(st.lists(st.integers(1, 7), min_size=1, max_size=5))
    end = sum(lengths)
    programs = draw(st.lists(st.integers(0, 127), max_size=3))
    parts = [draw(tracks(end, program, is_drum=False)) for program in programs]
    if draw(st.booleans()):
        parts.append(draw(tracks(end, 0, is_drum=True)))
    tempi = {Fraction(0): draw(st.integers(1, 2**24 - 1))}
    tempi |= draw(st.dictionaries(_grid_beats(end), st.integers(1, 2**24 - 1), max_size=4))
    keys = draw(st.dictionaries(st.integers(0, end), st.builds(Key, st.integers(0, 11), _modes), max_size=3))
    markers = sorted(
        draw(st.lists(st.builds(Marker, _grid_beats(end), texts), max_size=3)), key=lambda m: m.beat
    )
    return Score(
        tuple(parts),
        TempoMap(tuple(TempoChange(beat, us) for beat, us in sorted(tempi.items()))),
        BarGrid.from_lengths(lengths),
        tuple(markers),
        tuple(KeyChange(beat, key) for beat, key in sorted(keys.items())),
    )


_modes = st.sampled_from(["major", "minor"])


@settings(max_examples=40, deadline=None)
@given(scores())
def test_a_written_score_comes_back_as_it_was(score: Score) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "score.mid"
        write_midi(score, path)
        assert read_midi(path) == score


def _save(tmp_path: Path, *chunks: list[object], kind: int = 1, per_beat: int = 96) -> Path:
    file = mido.MidiFile(type=kind, ticks_per_beat=per_beat)
    file.tracks.extend(mido.MidiTrack(chunk) for chunk in chunks)
    path = tmp_path / "other.mid"
    file.save(path)
    return path


def test_type_0_files_part_by_channel(tmp_path: Path) -> None:
    on, off = "note_on", "note_off"
    chunk = [
        mido.MetaMessage("track_name", name="Band"),
        mido.Message("program_change", channel=2, program=33),
        mido.Message(on, channel=2, note=40, velocity=70, time=48),
        mido.Message(on, channel=9, note=36, velocity=90),
        # a note-on of velocity 0 is a note-off
        mido.Message(on, channel=2, note=40, velocity=0, time=96),
        mido.Message(off, channel=9, note=36),
    ]
    score = read_midi(_save(tmp_path, chunk, kind=0))
    length = Fraction(1)
    assert score.tracks == (
        Track("Band (channel 3)", 33, False, (Note(Fraction(1, 2), length, 40, 70),)),
        Track("Band (channel 10)", 0, True, (Note(Fraction(1, 2), length, 36, 90),)),
    )


def test_without_tempo_and_signature_it_is_120_in_four(tmp_path: Path) -> None:
    chunk = [mido.Message("note_on", note=60, time=0), mido.Message("note_off", note=60, time=96 * 5)]
    score = read_midi(_save(tmp_path, chunk))
    assert score.tempo_map == TempoMap.constant(120)
    assert score.grid == BarGrid.from_lengths([4, 4])


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(6, 8, [3, 3, 3, 3]), (3, 8, [3, 3, 3, 3]), (7, 8, [7, 7]), (2, 2, [4, 4, 4]), (5, 16, [5, 5, 5])],
)
def test_bars_of_broken_quarters_are_joined(
    tmp_path: Path, numerator: int, denominator: int, expected: list[int]
) -> None:
    signature = mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator)
    chunk = [signature, mido.MetaMessage("marker", text="end", time=96 * 12)]
    assert read_midi(_save(tmp_path, chunk)).grid == BarGrid.from_lengths(expected)


def test_a_signature_between_beats_cuts_its_bar_at_the_next(tmp_path: Path) -> None:
    chunk = [
        mido.MetaMessage("time_signature", numerator=3, denominator=4, time=96 * 5 + 48),
        mido.MetaMessage("marker", text="end", time=96 * 6 + 48),
    ]
    assert read_midi(_save(tmp_path, chunk)).grid == BarGrid.from_lengths([4, 2, 3, 3])


def test_notes_without_an_end_sound_to_the_end_of_their_track(tmp_path: Path) -> None:
    chunk = [mido.Message("note_on", note=60, velocity=64), mido.MetaMessage("marker", text="x", time=192)]
    (track,) = read_midi(_save(tmp_path, chunk)).tracks
    assert track.notes == (Note(Fraction(0), Fraction(2), 60, 64),)
    assert track.name == "Track 1"


def test_text_may_be_latin_1(tmp_path: Path) -> None:
    score = read_midi(_save(tmp_path, [mido.MetaMessage("marker", text="Fäden")]))
    assert score.markers == (Marker(Fraction(0), "Fäden"),)


def _raw(track: bytes, kind: int = 1, division: int = 480, tracks: int = 1) -> bytes:
    header = b"MThd" + bytes([0, 0, 0, 6, 0, kind, 0, tracks]) + division.to_bytes(2, "big")
    return header + b"MTrk" + len(track).to_bytes(4, "big") + track


END = b"\x00\xff\x2f\x00"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no MIDI file"),
        (b"RIFF....WAVE", "no MIDI file"),
        (_raw(END, tracks=3), "not a readable MIDI file"),
        (_raw(END, kind=2), "of type 2"),
        (_raw(END, division=0), "counts in film frames"),
        (_raw(END, division=0xE250), "counts in film frames"),
        (_raw(b"\x00\xff\x51\x03\x00\x00\x00" + END), "tempo of no time"),
        (_raw(b"\x00\xff\x51\x00" + END), "not a readable MIDI file"),
        (_raw(b"\x00\xff\x58\x04\x00\x02\x18\x08" + END), "bar of no beats"),
        (_raw(b"\x00\xff\x59\x02\x63\x00" + END), "not a readable MIDI file"),
        (_raw(b"\xff\xff\xff\x7f\xff\x06\x01A" + END, division=1), "longer than 100000 beats"),
        (b"MThd" + b"\xff" * 5000, "ends too early"),
        (_raw(b"\xff" * 5000), "number without end"),
        (b"MThd" + bytes(MAX_BYTES), "larger than 32 MiB"),
    ],
)
def test_hostile_files_are_refused_in_one_line(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "hostile.mid"
    path.write_bytes(data)
    with pytest.raises(MidiError, match=message) as caught:
        read_midi(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match=r"no MIDI file at .*nowhere\.mid"):
        read_midi(tmp_path / "nowhere.mid")


def test_damage_ends_in_a_score_or_in_a_midi_error(tmp_path: Path) -> None:
    """Truncated and overwritten files, and noise: nothing but the one error type comes out."""
    notes = tuple(Note(Fraction(beat), Fraction(1), 60 + beat, 64) for beat in range(8))
    parts = (Track("Flute", 73, False, notes, (DynamicsPoint(Fraction(0), 9),)), Track("Kit", 0, True, notes))
    keys = (KeyChange(0, Key(3, "minor")),)
    whole = midi_bytes(Score(parts, TempoMap.constant(97), BarGrid.from_lengths([4, 3]), (), keys))
    rng = random.Random(7)
    refused = 0
    for trial in range(300):
        data = bytearray(whole if trial % 3 else whole[: rng.randrange(len(whole))])
        for _ in range(rng.randrange(1, 6) if trial % 3 == 1 else 0):
            data[rng.randrange(len(data))] = rng.randrange(256)
        if trial % 3 == 2:
            data[22:] = rng.randbytes(rng.randrange(200))
        path = tmp_path / "damaged.mid"
        path.write_bytes(data)
        try:
            score = read_midi(path)
        except MidiError as error:
            assert "\n" not in str(error)
            refused += 1
        else:
            assert score.grid.end_beat >= 1
    assert 150 < refused < 300
