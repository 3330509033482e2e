"""How an excerpt is laid out as steps: what is given beside, after and from earlier, and what is to be written.

A network that only ever looks back learns to fill in by having what follows put in front (Bavarian et al. 2022,
"fill in the middle"), and what sounds beside put at the beginning of each bar, before the bar's head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import MusicTable
from emsync_nb.generation.tokens import (
    AFTER,
    BAR_EVENT,
    BESIDE,
    KIND,
    NOTE,
    RECALLED,
    WRITTEN,
    Heads,
    as_steps,
    note_events,
    prefix_steps,
)

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LayoutSettings:
    """How often an excerpt is not plainly continued."""

    #: probability that some of its notes are given
    beside: float = 0.35
    #: probability that what follows is given
    after: float = 0.25
    #: probability that earlier music is given in place of what comes just before
    recalled: float = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Steps of a stretch of music, with the bar and the position that each stands at."""

    steps: IntArray
    bar: IntArray
    position: IntArray


def main_steps(table: MusicTable, heads: Heads, given: BoolArray) -> Laid:
    """Bars to be written, the given notes of each in front of its head."""
    notes, bars = note_events(table), np.arange(table.bars)
    lines = np.tile(np.array(BAR_EVENT), (table.bars, 1))
    events = np.concatenate([lines, heads.events, notes])
    bar = np.concatenate([bars, bars, table.bar_of()])
    phase = np.concatenate([np.zeros(table.bars), np.full(table.bars, 2), np.where(given, 1, 3)])
    order = np.lexsort((phase, bar))  # stable: notes stay in their order
    source = np.concatenate([np.full(2 * table.bars, WRITTEN), np.where(given, BESIDE, WRITTEN)])[order]
    steps = as_steps(events[order], source)
    return Laid(steps, bar[order], np.maximum(steps[:, KIND] - NOTE, 0))


def draw_given(table: MusicTable, rng: np.random.Generator) -> BoolArray:
    """(notes,) a random half of the parts, throughout or over some of the bars; none where there is one part."""
    parts = np.unique(table.part)
    given = np.zeros(len(table.part), dtype=bool)
    if len(parts) < 2:
        return given
    chosen = rng.permutation(parts)[: int(rng.integers(1, len(parts)))]
    given = np.isin(table.part, chosen)
    if rng.random() < 0.5:
        first, last = np.sort(rng.integers(0, table.bars + 1, size=2))
        bar = table.bar_of()
        given &= (bar >= first) & (bar < last)
    return given


def recalled_bar(table: MusicTable, first: int, last: int, rng: np.random.Generator) -> int | None:
    """A bar before `first` that comes back in bars `first` … `last` − 1, most often the one that does so best."""
    before = first - 1
    if before < 1:
        return None
    if rng.random() < 0.3:
        return int(rng.integers(before))
    shape = _shapes(table)
    return int((shape[:before] @ shape[first:last].T).max(axis=1).argmax())


def _shapes(table: MusicTable) -> NDArray[np.float64]:
    """(bars, 28) pitch classes and rhythm of each bar, of length one."""
    bar, shape = table.bar_of(), np.zeros((table.bars, 28))
    np.add.at(shape, (bar, table.pitch % 12), 1.0)
    np.add.at(shape, (bar, 12 + (table.onset - table.bar_start[bar]) // 6 % 16), 1.0)
    return np.asarray(shape / np.maximum(np.linalg.norm(shape, axis=1, keepdims=True), 1e-9))


def after_steps(table: MusicTable, heads: Heads, first: int) -> IntArray:
    """What follows the music to be written, from bar `first` on."""
    return prefix_steps(table, heads, first, table.bars, AFTER)


def recalled_steps(table: MusicTable, heads: Heads, first: int, end: int) -> IntArray:
    """Earlier music to come back to, from bar `first` on and before bar `end`."""
    return prefix_steps(table, heads, first, end, RECALLED)
