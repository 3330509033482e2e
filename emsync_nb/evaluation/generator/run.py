"""Runs all measures of the composer, in several processes, and gathers them."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from emsync_nb.cluster import results
from emsync_nb.evaluation.anticipation import paired_effect
from emsync_nb.evaluation.generator import (
    emotion,
    health,
    keeping,
    likelihood,
    mood_of_renders,
    picture,
    speed,
)
from emsync_nb.evaluation.generator.pieces import AT_ONCE, ENSEMBLES, Wanted, spread
from emsync_nb.evaluation.generator.scale import Scale
from emsync_nb.extras import require
from emsync_nb.generation.conditioning import CONTROLS

#: name of a measure, and what it is to measure
Job = tuple[str, Any]
Found = dict[str, list[Any]]

_MEASURES: dict[str, Callable[[Any], Any]] = {
    "speed": speed.measured,
    "held-out": likelihood.held_out,
    "markov": likelihood.markov,
    "grid": emotion.heard,
    "guided": lambda job: (job[0], emotion.heard(job[1], guidance=job[0])),
    "fixed": lambda job: emotion.heard(job, bpm=emotion.FIXED_BPM),
    "turned": emotion.turned,
    "film": picture.film,
    "sparse": lambda job: picture.film(job, picture.SPARSE_S),
    "run-up": picture.led_up,
    "refilled": keeping.refilled,
    "controlled": lambda job: (job[0], keeping.controlled(job)),
    "long": health.lived,
    "shared": health.shared,
    "mood": mood_of_renders.heard,
}


def measure(job: Job) -> tuple[str, Any]:
    """One job, wherever it is done; torch keeps to one thread, for others work beside it."""
    require("torch").set_num_threads(1)
    name, what = job
    return name, _MEASURES[name](what)


def evaluate_generator(
    scale: Scale,
    cache: Path,
    *,
    workers: int = 2,
    yamnet: Path | None = None,
    on_progress: Callable[[str, float], None] | None = None,
) -> dict[str, Any]:
    """Everything in one dictionary of JSON values; the keys of the contract stand at its top.

    Speed is measured first, with nothing beside it. `cache` holds the prepared corpus; `yamnet` is the file of the
    second estimator, without which its row is missing. `on_progress` receives what is measured and the share done.

    Raises:
        DataError: no prepared corpus in `cache`.
        CheckpointError: missing or damaged weights.
    """
    likelihood.corpus(str(cache))
    found: Found = defaultdict(list)
    stages = [
        [("speed", (scale.speed_s, scale.seed))],
        _first_jobs(scale, str(cache), yamnet),
    ]
    for number, jobs in enumerate(stages):
        _work(jobs, workers if number else 1, found, on_progress)
    tables = spread([piece["table"] for pieces in found["long"] for piece in pieces], scale.original)
    later: list[Job] = [("shared", (str(cache), part)) for part in _chunks(tables, 50)]
    _work(later, 1, found, on_progress)
    return _gathered(scale, str(cache), found)


def with_speed_again(
    facts: dict[str, Any], scale: Scale, *, on_progress: Callable[[str, float], None] | None = None
) -> dict[str, Any]:
    """What was measured earlier, with speed measured anew: whatever else ran beside it had slowed it down."""
    found: Found = defaultdict(list)
    _work([("speed", (scale.speed_s, scale.seed))], 1, found, on_progress)
    return {**facts, **found["speed"][0]}


def _work(
    jobs: Sequence[Job], workers: int, found: Found, on_progress: Callable[[str, float], None] | None
) -> None:
    """Do jobs in processes of their own; the results come back in the order of the jobs."""
    answers: dict[int, tuple[str, Any]] = {}
    with closing(results(measure, jobs, workers=workers)) as coming:
        for index, answer in coming:
            answers[index] = answer
            if on_progress is not None:
                on_progress(answer[0], len(answers) / len(jobs))
    for _, (name, value) in sorted(answers.items()):
        found[name].append(value)


def _first_jobs(scale: Scale, cache: str, yamnet: Path | None) -> list[Job]:
    grid = emotion.grid(scale, scale.grid_each)
    jobs: list[Job] = [
        ("markov", (cache, scale.held_out, scale.compared, scale.seed)),
        ("held-out", (cache, scale.held_out)),
    ]
    jobs += [("long", part) for part in _alike(health.long_pieces(scale.long_pieces, scale.seed))]
    jobs += [("grid", part) for part in _alike(grid)]
    jobs += [("turned", part) for part in _alike(emotion.turning(scale))]
    jobs += [("fixed", p) for p in _alike(emotion.grid(scale, scale.fixed_each, offset=3000))]
    for guidance in emotion.GUIDANCES:
        guided = emotion.grid(scale, scale.guided_each, offset=6000)
        jobs += [("guided", (guidance, part)) for part in _alike(guided)]
    jobs += [("film", job) for job in picture.film_jobs(scale.films, scale.film_s, scale.seed)]
    jobs += [("sparse", j) for j in picture.film_jobs(scale.sparse_films, scale.sparse_s, scale.seed + 300)]
    jobs += [("run-up", (part, ENSEMBLES[i % 4])) for i, part in enumerate(_run_ups(scale))]
    jobs += [("refilled", job) for job in picture.film_jobs(scale.refills, 30, scale.seed + 500)]
    if scale.controlled:
        jobs += [("controlled", (name, scale.controlled, scale.seed)) for name in CONTROLS]
    if yamnet is not None and scale.rendered:
        jobs += [("mood", (str(yamnet), part)) for part in _chunks(_rendered(scale), AT_ONCE)]
    return jobs


def _run_ups(scale: Scale) -> Iterator[list[int]]:
    return _chunks([scale.seed + i for i in range(scale.run_ups)], AT_ONCE)


def _rendered(scale: Scale) -> list[Wanted]:
    """Pieces of one ensemble, for the second estimator hears instruments more than anything else."""
    count = max(1, scale.rendered // len(scale.levels) ** 2)
    grid = emotion.grid(scale, count, offset=9000)
    return [Wanted(one.emotion, speed.DEFAULT, one.seed) for one in grid]


def _alike(pieces: Iterable[Wanted]) -> Iterator[list[Wanted]]:
    """Pieces to be written together, of one ensemble each time: a pass lasts as long as its longest piece."""
    by_ensemble = sorted(pieces, key=lambda one: ENSEMBLES.index(one.ensemble))
    for _, same in itertools.groupby(by_ensemble, key=lambda one: one.ensemble):
        yield from _chunks(same, AT_ONCE)


def _chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _gathered(scale: Scale, cache: str, found: Found) -> dict[str, Any]:
    facts: dict[str, Any] = {"scale": asdict(scale)}
    facts |= found["speed"][0] | found["held-out"][0]
    facts["markov_nll_per_note"] = found["markov"][0]["markov_nll_per_note"]
    facts |= _emotion(found) | _turns(found) | _picture(scale, found) | _keeping(found)
    return facts | _health(scale, cache, found)


def _emotion(found: Found) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, prefix in (("grid", ""), ("fixed", "fixed_tempo_"), ("mood", "yamnet_")):
        if found[name]:
            asked, labelled = _stacked(found[name], "asked"), _stacked(found[name], "labelled")
            facts[f"{prefix}valence_r"] = emotion.correlation(asked[:, 0], labelled[:, 0])
            facts[f"{prefix}arousal_r"] = emotion.correlation(asked[:, 1], labelled[:, 1])
            facts[f"{prefix}points"] = np.concatenate([asked, labelled], axis=1).round(3).tolist()
    by_guidance: dict[float, list[Any]] = defaultdict(list)
    for guidance, part in found["guided"]:
        by_guidance[guidance].append(part)
    facts["guidance"] = [_slopes(guidance, parts) for guidance, parts in by_guidance.items()]
    return facts


def _slopes(guidance: float, parts: list[Any]) -> dict[str, float]:
    """How far labels move for what is asked, at one strength of guidance."""
    asked, labelled = _stacked(parts, "asked"), _stacked(parts, "labelled")
    slopes = [float(np.polyfit(asked[:, i], labelled[:, i], 1)[0]) for i in (0, 1)]
    return {"guidance": guidance, "valence_slope": slopes[0], "arousal_slope": slopes[1]}


def _stacked(parts: list[Any], name: str) -> Any:  # noqa: ANN401 - arrays of one kind
    return np.concatenate([part[name] for part in parts])


def _turns(found: Found) -> dict[str, Any]:
    which, moved = _stacked(found["turned"], "which"), _stacked(found["turned"], "moved")
    return {
        "curve_followed_valence": float((moved[which == 0] > 0).mean()),
        "curve_followed_arousal": float((moved[which == 1] > 0).mean()),
        "turns": {
            "valence": moved[which == 0].round(3).tolist(),
            "arousal": moved[which == 1].round(3).tolist(),
        },
    }


def _picture(scale: Scale, found: Found) -> dict[str, Any]:
    films = found["film"] + found["sparse"]
    errors = np.concatenate([f["errors"] for f in films])
    within = np.isfinite(errors) & (np.abs(errors) < 1 / 24)
    facts: dict[str, Any] = {
        "hits": len(errors),
        "hit_rate": float(within.mean()),
        "max_hit_error_s": float(np.nanmax(np.abs(errors))),
        "sections_on_hits": sum(f["sections_on_hits"] for f in films)
        / max(1, sum(f["sections"] for f in films)),
        "structure": picture.novelty(found["sparse"], scale.seed),
    }
    if found["run-up"]:
        shown, hidden = _stacked(found["run-up"], "shown"), _stacked(found["run-up"], "hidden")
        names = ("loudness", "density", "cadence")
        facts["anticipation"] = {
            name: asdict(paired_effect(shown[:, i], hidden[:, i], scale.seed)) for i, name in enumerate(names)
        }
    return facts


def _keeping(found: Found) -> dict[str, Any]:
    locked = sum(f["locked"] for f in found["refilled"])
    facts: dict[str, Any] = {
        "locked_notes": locked,
        "locked_unchanged": sum(f["unchanged"] for f in found["refilled"]) / max(1, locked),
        "strangers_in_locked_cells": sum(f["strangers"] for f in found["refilled"]),
    }
    if found["controlled"]:
        facts["controls"] = {
            name: emotion.correlation(f["asked"][ok], f["played"][ok])
            for name, f in found["controlled"]
            if (ok := np.isfinite(f["played"])).any()
        }
    return facts


def _health(scale: Scale, cache: str, found: Found) -> dict[str, Any]:
    pieces = [piece for part in found["long"] for piece in part]
    runs = [run for part in found["shared"] for run in part]
    collapsed = [piece["collapse"] for piece in pieces if piece["collapse"]]
    facts: dict[str, Any] = {
        "long_pieces": len(pieces),
        "shortest_piece_s": min(piece["seconds"] for piece in pieces),
        "collapse_rate": len(collapsed) / len(pieces),
        "collapses": {reason: collapsed.count(reason) for reason in sorted(set(collapsed))},
        "longest_shared_run_notes": max(run["free"] for run in runs),
        "shared_runs": {"free": [r["free"] for r in runs], "all": [r["all"] for r in runs]},
    }
    if scale.compared:
        composed = spread([piece["table"] for piece in pieces], scale.compared)
        people = health.human(cache, scale.compared, scale.seed)
        facts["statistics"] = health.statistics(composed, found["markov"][0]["tables"], people)
    return facts
