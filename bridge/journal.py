"""What a player writes down while it plays: where its clock stands, what sounds, who listens.

A file in memory that both sides map. It survives whoever is killed, so that the next one knows what to silence.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import struct
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bridge.outbox import MARKS_PER_PORT
from emsync_nb.errors import PortError

MAX_PORTS = 64
_MAGIC = b"EMSYNCJ1"
_HEAD = struct.Struct("<8sI")
#: a number that is odd while the rest is being written, then the fields
_NUMBER_BYTES = 8
_FIELDS = struct.Struct("<11q")
_STATUS_AT, _TEXT_AT, _MARKS_AT = 64, 1024, 64 * 1024
_HITCHES_AT = _MARKS_AT + MAX_PORTS * MARKS_PER_PORT
#: a hitch is its kind, its first tick, its last; before them stands how many there were
_COUNT, _HITCH = struct.Struct("<q"), struct.Struct("<qqq")
#: so many are kept, then the first are written over
MOST_HITCHES = 4096
_SIZE = _HITCHES_AT + _COUNT.size + MOST_HITCHES * _HITCH.size
#: a text is its length, then UTF-8; a problem first, then who listens
_TEXTS = {"problem": (_TEXT_AT, 2048), "listeners": (_TEXT_AT + 2048, _MARKS_AT - _TEXT_AT - 2048)}
_TEXT_HEAD = struct.Struct("<I")
#: a writer may be interrupted half way: after some tries a reader sleeps between them
_TRIES, _TRIES_AWAKE, _NAP_S = 600, 100, 0.001


class Status(NamedTuple):
    """How a player is doing. Written by the player once a cycle, read by anybody."""

    #: tick at which the present cycle begins
    tick: int = 0
    #: when that was, in nanoseconds of the computer's monotonic clock
    at_ns: int = 0
    #: ticks a second
    rate: int = 0
    #: ticks a cycle; 0 where there are none
    period: int = 0
    #: notes that were begun, and other messages that were sent
    notes: int = 0
    messages: int = 0
    #: messages that were sent after their cycle
    late: int = 0
    #: the latest of them, in ticks
    worst_late: int = 0
    xruns: int = 0
    #: serial of the last silence that is done
    silenced: int = 0
    #: 0 before it plays, 1 while it does, 2 when all is silent and the ports are given back
    state: int = 0

    def now(self) -> int:
        """The tick of this moment."""
        return self.tick + (time.monotonic_ns() - self.at_ns) * self.rate // 1_000_000_000


OPENING, PLAYING, CLOSED = range(3)
#: STARVED: the asker told too late what was to be played. SKIPPED: the driver ran cycles without the player.
#: CROWDED: there was more than a cycle takes. HELD_UP: the system let others run while a cycle was to play
STARVED, SKIPPED, CROWDED, HELD_UP = range(4)


class Hitch(NamedTuple):
    """Why messages could not go out in their place."""

    #: STARVED, SKIPPED, CROWDED or HELD_UP
    kind: int
    #: ticks: the earliest place that was missed, and the cycle in which that was found
    since: int
    until: int


class Journal:
    """A mapped file of one client: status, texts, and a mark for each key that sounds."""

    def __init__(self, path: Path) -> None:
        """Map a file, made where there is none; what a file of another version holds is forgotten.

        Raises:
            PortError: it cannot be made.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                if os.fstat(file.fileno()).st_size != _SIZE:
                    file.truncate(0)
                    file.truncate(_SIZE)
                self._map = mmap.mmap(file.fileno(), _SIZE)
        except OSError as error:
            raise PortError(
                f"{path} cannot be written ({error.strerror}); the bridge notes there what sounds. "
                "Free some space, or set XDG_RUNTIME_DIR to a folder of yours"
            ) from error
        self._number = 0
        if self._map[:8] != _MAGIC:
            self._map[:] = bytes(_SIZE)
            _HEAD.pack_into(self._map, 0, _MAGIC, 0)

    def marks(self, ports: int) -> memoryview:
        """The marks of so many ports, to be written to."""
        return memoryview(self._map)[_MARKS_AT : _MARKS_AT + ports * MARKS_PER_PORT]

    @property
    def is_unclean(self) -> bool:
        """Whether a predecessor ended while something sounded, or before it could say that all is silent."""
        return self.status().state == PLAYING or any(self._map[_MARKS_AT:_HITCHES_AT])

    def write_status(self, status: Status) -> None:
        """Write it so that a reader never takes half of it for a whole."""
        self._number += 2
        self._write_number(self._number - 1)
        _FIELDS.pack_into(self._map, _STATUS_AT + _NUMBER_BYTES, *status)
        self._write_number(self._number)

    def status(self) -> Status:
        """What the player wrote last."""
        for attempt in range(_TRIES):
            number = self._read_number()
            fields = _FIELDS.unpack_from(self._map, _STATUS_AT + _NUMBER_BYTES)
            if number % 2 == 0 and number == self._read_number():
                return Status(*fields)
            if attempt >= _TRIES_AWAKE:
                time.sleep(_NAP_S)
        return Status(state=PLAYING)  # whoever wrote it was killed in the middle

    def forget_hitches(self) -> None:
        """Begin with none."""
        _COUNT.pack_into(self._map, _HITCHES_AT, 0)

    def note_hitch(self, hitch: Hitch) -> None:
        """One more."""
        (count,) = _COUNT.unpack_from(self._map, _HITCHES_AT)
        _HITCH.pack_into(self._map, _hitch_at(count), *hitch)
        _COUNT.pack_into(self._map, _HITCHES_AT, count + 1)

    @property
    def hitches(self) -> list[Hitch]:
        """The last of them, in order."""
        (count,) = _COUNT.unpack_from(self._map, _HITCHES_AT)
        numbers = range(max(0, count - MOST_HITCHES), count)
        return [Hitch(*_HITCH.unpack_from(self._map, _hitch_at(number))) for number in numbers]

    def write_problem(self, text: str) -> None:
        """Say what went wrong, in one line."""
        self._write_text("problem", text)

    @property
    def problem(self) -> str:
        """What went wrong; empty where nothing did."""
        return self._text("problem")

    def write_listeners(self, listeners: Sequence[Sequence[str]]) -> None:
        """Note who is connected to each port."""
        self._write_text("listeners", json.dumps(listeners))

    @property
    def listeners(self) -> list[list[str]]:
        """Who was connected to each port, by the names that the driver knows; empty where that is damaged."""
        try:
            found = json.loads(self._text("listeners") or "[]")
        except ValueError:
            return []
        if not isinstance(found, list) or not all(isinstance(names, list) for names in found):
            return []
        return [[name for name in names if isinstance(name, str)] for names in found]

    def close(self) -> None:
        """Let go of the file; what is written stays. Views of the marks keep it mapped."""
        with contextlib.suppress(BufferError):
            self._map.close()

    def _read_number(self) -> int:
        return int.from_bytes(self._map[_STATUS_AT : _STATUS_AT + _NUMBER_BYTES], "little")

    def _write_number(self, number: int) -> None:
        # a slice, for `struct` writes zeros first
        self._map[_STATUS_AT : _STATUS_AT + _NUMBER_BYTES] = number.to_bytes(_NUMBER_BYTES, "little")

    def _write_text(self, name: str, text: str) -> None:
        at, room = _TEXTS[name]
        data = text.encode("utf-8", "replace")[: room - _TEXT_HEAD.size]
        _TEXT_HEAD.pack_into(self._map, at, 0)
        self._map[at + _TEXT_HEAD.size : at + _TEXT_HEAD.size + len(data)] = data
        _TEXT_HEAD.pack_into(self._map, at, len(data))

    def _text(self, name: str) -> str:
        at, room = _TEXTS[name]
        (length,) = _TEXT_HEAD.unpack_from(self._map, at)
        start = at + _TEXT_HEAD.size
        return self._map[start : start + min(length, room - _TEXT_HEAD.size)].decode("utf-8", "replace")


def _hitch_at(number: int) -> int:
    return _HITCHES_AT + _COUNT.size + number % MOST_HITCHES * _HITCH.size


def journal_folder() -> Path:
    """Where journals lie: a folder that is this user's alone, in memory where the system has such a place.

    Raises:
        PortError: somebody else owns it.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    user = getattr(os, "getuid", lambda: 0)()
    folder = Path(base) / "emsync" if base else Path(tempfile.gettempdir()) / f"emsync-{user}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
    except OSError as error:
        raise PortError(
            f"{folder} cannot be made ({error.strerror}). Set XDG_RUNTIME_DIR to a folder of yours"
        ) from error
    if (owner != user and hasattr(os, "getuid")) or folder.is_symlink():
        raise PortError(f"{folder} belongs to somebody else. Set XDG_RUNTIME_DIR to a folder of yours")
    return folder
