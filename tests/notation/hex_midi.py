"""MIDI files byte by byte: hex with comments."""

from __future__ import annotations

import re

#: the end of a track, at once
END = "00 FF 2F 00"


def track_bytes(commented: str) -> bytes:
    """The bytes of hex lines; what follows a # is a comment."""
    return bytes.fromhex(re.sub("#.*", "", commented))


def hex_midi(
    *tracks: str, kind: int = 1, ticks: int = 96, announced: int | None = None, before: bytes = b""
) -> bytes:
    """A file of tracks in hex; `before` stands between the header and them."""
    chunks = [track_bytes(track) for track in tracks]
    numbers = (kind, len(chunks) if announced is None else announced, ticks)
    header = b"MThd\x00\x00\x00\x06" + b"".join(number.to_bytes(2, "big") for number in numbers)
    return header + before + b"".join(b"MTrk" + len(chunk).to_bytes(4, "big") + chunk for chunk in chunks)
