"""How fast the composer is, how soon it begins, and what memory it takes; to be called in a process of its own."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from emsync_nb.evaluation.generator.pieces import constant, made_up_film
from emsync_nb.generation import ComposeSettings, compose, compose_takes, free_pieces, load, quantised
from emsync_nb.generation.transformer import count_parameters
from emsync_nb.labelling import label_bars
from emsync_nb.preset_library import load_ensemble
from emsync_nb.weights import generator_checkpoint

DEFAULT = "chamber-orchestra"
#: seconds of the film of which one take and four are compared
TAKES_S = 45
#: films whose first bars are waited for, and seconds of each
FIRST_FILMS, FIRST_S = 7, 8


def measured(job: tuple[int, int]) -> dict[str, Any]:
    """Speed, first bar, four takes, load, memory; on the default ensemble with the shipped defaults."""
    seconds, seed = job
    path = generator_checkpoint()
    start = time.perf_counter()
    whole = load(path)
    network = quantised(whole)
    loaded = time.perf_counter() - start
    free_pieces(network, [load_ensemble(DEFAULT)], [constant(0.0, 0.0, 1)], [seed], ear=label_bars)
    _, plan = made_up_film(seed, seconds, DEFAULT)
    start = time.perf_counter()
    score = compose(network, plan, ComposeSettings(seed=seed), ear=label_bars)
    took = time.perf_counter() - start
    first = [_first_bar(network, seed + film) for film in range(FIRST_FILMS)]
    return {
        "notes_per_s": score.note_count / took,
        "real_time_factor": seconds / took,
        "music_notes_per_s": score.note_count / seconds,
        "first_bar_s": float(np.median(first)),
        "slowest_first_bar_s": max(first),
        "four_takes_cost_ratio": _four(network, min(seconds, TAKES_S), seed),
        "load_s": loaded,
        "peak_rss_mb": _peak_mb(),
        "parameters": count_parameters(whole),
        "checkpoint_mb": path.stat().st_size / 1e6,
    }


def _first_bar(network: Any, seed: int) -> float:  # noqa: ANN401
    """Seconds until the first bar of a film is there."""
    done: list[float] = []
    _, plan = made_up_film(seed, FIRST_S, DEFAULT)
    start = time.perf_counter()
    compose(
        network,
        plan,
        ComposeSettings(seed=seed),
        ear=label_bars,
        on_progress=lambda _: done.append(time.perf_counter() - start),
    )
    return done[0]


def _four(network: Any, seconds: int, seed: int) -> float:  # noqa: ANN401 - torch is imported late
    """What four takes in one pass cost against the mean of the four alone, note for note."""
    _, plan = made_up_film(seed + 1, seconds, DEFAULT)
    alone = []
    for take in range(4):
        start = time.perf_counter()
        notes = compose(network, plan, ComposeSettings(seed=seed + take), ear=label_bars).note_count
        alone.append((time.perf_counter() - start) / notes)
    start = time.perf_counter()
    scores = compose_takes(network, plan, [seed + take for take in range(4)], ear=label_bars)
    together = (time.perf_counter() - start) / float(np.mean([score.note_count for score in scores]))
    return together / float(np.mean(alone))


def _peak_mb() -> float | None:
    try:
        import resource
        import sys
    except ImportError:  # Windows does not tell
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
