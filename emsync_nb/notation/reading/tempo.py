"""Tempo over the pages of a score, and the mean tempo of every bar."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

import numpy as np
from numpy.typing import NDArray

from emsync_nb.notation.reading.tempo_words import TempoWord, tempo_word
from emsync_nb.notation.reading.written import TempoMark, WrittenScore

#: quarters a minute where nothing tells
DEFAULT_BPM = 96.0
#: what is read is kept between these; a scherzo of Beethoven has 396 quarters a minute
SLOWEST_BPM, FASTEST_BPM = 10.0, 600.0
#: what MuseScore writes for playback where no tempo is known: without a metronome mark it says nothing
UNSPOKEN_BPM = 120.0
#: a rit. or accel. that no mark ends works for so many quarters
GRADUAL_QUARTERS = 16.0
#: how far several of them in a row lead from the tempo that was set
MOST_CHANGE = 1.8


@dataclass(frozen=True, slots=True)
class _Change:
    """What is asked at one moment, `quarter` on paper."""

    quarter: float
    #: quarters a minute; 0 where only words tell
    bpm: float
    word: TempoWord | None


@dataclass(frozen=True, slots=True)
class _Piece:
    """Tempo from `start` on, straight to `end_bpm` at `end`; level where both are the same."""

    start: float
    end: float
    start_bpm: float
    end_bpm: float

    def seconds(self, start: float, end: float) -> float:
        """How long the quarters from `start` to `end` within this piece last."""
        low, high = self.bpm(start), self.bpm(end)
        if abs(high - low) < 1e-9 * low:
            return (end - start) * 60.0 / low
        return (end - start) * 60.0 * math.log(high / low) / (high - low)

    def bpm(self, quarter: float) -> float:
        """Quarters a minute at a moment within this piece."""
        if self.end_bpm == self.start_bpm:
            return self.start_bpm
        share = (quarter - self.start) / (self.end - self.start)
        return self.start_bpm + share * (self.end_bpm - self.start_bpm)


def written_tempi(score: WrittenScore) -> NDArray[np.float64]:
    """(bars,) mean quarters a minute of each bar on paper: its quarters over its minutes."""
    starts = [tick / score.per_quarter for tick in score.bar_start]
    marks = [mark for part in score.parts for mark in part.tempi]
    pieces = _pieces(_changes(marks, score), starts[-1], score, starts)
    means = np.empty(score.bars)
    first = 0
    for bar in range(score.bars):
        start, end = starts[bar], starts[bar + 1]
        while pieces[first].end <= start and first + 1 < len(pieces):
            first += 1
        seconds, index = 0.0, first
        while index < len(pieces) and pieces[index].start < end:
            piece = pieces[index]
            seconds += piece.seconds(max(start, piece.start), min(end, piece.end))
            index += 1
        means[bar] = round((end - start) * 60.0 / seconds, 9) if seconds > 0 else DEFAULT_BPM
    return means


def _changes(marks: Iterable[TempoMark], score: WrittenScore) -> list[_Change]:
    """One change for each moment: a metronome mark beats a number for playback, and that beats words."""

    def moment(mark: TempoMark) -> int:
        start, end = score.bar_start[mark.bar : mark.bar + 2]
        return min(start + mark.tick, end)

    found: list[_Change] = []
    for tick, group in groupby(sorted(marks, key=moment), key=moment):
        together = list(group)
        words = [word for mark in together if (word := tempo_word(mark.words)) is not None]
        printed = [mark.quarter_bpm for mark in together if mark.kind == "metronome"]
        played = [mark.quarter_bpm for mark in together if mark.kind == "sound"]
        told = printed or [bpm for bpm in played if abs(bpm - UNSPOKEN_BPM) > 1e-6]
        # "Allegro, poco rit." on one moment: what sets a tempo comes first, the change begins from it
        order = ("absolute", "first", "same", "relative", "gradual", "mood")
        for word in sorted(set(words), key=lambda word: order.index(word.kind))[:1]:
            found.append(_Change(tick / score.per_quarter, told[0] if told else 0.0, word))
        if told and not words:
            found.append(_Change(tick / score.per_quarter, told[0], None))
    return found


def _bar_at(quarter: float, starts: Sequence[float]) -> int:
    return max(0, bisect_right(starts, quarter + 1e-6, hi=len(starts) - 1) - 1)


def _pieces(
    changes: Sequence[_Change], end: float, score: WrittenScore, starts: Sequence[float]
) -> list[_Piece]:
    """Level and sloping tempi that fill the piece without a gap."""
    pieces: list[_Piece] = []
    memory = _Memory()
    movements = list(accumulate(sign.movement for sign in score.signs))
    position, current = 0.0, DEFAULT_BPM
    for index, change in enumerate(changes):
        if change.quarter > position:
            pieces.append(_Piece(position, change.quarter, current, current))
            position = change.quarter
        until = changes[index + 1].quarter if index + 1 < len(changes) else end
        if change.word is not None and change.word.kind == "gradual":
            goal = _goal(change, current, memory.before, changes[index + 1 : index + 2])
            stop = min(until, position + GRADUAL_QUARTERS)
            if stop > position:
                pieces.append(_Piece(position, stop, current, goal))
                position = stop
            # nobody writes "a tempo" after every rit.; an accelerando leads somewhere
            current = goal if goal > current or stop == until else memory.before
            continue
        bar = _bar_at(position, starts)
        memory.enter(movements[bar])
        current = memory.next(change, math.sqrt(score.beat_quarters[bar]))
    if end > position or not pieces:
        pieces.append(_Piece(position, max(end, position), current, current))
    return pieces


@dataclass(slots=True)
class _Memory:
    """The tempi that "Tempo I" and "a tempo" mean."""

    first: float = 0.0
    before: float = DEFAULT_BPM
    movement: int = 0

    def enter(self, movement: int) -> None:
        """Note which movement is being read: each has a first tempo of its own."""
        if movement != self.movement:
            self.first, self.movement = 0.0, movement

    def next(self, change: _Change, scale: float) -> float:
        """The tempo that a change sets, in quarters a minute; `scale` makes quarters of a word's beats."""
        bpm, word = change.bpm, change.word
        if not bpm and word is not None:
            if word.kind == "absolute" or (word.kind == "mood" and not self.first):
                bpm = word.value * scale
            elif word.kind == "first":
                bpm = self.first
            elif word.kind == "relative":
                bpm = self.before * word.value
        bpm = min(FASTEST_BPM, max(SLOWEST_BPM, bpm or self.before))
        self.first = self.first or bpm
        self.before = bpm
        return bpm


def _goal(change: _Change, current: float, before: float, following: Sequence[_Change]) -> float:
    """Where a gradual change leads: to the next tempo if that lies on its way, else by its usual factor.

    `before` is the last tempo that was set: one rit. after another does not lead to a stop.
    """
    factor = 0.75 if change.word is None else change.word.value
    goal = min(before * MOST_CHANGE, max(before / MOST_CHANGE, current * factor))
    for later in (change.bpm, *(later.bpm for later in following)):
        if later and (later - current) * (factor - 1.0) > 0:
            goal = later
            break
    return min(FASTEST_BPM, max(SLOWEST_BPM, goal))
