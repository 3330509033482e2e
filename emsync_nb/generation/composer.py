"""From a plan to scores: the network writes bar after bar, the rules keep every promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from emsync_nb.domain import GRID, PlannedCue, Score, ScorePlan
from emsync_nb.errors import PlanError
from emsync_nb.generation.assembly import Row, assemble
from emsync_nb.generation.brief import Brief, Stretch, check_ensemble, planned_brief
from emsync_nb.generation.given import Given, with_given
from emsync_nb.generation.sampling import SamplingSettings, perform
from emsync_nb.generation.steering import Ear
from emsync_nb.generation.threads import few_threads
from emsync_nb.generation.writer import TakeWriter, Written

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

#: takes at once: each has memory of its own
MAX_TAKES = 16


@dataclass(frozen=True, slots=True)
class ComposeSettings:
    """What the user decides about composing."""

    seed: int = 0
    sampling: SamplingSettings = field(default_factory=SamplingSettings)


def compose(
    network: EventTransformer,
    plan: ScorePlan,
    settings: ComposeSettings,
    *,
    given: Given | None = None,
    ear: Ear | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Score:
    """Compose the music of a plan. The same seed, network and plan give the same score on the same machine.

    `given` holds notes that are played as they are, a theme say, and that others accompany; `ear` listens and keeps the
    emotion on its way. `on_progress` receives the share of the music written, 0 … 1.

    Raises:
        PlanError: an ensemble that cannot play a chord with a bass note, or a bar that is too long.
    """
    return compose_takes(
        network, plan, [settings.seed], settings.sampling, given=given, ear=ear, on_progress=on_progress
    )[0]


def compose_takes(
    network: EventTransformer,
    plan: ScorePlan,
    seeds: Sequence[int],
    sampling: SamplingSettings | None = None,
    *,
    given: Given | None = None,
    ear: Ear | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> list[Score]:
    """Several takes of a plan in one pass, one for each seed; four cost about twice as much as one.

    Sums are rounded differently when takes are composed together, so a take may differ from what its seed gives alone.

    Raises:
        PlanError: as `compose`; or no seeds, or more than MAX_TAKES.
    """
    takes = _rows_of_takes(network, plan, seeds, sampling or SamplingSettings(), given, ear, on_progress)
    if given is None:
        return [assemble(plan, rows) for rows in takes]
    played = [_as_row(row) for row in given.rows.tolist()]
    return [assemble(plan, [*played, *given.make_way(plan, rows)]) for rows in takes]


def new_rows(
    network: EventTransformer,
    plan: ScorePlan,
    settings: ComposeSettings,
    given: Given,
    ear: Ear | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> list[Row]:
    """The notes that are written beside given ones, these left out.

    Raises:
        PlanError: as `compose`.
    """
    return _rows_of_takes(network, plan, [settings.seed], settings.sampling, given, ear, on_progress)[0]


def _rows_of_takes(
    network: EventTransformer,
    plan: ScorePlan,
    seeds: Sequence[int],
    sampling: SamplingSettings,
    given: Given | None,
    ear: Ear | None,
    on_progress: Callable[[float], None] | None,
) -> list[list[Row]]:
    """The notes of each take, cue after cue."""
    if not 1 <= len(seeds) <= MAX_TAKES:
        raise PlanError(f"1 to {MAX_TAKES} takes can be composed at once, got {len(seeds)}; ask for fewer")
    check_ensemble(plan.ensemble, list(dict.fromkeys(section.parts for section in plan.sections)))
    found: list[list[Row]] = [[] for _ in seeds]
    progress = _Progress(plan, on_progress)
    for index, cue in enumerate(plan.cues):
        stretch = Stretch.of(plan, cue)
        brief = replace(planned_brief(plan, cue, stretch), ear=ear)
        brief = brief if given is None else with_given(brief, stretch, given)
        dice = [np.random.default_rng([seed, 2, index]) for seed in seeds]
        takes = write_takes(network, [brief] * len(seeds), dice, sampling, on_bar=progress.of(index, stretch))
        for rows, take in zip(found, takes, strict=True):
            rows += _in_film(plan, cue, stretch, take)
    return found


def _as_row(row: list[int]) -> Row:
    onset, duration, pitch, velocity, part = row
    return onset, duration, pitch, velocity, part


def write_takes(
    network: EventTransformer,
    briefs: Sequence[Brief],
    dice: Sequence[np.random.Generator],
    sampling: SamplingSettings,
    *,
    on_bar: Callable[[int], None] | None = None,
) -> list[Written]:
    """One take of each brief, all in one pass; `on_bar` is told the bars that the first of them has done."""
    writers = [
        TakeWriter(brief, on_bar if index == 0 else None, strength=sampling.strength, runs=network.known_runs)
        for index, brief in enumerate(briefs)
    ]
    with few_threads() as threads:
        perform(network, sampling, [writer.take() for writer in writers], dice, before_step=threads.step)
    return [writer.written for writer in writers]


def _in_film(plan: ScorePlan, cue: PlannedCue, stretch: Stretch, take: Written) -> list[Row]:
    """The notes of a take that begin within their cue, onsets in steps from the film's start."""
    start, end = cue.start_beat * GRID, plan.out_step(cue)
    moved = ((row[0] + stretch.origin, *row[1:]) for row in take.rows)
    return [row for row in moved if start <= row[0] < end]


class _Progress:
    """Turns bars that are done into a share of all the music."""

    def __init__(self, plan: ScorePlan, on_progress: Callable[[float], None] | None) -> None:
        self._plan, self._on_progress = plan, on_progress
        self._total = sum(cue.end_beat - cue.start_beat for cue in plan.cues)

    def of(self, index: int, stretch: Stretch) -> Callable[[int], None] | None:
        """What is told the bars of cue number `index`."""
        if self._on_progress is None:
            return None
        tell, cue = self._on_progress, self._plan.cues[index]
        earlier = sum(before.end_beat - before.start_beat for before in self._plan.cues[:index])

        def told(bar: int) -> None:
            done = min(stretch.bars[bar].end_beat, cue.end_beat) - cue.start_beat
            tell((earlier + done) / self._total)

        return told
