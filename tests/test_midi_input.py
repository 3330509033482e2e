"""Files of music from anywhere: what stands among the notes takes no time away, whoever reads them."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import mido
import music21
import pytest
import symusic
from hypothesis import given
from hypothesis import strategies as st

from bridge import music
from bridge.music import piece_of_file
from emsync_nb.errors import MidiError
from emsync_nb.midi_input import MAX_BYTES, MAX_EVENTS, open_midi
from emsync_nb.notation import read_export, read_midi
from emsync_nb.notation.reading import read_midi_table
from emsync_nb.rendering.midi_events import read_parts
from tests.notation.hex_midi import END, hex_midi

PER_BEAT = 96
#: notes begin at the beats 1.5 and 3.5: what stands before them has its time
STRANGERS = f"""
    60 FF 0A 02 01 02         # an unknown meta event after a beat
    30 90 3C 40 30 3C 00      # a note half a beat later
    30 FF 60 00               # another one
    00 F0 02 01 F7            # sysex
    60 90 3E 40 30 3E 00      # a note, in its own status
    {END}"""
#: what is no music: an event with data
STRANGER = st.one_of(
    st.tuples(st.sampled_from([0x08, 0x0A, 0x1F, 0x21, 0x4B, 0x60, 0x7E, 0x7F]), st.binary(max_size=200)).map(
        lambda event: bytes((0xFF, event[0])) + quantity(len(event[1])) + event[1]
    ),
    st.lists(st.integers(0, 127), max_size=200).map(
        lambda data: b"\xf0" + quantity(len(data) + 1) + bytes(data) + b"\xf7"
    ),
)
#: (delta time, stranger or pitch of a note that is struck, whether its status runs on)
EVENTS = st.lists(
    st.tuples(st.integers(0, 20_000), st.one_of(STRANGER, st.integers(0, 127)), st.booleans()), max_size=40
)


def quantity(value: int) -> bytes:
    """As mido writes a variable-length quantity."""
    return bytes(mido.midifiles.meta.encode_variable_int(value))


@pytest.fixture
def strangers(tmp_path: Path) -> Path:
    path = tmp_path / "strangers.mid"
    path.write_bytes(hex_midi(STRANGERS, ticks=PER_BEAT))
    return path


def test_others_hear_the_time_before_unknown_events(strangers: Path) -> None:
    heard = symusic.Score(str(strangers)).tracks[0].notes
    assert [(note.start, note.duration) for note in heard] == [(144, 48), (336, 48)]
    score = music21.converter.parse(strangers, quantizePost=False)
    assert [note.getOffsetInHierarchy(score) for note in score.recurse().notes] == [1.5, 3.5]


def test_every_reader_keeps_the_time_before_unknown_events(strangers: Path) -> None:
    for read in (read_midi, read_export):
        (track,) = read(strangers).tracks
        assert [note.start_beat for note in track.notes] == [Fraction(3, 2), Fraction(7, 2)]
    assert read_midi_table(strangers).onset.tolist() == [18, 42]
    played = [(note.start_s, note.end_s) for note in piece_of_file(strangers).notes]
    assert played == [(0.75, 1.0), (1.75, 2.0)]
    (part,), end_s = read_parts(strangers)
    assert [note.start_s for note in part.notes] == [0.75, 1.75]
    assert end_s == 2.0


@given(EVENTS)
def test_notes_lie_where_symusic_hears_them(events: list[tuple[int, bytes | int, bool]]) -> None:
    data = b"".join(written(events))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "any.mid"
        path.write_bytes(
            hex_midi(data.hex() + END, ticks=PER_BEAT),
        )
        heard = [
            (note.start, note.pitch) for track in symusic.Score(str(path)).tracks for note in track.notes
        ]
        (track,) = open_midi(path).tracks
    ticks = itertools.accumulate(message.time for message in track)
    found = [
        (tick, message.note)
        for tick, message in zip(ticks, track, strict=True)
        if message.type == "note_on" and message.velocity
    ]
    assert sorted(found) == sorted(heard)
    assert sum(message.time for message in track) == sum(delta for delta, _, _ in events) + 10 * len(
        [event for _, event, _ in events if isinstance(event, int)]
    )


def written(events: list[tuple[int, bytes | int, bool]]) -> Iterator[bytes]:
    """Events of a track; each note lasts ten ticks, so that none meets another."""
    status = False
    for delta, event, runs in events:
        yield quantity(delta)
        if isinstance(event, bytes):
            yield event
            status = False  # symusic ends running status here, as the specification has it
        else:
            yield b"" if status and runs else b"\x90"
            yield bytes((event, 64, 10, event, 0))
            status = True


def test_only_what_music_is_read_from_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    track = (
        f"00 FF 03 01 41 00 FF 01 01 42 00 F8 00 FF 59 02 00 00 00 C0 05 00 06 60 F2 01 02 00 90 3C 40 {END}"
    )
    path.write_bytes(hex_midi(track, ticks=PER_BEAT, before=b"XFIH\x00\x00\x00\x01x"))
    (opened,) = open_midi(path).tracks
    assert [(message.type, message.time) for message in opened] == [
        ("track_name", 0),
        ("key_signature", 0),
        ("program_change", 0),
        ("program_change", 0),
        ("note_on", 96),
        ("end_of_track", 0),
    ]


@pytest.mark.parametrize(
    ("track", "message"),
    [
        ("FF FF FF FF FF FF 06 01 41", "number without end"),
        ("00 FF 06 FF FF FF FF 01", "number without end"),
        ("00 F0 FF FF FF 7F 00", "ends too early"),
        ("00 FF", "ends too early"),
        ("00 90 3C", "ends too early"),
        ("00 3C 40", "data without a status"),
        ("00 FD", "undefined status byte 0xfd"),
        ("00 90 3C 80", "data byte"),
    ],
)
def test_damage_is_told_in_one_line(tmp_path: Path, track: str, message: str) -> None:
    path = tmp_path / "damaged.mid"
    path.write_bytes(hex_midi(track))
    with pytest.raises(MidiError, match=f"not a readable MIDI file: .*{message}.*Export it again") as caught:
        open_midi(path)
    assert "\n" not in str(caught.value)


def test_synthesizers_take_too_large_bytes_for_the_largest(tmp_path: Path) -> None:
    path = tmp_path / "loud.mid"
    path.write_bytes(hex_midi(f"00 90 3C FF 60 3C 80 {END}"))
    (track,) = open_midi(path, clip=True).tracks
    assert [(message.velocity, message.time) for message in track[:2]] == [(127, 0), (127, 96)]


def test_a_long_run_of_high_bytes_in_what_the_daw_keeps_for_itself_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "daw.mid"
    path.write_bytes(hex_midi(f"60 FF 7F BF 40 {'FF' * 8128} {END}"))
    (track,) = open_midi(path).tracks
    assert [message.time for message in track] == [96]


@pytest.mark.parametrize("left_out", [0, 1])
@pytest.mark.parametrize(
    ("track", "events"),
    [
        ("00 90 3C 40 60 3C 00 30 40 40 60 40 00", 4),  # one status for all
        ("00 90 3C 40 60 80 3C 40 00 91 3C 40 60 81 3C 40", 4),  # each its own
        ("00 C0 05 00 06 00 D0 01 00 02 00 03 00 90 3C 40 81 00 3C 00", 7),  # one data byte, then two
        ("00 90 3C 40 00 FF 01 01 41 60 3C 00 00 3E 40", 4),  # a text between; its status runs on
        ("00 F8 00 F0 02 01 F7 00 90 3C 40 87 FF 7F 80 3C 40", 4),  # what is no music counts too
    ],
)
def test_events_are_counted_before_any_is_made(
    tmp_path: Path, track: str, events: int, left_out: int
) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(hex_midi(f"{track} {END}", f"00 90 3C 40 60 3C 00 {END}", ticks=PER_BEAT))
    # both tracks and their ends
    most = events + 1 + 2 + 1 - left_out
    if not left_out:
        assert len(open_midi(path, most=most).tracks) == 2
        return
    with pytest.raises(MidiError, match=rf"a\.mid holds more than {most} events\. Thin out") as caught:
        open_midi(path, most=most)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "event", ["00 F8", "00 FF 01 00", "00 FF 51 03 07 A1 20", "00 D0 01 00 01", "00 90 01 01"]
)
def test_hostile_multitudes_are_refused_with_little_memory(tmp_path: Path, event: str) -> None:
    path = tmp_path / "many.mid"
    path.write_bytes(hex_midi(event * 300_000 + END))
    tracemalloc.start()
    try:
        with pytest.raises(MidiError, match="holds more than 1,000 events"):
            open_midi(path, most=1_000)
        # what may be read of a file at most, and a few times its bytes
        assert tracemalloc.get_traced_memory()[1] < MAX_BYTES + 4 * path.stat().st_size
    finally:
        tracemalloc.stop()


def test_a_film_is_told_to_be_no_midi_file_however_large(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with path.open("wb") as stream:
        stream.write(b"\0\0\0\x20ftypisom")
        stream.truncate(MAX_BYTES + 1)
    for read in (read_export, read_midi, read_midi_table, piece_of_file):
        with pytest.raises(MidiError, match=r"film\.mp4 is no MIDI file\. Name one"):
            read(path)


def test_who_brings_music_back_is_not_told_to_cut_it(tmp_path: Path) -> None:
    path = tmp_path / "export.mid"
    path.write_bytes(hex_midi("00 B0 0B 40" + "00 0B 40" * (MAX_EVENTS + 1) + END))
    with pytest.raises(MidiError, match=r"1,000,000 events\. Thin out .* export it again, whole") as caught:
        read_export(path)
    assert "pieces" not in str(caught.value)
    with pytest.raises(MidiError, match="or cut it into pieces"):
        read_midi(path)


def test_what_plays_has_a_limit_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(hex_midi(f"00 90 3C 40 60 3C 00 00 3E 40 60 3E 00 {END}"))
    assert music.MAX_EVENTS > 2_000_000  # a million notes begin and end
    monkeypatch.setattr(music, "MAX_EVENTS", 5)
    assert len(piece_of_file(path).notes) == 2
    monkeypatch.setattr(music, "MAX_EVENTS", 4)
    with pytest.raises(MidiError, match=r"holds more than 4 events.*cut it into pieces"):
        piece_of_file(path)


def test_more_than_two_mebibytes_of_notes_are_played_and_read(tmp_path: Path) -> None:
    path = tmp_path / "long.mid"
    notes = 70_000
    text = "00 FF 01 87 FF 7F " + "20" * 0x1FFFF  # and much else that is no music
    path.write_bytes(hex_midi(text * 16 + "01 90 3C 40 01 3C 00" * notes + END, ticks=PER_BEAT))
    assert path.stat().st_size > 2 << 20
    assert len(piece_of_file(path).notes) == notes
