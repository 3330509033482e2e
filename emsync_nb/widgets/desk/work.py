"""The session behind a desk: held in this kernel where that can be, else asked of whoever holds it, else only shown."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any

from emsync_nb.domain import ScorePlan, Spotting
from emsync_nb.domain.timecode import FilmClock
from emsync_nb.errors import OutputError, PlanError
from emsync_nb.pipeline import plan_of
from emsync_nb.pipeline.progress import Progress
from emsync_nb.session.edit_requests import edit_of
from emsync_nb.session.film import START, default_folder
from emsync_nb.session.holder import HeldElsewhere, NoHolder, NotBegun, ask
from emsync_nb.session.reading import SavedWork, saved_work
from emsync_nb.session.session import Session
from emsync_nb.session.stopping import Stoppable, StoppedError, as_plan_errors
from emsync_nb.session.store import SESSION

#: seconds that a holder may need for a change, for a piece of long work, and to say that it is there
PATIENCE_S, LONG_S, GREETING_S = 10.0, 3600.0, 1.5
#: seconds for which nobody may hold a session that cannot be held here
_NOBODY_S = 3.0
#: seconds between two times of asking, about, and between two looks at whether somebody stops it
_PAUSE_S, _LOOK_S = 0.05, 0.1
Request = Mapping[str, Any]


class _Shared:
    """A session that the desks of this kernel hold together."""

    def __init__(self, key: str, session: Session) -> None:
        self.key, self.session, self.desks = key, session, 1


_shared: list[_Shared] = []
_guard = threading.Lock()


def _taken(folder: Path, make: Callable[[], Session]) -> Session:
    """The session of a folder, held by this kernel's desks together.

    Raises:
        HeldElsewhere: somebody else holds it.
        OutputError, VideoError: it cannot be held or opened.
    """
    key = os.path.realpath(folder)
    with _guard:
        for known in _shared:
            if known.key == key and known.session.is_open and known.session.is_in_place:
                known.desks += 1
                return known.session
        session = make()
        _shared.append(_Shared(key, session))
        return session


def _given_back(session: Session) -> None:
    """Close it, unless other desks have it too."""
    with _guard:
        known = next((known for known in _shared if known.session is session), None)
        if known is None:
            return
        known.desks -= 1
        if known.desks:
            return
        _shared.remove(known)
    session.close()


class DeskWork:
    """All that a desk does to its session. Its methods may be called from several threads."""

    def __init__(self, folder: Path, session: Session | None = None, *, is_given: bool = False) -> None:
        """Use `desk_work`. `is_given`: the session is somebody else's to close."""
        self.folder = folder
        self._session, self._is_given = session, is_given
        self._taking = threading.Lock()
        #: why nothing can be changed, in a line; "" where it can
        self.read_only = ""
        self._is_closed = False

    @property
    def session(self) -> Session | None:
        """The session, where this kernel's desks hold it."""
        session = self._session
        return session if session is not None and session.is_open else None

    def read(self) -> SavedWork:
        """What counts now.

        Raises:
            OutputError: it is missing or damaged.
        """
        session = self.session
        if session is None:
            return saved_work(self.folder)
        # the file of a change is there before the session itself has changed
        film, state, history = session.moment()
        return SavedWork(self.folder, film, state, tuple(history))

    def carry_out(self, request: Request) -> dict[str, Any]:
        """Make a change for good, once.

        Raises:
            NoHolder: who holds the session does not answer; nothing can be changed for now.
            UserError: what cannot be done, in a line.
        """
        return self._done(request, PATIENCE_S, None, None)

    def run(self, request: Request, progress: Progress, cancel: threading.Event) -> dict[str, Any]:
        """Do what takes long.

        Raises:
            StoppedError: `cancel` was set; nothing was changed.
            UserError: as `carry_out`.
        """
        return self._done(request, LONG_S, progress, cancel)

    def try_again(self) -> bool:
        """Look whether what could not be changed can be by now; whether `read_only` is another than before."""
        before, session = self.read_only, self.session
        is_misplaced = session is not None and not session.is_in_place
        if (before or is_misplaced) and not self._is_closed:
            self.greet()
        return self.read_only != before

    def close(self) -> None:
        """Let others hold the session, unless it was given to the desk, or other desks have it too."""
        with self._taking:
            session, self._session, self._is_closed = self._session, None, True
        if session is not None and not self._is_given:
            _given_back(session)

    def greet(self) -> None:
        """Find out whether the session can be changed; `read_only` tells."""
        try:
            if self._held() is None:
                ask(self.folder, {"do": "history"}, timeout_s=GREETING_S)
            self.read_only = ""
        except (NoHolder, OutputError) as error:
            self.read_only = str(error)

    def _done(
        self, request: Request, patience_s: float, progress: Progress | None, cancel: threading.Event | None
    ) -> dict[str, Any]:
        start_s = time.monotonic()
        while True:
            if (session := self._held()) is not None:
                return session.answer(dict(request), progress=progress, cancel=cancel)
            try:
                answer = _asked(self.folder, dict(request), patience_s, progress, cancel)
            except NotBegun as error:  # it is just closing, or was killed: then it can be held here
                if time.monotonic() - start_s > _NOBODY_S:
                    self.read_only = str(error)
                    raise
            except NoHolder as error:
                if progress is None:
                    self.read_only = str(error)
                raise
            else:
                self.read_only = ""
                return answer
            time.sleep(random.uniform(0.2, 1) * _PAUSE_S)  # noqa: S311 - so that not all ask at once

    def _held(self) -> Session | None:
        """The session, held here from now on if nobody else holds it; None where somebody does.

        Raises:
            OutputError: it cannot be held or opened, or the desk is closed.
        """
        with self._taking:
            if self._is_closed:
                raise OutputError("this desk is closed; make another one")
            if (session := self.session) is not None:
                session.check_held()
                return session
            try:
                self._session, self._is_given = _taken(self.folder, lambda: Session.open(self.folder)), False
            except HeldElsewhere:
                return None
            self.read_only = ""
            return self._session


class _Turn(Stoppable):
    """Knows whether the turn of what was asked for has come."""

    has_come = False

    def stage(self, name: str, share: float) -> None:
        """As of `Stoppable`."""
        self.has_come = True
        super().stage(name, share)


def _asked(
    folder: Path,
    request: dict[str, Any],
    patience_s: float,
    progress: Progress | None,
    cancel: threading.Event | None,
) -> dict[str, Any]:
    """As `ask`; long work that still waits for the work of others can be stopped at once.

    Raises:
        StoppedError: `cancel` was set.
    """
    if progress is None or cancel is None:
        return ask(folder, request, timeout_s=patience_s)
    turn, answer = _Turn(progress, cancel), Future[dict[str, Any]]()

    def wait_for_it() -> None:
        try:
            answer.set_result(ask(folder, request, timeout_s=patience_s, progress=turn))
        except BaseException as error:  # whatever it is, it is raised below
            answer.set_exception(error)

    threading.Thread(target=wait_for_it, name="emsync-desk-asker", daemon=True).start()
    while not wait((answer,), _LOOK_S).done:
        if cancel.is_set() and not turn.has_come:  # when it comes, the asker hangs up, and nothing is done
            raise StoppedError("stopped; nothing was changed")
    return answer.result()


def previewed(
    spotting: Spotting, request: Request, clock: FilmClock | None = None
) -> tuple[Spotting, ScorePlan]:
    """What an edit would come to; nothing is kept. Refusals tell times by the film's clock.

    Raises:
        PlanError: an edit that cannot be, or that no plan can satisfy.
    """
    try:
        with as_plan_errors(clock):
            edited = edit_of(request, clock)[1](spotting)
    except (LookupError, TypeError, AttributeError, ArithmeticError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise PlanError(f"this cannot be tried ({reason}); give other values") from error
    with as_plan_errors(clock):
        return edited, plan_of(edited)


def desk_work(
    film: Path | str | Session,
    session: Path | str | Session | None = None,
    start_timecode: str | None = None,
) -> DeskWork:
    """The session of a film, opened or made.

    Args:
        film: a film, the folder of a session, or an open session.
        session: the session's folder, or an open session; None: `film.emsync` beside the film.
        start_timecode: of the film's first frame; None: as before, at first 00:00:00:00.

    Raises:
        VideoError: no such film, another one than the session is of, or no timecode.
        OutputError: no session there, a damaged one, or a folder in which none can be made.
    """
    is_folder = not isinstance(film, Session) and Path(film).is_dir()
    video = None if is_folder or isinstance(film, Session) else Path(film)
    if isinstance(film, Session):
        work = DeskWork(film.folder, film, is_given=True)
    elif isinstance(session, Session):
        work = DeskWork(session.folder, session, is_given=True)
    else:
        place = session or (film if is_folder else default_folder(Path(film)))
        work = _opened(Path(place), video, start_timecode or START)
    try:
        _find_film(work, video, start_timecode)
    except BaseException:
        work.close()
        raise
    return work


def _opened(folder: Path, video: Path | None, start_timecode: str) -> DeskWork:
    """The session in a folder; a new one of a film where there is none."""

    def make() -> Session:
        if video is None or os.path.lexists(folder / SESSION):
            return Session.open(folder)
        return Session.create(video, folder, start_timecode=start_timecode)

    work = DeskWork(folder)
    try:
        return DeskWork(folder, _taken(folder, make))
    except HeldElsewhere:
        work.greet()
    except OutputError as error:
        _check_readable(folder, error)
        work.read_only = str(error)
    return work


def _check_readable(folder: Path, error: OutputError) -> None:
    """Whether a session that cannot be held can be shown.

    Raises:
        OutputError: it cannot; the one that was given.
    """
    try:
        saved_work(folder)
    except OutputError:
        raise error from None


def _find_film(work: DeskWork, video: Path | None, start_timecode: str | None) -> None:
    """Make sure that the session is of the film, and have it look there.

    Raises:
        VideoError: it is of another film.
    """
    film = work.read().film
    there = video if video is not None and video.is_file() else None
    if there is not None:
        film.check(there)
    has_moved = there is not None and not _is_same(film.place(work.folder), there)
    starts = start_timecode is not None and start_timecode != film.start_timecode
    if not work.read_only and (has_moved or starts):
        place = there or film.found(work.folder)
        request = {"do": "relink", "film": str(place.absolute()), "start_timecode": start_timecode}
        work.carry_out(request)


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
