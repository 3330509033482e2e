"""Music as it is given to a player: in order, nothing overlapping, nothing that is no MIDI."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.piece import Piece, PlayedNote, Setting, piece_of
from emsync_nb.errors import MidiError

BARS = (0.0, 2.0, 4.0, 5.5)


def piece_with(*notes: PlayedNote, settings: tuple[Setting, ...] = ()) -> Piece:
    return piece_of(["one", "two"], notes, settings, BARS)


@given(
    st.lists(
        st.builds(
            lambda start, length, port, key: PlayedNote(start, start + length, port, 0, key, 64),
            st.integers(0, 20),
            st.integers(0, 9),
            st.integers(0, 1),
            st.integers(60, 61),
        ),
        max_size=20,
    )
)
def test_no_two_notes_on_one_key_overlap_and_every_start_is_kept(notes: list[PlayedNote]) -> None:
    piece = piece_with(*notes)
    for key in {note[2:5] for note in notes}:
        row = [note for note in piece.notes if note[2:5] == key]
        for earlier, later in pairwise(row):
            assert earlier.start_s <= earlier.end_s <= later.start_s
        assert {note.start_s for note in row} == {note.start_s for note in notes if note[2:5] == key}
    changed = sum(
        any(other is not note and other[2:5] == note[2:5] and overlap(note, other) for other in notes)
        for note in notes
    )
    assert bool(piece.remarks) == bool(changed)


def overlap(note: PlayedNote, other: PlayedNote) -> bool:
    return note.start_s <= other.start_s < note.end_s


def test_of_two_that_begin_together_the_longer_is_kept() -> None:
    short, long = PlayedNote(1, 2, 0, 0, 60, 10), PlayedNote(1, 3, 0, 0, 60, 20)
    assert piece_with(short, long).notes == piece_with(long, short).notes == (long,)


def test_where_time_is_asked_for_the_places_are_right() -> None:
    piece = piece_with(
        PlayedNote(0, 3, 0, 0, 60, 64),
        PlayedNote(1, 2, 0, 0, 61, 64),
        settings=(Setting(0, 0, b"\xc0\x05"), Setting(1, 0, b"\xc0\x06"), Setting(1, 0, b"\xb0\x07\x40")),
    )
    assert [note.key for note in piece.sounding_at(0)] == []
    assert [note.key for note in piece.sounding_at(1.5)] == [60, 61]
    assert [note.key for note in piece.sounding_at(2)] == [60]
    assert [one.data for one in piece.settings_at(1)] == [b"\xc0\x05"]
    assert [one.data for one in piece.settings_at(2)] == [b"\xc0\x06", b"\xb0\x07\x40"]
    assert [piece.bar_at(time_s) for time_s in (-1, 0, 1.99, 2, 4, 5.5, 99)] == [1, 1, 1, 2, 3, 3, 3]
    assert [piece.bar_start_s(number) for number in (1, 2, 4)] == [0, 2, 5.5]
    for number in (0, 5):
        with pytest.raises(MidiError, match="bars 1 to 3"):
            piece.bar_start_s(number)


def test_a_piece_without_notes_is_one() -> None:
    piece = piece_with()
    assert piece.end_s == 0 and piece.sounding_at(1) == [] and piece.settings_at(1) == []


@pytest.mark.parametrize("bars", [(), (0.0,), (0.0, 0.0), (1.0, 0.5)])
def test_bars_go_forward(bars: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="bar"):
        piece_of(["one"], [], [], bars)


@pytest.mark.parametrize(
    "note",
    [
        PlayedNote(0, 1, 2, 0, 60, 64),
        PlayedNote(0, 1, -1, 0, 60, 64),
        PlayedNote(0, 1, 0, 16, 60, 64),
        PlayedNote(0, 1, 0, 0, 128, 64),
        PlayedNote(0, 1, 0, 0, -1, 64),
        PlayedNote(0, 1, 0, 0, 60, 0),
        PlayedNote(0, 1, 0, 0, 60, 128),
        PlayedNote(math.nan, 1, 0, 0, 60, 64),
        PlayedNote(0, math.nan, 0, 0, 60, 64),
        PlayedNote(0, math.inf, 0, 0, 60, 64),
        PlayedNote(2, 1, 0, 0, 60, 64),
        PlayedNote(0, 5 * 3600, 0, 0, 60, 64),
    ],
)
def test_a_note_that_is_none_is_refused(note: PlayedNote) -> None:
    with pytest.raises(MidiError):
        piece_with(note)


@pytest.mark.parametrize(
    "setting",
    [
        Setting(0, 0, b""),
        Setting(0, 0, b"\x90"),
        Setting(0, 0, b"\x90\x3c\x00"),
        Setting(0, 0, b"\x90\x80\x40"),
        Setting(0, 0, b"\x90\x3c\x40\x00"),
        Setting(0, 0, b"\x80\x3c\x40"),
        Setting(0, 0, b"\xb0\x07"),
        Setting(0, 2, b"\xc0\x05"),
        Setting(math.nan, 0, b"\xc0\x05"),
        Setting(5 * 3600, 0, b"\xc0\x05"),
    ],
)
def test_a_setting_that_is_none_is_refused(setting: Setting) -> None:
    with pytest.raises(MidiError):
        piece_with(settings=(setting,))


def test_a_keyswitch_is_a_setting() -> None:
    assert piece_with(settings=(Setting(0, 1, b"\x92\x0c\x40"),)).settings[0].slot == (1, 0x92)
