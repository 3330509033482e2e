"""Messages from files that mido wrote, from broken files and from scores."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.messages import TimedMessage, messages_of, messages_of_score
from emsync_nb.domain import (
    BarGrid,
    DynamicsPoint,
    Note,
    Score,
    TempoChange,
    TempoMap,
    Track,
)
from emsync_nb.errors import MidiError


def two_tracks(path: Path) -> Path:
    """Tempo 120 for a beat, then 60; a note on each beat; metas and sysex among them."""
    midi = mido.MidiFile(type=1, ticks_per_beat=96)
    tempo = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name="Tempo"),
            mido.MetaMessage("set_tempo", tempo=500_000),
            mido.MetaMessage("set_tempo", tempo=1_000_000, time=96),
        ]
    )
    notes = mido.MidiTrack([mido.Message("sysex", data=(1, 2)), mido.Message("program_change", program=40)])
    for beat in range(4):
        notes.append(mido.Message("note_on", note=60 + beat, velocity=80, time=0 if beat == 0 else 48))
        notes.append(mido.Message("note_off", note=60 + beat, time=48))
    midi.tracks += [tempo, notes]
    midi.save(path)
    return path


def test_times_follow_the_tempo_map_exactly(tmp_path: Path) -> None:
    messages = messages_of(two_tracks(tmp_path / "a.mid"))
    ons = [(message.time_s, message.data[1]) for message in messages if message.data[0] == 0x90]
    assert ons == [(0, 60), (Fraction(1, 2), 61), (Fraction(3, 2), 62), (Fraction(5, 2), 63)]


def test_only_channel_messages_come_through(tmp_path: Path) -> None:
    messages = messages_of(two_tracks(tmp_path / "a.mid"))
    assert messages[0] == TimedMessage(Fraction(0), b"\xc0\x28")
    assert all(0x80 <= message.data[0] <= 0xEF for message in messages)
    assert len(messages) == 9


def test_times_agree_with_mido(tmp_path: Path) -> None:
    path = two_tracks(tmp_path / "a.mid")
    now, expected = 0.0, []
    ours = messages_of(path)
    for message in mido.MidiFile(path):
        now += message.time
        if not message.is_meta and message.type != "sysex":
            expected.append((now, bytes(message.bin())))
    assert [message.data for message in ours] == [data for _, data in expected]
    assert [float(message.time_s) for message in ours] == pytest.approx([time for time, _ in expected])


@pytest.mark.parametrize("content", [b"", b"MThd", b"RIFF" + bytes(40), b"MThd" + bytes(60), b"\xff" * 500])
def test_what_is_no_midi_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.mid"
    path.write_bytes(content)
    with pytest.raises(MidiError, match=r"broken\.mid") as caught:
        messages_of(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match="There is no MIDI file"):
        messages_of(tmp_path / "none.mid")


def test_film_frames_are_refused(tmp_path: Path) -> None:
    path = two_tracks(tmp_path / "a.mid")
    data = bytearray(path.read_bytes())
    data[12:14] = b"\xe7\x28"  # SMPTE, 25 frames of 40 ticks
    path.write_bytes(data)
    with pytest.raises(MidiError, match="film frames"):
        messages_of(path)


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=12),
    st.integers(0, 300),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_raise_nothing_else(tmp_path: Path, damage: list[tuple[int, int]], cut: int) -> None:
    buffer = bytearray(two_tracks(tmp_path / "a.mid").read_bytes())
    for place, value in damage:
        buffer[place % len(buffer)] = value
    path = tmp_path / "b.mid"
    path.write_bytes(bytes(buffer[: len(buffer) - cut % 40]))
    try:
        messages = messages_of(path)
    except MidiError as error:
        assert "\n" not in str(error)
    else:
        assert all(message.time_s >= 0 for message in messages)


def quartet_score() -> Score:
    """Two melodic tracks and drums; the tempo halves after a beat."""
    half = Fraction(1, 2)
    melody = Track(
        "Violin",
        40,
        False,
        (Note(Fraction(0), Fraction(1), 60, 80), Note(Fraction(1), Fraction(1), 60, 90)),
        (DynamicsPoint(Fraction(0), 50), DynamicsPoint(half, 70)),
    )
    bass = Track("Cello", 42, False, (Note(Fraction(0), Fraction(2), 36, 70),))
    drums = Track("Drums", 0, True, (Note(half, half, 38, 100),))
    tempo = TempoMap((TempoChange(0, 500_000), TempoChange(1, 1_000_000)))
    return Score((melody, bass, drums), tempo, BarGrid.from_lengths([4]))


def test_a_score_becomes_messages_on_its_own_channels() -> None:
    messages = messages_of_score(quartet_score())
    assert messages[:3] == (
        TimedMessage(Fraction(0), b"\xc0\x28"),
        TimedMessage(Fraction(0), b"\xb0\x0b\x32"),
        TimedMessage(Fraction(0), b"\xc1\x2a"),
    )
    assert TimedMessage(Fraction(1, 4), b"\x99\x26\x64") in messages
    assert TimedMessage(Fraction(1, 4), b"\xb0\x0b\x46") in messages
    assert messages[-2:] == (
        TimedMessage(Fraction(3, 2), b"\x80\x3c\x00"),
        TimedMessage(Fraction(3, 2), b"\x81\x24\x00"),
    )


def test_a_repeated_note_is_let_go_before_it_is_struck_again() -> None:
    at_half = [
        m.data for m in messages_of_score(quartet_score()) if m.time_s == Fraction(1, 2) and m.data[1] == 60
    ]
    assert at_half == [b"\x80\x3c\x00", b"\x90\x3c\x5a"]


def test_more_tracks_than_channels_are_refused() -> None:
    score = quartet_score()
    crowd = Score(tuple(score.tracks[0] for _ in range(16)), score.tempo_map, score.grid)
    with pytest.raises(MidiError, match="15 melodic tracks"):
        messages_of_score(crowd)


def test_the_written_bytes_are_valid_midi() -> None:
    parser = mido.Parser()
    for message in messages_of_score(quartet_score()):
        parser.feed(message.data)
    assert len(list(parser)) == len(messages_of_score(quartet_score()))
