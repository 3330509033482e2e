"""What a holder and those who ask it say to each other: JSON objects, the length of each in front.

::

    asker   {"version": 3, "token": …, "request": {…}}
    holder  {"alive": true}            every second in which it says nothing else, from here to the end
    holder  {"ready": true}            when its turn has come; nothing is done yet
    asker   {"go": true}               or hangs up, and nothing is done
    holder  {"stage": name, "share": 0 … 1} and {"notice": line}, as often as there is news
    holder  {"ok": true, "answer": {…}}  or  {"ok": false, "error": one line, "kind": name of the class}

A holder that is silent for longer was stopped, or hangs. An error may come in place of "ready". Who has not said "go"
knows that nothing was done, and may ask again. An asker that hangs up after "go" stops its work. The length is four
bytes, big endian, and at most `LONGEST`; the JSON is UTF-8.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

from emsync_nb.errors import EmsyncError, UserError

VERSION = 3
#: bytes of a message without its length
LONGEST = 8 << 20
_LENGTH = struct.Struct(">I")
_CHUNK = 1 << 16


#: said when a turn has come, and that the asker still wants it
READY, GO = {"ready": True}, {"go": True}
#: said while there is no news
ALIVE = {"alive": True}


class NoHolder(UserError):  # noqa: N818 - a state that callers ask about, not a fault
    """Nobody holds the session, or its holder does not answer: it may be read, not changed."""


class SilentHolder(NoHolder):
    """It holds the session, and says nothing at all, as a process that was stopped; nothing was done."""


class NotBegun(NoHolder):
    """Nothing was done of a request; who asks again does not do it twice."""

    #: seconds for which it is worth to ask again: as long as the work of others may take
    patience_s = 3600.0


class MessageError(UserError):
    """Bytes that are no message, or a message that is too long."""


class Deadline:
    """A moment that several steps share."""

    def __init__(self, seconds: float) -> None:
        self._end_s = time.monotonic() + seconds

    def left_s(self) -> float:
        """Seconds left, above 0.

        Raises:
            TimeoutError: none.
        """
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the time is up")
        return left_s


def pack(message: dict[str, Any]) -> bytes:
    """A message as it travels.

    Raises:
        MessageError: it is too long.
        TypeError, ValueError: it holds what JSON has no word for.
    """
    data = json.dumps(message, allow_nan=False).encode("ascii")
    if len(data) > LONGEST:
        raise MessageError(f"a message of {len(data)} bytes is too long; {LONGEST} is the most, ask for less")
    return _LENGTH.pack(len(data)) + data


def send(connection: socket.socket, data: bytes, deadline: Deadline) -> None:
    """Send what `pack` made."""
    connection.settimeout(deadline.left_s())
    connection.sendall(data)


def receive(connection: socket.socket, deadline: Deadline) -> dict[str, Any]:
    """The next message.

    Raises:
        MessageError: what comes is none.
        OSError: the connection broke, or (TimeoutError) the time is up.
    """
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size, deadline))
    if length > LONGEST:
        raise MessageError(f"a message of {length} bytes is too long; {LONGEST} is the most")
    return _parsed(_exactly(connection, length, deadline))


def failure(error: EmsyncError) -> dict[str, Any]:
    """The message that says an error."""
    return {"ok": False, "error": " ".join(str(error).split()), "kind": type(error).__name__}


def error_of(line: str, kind: str) -> EmsyncError:
    """The error that `failure` has said; of a kind that is not known here, a `UserError`."""
    kinds = {known.__name__: known for known in _kinds(EmsyncError)}
    found = kinds.get(kind, UserError)
    return found.__new__(found, line)  # without `__init__`, whose arguments are each class's own


def _exactly(connection: socket.socket, count: int, deadline: Deadline) -> bytes:
    """So many bytes; memory is taken as they come, not as they are announced."""
    data = bytearray()
    while len(data) < count:
        connection.settimeout(deadline.left_s())
        chunk = connection.recv(min(count - len(data), _CHUNK))
        if not chunk:
            raise MessageError("a message ends early")
        data += chunk
    return bytes(data)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        message = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MessageError("a message is no JSON, or nested too deeply") from error
    if not isinstance(message, dict):
        raise MessageError("a message is no JSON object")
    return message


def _kinds(base: type[EmsyncError]) -> Iterator[type[EmsyncError]]:
    yield base
    for kind in base.__subclasses__():
        yield from _kinds(kind)
