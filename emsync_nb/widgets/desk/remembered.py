"""What a desk remembers beside the session: volumes, the loop, the view, the position. No part of the history.

It lies in desk.json in the session's folder. Whatever is damaged in it is forgotten; where it cannot be written,
only this is lost.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from emsync_nb.errors import OutputError
from emsync_nb.session.atomic import write_atomically

NAME = "desk.json"
#: softest and loudest a track can be set to
VOLUMES_DB = (-60.0, 12.0)
#: seconds between two times of writing
_BETWEEN_S = 1.0
#: larger files are not ours, nor are names or numbers of tracks beyond these
_MAX_BYTES, _MAX_TRACKS, _MAX_NAME = 1 << 20, 1000, 200
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered."""

    #: track → dB
    volumes_db: Mapping[str, float] = field(default_factory=dict)
    #: first and last second in view; None: the whole film
    view: tuple[float, float] | None = None
    position_s: float = 0.0
    #: first and last second that is played again and again; None: no loop
    loop: tuple[float, float] | None = None
    #: of the film's own sound and of the music, 0 … 1
    film_volume: float = 1.0
    music_volume: float = 1.0


def memory_in(folder: Path) -> Memory:
    """What is remembered in a session's folder, as far as it can be believed."""
    path = folder / NAME
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:  # a pipe would keep us waiting
            return Memory()
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return Memory()
    if not isinstance(document, dict):
        return Memory()
    shares = {name: share(document.get(name)) for name in ("film_volume", "music_volume")}
    return Memory(
        _volumes(document.get("volumes_db")),
        stretch(document.get("view")),
        film_time(document.get("position_s")) or 0.0,
        stretch(document.get("loop")),
        **{name: found for name, found in shares.items() if found is not None},
    )


def film_time(value: object) -> float | None:
    """A time in a film, in seconds; None for whatever is none."""
    found = finite(value)
    return found if found is not None and 0 <= found < 1e6 else None


def stretch(value: object) -> tuple[float, float] | None:
    """(first, last) second of a stretch, from a pair or {start_s, end_s}; None for whatever is none."""
    if isinstance(value, Mapping):
        value = (value.get("start_s"), value.get("end_s"))
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    start_s, end_s = map(film_time, value)
    return (start_s, end_s) if start_s is not None and end_s is not None and start_s < end_s else None


def volume(value: object) -> float | None:
    """A volume in dB, within VOLUMES_DB; None for whatever is none."""
    found = finite(value)
    return None if found is None else min(max(found, VOLUMES_DB[0]), VOLUMES_DB[1])


def share(value: object) -> float | None:
    """A number within 0 … 1, the nearest of them; None for whatever is none."""
    found = finite(value)
    return None if found is None else min(max(found, 0.0), 1.0)


def finite(value: object) -> float | None:
    """A number as a float; None for whatever is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    with contextlib.suppress(OverflowError):  # a whole number beyond all floats
        return float(value) if math.isfinite(value) else None
    return None


def _identity(folder: Path) -> tuple[int, int] | None:
    """By which a folder is told from another of its name; None where there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _volumes(value: object) -> dict[str, float]:
    if not isinstance(value, dict) or len(value) > _MAX_TRACKS:
        return {}
    found = {name: volume(db) for name, db in value.items() if len(name) <= _MAX_NAME}
    return {name: db for name, db in found.items() if db is not None}


#: the memories of this process
_living: weakref.WeakSet[Remembered] = weakref.WeakSet()


class Remembered:
    """The memory of one desk, written when it has changed, once a second at most."""

    def __init__(self, folder: Path, written: Callable[[], None]) -> None:
        """`written` is called after each time of writing, whether it worked or not."""
        self._folder, self._written = folder, written
        self._place = _identity(folder)
        self._guard = threading.Lock()
        self._timer: threading.Timer | None = None
        self._is_closed = False
        for other in list(_living):  # a cell that is run again makes its desk beside the one before
            if other._folder == folder:
                other.flush()
        self.memory = memory_in(folder)
        _living.add(self)

    def note(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Memory
        """Remember other values of some fields."""
        with self._guard:
            before, self.memory = self.memory, replace(self.memory, **changes)
            if self.memory == before or self._timer is not None or self._is_closed:
                return
            self._timer = threading.Timer(_BETWEEN_S, self._write)
            self._timer.daemon = True
            self._timer.start()

    def note_volume(self, track: str, volume_db: float) -> None:
        """Remember how loud a track is."""
        self.note(volumes_db={**self.memory.volumes_db, track: volume_db})

    def adopt_volumes(self) -> bool:
        """Take over what another desk has written, unless ours is still to be written; whether it differs."""
        with self._guard:
            there = memory_in(self._folder).volumes_db
            if self._timer is not None or there == self.memory.volumes_db:
                return False
            self.memory = replace(self.memory, volumes_db=there)
            return True

    def flush(self) -> None:
        """Write what is not written yet."""
        with self._guard:
            timer = self._timer
        if timer is not None:
            timer.cancel()
            self._write()

    def close(self) -> None:
        """Write what is not written yet, and nothing more."""
        with self._guard:
            self._is_closed = True
        self.flush()
        _living.discard(self)

    def _write(self) -> None:
        with self._guard:
            self._timer, memory = None, self.memory
        document = asdict(memory)
        try:
            if _identity(self._folder) != self._place:  # another session's folder stands there, or none
                raise OutputError(f"{self._folder} was replaced or taken away")
            write_atomically(self._folder / NAME, (json.dumps(document, indent=1) + "\n").encode())
        except OutputError as error:
            log.debug("The desk's view is not remembered: %s", error)
        if not self._is_closed:
            self._written()
