"""What a sink is asked to do, at ticks of its own clock, and how that travels to a player process."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emsync_nb.errors import MidiError

#: (port, channel, key)
Key = tuple[int, int, int]
#: longer messages are no music: a sink sends channel messages and short system exclusives
MAX_MESSAGE_BYTES = 256
_SYSEX, _SYSEX_END = 0xF0, 0xF7


@dataclass(frozen=True, slots=True)
class PlayNote:
    """A note with its end, so that whoever holds it can end it whatever becomes of the asker."""

    #: ticks
    on: int
    #: ticks, above `on`
    off: int
    #: index of a port of the sink
    port: int
    #: 0 … 15
    channel: int
    #: MIDI note number
    key: int
    #: 1 … 127
    velocity: int
    #: the same for a note that is asked for again; 0 for one that never is
    number: int = 0


@dataclass(frozen=True, slots=True)
class Send:
    """A message that begins and ends no note."""

    #: ticks
    at: int
    port: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """Forget what was asked for from a tick on, and end there what still sounds then, unless it is kept."""

    at: int
    #: note → its end, in ticks
    kept: tuple[tuple[Key, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """At once: forget everything, end every note, release pedals, reset controllers."""

    #: how the asker recognises that it is done
    serial: int = 0


@dataclass(frozen=True, slots=True)
class Panic:
    """As `Silence`, for every key of every channel of every port, whoever started it."""

    serial: int = 0


Command = PlayNote | Send | Cut | Silence | Panic

_NOTE, _SEND, _CUT, _SILENCE, _PANIC = range(5)
_HEAD = struct.Struct("<BI")
_NOTE_BODY = struct.Struct("<qqBBBBQ")
_SEND_BODY = struct.Struct("<qB")
_TICK = struct.Struct("<q")
_KEPT = struct.Struct("<BBBq")


def encoded(commands: Iterable[Command]) -> bytes:
    """The commands as bytes, in order."""
    return b"".join(_record(command) for command in commands)


def _record(command: Command) -> bytes:
    kind, body = _body(command)
    return _HEAD.pack(kind, len(body)) + body


def _body(command: Command) -> tuple[int, bytes]:
    match command:
        case PlayNote(on, off, port, channel, key, velocity, number):
            return _NOTE, _NOTE_BODY.pack(on, off, port, channel, key, velocity, number)
        case Send(at, port, data):
            return _SEND, _SEND_BODY.pack(at, port) + data
        case Cut(at, kept):
            return _CUT, _TICK.pack(at) + b"".join(_KEPT.pack(*key, off) for key, off in kept)
        case Silence(serial):
            return _SILENCE, _TICK.pack(serial)
        case Panic(serial):
            return _PANIC, _TICK.pack(serial)


class Decoder:
    """Commands from bytes that come in pieces."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def fed(self, data: bytes) -> Iterator[Command]:
        """The commands that are complete with these bytes; the rest waits for more."""
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= _HEAD.size:
                kind, length = _HEAD.unpack_from(self._buffer, start)
                end = start + _HEAD.size + length
                if end > len(self._buffer):
                    break
                body = bytes(self._buffer[start + _HEAD.size : end])
                start = end
                yield _command(kind, body)
        finally:
            del self._buffer[:start]


def _command(kind: int, body: bytes) -> Command:
    if kind == _NOTE:
        return PlayNote(*_NOTE_BODY.unpack(body))
    if kind == _SEND:
        at, port = _SEND_BODY.unpack_from(body)
        return Send(at, port, body[_SEND_BODY.size :])
    if kind == _CUT:
        kept = tuple(((p, c, k), off) for p, c, k, off in _KEPT.iter_unpack(body[_TICK.size :]))
        return Cut(_TICK.unpack_from(body)[0], kept)
    (serial,) = _TICK.unpack(body)
    return Silence(serial) if kind == _SILENCE else Panic(serial)


def checked_message(data: bytes) -> bytes:
    """A message as it may go over a wire: one complete channel message that is no note, or a system exclusive.

    Raises:
        MidiError: it is anything else; notes travel as `PlayNote`, with their ends.
    """
    if not data or len(data) > MAX_MESSAGE_BYTES:
        raise MidiError(f"a MIDI message has 1 to {MAX_MESSAGE_BYTES} bytes, got {len(data)}; leave it out")
    status, body = data[0], data[1:]
    if status == _SYSEX:
        if body[-1:] != bytes((_SYSEX_END,)) or any(byte > 127 for byte in body[:-1]):
            raise MidiError(
                f"a system exclusive ends with F7 and holds 7-bit bytes, got {_hex(data)}; leave it out"
            )
        return data
    length = 1 if 0xC0 <= status < 0xE0 else 2
    if not 0xA0 <= status < 0xF0 or len(body) != length or any(byte > 127 for byte in body):
        raise MidiError(f"not a complete MIDI message: {_hex(data)}; leave it out")
    return data


def _hex(data: bytes) -> str:
    return data[:8].hex(" ") + (" …" if len(data) > 8 else "")
