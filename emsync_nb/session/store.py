"""A session's folder: what is written where, so that a process may die at any moment.

::

    film.emsync/
      session.json     the film, and which states there are; the one file that says what counts
      history/*.json   states and curves, named by their digest and never changed
      takes/*.mid      music, never changed
      renders/         what is made of it

A change writes its state and its music first, under names of their own, and then, in one rename, a session.json that
knows them. Whatever a killed process left half done is not named there, and so does not count.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from emsync_nb import __version__
from emsync_nb.domain import EmotionCurve
from emsync_nb.errors import OutputError
from emsync_nb.session.atomic import inside, sweep, write_atomically
from emsync_nb.session.documents import (
    Document,
    canonical,
    curve_document,
    curve_from,
    digest,
    digest_of,
    state_document,
    state_from,
)
from emsync_nb.session.film import FilmReference
from emsync_nb.session.state import State
from emsync_nb.weights import sha256

#: version of session.json
SCHEMA = 2
#: larger files are not ours
MAX_BYTES = 64 << 20
SESSION, HISTORY, TAKES, RENDERS = "session.json", "history", "takes", "renders"
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Entry:
    """A state that can be gone back to."""

    #: digest of its document
    state: str
    #: what was done, for people
    what: str
    #: when, in UTC, as ISO 8601 writes it
    made: str


@dataclass(frozen=True, slots=True)
class Head:
    """What session.json says."""

    film: FilmReference
    #: oldest first, at least one
    entries: tuple[Entry, ...]
    #: index of the entry in force
    at: int

    def with_entry(self, entry: Entry) -> Head:
        """The head after a change: what had been undone is gone."""
        return replace(self, entries=(*self.entries[: self.at + 1], entry), at=self.at + 1)


def is_session(folder: Path) -> bool:
    """Whether a folder holds a session that can be gone on with, not only what scoring a film has noted."""
    try:
        document = json.loads((folder / SESSION).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False  # whoever opens it says what is wrong
    schema = document.get("schema") if isinstance(document, dict) else None
    return isinstance(schema, int) and schema >= SCHEMA


class Store:
    """Reads and writes the files of one session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: the curve that was kept last, and its text
        self._written: tuple[EmotionCurve, bytes] | None = None

    def read_head(self) -> Head:
        """What session.json says.

        Raises:
            OutputError: it is missing, damaged, or of a newer version.
        """
        path = inside(self.folder, SESSION)
        document = self._read(path)
        schema = document.get("schema")
        if isinstance(schema, int) and schema > SCHEMA:
            newer = f"{document.get('emsync_nb')!r:.40}"
            raise OutputError(f"{path} was written by a newer emsync_nb, {newer}; update yours to open it")
        if schema != SCHEMA:
            raise OutputError(
                f"{path} holds no session that can be opened; score the film again, or choose another"
            )
        return self._made(path, lambda: _head_from(document))

    def tidy(self) -> None:
        """Remove what killed writers left."""
        for name in (HISTORY, TAKES):
            if not (self.folder / name).is_symlink():
                sweep(self.folder / name)

    def write_head(self, head: Head) -> None:
        """The moment at which a change counts."""
        content = json.dumps(_head_document(head), indent=1, ensure_ascii=False) + "\n"
        write_atomically(self.folder / SESSION, content.encode("utf-8", errors="backslashreplace"))

    def put_state(self, state: State) -> str:
        """Keep a state and its curve; the name that it is found by."""
        curve = None if state.spotting is None else self._put_curve(state.spotting.film.curve)
        return self._put(canonical(state_document(state, curve)))

    def state(self, name: str, film: Path) -> State:
        """A state that was kept; the film lies at a path.

        Raises:
            OutputError: it is missing or damaged.
        """
        document = self._get(name)
        path = self._history(name)

        def made() -> State:
            spotting = document["spotting"]
            curve = None if spotting is None else curve_from(self._get(str(spotting["curve"])))
            return state_from(document, curve, film)

        return self._made(path, made)

    def _put_curve(self, curve: EmotionCurve) -> str:
        """Most changes leave the curve, which is long, as it was; then it is not written out as text again."""
        if self._written is None or self._written[0] is not curve:
            self._written = curve, canonical(curve_document(curve))
        return self._put(self._written[1])

    def _put(self, written: bytes) -> str:
        name = digest_of(written)
        self._keep(self._history(name), written)
        return name

    def _keep(self, path: Path, data: bytes) -> None:
        """Write a file whose name says what is in it, unless it is there, and whole."""
        try:
            if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
                return
            if path.parent != self.folder:  # a folder that was taken away is not ours to make anew
                path.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"{path} cannot be written ({error.strerror}); check the session's folder"
            ) from error
        write_atomically(path, data)

    def _get(self, name: str) -> Document:
        path = self._history(name)
        document = self._read(path)
        try:
            same = digest(document) == name
        except (ValueError, RecursionError) as error:  # what we would not have written
            raise OutputError(f"{path} is damaged; bring it back from a copy") from error
        if not same:
            raise OutputError(f"{path} was changed since it was written; bring it back from a copy")
        return document

    def _history(self, name: str) -> Path:
        return inside(self.folder, f"{HISTORY}/{name}.json")

    def put_music(self, file: str, data: bytes) -> None:
        """Keep the music of a take."""
        self._keep(inside(self.folder, file), data)

    def music(self, file: str, known: str) -> Path:
        """The file of a take, which is as it was written.

        Raises:
            OutputError: it is missing or was edited.
        """
        path = inside(self.folder, file)
        try:
            found = sha256(path) if path.is_file() else None
        except OSError as error:
            raise OutputError(
                f"{path} cannot be read ({error.strerror}); check the session's folder"
            ) from error
        if found is None:
            raise OutputError(f"{path} is missing; bring it back from a copy, or accept another take")
        if found != known:
            raise OutputError(
                f"{path} was edited; takes stay as they are: move it elsewhere and import it as a new one"
            )
        return path

    def _read(self, path: Path) -> Document:
        try:
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):  # a pipe would keep us waiting
                raise OutputError(f"{path} is no ordinary file; bring it back from a copy")
            if found.st_size > MAX_BYTES:
                raise OutputError(
                    f"{path} is larger than {MAX_BYTES >> 20} MiB, no file of a session; bring it back from a copy"
                )
            document = json.loads(path.read_bytes())
        except OSError as error:
            raise OutputError(
                f"{path} cannot be read ({error.strerror}); check the session's folder"
            ) from error
        except (ValueError, RecursionError) as error:
            raise OutputError(f"{path} is damaged; bring it back from a copy") from error
        if not isinstance(document, dict):
            raise OutputError(f"{path} is damaged; bring it back from a copy")
        return document

    def _made(self, path: Path, make: Callable[[], Value]) -> Value:
        try:
            return make()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())[:160]
            raise OutputError(f"{path} is damaged ({reason}); bring it back from a copy") from error


def _head_document(head: Head) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "emsync_nb": __version__,
        "film": head.film.document(),
        "history": [{"state": e.state, "what": e.what, "made": e.made} for e in head.entries],
        "at": head.at,
    }


def _head_from(document: Document) -> Head:
    entries = tuple(Entry(str(e["state"]), str(e["what"]), str(e["made"])) for e in document["history"])
    at = document["at"]
    if type(at) is not int or not 0 <= at < len(entries):
        raise ValueError(f"no state {at!r:.40} of {len(entries)}")
    return Head(FilmReference.from_document(document["film"]), entries, at)
