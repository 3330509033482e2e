"""From labelled pieces to batches: excerpts, transposed and re-timed, with conditions left out at random."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BASS_CEILING, CHORD_PITCHES, DRUMS, GRID, PARTS, MusicTable, key_fit
from emsync_nb.generation.conditioning import DENSITY, EMOTION, ENSEMBLE, KEY, OFFSET, Conditions
from emsync_nb.generation.tokens import BAR, MAX_BAR_STEPS, encode
from emsync_nb.labelling import pitch_class_weights
from emsync_nb.training.corpus.store import Piece

IntArray = NDArray[np.int64]

#: how often each group of conditions is left out
DROPOUT = ((EMOTION, 0.15), (OFFSET, 0.2), (DENSITY, 0.3), (KEY, 0.3), (ENSEMBLE, 0.1))
#: bars on each side that density, key and ensemble are measured over
CONTEXT_BARS = 4
#: semitones of transposition, either way
TRANSPOSE = 5
HELD_OUT_PERCENT = 8


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A piece made ready: its events, and what could have been asked for to get it."""

    name: str
    #: (events, 5)
    events: IntArray
    #: (events,) the bar of each event
    bar: IntArray
    conditions: Conditions
    #: steps where a held chord begins on a beat: places that could have been hits
    chords: IntArray
    is_held_out: bool


def is_held_out(name: str, source: str) -> bool:
    """Whether a piece is kept from training; movements of one work share their fate."""
    work = name.rsplit("_", 1)[0] if source == "openscore-orchestra" else name
    return hashlib.sha256(f"{source}/{work}".encode()).digest()[0] * 100 // 256 < HELD_OUT_PERCENT


def make_example(piece: Piece) -> Example | None:
    """Turn a piece into an example; None where its bars are too long to be written."""
    table = piece.table
    if int(np.diff(table.bar_start).max()) > MAX_BAR_STEPS:
        return None
    events = encode(table)
    bar = np.cumsum(events[:, 0] == BAR) - 1
    held_out = is_held_out(piece.provenance.name, piece.provenance.source)
    conditions = _conditions(table, piece.labels)
    return Example(piece.provenance.name, events, bar, conditions, _held_chords(table), held_out)


def _conditions(table: MusicTable, labels: NDArray[np.float64]) -> Conditions:
    bounds = np.searchsorted(table.onset, table.bar_start)
    tonic, minor = np.full(table.bars, -1), np.zeros(table.bars, dtype=bool)
    density, parts = np.zeros(table.bars), np.zeros((table.bars, len(PARTS)), dtype=bool)
    for bar in range(table.bars):
        low, high = max(0, bar - CONTEXT_BARS), min(table.bars, bar + CONTEXT_BARS + 1)
        first, last = int(bounds[low]), int(bounds[high])
        beats = (table.bar_start[high] - table.bar_start[low]) / GRID
        density[bar] = (last - first) / beats
        parts[bar, table.part[first:last]] = True
        major_fit, minor_fit = key_fit(pitch_class_weights(table, first, last))
        best = max(major_fit.max(), minor_fit.max())
        if best > 0.6:  # below, no key would be heard
            minor[bar] = minor_fit.max() > major_fit.max()
            tonic[bar] = int((minor_fit if minor[bar] else major_fit).argmax())
    clock_s = np.concatenate(([0.0], np.cumsum(table.bar_seconds)))
    start = table.bar_start.astype(np.float64)
    hits = np.empty(0, dtype=np.int64)
    return Conditions(
        table.bar_start,
        labels[:, 0],
        labels[:, 1],
        table.bar_bpm,
        density,
        tonic,
        minor,
        parts,
        hits,
        start,
        clock_s,
    )


def _held_chords(table: MusicTable) -> IntArray:
    """Steps on a beat where at least three pitches with a bass begin and last a beat."""
    pitched = (table.part != DRUMS) & (table.duration >= GRID)
    on_beat = (table.onset - table.bar_start[table.bar_of()]) % GRID == 0
    kept = np.flatnonzero(pitched & on_beat)
    steps, first = np.unique(table.onset[kept], return_index=True)
    groups = np.split(table.pitch[kept], first[1:])
    good = [len(set(g.tolist())) >= CHORD_PITCHES and g.min() <= BASS_CEILING for g in groups]
    return steps[np.array(good, dtype=bool)] if len(steps) else steps


def sample_hits(chords: IntArray, conditions: Conditions, rng: np.random.Generator) -> IntArray:
    """Some of the chords, as far apart as the hits of a film: 3 to 14 seconds and now and then more."""
    times = conditions.seconds(chords)
    chosen: list[int] = []
    next_time = float(rng.uniform(0, 8))
    for step, time in zip(chords.tolist(), times.tolist(), strict=True):
        if time >= next_time:
            chosen.append(step)
            next_time = time + float(rng.uniform(3, 14))
    return np.array(chosen, dtype=np.int64)


def excerpt(
    example: Example, length: int, rng: np.random.Generator, *, augment: bool
) -> tuple[IntArray, NDArray[np.float32]]:
    """(length, 5) events from a random bar on, padded with −1, and their (length, WIDTH) conditions."""
    bars = np.flatnonzero(example.events[:, 0] == BAR)
    latest = max(1, int(np.searchsorted(bars, len(example.events) - length // 2)))
    first = int(bars[rng.integers(latest)])
    events = example.events[first : first + length].copy()
    bar = example.bar[first : first + length]
    conditions = replace(example.conditions, hits=sample_hits(example.chords, example.conditions, rng))
    shift = int(rng.integers(-TRANSPOSE, TRANSPOSE + 1)) if augment else 0
    if augment:
        conditions = _retimed(conditions, float(np.exp(rng.uniform(-0.12, 0.12))))
    events, conditions = _transposed(events, conditions, shift)
    vectors = conditions.vectors(bar, np.maximum(events[:, 0] - 1, 0))
    if augment:
        _leave_out(vectors, rng)
    padding = length - len(events)
    return np.pad(events, ((0, padding), (0, 0)), constant_values=-1), np.pad(vectors, ((0, padding), (0, 0)))


def _retimed(conditions: Conditions, factor: float) -> Conditions:
    return replace(conditions, bpm=conditions.bpm * factor, clock_s=conditions.clock_s / factor)


def _transposed(events: IntArray, conditions: Conditions, shift: int) -> tuple[IntArray, Conditions]:
    pitched = (events[:, 0] != BAR) & (events[:, 1] != DRUMS)
    moved = events[pitched, 2] + shift
    if not len(moved) or moved.min() < 0 or moved.max() > 127:
        return events, conditions
    events[pitched, 2] = moved
    tonic = np.where(conditions.tonic >= 0, (conditions.tonic + shift) % 12, -1)
    return events, replace(conditions, tonic=tonic)


def _leave_out(vectors: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Blank whole groups of conditions, so that the network learns to do without."""
    for group, share in DROPOUT:
        if rng.random() < share:
            vectors[:, group] = 0


def batch(
    examples: Sequence[Example], size: int, length: int, rng: np.random.Generator, *, augment: bool = True
) -> tuple[IntArray, NDArray[np.float32]]:
    """(size, length, 5) events and (size, length, WIDTH) conditions; long pieces are drawn more often."""
    weights = np.sqrt([len(example.events) for example in examples])
    chosen = rng.choice(len(examples), size=size, p=weights / weights.sum())
    pairs = [excerpt(examples[index], length, rng, augment=augment) for index in chosen]
    return np.stack([events for events, _ in pairs]), np.stack([vectors for _, vectors in pairs])
