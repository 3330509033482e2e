"""From a score in a file to the emotion of each of its bars."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import GRID, MusicTable, Score
from emsync_nb.labelling import label_bars
from emsync_nb.notation import write_midi
from emsync_nb.notation.reading import read_table

#: steps after which silence no longer sounds like what was before it: 16 quarters
_AFTERGLOW = 16 * GRID


@dataclass(frozen=True, slots=True)
class BarLabel:
    """What listeners are likely to hear in one bar."""

    #: counted from 1 in the order of the page: an upbeat is 1, and a bar split in two counts twice
    bar: int
    #: −1 dark … 1 bright
    valence: float
    #: −1 calm … 1 excited
    arousal: float


def label_score(score: Score | Path | str) -> tuple[BarLabel, ...]:
    """Valence and arousal of each bar of a score, or of a MIDI or MusicXML file.

    Bars are as the file's own meters give them, each once and in written order, whatever repeats ask for; numbers
    may run ahead of the printed ones, where an upbeat or half a bar counts for itself. What a bar sounds like counts
    together with the 16 to 64 quarters that led to it, so the first few bars have little behind them. Rests before
    the first note count for nothing; where nothing has sounded for 16 quarters, both values are 0. Values come from
    a regression on what people said of piano music (docs/labeller-card.md), spread over the plane. A score from
    `compose` or `generate` is labelled as its MIDI file is.

    Raises:
        MidiError: the file is neither, is missing or damaged, or holds no notes.
        MissingExtraError: the extra `notation` is not installed.
    """
    labels = _labels(_table(score))
    return tuple(
        BarLabel(bar, round(valence, 4), round(arousal, 4))
        for bar, (valence, arousal) in enumerate(labels.tolist(), start=1)
    )


def _table(score: Score | Path | str) -> MusicTable:
    if not isinstance(score, Score):
        return read_table(Path(score), unfold=False)
    with tempfile.TemporaryDirectory(prefix="emsync-") as folder:
        midi = Path(folder) / "score.mid"
        write_midi(score, midi)
        return read_table(midi, unfold=False)


def _labels(table: MusicTable) -> NDArray[Any]:
    """(bars, 2) labels that begin with the first note, and are neutral in long silence."""
    first = int(table.bar_of()[0])
    labels = np.zeros((table.bars, 2))
    labels[first:] = label_bars(table.cut(first, table.bars))
    ends = table.bar_start[1:]
    last_sound = np.maximum.accumulate(table.onset + table.duration)
    begun = np.searchsorted(table.onset, ends)
    is_silent = np.where(begun > 0, last_sound[np.maximum(begun - 1, 0)], 0) <= ends - _AFTERGLOW
    labels[is_silent | (begun == 0)] = 0
    return labels
