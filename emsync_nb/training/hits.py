"""Which chords of a piece stand for the hits of a film: those that the music leads up to.

EMSYNC takes chords at random. A composer who knows of a hit builds up to it; so chords count the more, the more
the music before them grew louder and denser, the more their bass was prepared by its fifth, and the more begins
with them. The network then learns what comes before a hit, not only that a chord falls on it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BASS_CEILING, CHORD_PITCHES, DRUMS, GRID, MusicTable

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

#: what is compared before a chord: four beats against the four before them
RUN_UP = 4 * GRID
#: velocities that a crescendo counts one for; densities count by octaves
CRESCENDO, RUN_UP_CLIP = 5.0, 2.0
CADENCE_WORTH, HELD_WORTH, DOWNBEAT_WORTH, ENTRY_WORTH = 3.0, 0.8, 0.4, 0.3
#: how much chance there is in the choice, and the share of chords that never stand for a hit
NOISE, PLAIN = 0.3, 0.7
#: seconds from one hit to the next at least, drawn anew each time, and how far the best chord is looked for
GAP_S, REACH_S = (3.0, 12.0), 10.0


def full_chords(table: MusicTable) -> IntArray:
    """Steps on a beat where at least three pitches with a bass begin."""
    on_beat = (table.onset - table.bar_start[table.bar_of()]) % GRID == 0
    kept = np.flatnonzero((table.part != DRUMS) & on_beat)
    steps, first = np.unique(table.onset[kept], return_index=True)
    groups = np.split(table.pitch[kept], first[1:])
    good = [len(set(g.tolist())) >= CHORD_PITCHES and g.min() <= BASS_CEILING for g in groups]
    return steps[np.array(good, dtype=bool)] if len(steps) else steps


def worth(table: MusicTable, chords: IntArray) -> FloatArray:
    """(chords,) how much the music leads up to each."""
    onset = table.onset
    loud = np.concatenate([[0.0], np.cumsum(table.velocity)])
    edges = [np.searchsorted(onset, chords - back) for back in (2 * RUN_UP, RUN_UP, 0)]
    notes = [edges[1] - edges[0], edges[2] - edges[1]]
    level = [(loud[edges[i + 1]] - loud[edges[i]]) / np.maximum(notes[i], 1) for i in (0, 1)]
    known = (notes[0] > 0) & (notes[1] > 0)
    louder = np.clip((level[1] - level[0]) / CRESCENDO, -RUN_UP_CLIP, RUN_UP_CLIP)
    denser = np.clip(2 * np.log2((notes[1] + 1) / (notes[0] + 1)), -RUN_UP_CLIP, RUN_UP_CLIP)
    begins = np.searchsorted(onset, chords, side="right") - edges[2]
    return np.asarray(
        np.where(known, louder + denser, -1.0)
        + CADENCE_WORTH * _prepared(table, chords)
        + HELD_WORTH * _held(table, chords)
        + DOWNBEAT_WORTH * np.isin(chords, table.bar_start)
        + ENTRY_WORTH * np.log2(np.maximum(begins, 1))
    )


def _held(table: MusicTable, chords: IntArray) -> NDArray[np.bool_]:
    """(chords,) whether three notes of each last a beat."""
    lasting = table.onset[(table.part != DRUMS) & (table.duration >= GRID)]
    return np.searchsorted(lasting, chords, side="right") - np.searchsorted(lasting, chords) >= CHORD_PITCHES


def _prepared(table: MusicTable, chords: IntArray) -> NDArray[np.bool_]:
    """(chords,) whether the bass before each is the fifth above its own."""
    pitched = np.flatnonzero(table.part != DRUMS)
    steps, first = np.unique(table.onset[pitched], return_index=True)
    # notes on one onset rise from the bass
    bass = table.pitch[pitched][first]
    at = np.searchsorted(steps, chords)
    before = np.maximum(at - 1, 0)
    return np.asarray((at > 0) & ((bass[at] - bass[before]) % 12 == 5))


def choose_hits(
    table: MusicTable, seconds: FloatArray, chords: IntArray, rng: np.random.Generator
) -> IntArray:
    """Some of the chords, as far apart as the hits of a film; `seconds` holds the time of each chord."""
    if not len(chords):
        return np.zeros(0, dtype=np.int64)
    score = worth(table, chords)
    score = np.where(score > np.quantile(score, PLAIN), score + NOISE * rng.gumbel(size=len(chords)), -np.inf)
    chosen: list[int] = []
    earliest = float(rng.uniform(0, 8) + seconds[0])
    while (first := int(np.searchsorted(seconds, earliest))) < len(chords):
        last = max(first + 1, int(np.searchsorted(seconds, earliest + REACH_S)))
        best = first + int(score[first:last].argmax())
        if np.isfinite(score[best]):
            chosen.append(int(chords[best]))
        earliest = float(seconds[best] + rng.uniform(*GAP_S))
    return np.array(chosen, dtype=np.int64)
