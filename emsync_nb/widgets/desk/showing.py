"""What a desk shows, read from its session; what is dear to find out is kept as long as it holds."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from emsync_nb.domain import EmotionCurve, Score, ScorePlan, Spotting
from emsync_nb.errors import UserError
from emsync_nb.pipeline import plan_of
from emsync_nb.session.documents import plan_digest
from emsync_nb.session.reading import ANALYSED, SavedWork, analysed_curve, saved_music
from emsync_nb.session.state import Take
from emsync_nb.widgets.desk.heard import Heard, heard_in
from emsync_nb.widgets.desk.view import DeskView
from emsync_nb.widgets.desk.work import DeskWork

Value = TypeVar("Value")


class Showing:
    """Views of one session. `look` is called by one thread at a time."""

    def __init__(self, work: DeskWork) -> None:
        self._work = work
        #: notes by the SHA-256 of a take's file
        self.note_counts: dict[str, int] = {}
        #: what could not be shown at the last look, a line each
        self.problems: list[str] = []
        #: what was read at the last look
        self.saved: SavedWork | None = None
        self._plan: tuple[Spotting, ScorePlan | None] | None = None
        self._digest: tuple[Spotting, str] | None = None
        self._heard: tuple[Score, ScorePlan, Heard] | None = None
        self._score: tuple[str, Score | None] | None = None
        self._analysed: tuple[object, EmotionCurve | None] = (None, None)

    def look(self) -> DeskView:
        """The session as it is now.

        Raises:
            OutputError: it is missing or damaged.
        """
        self.saved = saved = self._work.read()
        self.problems = []
        state, spotting = saved.state, saved.state.spotting
        take = None if state.accepted is None else state.take(state.accepted)
        plan = None if spotting is None else self._plan_of(spotting)
        score = None if take is None else self._score_of(saved, take)
        heard = None
        if score is not None and plan is not None and spotting is not None:
            heard = self._heard_in(score, plan, spotting.film.video.fps)
        return DeskView(
            film_name=saved.film.place(saved.folder).name,
            start_timecode=saved.film.start_timecode,
            state=state,
            steps=saved.steps,
            plan=plan,
            score=score,
            analysed=self._analysed_of(saved),
            digest=None if spotting is None else self._digest_of(spotting),
            heard=heard,
        )

    def count_notes(self) -> bool:
        """Count the notes of all takes; whether there were any that had not been counted."""
        saved, is_news = self._work.read(), False
        for take in saved.state.takes:
            if take.sha256 not in self.note_counts:
                score = self._tried(lambda take=take: saved_music(saved.folder, take))  # type: ignore[misc]
                self.note_counts[take.sha256] = 0 if score is None else score.note_count
                is_news = True
        return is_news

    def _plan_of(self, spotting: Spotting) -> ScorePlan | None:
        if self._plan is None or self._plan[0] is not spotting:
            self._plan = spotting, self._tried(lambda: plan_of(spotting))
        return self._plan[1]

    def _digest_of(self, spotting: Spotting) -> str:
        if self._digest is None or self._digest[0] is not spotting:
            self._digest = spotting, plan_digest(spotting)
        return self._digest[1]

    def _heard_in(self, score: Score, plan: ScorePlan, fps: Fraction) -> Heard:
        if self._heard is None or self._heard[0] is not score or self._heard[1] is not plan:
            self._heard = score, plan, heard_in(score, plan, fps)
        return self._heard[2]

    def _score_of(self, saved: SavedWork, take: Take) -> Score | None:
        if self._score is None or self._score[0] != take.sha256 or self._score[1] is None:
            self._score = take.sha256, self._tried(lambda: saved_music(saved.folder, take))
        score = self._score[1]
        if score is not None:
            self.note_counts[take.sha256] = score.note_count
        return score

    def _analysed_of(self, saved: SavedWork) -> EmotionCurve | None:
        here = next(step.number for step in saved.steps if step.here)
        passed = [(step.number, step.made) for step in saved.steps[: here + 1] if step.what == ANALYSED]
        last = passed[-1] if passed else None
        if self._analysed[0] != last:
            self._analysed = last, self._tried(lambda: analysed_curve(saved.folder))
        return self._analysed[1]

    def _tried(self, find: Callable[[], Value]) -> Value | None:
        """What is found; None where it cannot be, and a line that says why."""
        try:
            return find()
        except UserError as error:
            self.problems.append(str(error))
            return None
