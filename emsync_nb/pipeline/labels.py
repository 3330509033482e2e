"""From a score in a file to the emotion of each of its bars."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emsync_nb.labelling import label_bars
from emsync_nb.notation.reading import read_table


@dataclass(frozen=True, slots=True)
class BarLabel:
    """What listeners are likely to hear in one bar."""

    #: counted from 1, a pickup too
    bar: int
    #: −1 unpleasant … 1 pleasant
    valence: float
    #: −1 calm … 1 excited
    arousal: float


def label_score(path: Path | str) -> tuple[BarLabel, ...]:
    """Valence and arousal of each bar of a MIDI or MusicXML file.

    Bars are as the file's own meters give them, each once and in written order, whatever repeats ask for; what a
    bar sounds like counts together with what led to it. Values come from a regression on what people said of
    piano music (docs/labeller-card.md), spread over the plane.

    Raises:
        MidiError: the file is neither, is missing or damaged, or holds no notes.
        MissingExtraError: the extra `notation` is not installed.
    """
    labels = label_bars(read_table(Path(path), unfold=False))
    return tuple(
        BarLabel(bar, round(valence, 4), round(arousal, 4))
        for bar, (valence, arousal) in enumerate(labels.tolist(), start=1)
    )
