"""Commands travel through a pipe that cuts them anywhere, and no broken message gets into one."""

from __future__ import annotations

from itertools import pairwise

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.commands import Command, Cut, Decoder, Panic, PlayNote, Send, Silence, checked_message, encoded
from emsync_nb.errors import MidiError

ticks = st.integers(-(2**63), 2**63 - 1)
bytes_ = st.integers(0, 255)
commands = st.one_of(
    st.builds(PlayNote, ticks, ticks, bytes_, bytes_, bytes_, bytes_, st.integers(0, 2**64 - 1)),
    st.builds(Send, ticks, bytes_, st.binary(max_size=256)),
    st.builds(Cut, ticks, st.lists(st.tuples(st.tuples(bytes_, bytes_, bytes_), ticks)).map(tuple)),
    st.builds(Silence, ticks),
    st.builds(Panic, ticks),
)


@given(st.lists(commands, max_size=8), st.lists(st.integers(0, 400), max_size=12))
def test_commands_arrive_as_they_were_sent_wherever_the_pipe_cuts_them(
    asked: list[Command], cuts: list[int]
) -> None:
    data = encoded(asked)
    decoder = Decoder()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    arrived = [command for start, end in pairwise(edges) for command in decoder.fed(data[start:end])]
    assert arrived == asked


def test_half_a_command_is_none() -> None:
    data = encoded([Silence(3), PlayNote(1, 2, 0, 0, 60, 90)])
    decoder = Decoder()
    assert list(decoder.fed(data[:-1])) == [Silence(3)]
    assert list(decoder.fed(b"")) == []


@pytest.mark.parametrize(
    "message",
    [
        mido.Message("program_change", channel=9, program=127),
        mido.Message("control_change", channel=15, control=64, value=127),
        mido.Message("pitchwheel", channel=3, pitch=-8192),
        mido.Message("aftertouch", value=1),
        mido.Message("polytouch", note=60, value=5),
        mido.Message("sysex", data=[0x7E, 0x7F, 9, 1]),
        mido.Message("sysex", data=[]),
    ],
)
def test_messages_of_another_library_pass(message: mido.Message) -> None:
    data = bytes(message.bytes())
    assert checked_message(data) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc0",  # truncated
        b"\xb0\x40",
        b"\xb0\x40\x80",
        b"\xc0\x05\x05",
        b"\x40\x7f",  # running status
        b"\x90\x3c\x40",  # notes travel with their ends
        b"\x80\x3c\x40",
        b"\xf0\x7e\x7f",  # a system exclusive without its end
        b"\xf0\x7e\xf0\x01\xf7",
        b"\xf0\x7e\x80\xf7",
        b"\xf0" + bytes(255) + b"\xf7",
        b"\xf8",  # clocks, and whatever has no channel
        b"\xff",
        b"\xf2\x00\x00",
        b"\xb0\x40\x00\xb0\x40\x7f",  # two in one
    ],
)
def test_anything_else_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(MidiError) as failure:
        checked_message(data)
    assert "leave it out" in str(failure.value) and "\n" not in str(failure.value)
