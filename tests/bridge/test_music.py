"""Pieces from files that others wrote, from broken files and from scores; mido and symusic say what is right."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mido
import pytest
import symusic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.music import piece_of_file, piece_of_score
from bridge.piece import Piece
from emsync_nb.domain import BarGrid, DynamicsPoint, Note, Score, Template, TempoChange, TempoMap, Track
from emsync_nb.errors import MidiError
from tests.notation.hex_midi import END, hex_midi

PER_BEAT = 96


def two_tracks(path: Path) -> Path:
    """Tempo 120 for a beat, then 60; a note on each beat; metas and sysex among them."""
    midi = mido.MidiFile(type=1, ticks_per_beat=PER_BEAT)
    tempo = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name="Tempo"),
            mido.MetaMessage("set_tempo", tempo=500_000),
            mido.MetaMessage("set_tempo", tempo=1_000_000, time=PER_BEAT),
        ]
    )
    notes = mido.MidiTrack([mido.Message("sysex", data=(1, 2)), mido.Message("program_change", program=40)])
    for beat in range(4):
        notes.append(mido.Message("note_on", note=60 + beat, velocity=80, time=0 if beat == 0 else 48))
        notes.append(mido.Message("note_off", note=60 + beat, time=48))
    midi.tracks += [tempo, notes]
    midi.save(path)
    return path


def from_hex(folder: Path, *tracks: str) -> Piece:
    path = folder / "a.mid"
    path.write_bytes(hex_midi(*tracks, ticks=PER_BEAT))
    return piece_of_file(path)


def spans(piece: Piece) -> list[tuple[float, float, int]]:
    return [(note.start_s, note.end_s, note.key) for note in piece.notes]


def test_times_follow_the_tempo_map(tmp_path: Path) -> None:
    piece = piece_of_file(two_tracks(tmp_path / "a.mid"))
    assert spans(piece) == [(0.0, 0.25, 60), (0.5, 1.0, 61), (1.5, 2.0, 62), (2.5, 3.0, 63)]
    assert [setting.data for setting in piece.settings] == [b"\xc0\x28"]


def test_times_agree_with_mido(tmp_path: Path) -> None:
    path, now, expected = two_tracks(tmp_path / "a.mid"), 0.0, []
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_on":
            expected.append((now, message.note))
    for (start_s, _, key), (now_s, note) in zip(spans(piece_of_file(path)), expected, strict=True):
        assert (start_s, key) == (pytest.approx(now_s), note)


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(100_000, 2_000_000)), max_size=5),
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 300), st.integers(0, 127)), min_size=1, max_size=20
    ),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_times_agree_with_symusic(
    tmp_path: Path, tempi: list[tuple[int, int]], notes: list[tuple[int, int, int]]
) -> None:
    midi = mido.MidiFile(type=1, ticks_per_beat=PER_BEAT)
    changes = [mido.MetaMessage("set_tempo", tempo=tempo, time=1 + delta) for delta, tempo in tempi]
    midi.tracks.append(mido.MidiTrack(changes))
    track = mido.MidiTrack()
    for delta, length, key in notes:
        track.append(mido.Message("note_on", note=key, velocity=70, time=delta))
        track.append(mido.Message("note_off", note=key, time=length))
    midi.tracks.append(track)
    midi.save(tmp_path / "a.mid")
    heard = symusic.Score(str(tmp_path / "a.mid")).to("second").tracks[0].notes
    expected = sorted((note.start, note.end, note.pitch) for note in heard)
    for ours, theirs in zip(spans(piece_of_file(tmp_path / "a.mid")), expected, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-3)  # symusic keeps seconds in 32 bits


def test_sysex_is_left_out_with_a_remark(tmp_path: Path) -> None:
    piece = piece_of_file(two_tracks(tmp_path / "a.mid"))
    assert piece.remarks == ("1 system exclusive messages are left out",)
    assert all(0x80 <= setting.data[0] <= 0xEF for setting in piece.settings)


NOTE = "00 90 3C 40 30 80 3C 00"


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("00 F0 03 01 02 03", id="without its end, other events follow"),
        pytest.param("00 F0 02 01 02 10 F7 02 03 F7", id="in two parts"),
        pytest.param("00 F0 02 01 02 10 F7 01 03", id="in two parts, without its end"),
        pytest.param("00 F0 00", id="empty"),
        pytest.param("00 F0 04 01 90 3C F7", id="with a status byte in it"),
    ],
)
def test_an_exclusive_that_is_broken_is_left_out_with_a_line_and_the_music_goes_on(
    broken: str, tmp_path: Path
) -> None:
    piece = from_hex(tmp_path, f"{NOTE} {broken} {NOTE} {END}")
    assert [note.key for note in piece.notes] == [60, 60]
    assert any("system exclusive messages are left out" in line for line in piece.remarks)
    assert not piece.settings


@pytest.mark.parametrize("cut", ["00 F0 7F 01 02", "00 F0 FF FF FF 7F 01", "00 F0"])
def test_an_exclusive_that_is_longer_than_its_track_is_refused_in_a_line(cut: str, tmp_path: Path) -> None:
    with pytest.raises(
        MidiError, match=r"^[^\n]*a\.mid is not a readable MIDI file: [^\n]*\. Export it again$"
    ):
        from_hex(tmp_path, f"{NOTE} {cut}")


def test_ports_that_a_file_names_are_kept_apart(tmp_path: Path) -> None:
    piece = from_hex(
        tmp_path, f"{NOTE} {END}", f"00 FF 21 01 02 {NOTE} {END}", f"00 FF 21 01 05 {NOTE} {END}"
    )
    assert piece.ports == ("EMSYNC", "EMSYNC 2", "EMSYNC 3")
    assert [note.port for note in piece.notes] == [0, 1, 2]


def test_running_status_and_silent_note_ons(tmp_path: Path) -> None:
    piece = from_hex(tmp_path, f"00 90 3C 40 30 3C 00 30 3E 40 30 3E 00 {END}")
    assert spans(piece) == [(0.0, 0.25, 60), (0.5, 0.75, 62)]


def test_a_key_that_is_struck_again_ends_what_sounds(tmp_path: Path) -> None:
    piece = from_hex(tmp_path, f"00 90 3C 40 30 90 3C 50 30 80 3C 00 {END}")
    assert spans(piece) == [(0.0, 0.25, 60), (0.25, 0.5, 60)]
    assert [note.velocity for note in piece.notes] == [64, 80]


def test_two_tracks_on_one_key_are_kept_apart(tmp_path: Path) -> None:
    piece = from_hex(tmp_path, f"00 90 3C 40 60 80 3C 00 {END}", f"30 90 3C 50 60 80 3C 00 {END}")
    assert spans(piece) == [(0.0, 0.25, 60), (0.25, 0.75, 60)]
    assert "1 notes overlapped" in piece.remarks[0]


def test_what_is_never_let_go_of_ends_with_its_track(tmp_path: Path) -> None:
    piece = from_hex(tmp_path, f"00 90 3C 40 00 3E 40 60 80 3E 00 60 {END[3:]}")
    assert sorted(spans(piece)) == [(0.0, 0.5, 62), (0.0, 1.0, 60)]
    assert piece.remarks == ("Channel 1: 1 notes are never let go of; they end with the track",)


def test_a_file_of_type_0_keeps_its_channels(tmp_path: Path) -> None:
    midi = mido.MidiFile(type=0, ticks_per_beat=PER_BEAT)
    track = mido.MidiTrack([mido.MetaMessage("track_name", name="All")])
    for channel in range(16):
        track.append(mido.Message("program_change", channel=channel, program=channel))
        track.append(mido.Message("note_on", channel=channel, note=60, velocity=1 + channel))
    track.append(mido.Message("note_off", channel=0, note=60, time=PER_BEAT))
    track += [mido.Message("note_off", channel=channel, note=60) for channel in range(1, 16)]
    midi.tracks.append(track)
    midi.save(tmp_path / "a.mid")
    piece = piece_of_file(tmp_path / "a.mid")
    assert [(note.channel, note.velocity) for note in piece.notes] == [(k, k + 1) for k in range(16)]
    assert sorted(s.data for s in piece.settings) == [bytes((0xC0 | k, k)) for k in range(16)]
    each = piece_of_file(tmp_path / "a.mid", Template(ports="each"))
    assert each.ports == tuple(f"All {channel}" for channel in range(1, 17))
    assert {note.channel for note in each.notes} == {0, 9}


def test_who_is_not_heard_keeps_the_port(tmp_path: Path) -> None:
    midi = mido.MidiFile(two_tracks(tmp_path / "a.mid"))
    midi.tracks[1].insert(0, mido.MetaMessage("track_name", name=" Violin "))
    midi.save(tmp_path / "b.mid")
    for template in (Template(), Template(ports="each")):
        heard = piece_of_file(tmp_path / "b.mid", template)
        muted = piece_of_file(tmp_path / "b.mid", template, is_heard=lambda track: track != "Violin")
        assert (len(heard.notes), len(muted.notes)) == (4, 0)
        assert (muted.ports, muted.settings) == (heard.ports, heard.settings)


def test_bars_follow_the_meter(tmp_path: Path) -> None:
    """4/4 for six quarters, then 3/4 from the middle of a bar on: a bar of two quarters stands between."""
    meter = "FF 58 04 03 02 18 08"
    piece = from_hex(tmp_path, f"84 40 {meter} {END}", f"00 90 3C 40 89 00 80 3C 00 {END}")
    assert piece.bar_beats == (4, 2, 3, 3)
    assert piece.bar_starts_s == (0.0, 2.0, 3.0, 4.5, 6.0)


@pytest.mark.parametrize("content", [b"", b"MThd", b"RIFF" + bytes(40), b"MThd" + bytes(60), b"\xff" * 500])
def test_what_is_no_midi_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.mid"
    path.write_bytes(content)
    with pytest.raises(MidiError, match=r"broken\.mid") as caught:
        piece_of_file(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match="There is no MIDI file"):
        piece_of_file(tmp_path / "none.mid")


def test_film_frames_are_refused(tmp_path: Path) -> None:
    path = two_tracks(tmp_path / "a.mid")
    data = bytearray(path.read_bytes())
    data[12:14] = b"\xe7\x28"  # SMPTE, 25 frames of 40 ticks
    path.write_bytes(data)
    with pytest.raises(MidiError, match="film frames"):
        piece_of_file(path)


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
        piece = piece_of_file(path)
    except MidiError as error:
        assert "\n" not in str(error)
    else:
        assert all(note.end_s > note.start_s >= 0 for note in piece.notes)


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


def test_a_score_goes_onto_channels_of_its_own() -> None:
    piece = piece_of_score(quartet_score())
    assert [(s.time_s, s.data) for s in piece.settings] == [
        (0.0, b"\xc0\x28"),
        (0.0, b"\xb0\x0b\x32"),
        (0.0, b"\xc1\x2a"),
        (0.0, b"\xc9\x00"),
        (0.25, b"\xb0\x0b\x46"),
    ]
    assert [note[:2] + note[3:] for note in piece.notes] == [
        (0.0, 1.5, 1, 36, 70),
        (0.0, 0.5, 0, 60, 80),
        (0.25, 0.5, 9, 38, 100),
        (0.5, 1.5, 0, 60, 90),
    ]
    assert (piece.ports, piece.bar_starts_s, piece.remarks) == (("EMSYNC",), (0.0, 3.5), ())


def test_more_tracks_than_channels_need_a_port_each() -> None:
    score = quartet_score()
    crowd = Score(tuple(score.tracks[0] for _ in range(16)), score.tempo_map, score.grid)
    with pytest.raises(MidiError, match=r"15 melodic tracks.*--ports each"):
        piece_of_score(crowd)
    piece = piece_of_score(crowd, Template(ports="each"))
    assert piece.ports == ("Violin", *(f"Violin {number}" for number in range(2, 17)))
    assert [note.channel for note in piece.notes] == [0] * 32


def test_the_settings_are_valid_midi() -> None:
    parser, settings_sent = mido.Parser(), piece_of_score(quartet_score()).settings
    for setting in settings_sent:
        parser.feed(setting.data)
    assert len(list(parser)) == len(settings_sent)
