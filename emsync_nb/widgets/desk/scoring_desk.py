"""The scoring desk as a widget: its traits, and what Python may ask of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from emsync_nb.domain import Score, ScorePlan, Spotting
from emsync_nb.errors import OutputError, PlanError
from emsync_nb.preset_library import load_ensemble
from emsync_nb.session.session import Session
from emsync_nb.session.store import SESSION
from emsync_nb.widgets.bundling import bundle, styles
from emsync_nb.widgets.desk.desk_traits import DeskTraits, believed
from emsync_nb.widgets.desk.engine import DeskEngine
from emsync_nb.widgets.desk.view import DeskView
from emsync_nb.widgets.desk.wire import Wire
from emsync_nb.widgets.desk.work import desk_work
from emsync_nb.widgets.with_still import WithStill

log = logging.getLogger(__name__)


class ScoringDesk(WithStill, DeskTraits):
    """Film, emotion, cuts and music of a session, to be looked at, changed and heard.

    Shown by being the last line of a cell. All that is done lies in the session, so a restarted kernel, or another
    desk on the same film, shows the same; who changes the session elsewhere is seen here.

    ::

        desk = ScoringDesk("film.mp4")
        desk.wait()  # for the analysis
        desk.edit({"do": "edit", "edit": "move", "boundary": 3, "time_s": 12.5})
        desk.generate(takes=2, seed=7)
    """

    _engine: DeskEngine | None = None

    def __init__(
        self,
        film: Path | str | Session,
        *,
        session: Path | str | Session | None = None,
        ensemble: str | None = None,
        start_timecode: str | None = None,
        analyze: bool = True,
    ) -> None:
        """Open the session of a film, or make one; the film is analysed beside the kernel where it was not yet.

        Args:
            film: a film, the folder of a session, or an open session.
            session: the session's folder, or an open session; None: `film.emsync` beside the film.
            ensemble: who plays, for a film that was not analysed yet; None: whom a known genre suggests.
            start_timecode: of the film's first frame; None: as before, at first 00:00:00:00.
            analyze: whether to analyse a film that was not yet.

        Raises:
            VideoError: no such film, another one than the session is of, or no timecode.
            PresetError: no such ensemble.
            OutputError: no session there, a damaged one, a folder in which none can be made, or no place at all.
            MissingExtraError: the extra `notebook` is not installed.
        """
        _check_place(film, session)
        if ensemble is not None:
            load_ensemble(ensemble)
        self._wire = Wire()
        code, looks = bundle("desk.js"), styles("desk.css")
        self._engine = DeskEngine(desk_work(film, session, start_timecode), self)
        try:
            super().__init__(_esm=code, _css=looks)
            self._engine.start()
        except BaseException:
            self.close()
            raise
        self._begin(ensemble, analyze)

    def _begin(self, ensemble: str | None, analyze: bool) -> None:
        view, engine = self.desk_view, self._open()
        if view.spotting is None and analyze and not self.read_only:
            engine.begin({"do": "analyze", **({} if ensemble is None else {"ensemble": ensemble})})
        elif view.spotting is not None and ensemble not in (None, view.spotting.ensemble):
            line = (
                f"this session is for {view.spotting.ensemble}, which stays; for {ensemble}, analyse it anew"
            )
            engine.note("info", [line])

    # — what Python may ask —

    @property
    def session(self) -> Session:
        """The session, where this kernel holds it for the desk.

        Raises:
            OutputError: it is held elsewhere, or cannot be held; requests still reach it through `edit`.
        """
        found = self._open().work.session
        if found is None:
            folder, why = self._open().work.folder, self.read_only or "somebody else holds it"
            raise OutputError(f"{folder} is not held here ({why}); use edit, or close it there")
        return found

    @property
    def folder(self) -> Path:
        """Where the session lies."""
        return self._open().work.folder

    @property
    def desk_view(self) -> DeskView:
        """All that is shown, as values."""
        view = self._open().view
        if view is None:
            raise OutputError(f"{self.folder} cannot be shown; look at the notice above the desk")
        return view

    @property
    def plan(self) -> Spotting:
        """What is asked of the music.

        Raises:
            PlanError: the film was not analysed yet.
        """
        spotting = self.desk_view.spotting
        if spotting is None:
            raise PlanError(
                "the film has not been analysed yet; wait for it, or start it with desk.analyze()"
            )
        return spotting

    @property
    def score_plan(self) -> ScorePlan | None:
        """Sections, hits and the click; None before the analysis, and where nothing can be planned."""
        return self.desk_view.plan

    @property
    def score(self) -> Score | None:
        """Music of the accepted take; None where there is none."""
        return self.desk_view.score

    def edit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Make a change, as `emsync_nb.session.requests` knows it; it is shown when this comes back.

        Raises:
            UserError: what cannot be done, in a line.
        """
        self._wire.check_free("edit")
        return self._open().change(request).result()

    def undo(self) -> str:
        """Go back by one change; what it was."""
        return str(self.edit({"do": "undo"})["undone"])

    def redo(self) -> str:
        """Do once more what was undone last; what it was."""
        return str(self.edit({"do": "redo"})["redone"])

    def analyze(self) -> int:
        """Find the film's boundaries and emotion, beside the kernel; the number of the job."""
        return self._open().begin({"do": "analyze"})

    def generate(self, takes: int = 1, seed: int = 0) -> int:
        """Make new music, beside the kernel; the number of the job. The first take of all is accepted.

        Raises:
            PlanError: another job runs.
        """
        return self._open().begin({"do": "generate", "takes": takes, "seed": seed})

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until changes and jobs are done.

        Raises:
            TimeoutError: they are not in time.
            UserError: why the last job failed.
        """
        self._wire.check_free("wait")
        self._open().wait(timeout_s)

    def cancel(self) -> bool:
        """Stop the job; False where none runs."""
        return self._open().cancel()

    def close(self) -> None:
        """End the desk, and let others hold the session."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
        super().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # — between the engine and the browser —

    def show(self, values: Mapping[str, Any]) -> None:
        """Set traits, in one message; for the engine."""
        with self._wire, self.hold_sync():
            for name, value in values.items():
                try:
                    setattr(self, name, value)
                except Exception:  # of one who observes it; the others hear of theirs all the same
                    log.exception("Who observes %s of a desk failed", name)

    def tell(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Say something to the browser; for the engine."""
        with self._wire:
            self.send(content, buffers)

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """What a browser has set; only what is its own to set, and can be."""
        found = believed(sync_data, self._end_s())
        with self._wire:
            super().set_state(found)
        if self._engine is not None:
            self._engine.looked(found)

    def _handle_custom_msg(self, content: object, buffers: object) -> None:
        super()._handle_custom_msg(content, buffers)  # those who listen with on_msg
        if self._engine is not None:
            self._engine.said(content)

    def _open(self) -> DeskEngine:
        if self._engine is None:
            raise OutputError("this desk is closed; make another one")
        return self._engine

    # — without a kernel —

    def in_words(self) -> str:
        """Film, length, boundaries, hits, tracks and notes in a line."""
        from emsync_nb.widgets.desk.still import in_words

        return "A scoring desk that is closed." if self._engine is None else in_words(self.desk_view)

    def _png(self) -> bytes | None:
        from emsync_nb.widgets.desk.still import still

        return None if self._engine is None else still(self.desk_view)


def _check_place(film: object, session: object) -> None:
    """Whether these can be a film and a session.

    Raises:
        OutputError: they are of another kind, or a folder stands for a film.
    """
    kinds = (str, Path, Session)
    if not isinstance(film, kinds) or not (session is None or isinstance(session, kinds)):
        wrong = session if isinstance(film, kinds) else film
        raise OutputError(
            f"a desk is opened on a film, the folder of a session, or a session; got {wrong!r:.60}"
        )
    place = None if isinstance(film, Session) or session is not None else Path(film)
    if place is not None and place.is_dir() and not os.path.lexists(place / SESSION):
        raise OutputError(
            f"{film} is a folder without a session; name the film itself, or the folder of a session"
        )
