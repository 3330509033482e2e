"""Clauses laid out along the film: which share a stretch, where it begins and where it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from emsync_nb.directing.changes import Change, Feeling, ModeChange, Silence, Tempo
from emsync_nb.directing.clauses import Clause
from emsync_nb.directing.times import When


@dataclass(slots=True, eq=False)
class Step:
    """Clauses that share one stretch of the film."""

    when: When
    clauses: list[Clause] = field(default_factory=list)
    start_s: Fraction | None = None
    end_s: Fraction | None = None

    def asked(self) -> Iterator[Change]:
        """The drafts of its states: feelings, tempi, modes, silences."""
        for clause in self.clauses:
            for draft in clause.drafts:
                if isinstance(draft.change, Feeling | Tempo | ModeChange | Silence):
                    yield draft.change

    def ends(self, change: Change) -> bool:
        """Whether a change of an earlier step lasts no longer than to this one."""
        if isinstance(change, Silence):
            return True
        for other in self.asked():
            if isinstance(other, Feeling):
                if not other.relative or (isinstance(change, Feeling) and change.relative):
                    return True
            elif type(other) is type(change):
                return True
        return False


def steps_of(kept: Sequence[Clause], duration_s: Fraction) -> list[Step]:
    """The steps of clauses, in the order of the text, with their starts and the ends that are said."""
    steps: list[Step] = []
    for clause in kept:
        candidate = Step(_when(clause), [clause])
        if not any(True for _ in candidate.asked()):
            continue
        shared = bool(steps) and clause.when is not None and clause.when is steps[-1].clauses[-1].when
        own = clause.when is not None or clause.sequential or clause.turns
        if not steps or (own and not shared):
            steps.append(candidate)
        else:
            steps[-1].clauses.append(clause)
    _find_starts(steps, duration_s)
    return steps


def _when(clause: Clause) -> When:
    when = clause.when or When()
    if clause.builds and when.end_s is None and when.start_s:
        return replace(when, start_s=None, by_s=when.start_s)
    if any(draft.kind == "entry" for draft in clause.drafts) and when.end_s is None:
        return When(Fraction(0), when.start_s)
    return when


def _find_starts(steps: Sequence[Step], duration_s: Fraction) -> None:
    """Starts that are said; steps that only follow share evenly what lies between."""
    waiting: list[Step] = []
    before: Step | None = None
    for step in steps:
        step.start_s, step.end_s = step.when.start_s, step.when.end_s
        if step.start_s is None and (before is None or before.end_s is not None):
            step.start_s = before.end_s if before is not None else Fraction(0)
        if step.start_s is not None:
            _share(waiting, step.start_s)
            waiting = []
        waiting.append(step)
        until = step.end_s if step.end_s is not None else step.when.by_s
        if step.start_s is None and (until is not None or step.when.length_s is not None):
            _share(waiting, until if until is not None else duration_s)
            waiting = [step]
        if step.start_s is not None and step.when.length_s is not None:
            step.end_s = min(duration_s, step.start_s + step.when.length_s)
        before = step
    _share(waiting, duration_s)


def _share(waiting: Sequence[Step], until_s: Fraction) -> None:
    if not waiting or waiting[0].start_s is None:
        return
    first = waiting[0].start_s
    for k, step in enumerate(waiting):
        if step.start_s is None:
            step.start_s = first + (max(until_s, first) - first) * k / len(waiting)
