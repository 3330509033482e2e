"""What DAWs export, as other libraries write it and byte by byte: it is read as it was meant, or refused."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import mido
import music21
import pytest
import symusic

from emsync_nb.domain import BarGrid, DynamicsPoint, Marker, Note, Score, TempoChange, TempoMap, Track
from emsync_nb.errors import MidiError
from emsync_nb.midi_input import MAX_BYTES
from emsync_nb.notation.daw_export import ExportFacts, open_export, read_export, unnamed
from emsync_nb.notation.midi_file import midi_bytes
from tests.notation.hex_midi import END, hex_midi


def read(tmp_path: Path, data: bytes) -> Score:
    path = tmp_path / "export.mid"
    path.write_bytes(data)
    return read_export(path)


def note(start: float, duration: float, pitch: int = 60, velocity: int = 64) -> Note:
    return Note(Fraction(start), Fraction(duration), pitch, velocity)


def notes(tmp_path: Path, track: str) -> tuple[Note, ...]:
    (only,) = read(tmp_path, hex_midi(track)).tracks
    return only.notes


def test_format_0_with_running_status_parts_by_channel_and_is_named_by_program(tmp_path: Path) -> None:
    track = f"""
        00 FF 03 04 53 6F 6E 67   # the song's name, "Song", of no instrument
        00 C0 28                  # channel 1: program 40, violin
        00 90 3C 40               # C4 on
        60 3C 00                  # running status, velocity 0: C4 off after 96 ticks
        00 40 50                  # running status: E4 on
        60 40 00                  # E4 off
        00 99 24 64               # channel 10: kick on
        30 24 00                  # kick off
        00 92 30 46               # channel 3, which chose no program: C3 on
        60 30 00                  # C3 off
        {END}"""
    score = read(tmp_path, hex_midi(track, kind=0))
    assert score.tracks == (
        Track("Violin", 40, False, (note(0, 1), note(1, 1, 64, 80))),
        Track("Channel 3", 0, False, (note(2.5, 1, 48, 70),)),
        Track("Drums", 0, True, (note(2, 0.5, 36, 100),)),
    )
    assert all(unnamed(track) for track in score.tracks)


def test_a_doubled_note_on_restarts_the_note(tmp_path: Path) -> None:
    track = f"""
        00 90 3C 40   # C4 on
        60 90 3C 50   # C4 on again a beat later
        60 80 3C 00   # one off for both
        81 40 90 3C 41  # after two beats another
        60 80 3C 00
        {END}"""
    assert notes(tmp_path, track) == (note(0, 1), note(1, 1, velocity=80), note(4, 1, velocity=65))


def test_overlapping_notes_end_at_the_last_of_their_ends(tmp_path: Path) -> None:
    track = f"00 90 3C 40 60 90 3C 50 60 80 3C 00 60 80 3C 00 60 80 3C 00 {END}"
    assert notes(tmp_path, track) == (note(0, 1), note(1, 2, velocity=80))


def test_a_pitch_may_begin_before_it_ends_at_one_tick(tmp_path: Path) -> None:
    track = f"""
        00 90 3C 40
        60 90 3C 50   # the second begins
        00 80 3C 00   # and only then, at the same tick, the first ends
        60 80 3C 00
        {END}"""
    assert notes(tmp_path, track) == (note(0, 1), note(1, 1, velocity=80))


def test_a_punch_in_leaves_notes_without_an_end_or_a_beginning(tmp_path: Path) -> None:
    track = """
        00 80 40 00   # E4 ends that began before the punch-in
        60 90 3C 40   # C4 begins and never ends
        00 90 3E 41   # D4 begins
        60 80 3E 00   # and ends
        60 FF 2F 00   # the track ends a beat later
        """
    assert notes(tmp_path, track) == (note(1, 2), note(1, 1, 62, 65))


def test_notes_of_no_length_last_a_tick(tmp_path: Path) -> None:
    assert notes(tmp_path, f"00 90 3C 40 00 80 3C 00 60 90 3C 40 60 80 3C 00 {END}") == (
        Note(Fraction(0), Fraction(1, 96), 60, 64),
        note(1, 1),
    )


def test_strangers_among_the_events_take_no_time_away(tmp_path: Path) -> None:
    track = f"""
        60 FF 60 02 01 02         # unknown meta event after a beat
        60 F0 04 43 12 00 F7      # sysex after another
        60 F7 02 F3 01            # escaped real-time bytes after a third
        60 FF 54 05 FF FF 00 00 00  # an SMPTE offset of no known rate
        00 FF 7F 03 FF FF FF      # the DAW's own
        00 FF 20 00               # a channel prefix that lacks its channel
        00 90 3C 40
        30 FF 60 00               # unknown, within the note and its running status
        30 3C 00
        60 F0 01 F7               # a beat of nothing to the end
        {END}"""
    score = read(tmp_path, hex_midi(track))
    assert score.tracks[0].notes == (note(4, 1),)
    # six beats of file: two bars
    assert score.grid == BarGrid.from_lengths([4, 4])


def test_foreign_chunks_and_trailing_bytes_are_passed_over(tmp_path: Path) -> None:
    track = f"00 90 3C 40 60 3C 00 {END}"
    data = hex_midi(track, before=b"XFIH\x00\x00\x00\x03abc") + b"MTrk\x00 rubbish \xff\xff"
    assert read(tmp_path, data).tracks[0].notes == (note(0, 1),)


def test_without_a_tempo_it_says_so(tmp_path: Path) -> None:
    path = tmp_path / "export.mid"
    path.write_bytes(hex_midi(f"00 90 3C 40 60 3C 00 {END}", ticks=120))
    score, facts = open_export(path)
    assert facts == ExportFacts(120, tells_tempo=False, tells_bars=False)
    assert score.tempo_map == TempoMap.constant(120)
    path.write_bytes(hex_midi(f"00 FF 51 03 07 A1 20 00 FF 58 04 03 02 18 08 {END}", ticks=960))
    assert open_export(path)[1] == ExportFacts(960, tells_tempo=True, tells_bars=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Fagöt".encode("latin-1"), "Fagöt"),
        ("Geige – 1".encode(), "Geige – 1"),
        (b"Violin\x00\x00", "Violin"),
        (b" Two\nlines ", "Two lines"),
    ],
)
def test_names_are_read_in_either_encoding(tmp_path: Path, name: bytes, expected: str) -> None:
    track = f"00 FF 03 {len(name):02X} {name.hex()} 00 90 3C 40 60 3C 00 {END}"
    (only,) = read(tmp_path, hex_midi(track)).tracks
    assert only.name == expected
    assert not unnamed(only)


def test_instruments_name_tracks_that_have_no_name(tmp_path: Path) -> None:
    track = f"00 FF 03 00 00 FF 04 04 48 61 72 70 00 90 3C 40 60 3C 00 {END}"
    assert read(tmp_path, hex_midi(track)).tracks[0].name == "Harp"


def test_empty_tracks_go_and_tracks_of_one_name_stay(tmp_path: Path) -> None:
    named = f"00 FF 03 02 56 31 00 90 3C 40 60 3C 00 {END}"
    silent = f"00 FF 03 02 56 32 00 C0 05 {END}"
    score = read(tmp_path, hex_midi(END, named, "", named, silent))
    assert [track.name for track in score.tracks] == ["V1", "V1", "V2"]
    assert score.tracks[2] == Track("V2", 5, False, ())


def test_a_program_on_another_channel_makes_no_track(tmp_path: Path) -> None:
    (only,) = read(tmp_path, hex_midi(f"00 C0 05 00 91 3C 40 60 3C 00 {END}")).tracks
    assert only.notes == (note(0, 1),)


@pytest.mark.parametrize("ticks", [96, 120, 960, 1000])
def test_a_file_by_mido_in_any_resolution(tmp_path: Path, ticks: int) -> None:
    file = mido.MidiFile(type=1, ticks_per_beat=ticks)
    conductor = [
        mido.MetaMessage("set_tempo", tempo=600_000),
        mido.MetaMessage("set_tempo", tempo=400_000, time=4 * ticks),
        mido.MetaMessage("marker", text="Hit", time=ticks),
    ]
    part = [
        mido.MetaMessage("track_name", name="Cello"),
        mido.Message("program_change", program=42),
        mido.Message("control_change", control=11, value=90),
        mido.Message("note_on", note=48, velocity=70, time=8 * ticks),
        mido.Message("note_off", note=48, time=ticks // 2),
    ]
    file.tracks.extend([mido.MidiTrack(conductor), mido.MidiTrack(part)])
    file.save(tmp_path / "export.mid")
    score = read_export(tmp_path / "export.mid")
    points = (DynamicsPoint(Fraction(0), 90),)
    assert score.tracks == (Track("Cello", 42, False, (note(8, 0.5, 48, 70),), points),)
    assert score.markers == (Marker(Fraction(5), "Hit"),)
    assert score.tempo_map.changes == (TempoChange(0, 600_000), TempoChange(4, 400_000))


def test_a_file_by_symusic(tmp_path: Path) -> None:
    file = symusic.Score(220)
    file.tempos.append(symusic.Tempo(time=0, qpm=75, ttype="tick"))
    part = symusic.Track(name="Oboe", program=68, is_drum=False)
    part.notes.append(symusic.Note(time=110, duration=220, pitch=72, velocity=50, ttype="tick"))
    file.tracks.append(part)
    file.dump_midi(str(tmp_path / "export.mid"))
    score = read_export(tmp_path / "export.mid")
    assert score.tracks == (Track("Oboe", 68, False, (note(0.5, 1, 72, 50),)),)
    assert score.tempo_map == TempoMap.constant(75)


def test_a_file_by_music21(tmp_path: Path) -> None:
    part = music21.stream.Part([music21.instrument.Flute(), music21.tempo.MetronomeMark(number=60)])
    part.partName = "Flute"
    for beat in range(4):
        part.insert(beat, music21.note.Note(72 + beat, quarterLength=0.5))
    music21.stream.Score([part]).write("midi", tmp_path / "export.mid")
    score = read_export(tmp_path / "export.mid")
    (flute,) = [track for track in score.tracks if track.notes]
    first = flute.notes[0].start_beat
    found = [(one.start_beat - first, one.duration_beats, one.pitch) for one in flute.notes]
    assert found == [(Fraction(beat), Fraction(1, 2), 72 + beat) for beat in range(4)]
    assert flute.program == 73


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no MIDI file"),
        (b"RIFF....RMID", "no MIDI file"),
        (b"MThd", "not a readable MIDI file"),
        (b"MThd\x00\x00\x00\x02\x00\x01", "header is too short"),
        (hex_midi(END, announced=3), "ends too early"),
        (hex_midi(END, announced=0xFFFF), "ends too early"),
        (hex_midi(END, kind=2), "of type 2"),
        (hex_midi(END, ticks=0), "counts in film frames"),
        (hex_midi(END, ticks=0xE250), "counts in film frames"),
        (hex_midi("00 3C 40"), "data without a status"),
        (hex_midi("00 90 3C"), "ends too early"),
        (hex_midi("00 90 3C 80"), "data byte"),
        (hex_midi("00 F4"), "undefined status byte 0xf4"),
        (hex_midi("FF FF FF FF FF FF 06 01 41"), "number without end"),
        (hex_midi("00 F0 FF FF FF 7F 00"), "ends too early"),
        (hex_midi(f"00 FF 51 03 00 00 00 {END}"), "tempo of no time"),
        (hex_midi(f"00 FF 51 00 {END}"), "not a readable MIDI file"),
        (hex_midi(f"00 FF 58 04 00 02 18 08 {END}"), "bar of no beats"),
        (hex_midi(f"FF FF FF 7F FF 60 00 {END}", ticks=1), "longer than 100000 beats"),
        (hex_midi(f"FF FF FF 7F FF 60 00 FF FF FF 7F FF 60 00 {END}"), "longer than 100000 beats"),
        (b"MThd" + bytes(MAX_BYTES), "larger than 32 MiB. Thin out .* whole"),
    ],
)
def test_hostile_files_are_refused_in_one_line(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(MidiError, match=message) as caught:
        read(tmp_path, data)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match=r"no MIDI file at .*nowhere\.mid"):
        read_export(tmp_path / "nowhere.mid")


def test_damage_ends_in_a_score_or_in_a_midi_error(tmp_path: Path) -> None:
    """Truncated and overwritten files, and noise: nothing but the one error type comes out."""
    line = tuple(note(beat, 1, 60 + beat) for beat in range(8))
    parts = (Track("Flute", 73, False, line, (DynamicsPoint(Fraction(0), 9),)), Track("Kit", 0, True, line))
    whole = midi_bytes(Score(parts, TempoMap.constant(97), BarGrid.from_lengths([4, 3])))
    rng = random.Random(7)
    refused = 0
    for trial in range(300):
        data = bytearray(whole if trial % 3 else whole[: rng.randrange(len(whole))])
        for _ in range(rng.randrange(1, 6) if trial % 3 == 1 else 0):
            data[rng.randrange(len(data))] = rng.randrange(256)
        if trial % 3 == 2:
            data[22:] = rng.randbytes(rng.randrange(200))
        try:
            score = read(tmp_path, bytes(data))
        except MidiError as error:
            assert "\n" not in str(error)
            refused += 1
        else:
            assert score.grid.end_beat >= 1
    assert 150 < refused < 300
