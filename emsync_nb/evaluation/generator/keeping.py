"""Whether notes that are locked stay, and whether controls of single tracks are heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from emsync_nb.domain import PARTS, MusicTable, Note, Score
from emsync_nb.evaluation.generator.pieces import composer, made_up_film
from emsync_nb.generation import Cells, ComposeSettings, SamplingSettings, compose, refill
from emsync_nb.generation.brief import free_brief
from emsync_nb.generation.composer import write_takes
from emsync_nb.generation.conditioning import CONTROLS
from emsync_nb.labelling import label_bars
from emsync_nb.preset_library import load_ensemble
from emsync_nb.training.measured import playing

#: a track of the default ensemble that is told how to play, and what it is told: little, middling, much
CONTROLLED = "violin-1"
ASKED = {
    "density": (0.5, 1.2, 3.0),
    "register": (64.0, 74.0, 84.0),
    "polyphony": (1.0, 1.4, 1.9),
    "dynamics": (48.0, 72.0, 100.0),
}
CONTROL_BARS = 8


def refilled(job: tuple[int, int, str]) -> dict[str, int]:
    """One score of which cells are written anew: notes that had to stay, those that did, new ones."""
    seed, seconds, ensemble = job
    _, plan = made_up_film(seed, seconds, ensemble)
    score = compose(composer(), plan, ComposeSettings(seed=seed), ear=label_bars)
    rng, bars = np.random.default_rng([seed, 29]), len(plan.grid.bars)
    first = int(rng.integers(1, max(2, bars - 4)))
    names = [track.name for track in score.tracks]
    tracks = None if rng.random() < 0.3 else tuple(rng.permutation(names)[: max(1, len(names) // 2)].tolist())
    cells = Cells(first, min(bars, first + int(rng.integers(2, 6))), tracks)
    after = refill(composer(), plan, score, [cells], ComposeSettings(seed=seed + 1), ear=label_bars)
    low, high = plan.grid.bars[cells.first_bar - 1].start_beat, plan.grid.bars[cells.last_bar - 1].end_beat

    def locked(of: Score) -> set[tuple[str, Note]]:
        return {
            (t.name, n)
            for t in of.tracks
            for n in t.notes
            if not (low <= n.start_beat < high and (tracks is None or t.name in tracks))
        }

    before, kept = locked(score), locked(after)
    return {"locked": len(before), "unchanged": len(before & kept), "strangers": len(kept - before)}


def controlled(job: tuple[str, int, int]) -> dict[str, Any]:
    """(pieces,) what one track was asked for and what it does, for one control."""
    control, each, seed = job
    column, ensemble = CONTROLS.index(control), load_ensemble("chamber-orchestra")
    values = [value for value in ASKED[control] for _ in range(each)]
    briefs = []
    for value in values:
        brief = free_brief(ensemble, np.zeros((CONTROL_BARS, 2)))
        controls = np.full((CONTROL_BARS, len(PARTS), len(CONTROLS)), np.nan)
        controls[:, PARTS.index(CONTROLLED), column] = value
        briefs.append(replace(brief, conditions=replace(brief.conditions, controls=controls)))
    dice = [np.random.default_rng([seed, 31, i]) for i in range(len(values))]
    takes = write_takes(composer(), briefs, dice, SamplingSettings())
    done = [_played(take.rows, take.bar_start, column) for take in takes]
    return {"asked": np.array(values), "played": np.array(done)}


def _played(rows: Sequence[tuple[int, ...]], bar_start: np.ndarray[Any, Any], column: int) -> float:
    table = MusicTable.build(np.array(rows).reshape(-1, 5), bar_start, np.full(len(bar_start) - 1, 100.0))
    found = playing(table)[:, PARTS.index(CONTROLLED), column]
    return float(np.nanmean(found)) if np.isfinite(found).any() else float("nan")
