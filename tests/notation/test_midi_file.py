"""Written MIDI files, byte by byte and event by event."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.domain import BarGrid, DynamicsPoint, Key, KeyChange, Marker, Note, Score, TempoMap, Track
from emsync_nb.errors import MidiError, OutputError
from emsync_nb.notation import write_midi
from emsync_nb.notation.midi_file import midi_bytes

#: every byte by hand after the Standard MIDI File 1.0 specification
GOLDEN = """
4D546864 00000006 0001 0002 01E0      MThd, 6 bytes: type 1, two tracks, 480 ticks a quarter
4D54726B 0000002D                     MTrk, 45 bytes
00 FF03 09 436F6E647563746F72         name "Conductor"
00 FF58 04 04 02 18 08                4 / 2^2, 24 clocks a click, 8 thirty-seconds a quarter
00 FF59 02 00 00                      no sharps, major
00 FF51 03 07A120                     500000 microseconds a quarter
8740 FF06 01 41                       after 7 * 128 + 64 = 960 ticks: marker "A"
8740 FF2F 00                          after 960 ticks, at the end of the bar: end of track
4D54726B 00000029                     MTrk, 41 bytes
00 FF03 05 43656C6C6F                 name "Cello"
00 C0 2A                              channel 1: program 42
00 B0 07 64                           volume 100
00 0A 56                              running status: pan 86
00 90 30 40                           C3 on, velocity 64
8360 80 30 40                         after 3 * 128 + 96 = 480 ticks: C3 off ...
00 90 30 50                           ... before it comes again at the same tick, velocity 80
8170 80 30 40                         after 128 + 112 = 240 ticks: C3 off
00 FF2F 00                            end of track
"""


def _score(*tracks: Track, bars: tuple[int, ...] = (4,)) -> Score:
    return Score(tracks, TempoMap.constant(120), BarGrid.from_lengths(bars))


def _note(start: Fraction | int, length: Fraction | int, pitch: int = 60, velocity: int = 64) -> Note:
    return Note(Fraction(start), Fraction(length), pitch, velocity)


def _events(score: Score, tmp_path: Path) -> list[list[tuple[int, mido.Message]]]:
    """(tick, message) of each chunk, read by mido."""
    write_midi(score, tmp_path / "score.mid")
    chunks = []
    for track in mido.MidiFile(tmp_path / "score.mid").tracks:
        now = 0
        chunks.append([(now := now + message.time, message) for message in track])
    return chunks


def test_every_byte_is_as_the_specification_has_it() -> None:
    cello = Track("Cello", 42, False, (_note(0, 1, 48), _note(1, Fraction(1, 2), 48, 80)))
    score = replace(_score(cello), markers=(Marker(Fraction(2), "A"),), keys=(KeyChange(0, Key(0, "major")),))
    golden = "".join(line[:38] for line in GOLDEN.splitlines())
    assert midi_bytes(score) == bytes.fromhex(golden)


def test_equal_scores_give_equal_bytes() -> None:
    notes = (_note(0, 1), _note(0, 2, 64))
    assert midi_bytes(_score(Track("Flute", 73, False, notes))) == midi_bytes(
        _score(Track("Flute", 73, False, notes))
    )


overlapping = st.lists(
    st.builds(
        Note,
        st.fractions(0, 6, max_denominator=7),
        st.fractions(Fraction(1, 9999), 3),
        st.integers(60, 62),
        st.integers(1, 127),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None)
@given(overlapping, overlapping)
def test_no_note_on_doubles_and_every_one_has_its_note_off(one: list[Note], two: list[Note]) -> None:
    data = midi_bytes(_score(Track("Kit", 0, True, tuple(one)), Track("Toms", 0, True, tuple(two))))
    for chunk in mido.MidiFile(file=BytesIO(data)).tracks:
        sounding: set[int] = set()
        for message in chunk:
            if message.type == "note_on":
                assert message.note not in sounding
                sounding.add(message.note)
            elif message.type == "note_off":
                sounding.remove(message.note)
        assert not sounding


def test_a_beat_between_ticks_goes_to_the_nearer_one(tmp_path: Path) -> None:
    score = _score(Track("Flute", 73, False, (_note(Fraction(1, 7), Fraction(1, 10_000)),)))
    ticks = [tick for tick, message in _events(score, tmp_path)[1] if message.type.startswith("note")]
    assert ticks == [69, 70]  # 480 / 7 = 68.57; a note lasts one tick at least


def test_time_signatures_stand_where_the_length_changes(tmp_path: Path) -> None:
    conductor = _events(_score(bars=(4, 4, 3, 3, 5)), tmp_path)[0]
    signatures = [(tick, m.numerator, m.denominator) for tick, m in conductor if m.type == "time_signature"]
    assert signatures == [(0, 4, 4), (8 * 480, 3, 4), (14 * 480, 5, 4)]


def test_drums_play_on_the_tenth_channel_and_no_one_else(tmp_path: Path) -> None:
    tracks = [Track(f"T{program}", program, False, (_note(0, 1),)) for program in range(15)]
    chunks = _events(_score(*tracks, Track("Kit", 0, True, (_note(0, 1),))), tmp_path)
    used = [{m.channel for _, m in chunk if not m.is_meta} for chunk in chunks[1:]]
    assert used == [{channel} for channel in range(16) if channel != 9] + [{9}]


def test_dynamics_become_expression(tmp_path: Path) -> None:
    dynamics = (DynamicsPoint(Fraction(0), 40), DynamicsPoint(Fraction(5, 2), 90))
    chunk = _events(_score(Track("Oboe", 68, False, (), dynamics)), tmp_path)[1]
    controls = [(tick, m.value) for tick, m in chunk if m.type == "control_change" and m.control == 11]
    assert controls == [(0, 40), (1200, 90)]


@pytest.mark.parametrize(
    ("track", "message"),
    [
        (Track("Oboe", 128, False, ()), "asks for program 128"),
        (Track("Oboe", 68, False, (), (DynamicsPoint(Fraction(0), 200),)), "dynamics outside"),
    ],
)
def test_what_midi_cannot_hold_is_refused(track: Track, message: str) -> None:
    with pytest.raises(MidiError, match=message):
        midi_bytes(_score(track))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no-such-folder"):
        write_midi(_score(), tmp_path / "no-such-folder" / "score.mid")
