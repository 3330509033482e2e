"""What is done in a session: its plan changed, takes made, compared and kept, notes locked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from emsync_nb.domain import Score, ScorePlan, Spotting
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
from emsync_nb.pipeline.settings import DEFAULT_ENSEMBLE
from emsync_nb.preset_library import load_ensemble
from emsync_nb.session.comparing import Difference, differences, has_click_of
from emsync_nb.session.documents import plan_digest
from emsync_nb.session.keeping import KeptWork
from emsync_nb.session.locking import described, locked_notes, locks_on, open_cells, refuse_missing, spelt
from emsync_nb.session.state import Lock, Take, TakeKind
from emsync_nb.session.stopping import Stoppable, as_plan_errors
from emsync_nb.weights import sha256

if TYPE_CHECKING:
    from emsync_nb.session.reconciling import Reconciled

#: takes that are made at once
MAX_TAKES = 8


class Work(KeptWork):
    """Spotting, takes and locks; see `Session`."""

    _planned: tuple[str, ScorePlan] | None = None

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
    def score_plan(self) -> ScorePlan:
        """Sections, hits and the click track of the plan; fitted again when the plan has changed.

        Raises:
            PlanError: as `plan`; or cues that overlap.
        """
        with self._lock:
            name = plan_digest(self.plan)
            if self._planned is None or self._planned[0] != name:
                self._planned = name, plan_of(self.plan)
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
        """Where two takes differ, by track and bar."""
        return differences(self.music(first), self.music(second))

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
            ensemble: who plays; None: who played before, at first DEFAULT_ENSEMBLE.
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
        film = analyze_film(self.film.found(self.folder), watch=_watch(progress, cancel)).cues
        with self._lock, as_plan_errors():
            old = self._state.spotting or Spotting(film, DEFAULT_ENSEMBLE)
            new = replace(
                old,
                film=film,
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
        with self._lock, as_plan_errors():
            new = edit(self.plan)
            self._keep_plan(what, new)
            return new

    def _keep_plan(self, what: str, spotting: Spotting) -> None:
        """Keep what is asked for; what cannot be planned is refused before."""
        plan = plan_of(spotting)
        self._commit(what, replace(self._state, spotting=spotting))
        self._planned = plan_digest(spotting), plan

    def direct(self, text: str) -> Proposal:
        """What directions in words would change, such as "start uneasy, turn hopeful at 0:20"; see `apply`.

        Raises:
            PlanError: no plan yet, a text that is too long, or directions that contradict each other.
        """
        with self._lock:
            spotting, plan = self.plan, self.score_plan
        return directed(spotting, text, plan)

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
            PlanError: no plan, an impossible number of takes, all is locked, or locks hold music of another click.
            StoppedError: `cancel` was set; nothing is kept.
        """
        state = self._state
        if state.locks and state.accepted is not None:
            return self.regenerate(takes=takes, seed=seed, progress=progress, cancel=cancel)
        seeds = _seeds(takes, seed)
        with self._lock:
            plan, spotting = self.score_plan, self.plan
        scores = compose_takes_of(plan, seeds, watch=_watch(progress, cancel))
        return self._keep(scores, seeds, "generated", spotting)

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
            tracks: names of tracks; none: all.
            takes: how many.
            seed: of the first take; each further one has the next.
            progress: hears how far the work is.
            cancel: set it to stop.

        Raises:
            PlanError: no accepted take, unknown bars or tracks, all is locked, or the click has moved since.
            StoppedError: `cancel` was set; nothing is kept.
        """
        seeds = _seeds(takes, seed)
        with self._lock:  # one moment of it all
            parent, locks = self._accepted(), self._state.locks
            plan, spotting, score = self.score_plan, self.plan, self.music(parent)
        if not has_click_of(score, plan):
            raise PlanError(
                f"take {parent.name} has another click than the plan, so its notes would miss the picture; undo the "
                "change of the plan, or generate anew without locks"
            )
        score = replace(score, grid=plan.grid)
        cells = open_cells(plan, locks, bars, tracks)
        kept = locked_notes(score, locks)
        scores = rewrite_takes(plan, score, cells, seeds, kept=kept, watch=_watch(progress, cancel))
        return self._keep(
            scores, seeds, "regenerated", spotting, parent=parent.name, bars=bars, tracks=tuple(tracks)
        )

    def accept(self, take: Take | str) -> Take:
        """Go on with a take: locks hold its notes, and others are made from it."""
        with self._lock:
            found = self._take(take)
            self.music(found)  # a take that is gone is not gone on with
            self._commit(f"accepted take {found.name}", replace(self._state, accepted=found.name))
            return found

    def import_music(self, path: Path | str, *, lock_edits: bool = True) -> Reconciled:
        """Merge what a DAW exported with the accepted take, as a new take that is accepted.

        What the composer edited or added is locked unless `lock_edits` is False.

        Raises:
            PlanError: no accepted take.
            MidiError: no file that can be read.
        """
        from emsync_nb.notation import open_export
        from emsync_nb.session.reconciling import reconcile

        with self._lock:
            parent = self._accepted()
            merged = reconcile(self.music(parent), *open_export(Path(path)))
            take = self._written(merged.score, None, "imported", self.plan, parent=parent.name)
            locks = self._state.locks
            if lock_edits:
                locks = (*locks, *locks_on(merged.edited_notes))
            state = replace(
                self._state,
                takes=(*self._state.takes, take),
                accepted=take.name,
                locks=tuple(dict.fromkeys(locks)),
            )
            self._commit(f"imported {Path(path).name} as take {take.name}", state)
            return merged

    def keep_score(self, score: Score, spotting: Spotting) -> Take:
        """Music that was made of a spotting elsewhere, as a take that is gone on with, and its plan."""
        with self._lock:
            take = self._written(score, spotting.seed, "generated", spotting)
            state = replace(
                self._state, spotting=spotting, takes=(*self._state.takes, take), accepted=take.name
            )
            self._commit(f"scored the film as take {take.name}", state)
            return take

    def _keep(
        self,
        scores: Sequence[Score],
        seeds: Sequence[int],
        kind: TakeKind,
        spotting: Spotting,
        **facts: Any,  # noqa: ANN401 - fields of Take
    ) -> list[Take]:
        """Write takes that were made and note them, all at once."""
        with self._lock:
            self._check_held()
            found: list[Take] = []
            for score, seed in zip(scores, seeds, strict=True):
                found.append(self._written(score, seed, kind, spotting, after=found, **facts))
            names = ", ".join(take.name for take in found)
            state = replace(self._state, takes=(*self._state.takes, *found))
            self._commit(f"{kind} take{'s' if len(found) > 1 else ''} {names}", state)
            return found

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

        with TemporaryDirectory() as folder:
            path = Path(folder) / "take.mid"
            write_midi(score, path)
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

    # — locks and mixing —

    def lock(
        self,
        track: str | None = None,
        bars: tuple[int, int] | None = None,
        notes: Sequence[tuple[Fraction, int]] = (),
    ) -> Lock:
        """Keep notes of the accepted take as they are: of a track, of bars, or single ones at (beat, pitch).

        Raises:
            PlanError: no accepted take, or a track, bars or notes that it does not have.
        """
        with self._lock, as_plan_errors():
            score = self.music(self._accepted())
            name = None if track is None else spelt(track, score)
            lock = Lock(name, bars, tuple((Fraction(beat), int(pitch)) for beat, pitch in notes))
            refuse_missing(lock, score)
            locks = tuple(dict.fromkeys((*self._state.locks, lock)))
            self._commit(f"locked {described(lock)}", replace(self._state, locks=locks))
            return lock

    def unlock(self, lock: Lock | None = None) -> None:
        """Let one lock go, or all of them.

        Raises:
            PlanError: there is no such lock.
        """
        with self._lock:
            if lock is not None and lock not in self._state.locks:
                raise PlanError("there is no such lock; see emsync session show")
            left = tuple(one for one in self._state.locks if lock is not None and one != lock)
            what = "unlocked all" if lock is None else f"unlocked {described(lock)}"
            self._commit(what, replace(self._state, locks=left))

    def mute(self, track: str, on: bool = True) -> None:
        """Silence a track, or no longer."""
        with self._lock:
            name = spelt(track, self.music(self._accepted()))
            muted = self._state.muted | {name} if on else self._state.muted - {name}
            self._commit(f"{'muted' if on else 'unmuted'} {name}", replace(self._state, muted=muted))

    def solo(self, track: str, on: bool = True) -> None:
        """Hear a track alone, with others that are soloed, or no longer."""
        with self._lock:
            name = spelt(track, self.music(self._accepted()))
            soloed = self._state.soloed | {name} if on else self._state.soloed - {name}
            self._commit(f"{'soloed' if on else 'unsoloed'} {name}", replace(self._state, soloed=soloed))


def _seeds(takes: int, seed: int) -> list[int]:
    if not 1 <= takes <= MAX_TAKES:
        raise PlanError(f"takes must lie in 1 … {MAX_TAKES}, got {takes}; ask for fewer")
    if not 0 <= seed <= 2**63 - takes:
        raise PlanError(f"seed must lie in 0 … 2^63 − {takes}, got {seed}; choose another")
    return [seed + take for take in range(takes)]


def _watch(progress: Progress | None, cancel: threading.Event | None) -> Stopwatch:
    return Stopwatch(Stoppable(progress, cancel))
