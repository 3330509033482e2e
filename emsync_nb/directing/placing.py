"""Drafts with their times and words: what a text finally asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from emsync_nb.directing.changes import (
    Accent,
    Change,
    EndingChange,
    Feeling,
    ModeChange,
    Orchestration,
    Scene,
    Silence,
    Tempo,
)
from emsync_nb.directing.clauses import Clause
from emsync_nb.directing.drafts import Draft, big_finish
from emsync_nb.directing.steps import Step, steps_of
from emsync_nb.directing.times import When, tail_start

#: a pause without a length, in seconds
_PAUSE_S = Fraction(2)
State = Feeling | Tempo | ModeChange | Silence


class Placer:
    """Gives clauses their times within one film."""

    def __init__(self, scene: Scene) -> None:
        self._duration_s = scene.duration_s
        #: words, and why nothing came of them
        self.refused: list[tuple[str, str]] = []

    def place(self, read: Sequence[Clause]) -> list[Change]:
        """The changes of all clauses, in the order of the text."""
        kept = self._with_times(read)
        steps = steps_of(kept, self._duration_s)
        changes: list[Change] = []
        for clause in kept:
            step = next((step for step in steps if clause in step.clauses), None)
            for draft in clause.drafts:
                changes += self._placed(draft, clause, step, steps)
        return _merged(changes)

    def _with_times(self, read: Sequence[Clause]) -> list[Clause]:
        """The clauses that ask for something; one that only gives a time hands it on."""
        kept: list[Clause] = []
        waiting: Clause | None = None
        for clause in read:
            if (
                clause.when is None
                and clause.place
                and not any(d.kind in {"ending", "big"} for d in clause.drafts)
            ):
                clause.when = self._named_place(clause.place)
            if clause.drafts:
                if waiting is not None and _takes(clause, waiting):
                    clause.when, waiting = _joined(waiting.when, clause.when), None
                self._drop(waiting)
                waiting = None
                kept.append(clause)
            elif not clause.left:
                self._drop(waiting)
                waiting = clause
        if waiting is not None and not waiting.place and kept and kept[-1].when is None:
            kept[-1].when = waiting.when  # "as if danger were near, at 0:20"
        else:
            self._drop(waiting)
        return kept

    def _drop(self, clause: Clause | None) -> None:
        if clause is not None and any(character.isalnum() for character in clause.words):
            self.refused.append((clause.words, "it does not say what to do"))

    def _named_place(self, place: str) -> When:
        if place == "head":
            return When(Fraction(0), points_s=(Fraction(0),))
        if place == "middle":
            return When(self._duration_s / 3, self._duration_s * 2 / 3)
        return When(tail_start(self._duration_s), self._duration_s, at_end=True)

    def _placed(
        self, draft: Draft, clause: Clause, step: Step | None, steps: Sequence[Step]
    ) -> Iterator[Change]:
        change = draft.change
        if isinstance(change, Orchestration):
            yield from self._ensemble(change, clause)
        elif isinstance(change, EndingChange):
            yield from self._ending(change, draft.kind == "big", clause)
        elif isinstance(change, Accent):
            yield from self._accents(clause)
        elif step is not None:
            yield from self._state(draft, change, clause, step, steps)

    def _ensemble(self, change: Orchestration, clause: Clause) -> Iterator[Change]:
        when = clause.when or When()
        only_part = (
            when.start_s or (when.end_s is not None and when.end_s < self._duration_s) or when.length_s
        )
        if only_part and len(clause.drafts) == 1:
            self.refused.append((clause.words, "an ensemble plays the whole film; leave out the time"))
        else:  # beside something else the time is that thing's
            yield replace(change, words=clause.words)

    def _ending(self, change: EndingChange, is_big: bool, clause: Clause) -> Iterator[Change]:
        when, tail = clause.when or When(), tail_start(self._duration_s)
        # a big finish may take its time, a fade-out has its own
        earliest = self._duration_s / 2 if is_big else tail
        reaches = when.end_s == self._duration_s or when.start_s is None or when.start_s >= earliest
        if not reaches or (when.end_s is not None and when.end_s < self._duration_s):
            self.refused.append(
                (clause.words, "an ending is at the end of the film; for earlier, ask for silence")
            )
            return
        yield replace(change, words=clause.words)
        if is_big:
            start = tail if when.start_s is None else min(tail, when.start_s)
            yield big_finish(start, self._duration_s, clause.words)

    def _accents(self, clause: Clause) -> Iterator[Change]:
        when = clause.when or When()
        if when.at_end:
            yield EndingChange("ring", clause.words)
        elif when.points_s:
            yield from (Accent(time, clause.words) for time in when.points_s)
        else:
            self.refused.append((clause.words, "a hit needs a moment, such as at 0:32 or at the second cut"))

    def _state(
        self, draft: Draft, change: State, clause: Clause, step: Step, steps: Sequence[Step]
    ) -> Iterator[Change]:
        start = step.start_s if step.start_s is not None else Fraction(0)
        span = self._span(draft, change, clause, step, steps)
        if span is None:
            return
        end, reached = span
        if end <= start or (reached is not None and reached <= start):
            self.refused.append((clause.words, "nothing of the film is left there"))
            return
        placed = replace(change, start_s=start, end_s=end, words=clause.words)
        if isinstance(placed, Feeling | Tempo):
            placed = replace(placed, reached_s=None if reached is None else min(reached, end))
        yield placed

    def _span(
        self, draft: Draft, change: State, clause: Clause, step: Step, steps: Sequence[Step]
    ) -> tuple[Fraction, Fraction | None] | None:
        """Where it ends, and where it is fully there if that is gradual; None where it was refused."""
        start, end = step.start_s or Fraction(0), step.end_s
        if isinstance(change, Silence):
            timed = clause.when is not None or clause.sequential or len(steps) > 1
            if not timed or (draft.kind == "entry" and end is None):
                self.refused.append((clause.words, "silence needs a time, such as from 0:40 to 0:50"))
                return None
            if draft.kind == "pause" and end is None:
                end = min(self._duration_s, start + _PAUSE_S)
        if not (clause.gradual or step.when.by_s is not None):
            return (end if end is not None else self._bound(start, change, steps)), None
        # what has built up stays until something else comes
        bound = self._bound(start, change, steps)
        reached = step.when.by_s if step.when.by_s is not None else end
        return bound, (reached if reached is not None else bound)

    def _bound(self, start_s: Fraction, change: State, steps: Sequence[Step]) -> Fraction:
        """Where the next step begins that puts an end to a change; the film's end where there is none."""
        later = [s.start_s for s in steps if s.start_s is not None and s.start_s > start_s and s.ends(change)]
        return min(later, default=self._duration_s)


def _takes(clause: Clause, waiting: Clause) -> bool:
    """Whether a clause takes the time of one before it that had nothing else."""
    return clause.when is None or clause.when.start_s is None or clause.when is waiting.when


def _joined(waiting: When | None, own: When | None) -> When | None:
    """The time of a clause that had nothing else, with what its follower says of its own time."""
    if waiting is None or own is None:
        return waiting or own
    return replace(own, start_s=waiting.start_s, points_s=waiting.points_s or own.points_s)


def _merged(changes: Sequence[Change]) -> list[Change]:
    """Feelings of one stretch, as in "gentle and warm", become the place between them."""
    merged: list[Change] = []
    for change in changes:
        k = next((k for k, other in enumerate(merged) if _is_beside(change, other)), None)
        if k is None:
            merged.append(change)
    return [_mean([other for other in changes if _is_beside(other, one)]) or one for one in merged]


def _is_beside(one: Change, other: Change) -> bool:
    return (
        isinstance(one, Feeling)
        and isinstance(other, Feeling)
        and (one == replace(other, words=one.words) or not (one.relative or other.relative))
        and (one.start_s, one.end_s, one.reached_s) == (other.start_s, other.end_s, other.reached_s)
    )


def _mean(changes: Sequence[Change]) -> Feeling | None:
    feelings = [change for change in changes if isinstance(change, Feeling)]
    if len(feelings) < 2:
        return None
    words = ", ".join(dict.fromkeys(feeling.words for feeling in feelings))
    valences = [feeling.valence for feeling in feelings if feeling.valence is not None]
    arousals = [feeling.arousal for feeling in feelings if feeling.arousal is not None]
    return replace(
        feelings[0],
        valence=sum(valences) / len(valences) if valences else None,
        arousal=sum(arousals) / len(arousals) if arousals else None,
        words=words,
    )
