"""Files of music from anywhere: what stands among the notes takes no time away, whoever reads them."""

from __future__ import annotations

import itertools
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

from bridge.music import piece_of_file
from emsync_nb.errors import MidiError
from emsync_nb.midi_input import open_midi
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
