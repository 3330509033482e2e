"""What is done in a session: its plan changed, takes made, compared and kept, notes locked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from emsync_nb.domain import Score, ScorePlan, Spotting
from emsync_nb.domain.timecode import FilmClock
from emsync_nb.errors import PlanError
from emsync_nb.pipeline import (
    Progress,
    Proposal,
    Stopwatch,
    analyze_film,
    compose_takes_of,
    directed,
    plan_of,
    rewrite_takes,
)
from emsync_nb.pipeline.genre import first_spotting
from emsync_nb.preset_library import load_ensemble
from emsync_nb.session.casting import Casting, imported, with_accepted
from emsync_nb.session.comparing import Difference, differences
from emsync_nb.session.documents import plan_digest
from emsync_nb.session.keeping import KeptWork
from emsync_nb.session.late_locks import with_locked
from emsync_nb.session.locking import locked_notes, locks_on, open_cells
from emsync_nb.session.moved_click import fitted, has_moved
from emsync_nb.session.state import Lock, Take, TakeKind
from emsync_nb.session.stopping import Stoppable, as_plan_errors
from emsync_nb.weights import sha256

if TYPE_CHECKING:
    from emsync_nb.session.reconciling import Reconciled

#: takes that are made at once
MAX_TAKES = 8


class Work(KeptWork):
    """Spotting, takes and locks; see `Session`."""

    #: the plan that was fitted last, and what it was fitted to
    _planned: tuple[Spotting, ScorePlan] | None = None

    # — what there is —

    @property
    def plan(self) -> Spotting:
        """What is asked of the music; assign a changed one, or use `change`.

        Raises:
            PlanError: the film was not analysed yet.
        """
        if self._state.spotting is None:
            raise PlanError("the film has not been analysed yet; call analyze, or run emsync session analyze")
        return self._state.spotting

    @plan.setter
    def plan(self, spotting: Spotting) -> None:
        self.change("changed the plan", lambda _: spotting)

    @property
    def clock(self) -> FilmClock:
        """How the film's times are told and read; in film time before it was analysed, when its rate is not known."""
        spotting = self._state.spotting
        return FilmClock() if spotting is None else self.film.clock(spotting.film.video.fps)

    @property
    def score_plan(self) -> ScorePlan:
        """Sections, hits and the click track of the plan; fitted again when the plan has changed.

        Raises:
            PlanError: as `plan`; or cues that overlap.
        """
        with self._lock:
            spotting = self.plan  # frozen: the same one has the same plan
            if self._planned is None or self._planned[0] is not spotting:
                self._planned = spotting, plan_of(spotting)
            return self._planned[1]

    def music(self, take: Take | str) -> Score:
        """The score of a take.

        Raises:
            PlanError: no such take.
            OutputError: its file is missing or was edited.
        """
        from emsync_nb.notation import read_midi

        found = self._take(take)
        return read_midi(self._store.music(found.file, found.sha256))

    def compare(self, first: Take | str, second: Take | str) -> list[Difference]:
        """Where two takes differ, by track and bar; tracks are named as in the first."""
        ours, theirs = (Casting(self._take(take).played_by) for take in (first, second))
        return differences(self.music(first), ours.to_tracks(theirs.to_players(self.music(second))))

    # — the plan —

    def analyze(
        self,
        *,
        ensemble: str | None = None,
        seed: int | None = None,
        progress: Progress | None = None,
        cancel: threading.Event | None = None,
    ) -> Spotting:
        """Find the film's boundaries and emotion; what was asked for besides them stays.

        Args:
            ensemble: who plays; None: who played before, at first whom a known genre suggests, or DEFAULT_ENSEMBLE.
            seed: of the plan; None: as before, at first 0.
            progress: hears how far the work is.
            cancel: set it to stop.

        Raises:
            VideoError: a film that cannot be read.
            PresetError: no such ensemble.
            PlanError: an impossible seed, or nothing that can be planned.
            StoppedError: `cancel` was set.
        """
        if ensemble is not None:
            load_ensemble(ensemble)  # before minutes of analysis
        if seed is not None:
            _seeds(1, seed)
        found = analyze_film(self.film.found(self.folder), watch=_watch(progress, cancel))
        with self._lock, as_plan_errors(self.clock):
            old = self._state.spotting or first_spotting(found, ensemble)
            new = replace(
                old,
                film=found.cues,
                ensemble=old.ensemble if ensemble is None else ensemble,
                seed=old.seed if seed is None else seed,
            )
            self._keep_plan("analysed the film", new)
            return new

    def change(self, what: str, edit: Callable[[Spotting], Spotting]) -> Spotting:
        """Change the plan; `what` says how, for the history.

        Raises:
            PlanError: a change that cannot be, or that no plan can satisfy.
        """
        with self._lock, as_plan_errors(self.clock):
            new = edit(self.plan)
            self._keep_plan(what, new)
            return new

    def _keep_plan(self, what: str, spotting: Spotting) -> None:
        """Keep what is asked for; what cannot be planned is refused before."""
        plan = plan_of(spotting)
        self._commit(what, replace(self._state, spotting=spotting))
        self._planned = spotting, plan

    def direct(self, text: str) -> Proposal:
        """What directions in words would change, such as "start uneasy, turn hopeful at 0:20"; see `apply`.

        Raises:
            PlanError: no plan yet, a text that is too long, or directions that contradict each other.
        """
        with self._lock:
            spotting, plan, clock = self.plan, self.score_plan, self.clock
        return directed(spotting, text, plan, clock)

    def apply(self, proposal: Proposal) -> Spotting:
        """Keep what `direct` proposed.

        Raises:
            PlanError: the plan has changed since, or no plan can satisfy it.
        """
        with self._lock:
            if plan_digest(self.plan) != plan_digest(proposal.before):
                raise PlanError("the plan has changed since this was proposed; direct once more")
            return self.change(f'directed "{proposal.text}"', lambda _: proposal.after)

    # — takes —

    def generate(
        self,
        takes: int = 1,
        seed: int = 0,
        *,
        progress: Progress | None = None,
        cancel: threading.Event | None = None,
    ) -> list[Take]:
        """New music for the whole film, a take for each seed from `seed` on; what is locked stays.

        Raises:
            PlanError: no plan, an impossible number of takes, all is locked, or locks hold notes where the click
                has moved.
            StoppedError: `cancel` was set; nothing is kept.
        """
        with self._lock:  # one moment of it all
            self.check_held()
            state = self._state
            is_bound = bool(state.locks) and state.accepted is not None
            if not is_bound:
                seeds, plan, spotting = _seeds(takes, seed), self.score_plan, self.plan
        if is_bound:
            return self.regenerate(takes=takes, seed=seed, progress=progress, cancel=cancel)
        scores = compose_takes_of(plan, seeds, watch=_watch(progress, cancel))
        return self._keep(scores, seeds, "generated", spotting, basis=(state.accepted, state.locks))

    def regenerate(
        self,
        bars: tuple[int, int] | None = None,
        tracks: Sequence[str] = (),
        takes: int = 1,
        seed: int = 0,
        *,
        progress: Progress | None = None,
        cancel: threading.Event | None = None,
    ) -> list[Take]:
        """The accepted take with some bars of some tracks written anew; all else, and what is locked, stays.

        Args:
            bars: first and last, from 1; None: all.
            tracks: names of tracks, or of players whose track was renamed; none: all.
            takes: how many.
            seed: of the first take; each further one has the next.
            progress: hears how far the work is.
            cancel: set it to stop.

        Raises:
            PlanError: no accepted take, unknown bars or tracks, all is locked, or the click has moved where notes
                stay.
            StoppedError: `cancel` was set; nothing is kept.
        """
        seeds = _seeds(takes, seed)
        with self._lock:  # one moment of it all
            self.check_held()
            parent, locks = self._accepted(), self._state.locks
            plan, spotting, score = self.score_plan, self.plan, self.music(parent)
        casting = Casting(parent.played_by)
        players, held = casting.asked(tracks, plan), casting.locks_of_players(locks)
        score = casting.to_players(score)
        kept, cells = locked_notes(score, held), open_cells(plan, held, bars, players)
        score = fitted(score, plan, cells, kept, parent.name)
        scores = rewrite_takes(plan, score, cells, seeds, kept=kept, watch=_watch(progress, cancel))
        return self._keep(
            scores,
            seeds,
            "regenerated",
            spotting,
            basis=(parent.name, locks),
            parent=parent.name,
            bars=bars,
            tracks=tuple(map(casting.track, players)),
            played_by=parent.played_by,
        )

    def accept(self, take: Take | str) -> Take:
        """Go on with a take: locks hold its notes, and others are made from it."""
        with self._lock:
            self.check_held()
            found = self._take(take)
            self.music(found)  # a take that is gone is not gone on with
            self._commit(f"accepted take {found.name}", with_accepted(self._state, found))
            return found

    def import_music(self, path: Path | str, *, lock_edits: bool = True) -> Reconciled:
        """Merge what a DAW exported with the accepted take, as a new take that is accepted.

        What the composer edited or added is locked unless `lock_edits` is False.

        Raises:
            PlanError: no accepted take.
            MidiError: no file that can be read, or one without notes.
        """
        from emsync_nb.session.reconciling import reconcile_file

        with self._lock:
            self.check_held()
            parent = self._accepted()
            was, plan = self.music(parent), self.score_plan
            merged = reconcile_file(was, Path(path))
            take = self._written(merged.score, None, "imported", self.plan, parent=parent.name)
            state = imported(self._state, parent, take, was, merged, plan)
            if lock_edits:
                locks = (*state.locks, *locks_on(merged.edited_notes))
                state = replace(state, locks=tuple(dict.fromkeys(locks)))
            self._commit(f"imported {Path(path).name} as take {take.name}", state)
            return merged

    def keep_score(self, score: Score, spotting: Spotting) -> Take:
        """Music that was made of a spotting elsewhere, as a take that is gone on with, and its plan."""
        with self._lock:
            take = self._written(score, spotting.seed, "generated", spotting)
            state = replace(self._state, spotting=spotting, takes=(*self._state.takes, take))
            state = with_accepted(state, take)
            self._commit(f"scored the film as take {take.name}", state)
            return take

    def _keep(
        self,
        scores: Sequence[Score],
        seeds: Sequence[int],
        kind: TakeKind,
        spotting: Spotting,
        *,
        basis: tuple[str | None, tuple[Lock, ...]],
        **facts: Any,  # noqa: ANN401 - fields of Take
    ) -> list[Take]:
        """Write takes, whose tracks are named after players, all at once; `basis` is what was accepted and locked then.

        Raises:
            PlanError: notes were locked meanwhile that do not fit their click.
        """
        with self._lock:
            self.check_held()
            if basis != (self._state.accepted, self._state.locks):
                scores = self._with_locked(scores)
            found: list[Take] = []
            casting = Casting(facts.get("played_by", ()))
            for score, seed in zip(map(casting.to_tracks, scores), seeds, strict=True):
                found.append(self._written(score, seed, kind, spotting, after=found, **facts))
            names = ", ".join(take.name for take in found)
            state = replace(self._state, takes=(*self._state.takes, *found))
            self._commit(f"{kind} take{'s' if len(found) > 1 else ''} {names}", state)
            return found

    def _with_locked(self, scores: Sequence[Score]) -> list[Score]:
        """Takes with the notes that are locked now: locks may have been set while they were made."""
        locks = self._state.locks
        if self._state.accepted is None or not locks:
            return list(scores)
        accepted = self._accepted()
        casting = Casting(accepted.played_by)
        held, locks = casting.to_players(self.music(accepted)), casting.locks_of_players(locks)
        if any(has_moved(locked_notes(held, locks), held, score) for score in scores):
            raise PlanError(
                f"notes of take {accepted.name}, which has another click, were locked meanwhile, so nothing was kept; "
                "run it again"
            )
        return [with_locked(score, held, locks) for score in scores]

    def _written(
        self,
        score: Score,
        seed: int | None,
        kind: TakeKind,
        spotting: Spotting,
        *,
        after: Collection[Take] = (),
        **facts: Any,  # noqa: ANN401 - fields of Take
    ) -> Take:
        """A take with its music on disk, under a name that no other had."""
        from emsync_nb.notation import write_midi

        self.check_held()
        with TemporaryDirectory() as folder:
            path = Path(folder) / "take.mid"
            write_midi(score, path, self.film.clock(spotting.film.video.fps))
            data, known = path.read_bytes(), sha256(path)
        take = Take(self._free_name(after), known, kind, seed, plan_digest(spotting), **facts)
        self._store.put_music(take.file, data)
        return take

    def _free_name(self, after: Collection[Take]) -> str:
        """The number behind all that were ever made, undone ones included."""
        stems = [path.stem for path in (self.folder / "takes").glob("*.mid")]
        made = [int(stem) for stem in stems if stem.isascii() and stem.isdigit()]
        made += [int(take.name) for take in (*self._state.takes, *after)]
        return f"{max(made, default=0) + 1:03}"

    def _accepted(self) -> Take:
        if self._state.accepted is None:
            raise PlanError("no take is accepted yet; accept one first, such as 001")
        return self._state.take(self._state.accepted)

    def _take(self, take: Take | str) -> Take:
        with as_plan_errors():
            return self._state.take(take.name if isinstance(take, Take) else take)


def _seeds(takes: int, seed: int) -> list[int]:
    if not 1 <= takes <= MAX_TAKES:
        raise PlanError(f"takes must lie in 1 … {MAX_TAKES}, got {takes}; ask for fewer")
    if not 0 <= seed <= 2**63 - takes:
        raise PlanError(f"seed must lie in 0 … 2^63 − {takes}, got {seed}; choose another")
    return [seed + take for take in range(takes)]


def _watch(progress: Progress | None, cancel: threading.Event | None) -> Stopwatch:
    return Stopwatch(Stoppable(progress, cancel))
