"""What goes on behind a desk: changes in order, one long job, previews of which the latest wins, and all of it shown.

::

    browser ─► said ─┬► changes (a thread) ─► session ─► Watch ─► Showing ─► show (traits)
                     ├► jobs (a thread)    ─► session ─►   ▲
                     └► sound (a thread)                   └── whoever else changes the session
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Protocol

from emsync_nb.domain.timecode import FilmClock
from emsync_nb.errors import EmsyncError, OutputError, PlanError, UserError
from emsync_nb.pipeline.progress import Progress
from emsync_nb.session.reading import SavedWork
from emsync_nb.session.store import SESSION
from emsync_nb.widgets.desk.filling import expert_traits, film_document, music_of, thumbnail_traits
from emsync_nb.widgets.desk.jobs import InOrder, Jobs, LatestWins, is_stopped, unexpected
from emsync_nb.widgets.desk.long_work import NAMES, do_long_work
from emsync_nb.widgets.desk.messages import Said, answered_by, line, understood
from emsync_nb.widgets.desk.remembered import NAME, Remembered
from emsync_nb.widgets.desk.showing import Showing
from emsync_nb.widgets.desk.sound import TakeSound
from emsync_nb.widgets.desk.view import DeskView, documents, plan_documents, track_documents
from emsync_nb.widgets.desk.watching import Watch
from emsync_nb.widgets.desk.work import DeskWork, previewed

#: changes, and chunks of sound, that may wait; a player that asks for more has gone elsewhere meanwhile
_MOST_CHANGES, _MOST_CHUNKS = 1000, 32
#: seconds that closing waits for a job which was told to stop
_ENDING_S = 2.0
#: requests whose answer the browser is told
_TOLD = ("direct", "compare", "show", "history", "plan", "undo", "redo")
log = logging.getLogger(__name__)


class Face(Protocol):
    """What shows a desk. Both may be called from any thread."""

    def show(self, values: Mapping[str, Any]) -> None:
        """Set traits."""

    def tell(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Say something to the browser."""


class DeskEngine:
    """The work of one desk."""

    def __init__(self, work: DeskWork, face: Face) -> None:
        self.work, self._face = work, face
        self._showing = Showing(work)
        self.view: DeskView | None = None
        self._film: object = None
        self._analysed: object = None
        self._notices, self._problems = 0, list[str]()
        self._changes, self._sound = InOrder("emsync-desk-changes"), InOrder("emsync-desk-sound")
        self._filling = InOrder("emsync-desk-filling")
        self._take_sound = TakeSound()
        self._jobs = Jobs(lambda job: face.show({"job": job}), self._job_ended)
        self._failed: EmsyncError | None = None
        self._previews = LatestWins(self._changes, self._try)
        self._is_closed = False
        self.remembered = Remembered(work.folder, self._volumes_changed)
        self._watch = Watch(work.folder / SESSION, self._changed, self._try_again)
        self._watch_volumes = Watch(work.folder / NAME, self._volumes_written)
        self._watch_film = Watch(work.folder, self._film_came_or_went)  # `_changed` says where the film is
        self._has_pictures = False

    def start(self) -> None:
        """Show what there is, and go on doing so.

        Raises:
            OutputError: there is nothing that can be shown.
        """
        self.work.read()
        memory = self.remembered.memory
        looks = {"position_s": memory.position_s, "view": _span(memory.view), "loop": list(memory.loop or ())}
        volumes = {"film_volume": memory.film_volume, "music_volume": memory.music_volume}
        self._face.show({**looks, **volumes})
        self._watch.look()
        for fill in (self._fill_experts, self._fill_thumbnails):
            self._filling.put(fill)
        for watch in (self._watch, self._watch_volumes, self._watch_film):
            watch.start()

    # — from Python —

    def change(self, request: Mapping[str, Any]) -> Future[dict[str, Any]]:
        """Have a change made behind all that were asked for before; it is shown when the answer is here."""
        answer: Future[dict[str, Any]] = Future()
        if self._changes.waiting >= _MOST_CHANGES:
            answer.set_exception(PlanError("too many changes are waiting; ask again soon"))
        elif not self._changes.put(lambda: self._make(request, answer)):
            answer.set_exception(OutputError("this desk is closed; make another one"))
        return answer

    def begin(self, request: Mapping[str, Any]) -> int:
        """Begin long work; the number of the job.

        Raises:
            PlanError: no such work, or another job runs.
            UserError: nothing can be changed.
        """
        do = str(request.get("do"))
        if do not in NAMES:
            raise PlanError(f"no long work: {do!r:.60}; there are {', '.join(NAMES)}")

        def work(progress: Progress, cancel: threading.Event) -> None:
            do_long_work(self.work, request, progress, cancel)
            self._after(do)

        return self._jobs.start(NAMES[do], work)

    def cancel(self, number: int | None = None) -> bool:
        """Stop the job; False where none runs."""
        return self._jobs.cancel(number)

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until changes and jobs are done.

        Raises:
            TimeoutError: they are not in time.
            UserError: what the last job came to, if it failed since the last time of waiting.
        """
        end_s = None if timeout_s is None else time.monotonic() + timeout_s
        for each in (self._changes, self._jobs, self._changes):
            left_s = None if end_s is None else max(0.0, end_s - time.monotonic())
            if not each.wait(left_s):
                raise TimeoutError(f"the desk is still at work after {timeout_s:g} s")
        error, self._failed = self._failed, None
        if error is not None:
            raise error

    def wait_for_pictures(self, timeout_s: float) -> bool:
        """Wait until thumbnails and experts are there, as far as they can be; False where the time is up before."""
        return self._filling.wait(timeout_s)

    def close(self) -> None:
        """End it all, and let others hold the session."""
        self._is_closed = True
        for watch in (self._watch, self._watch_volumes, self._watch_film):
            watch.close()
        if self._jobs.cancel():
            self._jobs.wait(_ENDING_S)
        self._sound.put(self._take_sound.close)
        for each in (self._changes, self._sound, self._filling):
            each.close()
        self.remembered.close()
        self.work.close()

    # — from the browser —

    def said(self, content: object) -> None:
        """Act on a message. Whatever is wrong with it is answered in a line."""
        try:
            message = understood(content)
            _ACTIONS[message.kind](self, message)
        except EmsyncError as error:
            self._refuse(answered_by(content), error)

    def looked(self, state: Mapping[str, Any]) -> None:
        """Remember where the browser looks."""
        if "position_s" in state:
            self.remembered.note(position_s=state["position_s"])
        if "view" in state:
            self.remembered.note(view=(state["view"]["start_s"], state["view"]["end_s"]))
        if "loop" in state:
            self.remembered.note(loop=tuple(state["loop"]) or None)
        self.remembered.note(
            **{name: state[name] for name in ("film_volume", "music_volume") if name in state}
        )

    def _edit(self, message: Said) -> None:
        self._previews.drop()  # what was tried before it is no news any more

        def reply(answer: Future[dict[str, Any]]) -> None:
            error = answer.exception()
            if error is not None:
                self._refuse(message.number, error)
                return
            told = {"answer": answer.result()} if message.request["do"] in _TOLD else {}
            self._face.tell({"type": "done", "id": message.number, **told})

        self.change(message.request).add_done_callback(reply)

    def _preview(self, message: Said) -> None:
        self._previews.put(message)

    def _begin(self, message: Said) -> None:
        self.begin(message.request)
        self._face.tell({"type": "done", "id": message.number})

    def _cancel(self, message: Said) -> None:
        self.cancel(message.job)

    def _ping(self, message: Said) -> None:
        """The browser asks whether anybody is there, while what it waits for takes long."""
        self._face.tell({"type": "done", "id": message.number})

    def _stems(self, message: Said) -> None:
        if self._sound.waiting >= _MOST_CHUNKS:
            raise PlanError("too much sound is being made ready; ask again soon")
        self._sound.put(lambda: self._play(message))

    def _volume(self, message: Said) -> None:
        score = None if self.view is None else self.view.score
        names = [] if score is None else [track.name for track in score.tracks]
        if message.track not in names:
            raise PlanError(
                f"no track named {message.track!r:.60}; there are {', '.join(names) or 'none yet'}"
            )
        self.remembered.note_volume(message.track, message.volume_db)

    def _refuse(self, number: int | str | None, error: BaseException) -> None:
        self._face.tell({"type": "refused", "id": number, "text": line(str(error))})
        self._face.show({"read_only": self.work.read_only})

    # — in threads —

    def _make(self, request: Mapping[str, Any], answer: Future[dict[str, Any]]) -> None:
        try:
            done = self.work.carry_out(request)
            self._watch.look()
        except EmsyncError as error:
            answer.set_exception(error)
        except Exception as error:  # whoever asked must hear of it; the log has the fault
            log.exception("A change failed")
            answer.set_exception(unexpected("the change", error))
        else:
            answer.set_result(done)

    def _try(self, message: Said) -> None:
        """Answer a preview."""
        view = self.view
        try:
            if view is None or view.spotting is None:
                raise PlanError("the film has not been analysed yet")
            clock = FilmClock(view.spotting.film.video.fps, view.start_timecode)
            found = plan_documents(*previewed(view.spotting, message.request, clock))
        except EmsyncError as error:
            self._refuse(message.number, error)
            return
        clicks = found.pop("clicks")
        self._face.tell({"type": "preview", "id": message.number, **found}, [clicks])

    def _play(self, message: Said) -> None:
        if self._is_closed or self.view is None:
            return
        try:
            facts, blocks = self._take_sound.chunk(music_of(self.view, self.work.folder), message.chunk)
        except EmsyncError as error:
            self._refuse(message.number, error)
        except Exception as error:  # the player must hear of it; the log has the fault
            log.exception("Sound could not be made")
            self._refuse(message.number, unexpected("rendering", error))
        else:
            self._face.tell({"type": "stems", "id": message.number, **facts}, blocks)

    def _after(self, do: str) -> None:
        """Show what long work has made."""
        self._watch.look()
        if do in ("proxy", "link"):
            self._face.show({"film": film_document(self.work.read())})

    def _job_ended(self, error: EmsyncError | None, lines: list[str]) -> None:
        if error is None or is_stopped(error):
            lines = lines if error is None else [str(error)]
            self.note("info", lines)
            return
        self._failed = error
        self.note("error", [str(error)])
        self._face.show({"read_only": self.work.read_only})

    def note(self, level: str, lines: list[str]) -> None:
        """Show lines for people; `level` is "info" or "error"."""
        if lines:
            self._notices += 1
            text = line(" · ".join(lines))
            self._face.show({"notice": {"number": self._notices, "level": level, "text": text}})

    # — what is shown —

    def _changed(self) -> None:
        """Somebody, perhaps we, changed the session."""
        try:
            view = self._showing.look()
        except OutputError as error:
            self.note("error", [str(error)])
            return
        self.view = view
        values = documents(view, self.remembered.memory.volumes_db, self._showing.note_counts)
        saved = self._showing.saved
        if saved is not None and saved.film != self._film:
            self._watch_film.follow(saved.film.place(saved.folder))
            self._film, values["film"] = saved.film, film_document(saved)
        if view.analysed is not self._analysed:
            self._analysed = view.analysed
            self._filling.put(self._fill_experts)
        self._face.show({**values, "read_only": self.work.read_only})
        if self._showing.problems != self._problems:
            self._problems = self._showing.problems
            self.note("error", self._problems)
        if any(take["notes"] is None for take in values["takes"]):
            self._filling.put(self._count_notes)

    def _film_came_or_went(self) -> None:
        """Say that the film is gone, is another, or is there again."""
        try:
            film = film_document(self.work.read())
        except OutputError as error:  # the session itself is gone, which is said where it is read
            log.info("The film cannot be looked for: %s", error)
            return
        self._face.show({"film": film})
        if not self._has_pictures:
            for fill in (self._fill_experts, self._fill_thumbnails):
                self._filling.put(fill)

    def _volumes_changed(self) -> None:
        """Tell the tracks their volumes, which the browser that set them knows already."""
        if self.view is not None:
            volumes_db = self.remembered.memory.volumes_db
            self._face.show({"tracks": track_documents(self.view.score, self.view.state, volumes_db)})

    def _volumes_written(self) -> None:
        if self.remembered.adopt_volumes():
            self._volumes_changed()

    def _try_again(self) -> None:
        """What could not be changed, perhaps can be by now."""
        if self.work.try_again():
            self._face.show({"read_only": self.work.read_only})

    def _fill_experts(self) -> None:
        self._fill(expert_traits)

    def _fill_thumbnails(self) -> None:
        self._has_pictures = self._fill(thumbnail_traits)

    def _fill(self, traits: Callable[[SavedWork], dict[str, Any]]) -> bool:
        """Show more traits; whether they could be found."""
        if self._is_closed:
            return False
        try:
            self._face.show(traits(self.work.read()))
        except UserError as error:  # the film's problem tells it, or nothing can be done about it
            log.info("Not all of the desk can be shown: %s", error)
            return False
        return True

    def _count_notes(self) -> None:
        try:
            if self._showing.count_notes():
                self._watch.look(always=True)
        except OutputError as error:
            log.info("Notes could not be counted: %s", error)


def _span(view: tuple[float, float] | None) -> dict[str, float]:
    return {} if view is None else {"start_s": view[0], "end_s": view[1]}


_ACTIONS: dict[str, Callable[[DeskEngine, Said], None]] = {
    "edit": DeskEngine._edit,
    "preview": DeskEngine._preview,
    "job": DeskEngine._begin,
    "cancel": DeskEngine._cancel,
    "stems": DeskEngine._stems,
    "volume": DeskEngine._volume,
    "ping": DeskEngine._ping,
}
