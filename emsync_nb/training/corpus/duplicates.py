"""Which pieces are the same music: in another key, for other instruments, or one inside the other.

A piece is known by its outline: the highest note of every onset. Runs of RUN outline notes, as steps of pitch and
ratios of time, are the same in every key, at every tempo, and whatever accompanies below.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, MusicTable

#: notes in a run
RUN = 12
#: two pieces that share this much of all their runs are one
SAME = 0.5
#: two pieces of which one has this share of its runs in the other stay in one split
RELATED = 0.1
#: runs that more pieces hold are commonplace, such as repeated notes and scales
COMMON = 12
#: fewer shared runs say nothing
LEAST_RUNS = 24

Runs = frozenset[int]


def runs_of(table: MusicTable) -> Runs:
    """The hashes of a piece's runs; those of drums alone where it has no pitches."""
    pitched = table.part != DRUMS
    kept = np.flatnonzero(pitched) if pitched.any() else np.arange(len(table.onset))
    onset, first = np.unique(table.onset[kept], return_index=True)
    # notes of one onset rise from the bass, so the last before the next onset is the outline
    outline = table.pitch[kept][np.append(first[1:], len(kept))[: len(onset)] - 1]
    if len(onset) <= RUN:
        return frozenset()
    return frozenset(_hashes(np.diff(outline), _time_ratios(np.diff(onset))).tolist())


def _time_ratios(gaps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each gap against the one before, in sixths of an octave of time."""
    ratio = np.log2(gaps[1:] / gaps[:-1])
    return np.concatenate(([0], np.rint(6 * ratio))).astype(np.int64)


def _hashes(steps: NDArray[np.int64], ratios: NDArray[np.int64]) -> NDArray[np.uint64]:
    """(runs,) a polynomial hash of each run, modulo 2⁶⁴; runs on one note are left out."""
    letters = ((steps + 128) * 256 + ratios + 128).astype(np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(letters, RUN - 1)
    powers = np.uint64(0x9E3779B97F4A7C15) ** np.arange(RUN - 1, dtype=np.uint64)
    moving = np.lib.stride_tricks.sliding_window_view(steps != 0, RUN - 1).sum(axis=1) >= RUN // 2
    return np.asarray((windows[moving] * powers).sum(axis=1, dtype=np.uint64))


def shared_runs(runs: Sequence[Runs]) -> dict[tuple[int, int], int]:
    """How many runs each pair of pieces shares; pairs that share none are left out."""
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for index, own in enumerate(runs):
        for run in own:
            holders[run].append(index)
    counts: Counter[tuple[int, int]] = Counter()
    for pieces in holders.values():
        if 1 < len(pieces) <= COMMON:
            counts.update((low, high) for at, low in enumerate(pieces) for high in pieces[at + 1 :])
    return dict(counts)


def find_duplicates(runs: Sequence[Runs], shared: dict[tuple[int, int], int]) -> dict[int, int]:
    """Piece → the piece that it repeats; the one with more runs is kept, of two alike the first."""
    dropped: dict[int, int] = {}
    for (low, high), count in sorted(shared.items()):
        if count < LEAST_RUNS or low in dropped or high in dropped:
            continue
        if count >= SAME * (len(runs[low]) + len(runs[high]) - count):
            goes, stays = (low, high) if len(runs[high]) > len(runs[low]) else (high, low)
            dropped[goes] = stays
    return dropped


def are_related(runs: Sequence[Runs], pair: tuple[int, int], count: int) -> bool:
    """Whether two pieces share so much that one must not examine what was learnt from the other."""
    return count >= LEAST_RUNS and count >= RELATED * min(len(runs[index]) for index in pair)
