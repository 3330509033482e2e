"""Whether long pieces stay alive, are new, and are like what people write."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import MusicTable
from emsync_nb.evaluation.collapse import collapse_of
from emsync_nb.evaluation.generator.likelihood import corpus, examples_of
from emsync_nb.evaluation.generator.pieces import ENSEMBLES, Wanted, read_back, write_pieces
from emsync_nb.evaluation.originality import MelodyIndex
from emsync_nb.evaluation.statistics import STATISTICS, distance_to_human, music_statistics

FloatArray = NDArray[np.float64]

#: seconds that a long piece lasts at least, and bars that are tried first: a minute at 128 beats a minute
LONG_S, LONG_BARS = 60.0, 32
#: bars of human music that statistics are taken of
HUMAN_BARS = 32


def long_pieces(count: int, seed: int) -> list[Wanted]:
    """Pieces that are to last a minute, ensembles in equal share, emotions that wander."""
    wanted = []
    for i in range(count):
        ends = np.random.default_rng([seed, 19, i]).uniform(-0.8, 0.8, (3, 2))
        wanted.append(Wanted(_through(ends, LONG_BARS), ENSEMBLES[i % len(ENSEMBLES)], seed + 20_000 + i))
    return wanted


def _through(corners: FloatArray, bars: int) -> FloatArray:
    """(bars, 2) straight lines through (n, 2) emotions, evenly spaced."""
    places = np.linspace(0, bars - 1, len(corners))
    return np.stack([np.interp(np.arange(bars), places, corners[:, axis]) for axis in (0, 1)], axis=1)


def lived(wanted: Sequence[Wanted]) -> list[dict[str, Any]]:
    """Each piece with how long it is, and why it collapsed if it did; fast ones get bars until they last a minute."""
    tables = [read_back(score) for score in write_pieces(wanted)]
    while short := [i for i, table in enumerate(tables) if table.bar_seconds.sum() < LONG_S]:
        longer = [_longer(wanted[i], tables[i]) for i in short]
        for i, score in zip(short, write_pieces(longer), strict=True):
            tables[i] = read_back(score)
    return [
        {"table": table, "seconds": float(table.bar_seconds.sum()), "collapse": collapse_of(table) or ""}
        for table in tables
    ]


def _longer(one: Wanted, table: MusicTable) -> Wanted:
    """The piece with as many bars as would last a minute at the tempo that it took, and some more."""
    bars = int(np.ceil(1.15 * table.bars * LONG_S / float(table.bar_seconds.sum())))
    return Wanted(_through(one.emotion[[0, len(one.emotion) // 2, -1]], bars), one.ensemble, one.seed)


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
