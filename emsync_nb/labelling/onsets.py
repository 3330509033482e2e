"""Counts of what begins in each slice of a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, MusicTable
from emsync_nb.labelling.clock import seconds
from emsync_nb.labelling.pitch_classes import set_sizes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Counts = dict[str, FloatArray]

#: steps of one slice: a sixteenth
SLICE = GRID // 4
#: steps that a note is heard at most, and over which one onset follows another: 16 quarters
MEMORY = 16 * GRID
#: what begins within this is one event: a rolled chord, an ensemble not quite together
EVENT_S = 0.07
RAPID_S = 0.18
STACCATO_S = 0.2
#: steps of velocity from one onset to the next
ACCENT = 12
#: keeps thresholds clear of rounding
_HAIR = 1e-6


def slice_count(table: MusicTable) -> int:
    """How many slices the bars of a table fill."""
    return max(1, -(-int(table.bar_start[-1]) // SLICE)) if table.bars else 0


class _Tally:
    """Adds weights into slices under names."""

    def __init__(self, slices: int) -> None:
        self.slices = slices
        self.counts: Counts = {}

    def add(self, name: str, steps: IntArray, weights: NDArray[np.generic] | None = None) -> None:
        counted = np.bincount(steps // SLICE, weights=weights, minlength=self.slices)
        self.counts[name] = counted[: self.slices].astype(np.float64)


def onset_counts(table: MusicTable, slices: int) -> Counts:
    """(slices,) of each count of onsets that `features` asks for."""
    inside = (table.onset >= 0) & (table.onset < table.bar_start[-1])
    pitched = inside & (table.part != DRUMS)
    tally = _Tally(slices)
    _events(tally, table, np.unique(table.onset[inside]))
    _attacks(tally, table.onset[pitched], table.pitch[pitched], table.velocity[pitched])
    _lengths(tally, table, pitched)
    return tally.counts


def _events(tally: _Tally, table: MusicTable, steps: IntArray) -> None:
    """Rhythm: everything that begins, drums as well."""
    in_bar = steps - table.bar_start[np.searchsorted(table.bar_start, steps, side="right") - 1]
    tally.add("steps", steps)
    tally.add("offbeat", steps, in_bar % (GRID // 2) != 0)
    tally.add("triplets", steps, (in_bar % GRID % (GRID // 3) == 0) & (in_bar % GRID != 0))
    times = seconds(table, steps)
    is_new = np.diff(times, prepend=-np.inf) >= EVENT_S - _HAIR
    events, gaps = steps[is_new], np.diff(times[is_new])
    tally.add("events", events)
    follows = np.diff(events) <= MEMORY
    pace = np.log2(np.clip(gaps, EVENT_S, 4.0))
    tally.add("gaps", events[1:], follows)
    tally.add("pace", events[1:], np.where(follows, pace, 0.0))
    tally.add("rapid", events[1:], follows & (gaps < RAPID_S - _HAIR))
    both = follows[1:] & follows[:-1]
    tally.add("steadiness", events[2:], both & (np.abs(np.diff(pace)) < 0.25 - _HAIR))


def _attacks(tally: _Tally, onset: IntArray, pitch: IntArray, velocity: IntArray) -> None:
    """Loudness, texture and the upper line, onset by onset; `onset` rises."""
    steps, first = np.unique(onset, return_index=True)
    if not len(steps):
        steps = first = np.empty(0, dtype=np.int64)
        loudest = top = bass = classes = steps
    else:
        loudest, top = np.maximum.reduceat(velocity, first), np.maximum.reduceat(pitch, first)
        bass, classes = np.minimum.reduceat(pitch, first), np.bitwise_or.reduceat(1 << (pitch % 12), first)
    size = set_sizes()[classes]
    tally.add("attacks", steps)
    tally.add("loudness", steps, loudest / 127)
    tally.add("power", steps, size * (loudest / 64) ** 2)
    tally.add("chords", steps, size >= 3)
    tally.add("single", steps, size == 1)
    tally.add("low_attacks", steps, np.clip((52 - bass) / 7, 0, 1))
    follows = np.diff(steps) <= MEMORY
    interval, louder = np.diff(top), np.diff(loudest)
    tally.add("accents", steps[1:], follows & (louder > ACCENT))
    tally.add("repeated", steps[1:], follows & (interval == 0))
    tally.add("steps_up", steps[1:], follows & (np.abs(interval) == 2))
    tally.add("contour", steps[1:], np.where(follows, np.sign(interval), 0))


def _lengths(tally: _Tally, table: MusicTable, pitched: NDArray[np.bool_]) -> None:
    """Articulation: one note for each pitch class of an onset, the longest."""
    onset, duration = table.onset[pitched], np.minimum(table.duration[pitched], MEMORY)
    key = onset * 12 + table.pitch[pitched] % 12
    order = np.lexsort((-duration, key))
    kept = order[np.diff(key[order], prepend=-1) > 0]
    onset, duration = onset[kept], duration[kept]
    bar = np.searchsorted(table.bar_start, onset, side="right") - 1
    step_s = table.bar_seconds[bar] / np.diff(table.bar_start)[bar]
    tally.add("notes", onset)
    tally.add("staccato", onset, duration * step_s < STACCATO_S - _HAIR)
    # told when the next onset comes, so that no bar's label waits for the music after it
    steps = np.unique(onset)
    after = np.searchsorted(steps, onset, side="right")
    is_followed = after < len(steps)
    onset, duration, following = onset[is_followed], duration[is_followed], steps[after[is_followed]]
    gap = following - onset
    tally.add("followed", following, gap <= MEMORY)
    tally.add("legato", following, np.where(gap <= MEMORY, np.clip(duration / gap, 0, 2), 0.0))
