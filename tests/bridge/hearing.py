"""What a listener heard, as notes: by the messages alone, and by nothing of the player's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bridge.selftest.listener import Heard


class HeardNote(NamedTuple):
    """A note as it arrived."""

    on: int
    #: None where it was never let go of
    off: int | None
    port: int
    channel: int
    key: int
    velocity: int


def notes_of(heard: Iterable[Heard]) -> list[HeardNote]:
    """Every note that began, in order of time; one that begins again before it has ended stays without an end."""
    notes: list[HeardNote] = []
    on: dict[tuple[int, int, int], int] = {}
    for frame, port, data in heard:
        if data[0] & 0xF0 not in (0x80, 0x90):
            continue
        key = (port, data[0] & 0x0F, data[1])
        if data[0] & 0xF0 == 0x90 and data[2]:
            on[key] = len(notes)
            notes.append(HeardNote(frame, None, *key, data[2]))
        elif key in on:
            row = on.pop(key)
            notes[row] = notes[row]._replace(off=frame)
    return notes


def left_on(heard: Iterable[Heard]) -> list[HeardNote]:
    """Notes that nobody ended."""
    return [note for note in notes_of(heard) if note.off is None]
