"""Melodies and pieces by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from emsync_nb.domain import DRUMS, PARTS, MusicTable
from tests.labelling.hand_made import BAR, PIANO, Row, table

__all__ = ["BAR", "DRUMS", "FLUTE", "PIANO", "Row", "any_piece", "by_chance", "melody", "table", "tune"]

FLUTE = PARTS.index("flute")


def tune(
    pitches: Sequence[int], gaps: Sequence[int] | int = 6, part: int = FLUTE, start: int = 0
) -> list[Row]:
    """One note after the other, each held until the next."""
    lengths = [gaps] * len(pitches) if isinstance(gaps, int) else list(gaps)
    onsets = start + np.concatenate(([0], np.cumsum(lengths)))[: len(pitches)]
    return [
        (int(at), length, pitch, 70, part) for at, length, pitch in zip(onsets, lengths, pitches, strict=True)
    ]


def melody(pitches: Sequence[int], gaps: Sequence[int] | int = 6, part: int = FLUTE) -> MusicTable:
    """A tune in as many bars as it fills."""
    rows = tune(pitches, gaps, part)
    return table(rows, bars=-(-(rows[-1][0] + rows[-1][1]) // BAR))


def by_chance(count: int, seed: int) -> tuple[list[int], list[int]]:
    """Pitches and gaps that hold no figure and are never twice the same."""
    rng = np.random.default_rng(seed)
    return rng.integers(48, 84, count).tolist(), rng.choice([3, 4, 6, 9, 12, 18], count).tolist()


@st.composite
def any_piece(draw: st.DrawFn) -> MusicTable:
    """Notes by chance within 1 to 8 bars of any meter and tempo."""
    bars, bar = draw(st.integers(1, 8)), draw(st.sampled_from([1, 18, 36, 48, 250]))
    note = st.tuples(
        st.integers(0, bars * bar - 1),
        st.integers(1, 400),
        st.integers(0, 127),
        st.integers(1, 127),
        st.integers(0, len(PARTS) - 1),
    )
    return table(draw(st.lists(note, max_size=30)), bars, draw(st.floats(20, 320)), bar)
