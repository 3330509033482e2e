"""What begins and what sounds in each bar of a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: onsets later in a bar than this, in steps, count as here: sixteen beats
_LAST_PLACE = 16 * GRID - 1


def sounding_shares(table: MusicTable) -> tuple[IntArray, IntArray, IntArray]:
    """(m,) notes, bars and sounding steps: one entry for each bar in which a note sounds.

    What sounds beyond the last bar is left out.
    """
    note = np.flatnonzero(table.onset < table.bar_start[-1])
    onset = table.onset[note]
    end = np.minimum(onset + table.duration[note], table.bar_start[-1])
    first = np.searchsorted(table.bar_start, onset, side="right") - 1
    count = np.searchsorted(table.bar_start, end, side="left") - first
    of = np.repeat(np.arange(len(note)), count)
    bar = first[of] + np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    steps = np.minimum(end[of], table.bar_start[bar + 1]) - np.maximum(onset[of], table.bar_start[bar])
    return note[of], bar, steps


def bar_chroma(table: MusicTable) -> FloatArray:
    """(bars, 12) sounding beats of each pitch class in each bar; drums have none."""
    note, bar, steps = sounding_shares(table)
    pitched = table.part[note] != DRUMS
    cell = bar[pitched] * 12 + table.pitch[note[pitched]] % 12
    beats = np.bincount(cell, weights=steps[pitched] / GRID, minlength=12 * table.bars)
    return np.asarray(beats.reshape(table.bars, 12), dtype=np.float64)


def bar_parts(table: MusicTable) -> BoolArray:
    """(bars, len(PARTS)) which parts sound in each bar, drums among them."""
    note, bar, _ = sounding_shares(table)
    sounds = np.zeros((table.bars, len(PARTS)), dtype=np.bool_)
    sounds[bar, table.part[note]] = True
    return sounds


def bar_onsets(table: MusicTable) -> BoolArray:
    """(bars, steps of the longest bar, at most 192) where in each bar notes of any part begin."""
    longest = int(np.diff(table.bar_start).max(initial=1))
    begins = np.zeros((table.bars, min(longest, _LAST_PLACE + 1)), dtype=np.bool_)
    bar = table.bar_of()
    begins[bar, np.minimum(table.onset - table.bar_start[bar], _LAST_PLACE)] = True
    return begins


def cosine(rows: FloatArray, others: FloatArray) -> FloatArray:
    """(n, m) cosines of (n, d) rows with (m, d) others: 1 for two that are empty, 0 where only one is."""
    norms, other_norms = np.linalg.norm(rows, axis=1), np.linalg.norm(others, axis=1)
    product = np.outer(norms, other_norms)
    both_empty = np.outer(norms == 0, other_norms == 0)
    found = np.divide(rows @ others.T, product, out=np.zeros_like(product), where=product > 0)
    return np.asarray(np.where(both_empty, 1.0, found), dtype=np.float64)
