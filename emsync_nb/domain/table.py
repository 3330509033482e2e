"""Music as arrays, for learning: what training, labelling and generation share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain.ensemble import PARTS

#: steps of the composer's time grid in one beat: holds sixteenths and triplets
GRID = 12
DRUMS = PARTS.index("drums")
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class MusicTable:
    """Notes and bars on a grid of 1/12 beat, in the order the generator writes them.

    Notes stand in order of onset; on one onset pitched notes rise from the bass, then come the drums.
    """

    #: (n,) steps from the start
    onset: IntArray
    #: (n,) steps, at least 1
    duration: IntArray
    #: (n,) MIDI note numbers
    pitch: IntArray
    #: (n,) MIDI velocities
    velocity: IntArray
    #: (n,) indices into PARTS
    part: IntArray
    #: (bars + 1,) steps: where each bar begins, and the end
    bar_start: IntArray
    #: (bars,) beats a minute at the beginning of each bar
    bar_bpm: NDArray[np.float64]

    def __post_init__(self) -> None:
        columns = (self.onset, self.duration, self.pitch, self.velocity, self.part)
        if len({column.shape for column in columns}) != 1:
            raise ValueError("onset, duration, pitch, velocity and part must have one length")
        if self.bar_start.shape[0] != self.bar_bpm.shape[0] + 1:
            raise ValueError("bar_start needs one entry more than bar_bpm")

    @classmethod
    def build(
        cls,
        rows: NDArray[np.int64],
        bar_start: NDArray[np.int64],
        bar_bpm: NDArray[np.float64],
    ) -> MusicTable:
        """Sort (n, 5) rows of onset, duration, pitch, velocity, part; drop doubled notes, keep the longest."""
        onset, duration, pitch, velocity, part = rows.reshape(-1, 5).T
        order = np.lexsort((-duration, part, pitch, part == DRUMS, onset))
        key = rows.reshape(-1, 5)[order][:, (0, 2, 4)]
        first = np.ones(len(order), dtype=bool)
        first[1:] = np.any(key[1:] != key[:-1], axis=1)
        kept = order[first]
        return cls(
            onset[kept],
            np.maximum(duration[kept], 1),
            pitch[kept],
            np.clip(velocity[kept], 1, 127),
            part[kept],
            np.asarray(bar_start, dtype=np.int64),
            np.asarray(bar_bpm, dtype=np.float64),
        )

    @property
    def bars(self) -> int:
        """How many bars there are."""
        return int(self.bar_bpm.shape[0])

    @property
    def bar_seconds(self) -> NDArray[np.float64]:
        """(bars,) length of each bar in seconds."""
        return np.diff(self.bar_start) / GRID * 60.0 / self.bar_bpm

    def bar_of(self) -> IntArray:
        """(n,) the bar in which each note begins, from 0."""
        return np.searchsorted(self.bar_start, self.onset, side="right") - 1
