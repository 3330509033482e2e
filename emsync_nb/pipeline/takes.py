"""Takes of a spotted film: composed from a plan, or with some cells of an earlier one written anew."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from emsync_nb.domain import Note, Score, ScorePlan, Spotting
from emsync_nb.extras import check_installed
from emsync_nb.labelling import label_bars
from emsync_nb.pipeline.progress import Silent, Stopwatch
from emsync_nb.pipeline.theme import given_notes
from emsync_nb.pipeline.theme_room import room_for_theme
from emsync_nb.planning import plan_spotting
from emsync_nb.preset_library import load_ensemble
from emsync_nb.weights import generator_checkpoint

if TYPE_CHECKING:
    from emsync_nb.generation import Cells
    from emsync_nb.generation.transformer import EventTransformer

_NEEDED = ("torch", "safetensors", "mido")
log = logging.getLogger(__name__)


def plan_of(spotting: Spotting) -> ScorePlan:
    """Cues, sections, hits, the click track and the theme's entries of what a composer asks for.

    Raises:
        PresetError: no such ensemble.
        PlanError: cues that overlap or reach beyond the film, or a theme that cannot enter where it is to.
    """
    return plan_spotting(spotting, load_ensemble(spotting.ensemble))


def compose_takes_of(plan: ScorePlan, seeds: Sequence[int], *, watch: Stopwatch | None = None) -> list[Score]:
    """A take for each seed, composed together, with the plan's theme.

    Raises:
        CheckpointError: missing or damaged weights.
        PlanError: no seeds, too many, or an ensemble that cannot play chords.
    """
    from emsync_nb.generation import compose_takes

    watch = watch or Stopwatch(Silent())
    network = _network(watch)
    given = given_notes(plan, plan.theme)
    with watch.stage("generation") as advance:
        return compose_takes(network, plan, seeds, given=given, ear=label_bars, on_progress=advance)


def rewrite_takes(
    plan: ScorePlan,
    score: Score,
    cells: Collection[Cells],
    seeds: Sequence[int],
    *,
    kept: Collection[tuple[str, Note]] = (),
    watch: Stopwatch | None = None,
) -> list[Score]:
    """The score with some cells written anew, once for each seed; all other notes, and `kept` ones, stay.

    The plan's theme is played where it fits into the cells, see `room_for_theme`; where not, a notice says so.

    Raises:
        CheckpointError: missing or damaged weights.
        PlanError: cells that the score does not have.
    """
    from emsync_nb.generation import ComposeSettings, refill

    watch = watch or Stopwatch(Silent())
    network = _network(watch)
    themed = room_for_theme(plan, score, cells, kept)
    for line in themed.left_out:
        log.warning(line)
        watch.progress.notice(line)
    if not themed.cells:  # the theme fills them all
        return [themed.score] * len(seeds)
    score, cells, kept = themed.score, themed.cells, themed.kept
    found = []
    with watch.stage("generation") as advance:
        for number, seed in enumerate(seeds):

            def tell(share: float, done: int = number) -> None:
                advance((done + share) / len(seeds))

            settings = ComposeSettings(seed=seed)
            found.append(
                refill(network, plan, score, cells, settings, kept=kept, ear=label_bars, on_progress=tell)
            )
    return [themed.make_way(one) for one in found]


def _network(watch: Stopwatch) -> EventTransformer:
    check_installed(*_NEEDED)
    from emsync_nb.generation import load, quantised

    with watch.stage("model"):
        return quantised(load(generator_checkpoint()))
