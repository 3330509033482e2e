"""From labelled pieces to batches: excerpts, changed at random, with conditions left out at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BASS_CEILING, CHORD_PITCHES, DRUMS, GRID, PARTS, MusicTable, key_fit
from emsync_nb.generation.conditioning import (
    DENSITY,
    EMOTION,
    ENSEMBLE,
    KEY,
    OFFSET,
    OFFSET_CLIP_S,
    Conditions,
)
from emsync_nb.generation.tokens import BAR, MAX_BAR_STEPS, encode
from emsync_nb.labelling import CONTEXT_QUARTERS, label_bars, pitch_class_weights
from emsync_nb.training import augmentation
from emsync_nb.training.augmentation import Augmentation
from emsync_nb.training.corpus.store import Piece, Split
from emsync_nb.training.grooves import Groove

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

#: how often each group of conditions is left out
DROPOUT = ((EMOTION, 0.15), (OFFSET, 0.2), (DENSITY, 0.3), (KEY, 0.3), (ENSEMBLE, 0.1))
#: bars on each side that density, key and ensemble are measured over
CONTEXT_BARS = 4
#: what is heard before an excerpt and counts for its labels
LOOK_BACK_STEPS = CONTEXT_QUARTERS * GRID
#: what comes after an excerpt and may hold the next hit: as far as conditions tell of it, at any tempo drawn
LOOK_AHEAD_S = 2 * OFFSET_CLIP_S
LOOK_AHEAD_STEPS = 16 * GRID
#: correlation with the best key from which on it is heard
KEY_HEARD = 0.6
#: events of the piece taken for each event wanted, for augmentation may leave out more than half of them
SPARE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A piece made ready to draw excerpts from."""

    piece: Piece
    #: (bars + 1,) where each bar begins in the sequence of events of the whole piece, and where that ends
    bar_event: IntArray

    @property
    def length(self) -> int:
        """Events in the whole piece."""
        return int(self.bar_event[-1])

    @property
    def split(self) -> Split:
        """What the piece is used for."""
        return self.piece.provenance.split


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """What the network sees of a piece at once."""

    #: (length, 5) events, padded with −1
    events: IntArray
    #: (length, WIDTH) what is asked for at each of them
    vectors: NDArray[np.float32]
    #: the bar of the piece that it begins with
    first_bar: int
    #: how it differs from the piece, drums of a groove among them; empty for the music as it was written
    changes: tuple[str, ...]


def make_example(piece: Piece) -> Example | None:
    """Make a piece ready; None where its bars are too long to be written."""
    table = piece.table
    if int(np.diff(table.bar_start).max()) > MAX_BAR_STEPS:
        return None
    notes_before = np.searchsorted(table.by_part().onset, table.bar_start)
    return Example(piece, notes_before + np.arange(table.bars + 1))


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """A stretch of a piece with what is around it, for labels look back and hits look ahead."""

    piece: Piece
    #: bars `begin` … of the piece, changed or not
    table: MusicTable
    begin: int
    #: the excerpt's bars of the piece, the last one not included
    first: int
    last: int
    #: (last − first, 2) valence and arousal
    labels: FloatArray
    changes: tuple[str, ...] = ()

    @classmethod
    def of(cls, piece: Piece, first: int, last: int) -> _View:
        """Bars `first` … `last` − 1 as they were written."""
        starts, seconds = piece.table.bar_start, np.append(0, np.cumsum(piece.table.bar_seconds))
        begin = max(0, int(np.searchsorted(starts, starts[first] - LOOK_BACK_STEPS, side="right")) - 1)
        far = np.searchsorted(seconds, seconds[last] + LOOK_AHEAD_S)
        farther = np.searchsorted(starts, starts[last] + LOOK_AHEAD_STEPS)
        end = min(piece.table.bars, max(int(far), int(farther), last + CONTEXT_BARS))
        return cls(piece, piece.table.cut(begin, end), begin, first, last, piece.labels[first:last])

    def changed(
        self, length: int, settings: Augmentation, rng: np.random.Generator, grooves: Sequence[Groove]
    ) -> _View:
        """The same bars with other music, labelled again; only as many bars as hold `length` events."""
        split = self.piece.provenance.split
        new = augmentation.augment(self.table, settings, rng, grooves=grooves, split=split)
        last = self._last_for(length, new.table)
        labels = self.labels[: last - self.first]
        if new.changes:
            heard = new.table.cut(0, min(new.table.bars, last + CONTEXT_BARS - self.begin))
            labels = label_bars(heard)[self.first - self.begin : last - self.begin]
        return replace(self, table=new.table, last=last, labels=labels, changes=new.changes)

    def _last_for(self, length: int, table: MusicTable) -> int:
        starts = table.bar_start[self.first - self.begin : self.last - self.begin + 1]
        events = np.searchsorted(table.by_part().onset, starts) + np.arange(len(starts))
        return min(self.last, self.first + int(np.searchsorted(events, events[0] + length)))

    def encoded(self, length: int, rng: np.random.Generator) -> tuple[IntArray, NDArray[np.float32]]:
        """At most `length` events, and the conditions at each of them, hits drawn among the held chords."""
        heard = self.table.by_part()
        first, last = self.first - self.begin, self.last - self.begin
        events = encode(heard.cut(first, last))[:length]
        bar = np.cumsum(events[:, 0] == BAR) - 1 + self.first
        conditions = self._conditions(heard, first, last)
        chords = _held_chords(heard) + self.piece.table.bar_start[self.begin]
        conditions = replace(conditions, hits=sample_hits(chords, conditions, rng))
        return events, conditions.vectors(bar, np.maximum(events[:, 0] - 1, 0))

    def _conditions(self, heard: MusicTable, first: int, last: int) -> Conditions:
        """What the whole piece would have been asked for, as far as the excerpt needs it."""
        bars = self.piece.table.bars

        def spread(values: NDArray[Any]) -> NDArray[Any]:
            whole = np.zeros((bars, *values.shape[1:]), dtype=values.dtype)
            whole[self.first : self.last] = values
            return whole

        tonic, minor = _keys(heard, first, last)
        density, parts = _textures(heard, first, last)
        steps = heard.bar_start + self.piece.table.bar_start[self.begin]
        return Conditions(
            bar_start=self.piece.table.bar_start,
            valence=spread(self.labels[:, 0]),
            arousal=spread(self.labels[:, 1]),
            bpm=spread(heard.bar_bpm[first:last]),
            density=spread(density),
            tonic=spread(tonic),
            minor=spread(minor),
            parts=spread(parts),
            hits=np.empty(0, dtype=np.int64),
            clock_steps=steps.astype(np.float64),
            clock_s=np.append(0, np.cumsum(heard.bar_seconds)),
        )


def _contexts(table: MusicTable, first: int, last: int) -> list[tuple[int, int]]:
    """First and last bar of what is measured for each of the bars `first` … `last` − 1."""
    return [(max(0, b - CONTEXT_BARS), min(table.bars, b + CONTEXT_BARS + 1)) for b in range(first, last)]


def _keys(table: MusicTable, first: int, last: int) -> tuple[IntArray, NDArray[np.bool_]]:
    """(bars,) pitch class of the tonic, −1 where no key would be heard, and (bars,) whether the key is minor."""
    bounds = np.searchsorted(table.onset, table.bar_start)
    tonic, minor = np.full(last - first, -1), np.zeros(last - first, dtype=bool)
    for index, (low, high) in enumerate(_contexts(table, first, last)):
        fits = np.concatenate(key_fit(pitch_class_weights(table, int(bounds[low]), int(bounds[high]))))
        best = int(fits.argmax())
        if fits[best] > KEY_HEARD:
            minor[index], tonic[index] = best >= 12, best % 12
    return tonic, minor


def _textures(table: MusicTable, first: int, last: int) -> tuple[FloatArray, NDArray[np.bool_]]:
    """(bars,) notes a beat and (bars, len(PARTS)) who plays."""
    bounds = np.searchsorted(table.onset, table.bar_start)
    density, parts = np.zeros(last - first), np.zeros((last - first, len(PARTS)), dtype=bool)
    for index, (low, high) in enumerate(_contexts(table, first, last)):
        notes = slice(int(bounds[low]), int(bounds[high]))
        density[index] = (notes.stop - notes.start) * GRID / (table.bar_start[high] - table.bar_start[low])
        parts[index, table.part[notes]] = True
    return density, parts


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
    example: Example,
    length: int,
    rng: np.random.Generator,
    *,
    augment: bool,
    settings: Augmentation | None = None,
    grooves: Sequence[Groove] = (),
) -> Excerpt:
    """`length` events from a random bar on, with their conditions.

    With `augment` the music is changed as `settings` and `grooves` allow and labelled again, and some conditions
    are left out; without, it is the piece with its own labels and all conditions.
    """
    latest = max(1, int(np.searchsorted(example.bar_event[:-1], example.length - length // 2)))
    first = int(rng.integers(latest))
    last = int(
        np.searchsorted(example.bar_event, example.bar_event[first] + (SPARE if augment else 1) * length)
    )
    view = _View.of(example.piece, first, min(last, example.piece.table.bars))
    if augment:
        view = view.changed(length, settings or Augmentation(), rng, grooves)
    events, vectors = view.encoded(length, rng)
    if augment:
        _leave_out(vectors, rng)
    padding = ((0, length - len(events)), (0, 0))
    return Excerpt(np.pad(events, padding, constant_values=-1), np.pad(vectors, padding), first, view.changes)


def _leave_out(vectors: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Blank whole groups of conditions, so that the network learns to do without."""
    for group, share in DROPOUT:
        if rng.random() < share:
            vectors[:, group] = 0


def batch(
    examples: Sequence[Example],
    size: int,
    length: int,
    rng: np.random.Generator,
    *,
    augment: bool = True,
    settings: Augmentation | None = None,
    grooves: Sequence[Groove] = (),
) -> tuple[IntArray, NDArray[np.float32]]:
    """(size, length, 5) events and (size, length, WIDTH) conditions; long pieces are drawn more often."""
    weights = np.sqrt([example.length for example in examples])
    chosen = rng.choice(len(examples), size=size, p=weights / weights.sum())
    drawn = [
        excerpt(examples[index], length, rng, augment=augment, settings=settings, grooves=grooves)
        for index in chosen
    ]
    return np.stack([one.events for one in drawn]), np.stack([one.vectors for one in drawn])
