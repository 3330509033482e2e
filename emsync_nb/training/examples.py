"""From labelled pieces to batches: excerpts, changed at random, with conditions left out at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import GRID, PARTS, MusicTable
from emsync_nb.generation.conditioning import (
    CONTROLS,
    EMOTION,
    ENSEMBLE,
    OFFSET,
    OFFSET_CLIP_S,
    TRACKS,
    WIDTH,
    Conditions,
)
from emsync_nb.generation.tokens import MAX_BAR_STEPS, PREFIX_EVENTS, Heads, bar_events
from emsync_nb.labelling import CONTEXT_QUARTERS, label_bars
from emsync_nb.training import augmentation
from emsync_nb.training.augmentation import Augmentation
from emsync_nb.training.corpus.store import Piece, Split
from emsync_nb.training.grooves import Groove
from emsync_nb.training.hits import choose_hits, full_chords
from emsync_nb.training.layout import (
    LayoutSettings,
    after_steps,
    draw_given,
    main_steps,
    recalled_bar,
    recalled_steps,
)
from emsync_nb.training.measured import CONTEXT_BARS, emotion_ahead, keys, playing

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Vectors = NDArray[np.float32]

#: how often each group of conditions is left out, and all of them
DROPOUT = ((EMOTION, 0.15), (OFFSET, 0.2), (ENSEMBLE, 0.1), (TRACKS, 0.5))
ALL_LEFT_OUT = 0.05
#: where tracks are controlled, how often one control is left out, and one part
CONTROL_LEFT_OUT, PART_LEFT_OUT = 0.4, 0.3
#: what is heard before an excerpt and counts for its labels
LOOK_BACK_STEPS = CONTEXT_QUARTERS * GRID
#: what comes after an excerpt and may hold the next hit: as far as conditions tell of it, at any tempo drawn
LOOK_AHEAD_S = 2 * OFFSET_CLIP_S
LOOK_AHEAD_STEPS = 16 * GRID
#: events of the piece taken for each event wanted, for augmentation may leave out more than half of them
SPARE = 2
#: how often the pieces of a collection are drawn, against those of the others: whole orchestras are few, songs with
#: piano many, and drums alone make no music for a film
SHARES = {
    "openscore-orchestra": 3.0,
    "openscore-string-quartets": 1.5,
    "openscore-lieder": 0.6,
    "freedoom": 2.0,
    "groove": 0.2,
}


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

    @property
    def share(self) -> float:
        """How often it is drawn: long pieces more often, by the root of their length."""
        return SHARES.get(self.piece.provenance.source, 1.0) * float(np.sqrt(self.length))


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """What the network sees of a piece at once."""

    #: (length, COLUMNS) steps, padded with −1
    steps: IntArray
    #: (length, WIDTH) what is asked for at each of them; zeros at music that is put in front
    vectors: Vectors
    #: the bar of the piece that it begins with
    first_bar: int
    #: how it differs from the piece, drums of a groove among them; empty for the music as it was written
    changes: tuple[str, ...]


def make_example(piece: Piece) -> Example | None:
    """Make a piece ready; None where its bars are too long to be written."""
    if int(np.diff(piece.table.bar_start).max()) > MAX_BAR_STEPS:
        return None
    return Example(piece, bar_events(piece.table.by_part()))


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """A stretch of a piece with what is around it, for labels look back and hits look ahead."""

    piece: Piece
    #: bars `begin` … of the piece, changed or not, one track for each part
    table: MusicTable
    begin: int
    #: the excerpt's bars, counted in the view; the last one not included
    first: int
    last: int
    #: (bars of the view, 2) valence and arousal
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
        table = piece.table.cut(begin, end)
        return cls(piece, table, begin, first - begin, last - begin, piece.labels[begin:end])

    def changed(self, settings: Augmentation, rng: np.random.Generator, grooves: Sequence[Groove]) -> _View:
        """The same bars with other music, labelled again."""
        split = self.piece.provenance.split
        new = augmentation.augment(self.table, settings, rng, grooves=grooves, split=split)
        if not new.changes:
            return self
        return replace(self, table=new.table, labels=label_bars(new.table), changes=new.changes)

    def laid(
        self, length: int, layout: LayoutSettings | None, rng: np.random.Generator
    ) -> tuple[IntArray, Vectors]:
        """At most `length` steps and the conditions at each, hits drawn among the chords that are led up to."""
        heard = self.table.by_part()
        heads, bounds = Heads.measure(heard, keys(heard)), bar_events(heard)
        front, room, joint = [], length, None
        last = self._last_that_fits(bounds, room)
        if layout is not None and rng.random() < layout.recalled:
            source = recalled_bar(heard, self.first, last, rng)
            front += [recalled_steps(heard, heads, source, self.first)] if source is not None else []
        if layout is not None and rng.random() < layout.after:
            room -= sum(map(len, front)) + PREFIX_EVENTS
            last = self._last_that_fits(bounds, room)
            following = after_steps(heard, heads, last)
            if len(following) and bounds[last] - bounds[self.first] <= room:
                front.append(following)
                joint = last - self.first
        room = length - sum(map(len, front))
        # what nothing follows may end within a bar
        end = last if joint is not None else min(self.last, self._last_that_fits(bounds, room) + 1)
        written = heard.cut(self.first, end)
        with_given = layout is not None and rng.random() < layout.beside
        given = draw_given(written, rng) if with_given else np.zeros(len(written.part), dtype=bool)
        main = main_steps(written, Heads(heads.classes[self.first : end]), given)
        steps = np.concatenate([*front, main.steps[:room]])
        vectors = np.zeros((len(steps), WIDTH), dtype=np.float32)
        told = self._conditions(heard, rng, joint).vectors(main.bar[:room], main.position[:room])
        vectors[len(steps) - len(told) :] = told
        return steps, vectors

    def _last_that_fits(self, bounds: IntArray, room: int) -> int:
        """The bar after the last that ends within `room` events from the first on, one bar at least."""
        fitting = int(np.searchsorted(bounds, bounds[self.first] + room, side="right")) - 1
        return min(self.last, max(self.first + 1, fitting))

    def _conditions(self, heard: MusicTable, rng: np.random.Generator, joint: int | None) -> Conditions:
        """What is asked for from the first bar on."""
        whole, ahead, played = slice(self.first, None), emotion_ahead(self.labels), playing(heard)
        start, chords = int(heard.bar_start[self.first]), full_chords(heard)
        clock = np.append(0, np.cumsum(heard.bar_seconds))
        hits = choose_hits(heard, np.interp(chords, heard.bar_start, clock), chords, rng)
        return Conditions(
            bar_start=heard.bar_start[whole] - start,
            valence=ahead[whole, 0],
            arousal=ahead[whole, 1],
            parts=np.isfinite(played[whole, :, 0]),
            hits=hits[hits >= start] - start,
            clock_steps=(heard.bar_start[whole] - start).astype(np.float64),
            clock_s=clock[whole],
            joint=None if joint is None else np.full(heard.bars - self.first, joint),
            controls=played[whole],
            bars_before=self.begin + self.first,
            bars_after=self.piece.table.bars - self.begin - heard.bars,
        )


def excerpt(
    example: Example,
    length: int,
    rng: np.random.Generator,
    *,
    augment: bool,
    settings: Augmentation | None = None,
    grooves: Sequence[Groove] = (),
    layout: LayoutSettings | None = None,
) -> Excerpt:
    """`length` steps from a random bar on, with their conditions.

    With `augment` the music is changed as `settings` and `grooves` allow and labelled again, and some conditions
    are left out; without, it is the piece with its own labels and all conditions. With `layout` some of it is given.
    """
    latest = max(1, int(np.searchsorted(example.bar_event[:-1], example.length - length // 2)))
    first = int(rng.integers(latest))
    last = int(
        np.searchsorted(example.bar_event, example.bar_event[first] + (SPARE if augment else 1) * length)
    )
    view = _View.of(example.piece, first, min(last, example.piece.table.bars))
    if augment:
        view = view.changed(settings or Augmentation(), rng, grooves)
    steps, vectors = view.laid(length, layout, rng)
    if augment:
        leave_out(vectors, rng)
    padding = ((0, length - len(steps)), (0, 0))
    return Excerpt(np.pad(steps, padding, constant_values=-1), np.pad(vectors, padding), first, view.changes)


def leave_out(vectors: Vectors, rng: np.random.Generator) -> None:
    """Blank whole groups of conditions, so that the network learns to do without."""
    if rng.random() < ALL_LEFT_OUT:
        vectors[:] = 0
        return
    for group, share in DROPOUT:
        if rng.random() < share:
            vectors[:, group] = 0
    silent = (rng.random((len(CONTROLS), 1)) < CONTROL_LEFT_OUT) | (
        rng.random((1, len(PARTS))) < PART_LEFT_OUT
    )
    vectors[:, TRACKS] *= ~np.tile(silent.reshape(-1), 2)


def batch(
    examples: Sequence[Example],
    size: int,
    length: int,
    rng: np.random.Generator,
    *,
    augment: bool = True,
    settings: Augmentation | None = None,
    grooves: Sequence[Groove] = (),
    layout: LayoutSettings | None = None,
) -> tuple[IntArray, Vectors]:
    """(size, length, COLUMNS) steps and (size, length, WIDTH) conditions of pieces drawn by their share."""
    weights = np.array([example.share for example in examples])
    chosen = rng.choice(len(examples), size=size, p=weights / weights.sum())
    drawn = [
        excerpt(examples[i], length, rng, augment=augment, settings=settings, grooves=grooves, layout=layout)
        for i in chosen
    ]
    return np.stack([one.steps for one in drawn]), np.stack([one.vectors for one in drawn])
