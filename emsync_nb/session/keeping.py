"""Work that is kept: every state on disk before a call comes back, and the way back to each of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from emsync_nb.errors import OutputError, PlanError, UserError
from emsync_nb.pipeline.progress import Progress
from emsync_nb.session.film import START, FilmReference, default_folder
from emsync_nb.session.holder import Holder, NotBegun
from emsync_nb.session.holder_asker import Asker
from emsync_nb.session.migrating import head_of
from emsync_nb.session.state import State
from emsync_nb.session.stopping import as_plan_errors
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
        self._state = _state_in_force(store, head)

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
            VideoError: no such film, or no timecode of its rate.
            OutputError: the folder holds a session already, or cannot be written.
            HeldElsewhere: another process is just making one there.
        """
        video = Path(video)
        place = Path(folder) if folder else default_folder(video)
        reference = FilmReference.of(place, video, start_timecode)
        _refuse_session(place)
        _made(place)
        store = Store(place)

        def read() -> Head:
            _refuse_session(place)  # made meanwhile, before this process held it
            first = Entry(store.put_state(State()), "created", _now())
            head = Head(reference, (first,), 0)
            store.write_head(head)
            return head

        return cls._held(store, read)

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """The session in a folder, held by this process until it is closed.

        Raises:
            OutputError: no session there, a damaged one, or one of a newer version.
            HeldElsewhere: another process holds it.
        """
        store = Store(Path(folder))
        if not (store.folder / SESSION).is_file():
            store.read_head()  # says that there is none; nothing is held there
        return cls._held(store, lambda: head_of(store))

    @classmethod
    def _held(cls, store: Store, read: Callable[[], Head]) -> Self:
        """The session whose head is read once this process holds it."""
        opened: Future[Self] = Future()

        # who asks before it is open waits; who asks for one that cannot be opened hears why
        def answered(request: dict[str, Any], asker: Asker) -> dict[str, Any]:
            return opened.result().answer(request, progress=asker, cancel=asker.cancel)

        holder = Holder(store.folder, answered, cls._takes_long)
        holder.__enter__()
        try:
            store.tidy()
            opened.set_result(cls(store, read(), holder))
        except BaseException as error:
            opened.set_exception(
                error
                if isinstance(error, UserError)
                else NotBegun(f"{store.folder} was not opened; open it again")
            )
            holder.close()
            raise
        return opened.result()

    def answer(
        self,
        request: dict[str, Any],
        *,
        progress: Progress | None = None,
        cancel: threading.Event | None = None,
    ) -> dict[str, Any]:
        """Do what another process asks for.

        Raises:
            PlanError: nothing that can be done.
        """
        raise PlanError(f"nothing that can be asked for: {request.get('do')!r:.60}")

    @staticmethod
    def _takes_long(_: dict[str, Any]) -> bool:
        """Whether what is asked for may take minutes, so that others need not wait for it."""
        return False

    def close(self) -> None:
        """Let others hold it, once the request and the change in progress are done."""
        self._holder.stop_answering()
        with self._lock:
            self._holder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether this process holds it: not closed, and not that of the process which this one was forked from."""
        return self._holder.is_held

    @property
    def is_in_place(self) -> bool:
        """Whether its folder is still the one that was opened, neither taken away nor replaced."""
        return self._holder.is_in_place

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
        head = self._head
        return [
            Step(number, entry.what, entry.made, number == head.at)
            for number, entry in enumerate(head.entries)
        ]

    def moment(self) -> tuple[FilmReference, State, list[Step]]:
        """Film, state and history as they are at one moment, when no change is half made."""
        with self._lock:
            return self.film, self.state, self.history()

    def undo(self) -> str:
        """Go back by one change; what it was.

        Raises:
            PlanError: there is none.
            OutputError: how it was cannot be read; or the session is closed.
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
            OutputError: how it was cannot be read; or the session is closed.
        """
        with self._lock:
            if self._head.at + 1 == len(self._head.entries):
                raise PlanError("there is nothing to redo")
            self._go_to(self._head.at + 1)
            return self._head.entries[self._head.at].what

    def relink(self, video: Path | str, *, start_timecode: str | None = None) -> None:
        """Say where the film is now, and, unless it is None, at which timecode it begins; not to be undone.

        Raises:
            VideoError: another film, or no timecode of its rate.
            OutputError: the session is closed, or its folder cannot be written.
        """
        with self._lock:
            self.film.check(Path(video))
            start = self.film.start_timecode if start_timecode is None else start_timecode
            spotting = self._state.spotting
            fps = None if spotting is None else spotting.film.video.fps
            film = FilmReference.of(self.folder, Path(video), start, fps)
            self._adopt(replace(self._head, film=film), _with_film(self._state, film.place(self.folder)))

    def _go_to(self, at: int) -> None:
        self.check_held()
        head = replace(self._head, at=at)
        self._adopt(head, self._store.state(head.entries[at].state, head.film.place(self.folder)))

    def _commit(self, what: str, state: State) -> None:
        """Keep a state; it counts from here on.

        Raises:
            PlanError: it holds values that cannot be kept.
            OutputError: the session is closed, or its folder cannot be written.
        """
        self.check_held()
        with as_plan_errors():
            name = self._store.put_state(state)
        self._adopt(self._head.with_entry(Entry(name, " ".join(what.split()), _now())), state)

    def _adopt(self, head: Head, state: State) -> None:
        self.check_held()
        self._store.write_head(head)
        self._head, self._state = head, state

    def check_held(self) -> None:
        """What is closed, or lies in another folder's place, may be another's by now, and so is not written to.

        Raises:
            OutputError: it is closed, or held by the process that this one was forked from; or its folder is gone
                or was replaced.
        """
        if not self.is_open:
            raise OutputError(f"the session in {self.folder} is closed; open it again")
        self._holder.check()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _state_in_force(store: Store, head: Head) -> State:
    """What counts.

    Raises:
        OutputError: it cannot be read; with the way back to what can.
    """
    film = head.film.place(store.folder)
    try:
        return store.state(head.entries[head.at].state, film)
    except OutputError as error:
        before = next((at for at in reversed(range(head.at)) if _is_sound(store, head, at)), None)
        if before is None:
            raise
        raise OutputError(f'{error}, or go back: set "at" in {store.folder / SESSION} to {before}') from error


def _is_sound(store: Store, head: Head, at: int) -> bool:
    try:
        store.state(head.entries[at].state, head.film.place(store.folder))
    except OutputError:
        return False
    return True


def _with_film(state: State, path: Path) -> State:
    """The state of a film that lies at another path."""
    spotting = state.spotting
    if spotting is None:
        return state
    film = replace(spotting.film, video=replace(spotting.film.video, path=path))
    return replace(state, spotting=replace(spotting, film=film))


def _refuse_session(folder: Path) -> None:
    if os.path.lexists(folder / SESSION):
        raise OutputError(
            f"{folder} holds a session or a scored film already; open it, or choose another folder"
        )


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror}); choose another folder") from error
