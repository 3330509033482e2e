"""Music by hand, and the same music played otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable

Row = tuple[int, int, int, int, int]
BAR = 4 * GRID
PIANO = PARTS.index("piano")


def table(rows: Sequence[Row], bars: int = 1, bpm: float = 120.0, bar: int = BAR) -> MusicTable:
    """Bars of `bar` steps at one tempo."""
    notes = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return MusicTable.build(notes, np.arange(bars + 1) * bar, np.full(bars, bpm))


def chords(
    *pitches: int, every: int = 24, velocity: int = 70, bars: int = 1, bpm: float = 120.0, length: int = 0
) -> MusicTable:
    """The same chord again and again, each held until the next unless `length` says how long."""
    starts = range(0, bars * BAR, every)
    return table([(at, length or every, p, velocity, PIANO) for at in starts for p in pitches], bars, bpm)


def scored(music: MusicTable, *parts: str) -> MusicTable:
    """The same notes shared out to other parts, from high to low, none dropped; drums are left alone."""
    numbers = np.array([PARTS.index(part) for part in parts])
    share = np.clip((84 - music.pitch) * len(parts) // 48, 0, len(parts) - 1)
    part = np.where(music.part == DRUMS, DRUMS, numbers[share])
    rows, staff = np.column_stack([music.rows[:, :4], part]), np.arange(len(part), dtype=np.int64)
    return MusicTable.build(rows, music.bar_start, music.bar_bpm, track=staff)


def with_also(music: MusicTable, chosen: np.ndarray, semitones: int, part: str) -> MusicTable:
    """The chosen notes doubled by another part, `semitones` away, where that is on the keyboard."""
    rows = music.rows[chosen & (music.part != DRUMS)].copy()
    rows[:, 2] += semitones
    rows[:, 4] = PARTS.index(part)
    rows = rows[(rows[:, 2] >= 12) & (rows[:, 2] <= 108)]
    return MusicTable.build(np.concatenate([music.rows, rows]), music.bar_start, music.bar_bpm)


def flattened(music: MusicTable, tonic: int) -> MusicTable:
    """The minor version of a piece in major: third, sixth and seventh degree a semitone lower."""
    degree = (music.pitch - tonic) % 12
    lowered = np.isin(degree, (4, 9, 11)) & (music.part != DRUMS)
    return replace(music, pitch=music.pitch - lowered)


def any_table(bars: int = 6, most: int = 40) -> st.SearchStrategy[MusicTable]:
    """Tables of notes by chance, of any meter and tempo."""
    note = st.tuples(
        st.integers(0, bars * BAR - 1),
        st.integers(1, 400),
        st.integers(0, 127),
        st.integers(1, 127),
        st.integers(0, len(PARTS) - 1),
    )
    meters = st.sampled_from([1, 6, 18, 36, 48, 60, 300])
    return st.builds(
        lambda rows, bpm, bar: table(rows, bars, bpm, bar),
        st.lists(note, max_size=most),
        st.floats(20, 320),
        meters,
    )
