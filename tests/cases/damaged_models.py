"""Checkpoints, damaged in every way the format allows."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

from tests.cases.worlds import Grounds

Header = dict[str, Any]


def _parts(grounds: Grounds) -> tuple[Header, bytes]:
    data = grounds.checkpoint.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def _joined(header: Header, body: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def with_header(change: Callable[[Header], object]) -> Callable[[Grounds], bytes]:
    """The network with a changed header."""

    def make(grounds: Grounds) -> bytes:
        header, body = _parts(grounds)
        change(header)
        return _joined(header, body)

    return make


def first(header: Header) -> Header:
    """What the header says of the first tensor."""
    found: Header = next(value for name, value in header.items() if name != "__metadata__")
    return found


def with_setting(name: str, value: object) -> Callable[[Grounds], bytes]:
    """The network with another of its settings in the header."""

    def change(header: Header) -> None:
        facts = header["__metadata__"]
        facts["settings"] = json.dumps(json.loads(facts["settings"]) | {name: value})

    return with_header(change)


def cut_off(grounds: Grounds) -> bytes:
    """All but the last thousand bytes."""
    return grounds.checkpoint.read_bytes()[:-1000]


def not_finite(grounds: Grounds) -> bytes:
    """Every weight a NaN of 16 bits."""
    header, body = _parts(grounds)
    return _joined(header, b"\xff\x7f" * (len(body) // 2))


def endless_header(_: Grounds) -> bytes:
    """A header that says it is longer than any file."""
    return struct.pack("<Q", 2**63) + b"{}"


def nested_header(_: Grounds) -> bytes:
    """A header of brackets within brackets."""
    return struct.pack("<Q", 200_000) + b"[" * 200_000


#: what pickle makes of {"weights": 1}; written out, for nothing here is unpickled
PICKLE = b"\x80\x04\x95\x11\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x07weights\x94K\x01s."
