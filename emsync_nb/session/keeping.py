"""Work that is kept: every state on disk before a call comes back, and the way back to each of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from emsync_nb.errors import OutputError, PlanError
from emsync_nb.session.film import START, FilmReference, default_folder
from emsync_nb.session.holder import Holder
from emsync_nb.session.state import State
from emsync_nb.session.store import SESSION, Entry, Head, Store


@dataclass(frozen=True, slots=True)
class Step:
    """A change that can be undone or redone."""

    number: int
    what: str
    made: str
    #: whether it is the one in force
    here: bool


class KeptWork:
    """The states of one session, held by this process."""

    def __init__(self, store: Store, head: Head, holder: Holder) -> None:
        """Use `create` or `open`."""
        self._store, self._head, self._holder = store, head, holder
        self._lock = threading.RLock()
        self._state = store.state(head.entries[head.at].state, self._film_path())

    @classmethod
    def create(
        cls,
        video: Path | str,
        folder: Path | str | None = None,
        *,
        start_timecode: str = START,
    ) -> Self:
        """A new session; its folder is `film.emsync` beside the film unless another is named.

        Raises:
            VideoError: no such film.
            OutputError: the folder holds a session already, or cannot be written.
        """
        video = Path(video)
        place = Path(folder) if folder else default_folder(video)
        reference = FilmReference.of(place, video, start_timecode)
        if (place / SESSION).exists():
            raise OutputError(f"{place} holds a session already; open it, or choose another folder")
        _made(place)
        store = Store(place)
        first = Entry(store.put_state(State()), "created", _now())
        store.write_head(Head(reference, (first,), 0))
        return cls.open(place)

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """The session in a folder, held by this process until it is closed.

        Raises:
            OutputError: no session there, a damaged one, or one of a newer version.
            HeldElsewhere: another process holds it.
        """
        store = Store(Path(folder))
        store.read_head()  # what is no session is not held
        opened: list[Self] = []
        holder = Holder(store.folder, lambda request: opened[0].answer(request))
        holder.__enter__()
        try:
            opened.append(cls(store, store.read_head(), holder))
        except BaseException:
            holder.__exit__(None, None, None)
            raise
        return opened[0]

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what another process asks for.

        Raises:
            PlanError: nothing that can be done.
        """
        raise PlanError(f"nothing that can be asked for: {request.get('do')!r:.60}")

    def close(self) -> None:
        """Let others hold it."""
        self._holder.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._store.folder

    @property
    def state(self) -> State:
        """All of it, as it is now."""
        return self._state

    @property
    def film(self) -> FilmReference:
        """Which film it is of."""
        return self._head.film

    def history(self) -> list[Step]:
        """All changes, oldest first."""
        return [
            Step(number, entry.what, entry.made, number == self._head.at)
            for number, entry in enumerate(self._head.entries)
        ]

    def undo(self) -> str:
        """Go back by one change; what it was.

        Raises:
            PlanError: there is none.
        """
        with self._lock:
            if not self._head.at:
                raise PlanError("there is nothing to undo")
            what = self._head.entries[self._head.at].what
            self._go_to(self._head.at - 1)
            return what

    def redo(self) -> str:
        """Do once more what was undone last; what it was.

        Raises:
            PlanError: there is none.
        """
        with self._lock:
            if self._head.at + 1 == len(self._head.entries):
                raise PlanError("there is nothing to redo")
            self._go_to(self._head.at + 1)
            return self._head.entries[self._head.at].what

    def relink(self, video: Path | str) -> None:
        """Say where the film is now.

        Raises:
            VideoError: another film.
        """
        with self._lock:
            self.film.check(Path(video))
            found = FilmReference.of(self.folder, Path(video), self.film.start_timecode)
            self._head = replace(self._head, film=found)
            self._store.write_head(self._head)

    def _go_to(self, at: int) -> None:
        head = replace(self._head, at=at)
        state = self._store.state(head.entries[at].state, self._film_path())
        self._store.write_head(head)
        self._head, self._state = head, state

    def _commit(self, what: str, state: State) -> None:
        """Keep a state; it counts from here on."""
        head = self._head.with_entry(Entry(self._store.put_state(state), what, _now()))
        self._store.write_head(head)
        self._head, self._state = head, state

    def _film_path(self) -> Path:
        return self.folder / self._head.film.path


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror}); choose another folder") from error
