"""Whether the music meets the picture: hits, structure at them, and what leads up to them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from emsync_nb.domain import GRID, PARTS, MusicTable
from emsync_nb.evaluation.anticipation import run_up
from emsync_nb.evaluation.generator.pieces import ENSEMBLES, composer, made_up_film
from emsync_nb.evaluation.novelty import hit_novelty
from emsync_nb.generation import ComposeSettings, SamplingSettings, compose
from emsync_nb.generation.brief import KEY, METER, TEMPO, Brief, cast
from emsync_nb.generation.composer import write_takes
from emsync_nb.generation.conditioning import Conditions
from emsync_nb.generation.tokens import meter_index, tempo_index
from emsync_nb.labelling import label_bars
from emsync_nb.notation import read_hits, write_midi
from emsync_nb.notation.reading import read_table
from emsync_nb.preset_library import load_ensemble

#: bars of a piece that leads up to hits, the bars these begin, and its tempo
RUN_UP_BARS, HIT_BARS, RUN_UP_BPM = 16, (5, 10, 15), 108.0


#: seconds between the boundaries of a film in which every hit has time to change something: with hits three bars
#: apart, all there is lies within a bar of one
SPARSE_S = (8, 20)


def film(job: tuple[int, int, str], apart_s: tuple[int, int] = (2, 9)) -> dict[str, Any]:
    """One made-up film, scored: errors of its hits in seconds (nan where none is met), and where they are."""
    seed, seconds, ensemble = job
    _, plan = made_up_film(seed, seconds, ensemble, apart_s)
    score = compose(composer(), plan, ComposeSettings(seed=seed), ear=label_bars)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "score.mid"
        write_midi(score, path)
        wanted = [float(hit.boundary.time_s) for hit in plan.hits]
        readings = read_hits(path, wanted, end_s=float(plan.duration_s))
        table = read_table(path, unfold=False)
    met = [r.error_s if r.error_s is not None and r.on_beat else np.nan for r in readings]
    starts = {section.start_beat for section in plan.sections} - {cue.start_beat for cue in plan.cues}
    hit_beats = {hit.beat for hit in plan.hits}
    return {
        "errors": np.array(met, dtype=float),
        "table": table,
        "bars": [plan.grid.at(hit.beat).number - 1 for hit in plan.hits],
        "sections": len(starts),
        "sections_on_hits": len(starts & hit_beats),
    }


def novelty(films: Sequence[dict[str, Any]], seed: int) -> dict[str, float]:
    """Novelty at hits against elsewhere."""
    kept = [(f["table"], [b for b in f["bars"] if b < f["table"].bars]) for f in films]
    test = hit_novelty([t for t, _ in kept], [b for _, b in kept], seed)
    return {"at_hits": test.mean_at_hits, "elsewhere": test.mean_elsewhere, "p": test.p_value}


def led_up(job: tuple[Sequence[int], str]) -> dict[str, Any]:
    """(hits, 3) loudness, density and cadence before hits that the network was told of, and the same untold.

    Same seeds, no rules about keys, counts, loudness or chords in either arm; meter, tempo, key and a middling emotion
    are asked for in both.
    """
    seeds, ensemble = job
    arms = []
    for told in (True, False):
        briefs = [_run_up_brief(seed, ensemble, told) for seed in seeds]
        dice = [np.random.default_rng([seed, 11]) for seed in seeds]
        takes = write_takes(composer(), briefs, dice, SamplingSettings())
        tables = [
            MusicTable.build(np.array(t.rows).reshape(-1, 5), t.bar_start, np.full(RUN_UP_BARS, RUN_UP_BPM))
            for t in takes
        ]
        found = [run_up(table, bar * 4 * GRID) for table in tables for bar in HIT_BARS]
        arms.append([[one.loudness_slope, one.density_slope, one.cadence] for one in found])
    return {"shown": np.array(arms[0]), "hidden": np.array(arms[1])}


def _run_up_brief(seed: int, ensemble: str, told: bool) -> Brief:
    rng = np.random.default_rng([seed, 13])
    players = load_ensemble(ensemble)
    parts = [player.part for player in players.players]
    starts = np.arange(RUN_UP_BARS + 1) * 4 * GRID
    valence, arousal = rng.uniform(-0.5, 0.5, 2)
    conditions = Conditions(
        bar_start=starts,
        valence=np.full(RUN_UP_BARS, valence),
        arousal=np.full(RUN_UP_BARS, arousal),
        parts=np.tile(np.isin(PARTS, parts), (RUN_UP_BARS, 1)),
        hits=np.array(HIT_BARS) * 4 * GRID,
        clock_steps=starts.astype(np.float64),
        clock_s=starts / GRID * 60 / RUN_UP_BPM,
        offsets_told=told,
    )
    brief = Brief.blank(conditions, [cast(players, parts)] * RUN_UP_BARS)
    brief.heads[:, METER] = meter_index(np.array(4 * GRID))
    brief.heads[:, TEMPO] = tempo_index(np.array(RUN_UP_BPM))
    brief.heads[:, KEY] = int(rng.integers(12)) + (12 if valence < 0 else 0)
    return replace(brief.unbounded(), ruled=False)


def film_jobs(films: int, seconds: int, seed: int) -> list[tuple[int, int, str]]:
    """Films to be scored, ensembles in turn."""
    return [(seed + i, seconds, ENSEMBLES[i % len(ENSEMBLES)]) for i in range(films)]
