"""What is marked on the accepted take: notes that stay, tracks that are heard or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from emsync_nb.domain import Score
from emsync_nb.errors import PlanError
from emsync_nb.session.casting import Casting
from emsync_nb.session.locking import described, refuse_missing, spelt
from emsync_nb.session.note_requests import notes_at
from emsync_nb.session.state import Lock
from emsync_nb.session.stopping import as_plan_errors
from emsync_nb.session.unlocking import Whole, unlocked
from emsync_nb.session.work import Work


class MarkedWork(Work):
    """Work whose accepted take carries locks, mutes and solos; see `Session`."""

    def lock(
        self,
        track: str | None = None,
        bars: tuple[int, int] | None = None,
        notes: Sequence[tuple[Fraction, int]] = (),
    ) -> Lock:
        """Keep notes of the accepted take as they are: of a track, of bars, or single ones at (beat, pitch).

        Takes that are just being made keep them too.

        Raises:
            PlanError: no accepted take, or a track, bars or notes that it does not have.
        """
        with self._lock, as_plan_errors():
            self.check_held()
            lock = self._named_lock(self.music(self._accepted()), track, bars, notes)
            locks = tuple(dict.fromkeys((*self._state.locks, lock)))
            self._commit(f"locked {described(lock)}", replace(self._state, locks=locks))
            return lock

    def unlock(
        self,
        track: str | Lock | None = None,
        bars: tuple[int, int] | None = None,
        notes: Sequence[tuple[Fraction, int]] = (),
    ) -> None:
        """Let notes go, named as `lock` names them, whichever locks hold them; without names, all.

        What else those locks hold stays locked. A `Lock` in place of a track takes just this one away.

        Raises:
            PlanError: nothing of it is locked, or a track, bars or notes that the accepted take does not have.
        """
        with self._lock, as_plan_errors():
            self.check_held()
            if track is None and bars is None and not notes:
                self._commit("unlocked all", replace(self._state, locks=()))
                return
            if isinstance(track, Lock):
                wanted, left = track, tuple(lock for lock in self._state.locks if lock != track)
            else:
                score = self.music(self._accepted())
                wanted = self._named_lock(score, track, bars, notes)
                left = unlocked(self._state.locks, wanted, score, self._whole(score))
            if left == self._state.locks:
                raise PlanError("there is no such lock; see emsync session show")
            self._commit(f"unlocked {described(wanted)}", replace(self._state, locks=left))

    def notes_at(self, track: str | None, spots: Sequence[tuple[float, int]]) -> list[tuple[Fraction, int]]:
        """Notes of the accepted take as `lock` names them, by (start in seconds, pitch), a millisecond more or less.

        Raises:
            PlanError: no accepted take, no track, or no such notes.
        """
        with self._lock, as_plan_errors():
            self.check_held()
            score = self.music(self._accepted())
            return notes_at(score, None if track is None else self._spelt(track, score), spots)

    def _named_lock(
        self,
        score: Score,
        track: str | None,
        bars: tuple[int, int] | None,
        notes: Sequence[tuple[Fraction, int]],
    ) -> Lock:
        """A lock on what a score has, in its spelling."""
        name = None if track is None else self._spelt(track, score)
        lock = Lock(name, bars, tuple((Fraction(beat), int(pitch)) for beat, pitch in notes))
        refuse_missing(lock, score)
        return lock

    def _spelt(self, track: str, score: Score) -> str:
        """The name of a track of the accepted take, which may be called by its player's."""
        return spelt(track, score, self._accepted().played_by)

    def _whole(self, score: Score) -> Whole:
        """All tracks and bars that may be written anew: of the take, and of who rests in it."""
        plan = self.score_plan
        casting = Casting(self._accepted().played_by)
        names = [track.name for track in score.tracks]
        names += [casting.track(player.name) for player in plan.ensemble.players]
        return Whole(tuple(dict.fromkeys(names)), max(len(score.grid.bars), len(plan.grid.bars)))

    def mute(self, track: str, on: bool = True) -> None:
        """Silence a track, or no longer."""
        with self._lock:
            self.check_held()
            name = self._spelt(track, self.music(self._accepted()))
            muted = self._state.muted | {name} if on else self._state.muted - {name}
            self._commit(f"{'muted' if on else 'unmuted'} {name}", replace(self._state, muted=muted))

    def solo(self, track: str, on: bool = True) -> None:
        """Hear a track alone, with others that are soloed, or no longer."""
        with self._lock:
            self.check_held()
            name = self._spelt(track, self.music(self._accepted()))
            soloed = self._state.soloed | {name} if on else self._state.soloed - {name}
            self._commit(f"{'soloed' if on else 'unsoloed'} {name}", replace(self._state, soloed=soloed))
