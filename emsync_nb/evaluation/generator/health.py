"""Whether long pieces stay alive, are new, and are like what people write."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from emsync_nb.domain import MusicTable
from emsync_nb.evaluation.collapse import collapse_of
from emsync_nb.evaluation.generator.likelihood import corpus, examples_of
from emsync_nb.evaluation.generator.pieces import ENSEMBLES, Wanted, read_back, write_pieces
from emsync_nb.evaluation.originality import MelodyIndex
from emsync_nb.evaluation.statistics import STATISTICS, distance_to_human, music_statistics

#: seconds that a long piece lasts at least; bars are added until it does
LONG_S = 60.0
#: bars of four beats that last as long at the fastest tempo
LONG_BARS = 36
#: bars of human music that statistics are taken of
HUMAN_BARS = 32


def long_pieces(count: int, seed: int) -> list[Wanted]:
    """Pieces of a minute or more, ensembles in equal share, emotions that wander."""
    wanted = []
    for i in range(count):
        rng = np.random.default_rng([seed, 19, i])
        ends = rng.uniform(-0.8, 0.8, (3, 2))
        places = np.linspace(0, LONG_BARS - 1, 3)
        emotion = np.stack([np.interp(np.arange(LONG_BARS), places, ends[:, k]) for k in (0, 1)], axis=1)
        wanted.append(Wanted(emotion, ENSEMBLES[i % len(ENSEMBLES)], seed + 20_000 + i))
    return wanted


def lived(wanted: Sequence[Wanted]) -> list[dict[str, Any]]:
    """Each piece with how long it is, and why it collapsed if it did."""
    found = []
    for score in write_pieces(wanted):
        table = read_back(score)
        found.append(
            {"table": table, "seconds": float(table.bar_seconds.sum()), "collapse": collapse_of(table) or ""}
        )
    return found


@cache
def _index(folder: str) -> MelodyIndex:
    return MelodyIndex.build([e.piece.table for e in examples_of(corpus(folder), "train")])


def shared(job: tuple[str, list[MusicTable]]) -> list[dict[str, int]]:
    """For each piece, the longest run of notes shared with the training music, figures counted and not."""
    folder, tables = job
    runs = [_index(folder).shared_runs(table) for table in tables]
    return [{"all": run.longest.notes, "free": run.most_free.free_notes} for run in runs]


def human(folder: str, count: int, seed: int) -> list[MusicTable]:
    """Excerpts of held-out human music, drawn as training draws them, drums alone left out."""
    examples = [e for e in examples_of(corpus(folder), "test") if e.piece.provenance.source != "groove"]
    rng, found = np.random.default_rng([seed, 23]), []
    weights = np.array([e.share for e in examples])
    for index in rng.choice(len(examples), size=count, p=weights / weights.sum()):
        table = examples[index].piece.table.by_part()
        first = int(rng.integers(max(1, table.bars - HUMAN_BARS + 1)))
        found.append(table.cut(first, min(table.bars, first + HUMAN_BARS)))
    return found


def statistics(
    composed: Sequence[MusicTable], markov: Sequence[MusicTable], people: Sequence[MusicTable]
) -> dict[str, dict[str, float]]:
    """Per statistic, how far composed and Markov music are from human music, in human deviations."""
    measured = [[music_statistics(t) for t in tables] for tables in (composed, markov, people)]
    ours, theirs = (distance_to_human(found, measured[2]) for found in measured[:2])
    return {name: {"composed": ours[name], "markov": theirs[name]} for name in STATISTICS}
