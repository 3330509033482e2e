"""Music as arrays, for learning: what training, labelling and generation share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain.ensemble import PARTS

#: steps of the composer's time grid in one beat: holds sixteenths and triplets
GRID = 12
DRUMS = PARTS.index("drums")
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class TableTrack:
    """One staff of a score or one MIDI channel, with the dynamics curve that its notes share."""

    name: str
    #: General MIDI program, 0 … 127; 0 for drums
    program: int
    #: index into PARTS
    part: int
    #: (corners,) steps, rising; the curve is straight between them and level before and after
    dynamics_step: IntArray
    #: (corners,) loudness there, on the scale of MIDI velocities
    dynamics_level: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.dynamics_step.shape != self.dynamics_level.shape:
            raise ValueError("a dynamics curve needs one level for each of its steps")


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
    #: (bars,) mean beats a minute of each bar, so that its length in seconds is exact
    bar_bpm: NDArray[np.float64]
    #: (n,) which staff or channel a note belongs to: an index into `tracks`, into PARTS where there are none
    track: IntArray
    #: what is known of each staff or channel; empty where each part is one track
    tracks: tuple[TableTrack, ...] = ()

    def __post_init__(self) -> None:
        columns = (self.onset, self.duration, self.pitch, self.velocity, self.part, self.track)
        if len({column.shape for column in columns}) != 1:
            raise ValueError("onset, duration, pitch, velocity, part and track must have one length")
        if self.bar_start.shape[0] != self.bar_bpm.shape[0] + 1:
            raise ValueError("bar_start needs one entry more than bar_bpm")

    @classmethod
    def build(
        cls,
        rows: NDArray[np.int64],
        bar_start: NDArray[np.int64],
        bar_bpm: NDArray[np.float64],
        *,
        tracks: tuple[TableTrack, ...] = (),
        track: IntArray | None = None,
    ) -> MusicTable:
        """Sort (n, 5) rows of onset, duration, pitch, velocity, part; drop doubled notes, keep the longest.

        `track` holds the track of each row; without it, each part is one track.
        """
        rows = rows.reshape(-1, 5)
        track = rows[:, 4] if track is None else track
        onset, duration, pitch, velocity, part = rows.T
        order = np.lexsort((-duration, track, part, pitch, part == DRUMS, onset))
        key = np.stack([onset, pitch, part, track], axis=1)[order]
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
            np.asarray(track[kept], dtype=np.int64),
            tracks,
        )

    @property
    def rows(self) -> IntArray:
        """(n, 5) onset, duration, pitch, velocity, part, as `build` takes them."""
        return np.stack([self.onset, self.duration, self.pitch, self.velocity, self.part], axis=1)

    def by_part(self) -> MusicTable:
        """The same music with one track for each part: unisons of the same instruments sound once."""
        return MusicTable.build(self.rows, self.bar_start, self.bar_bpm)

    def cut(self, first_bar: int, last_bar: int) -> MusicTable:
        """Bars `first_bar` … `last_bar` − 1 as a piece of its own; what begins in them may sound beyond the end."""
        start, end = (int(self.bar_start[bar]) for bar in (first_bar, last_bar))
        first, last = np.searchsorted(self.onset, (start, end))
        return MusicTable(
            self.onset[first:last] - start,
            self.duration[first:last],
            self.pitch[first:last],
            self.velocity[first:last],
            self.part[first:last],
            self.bar_start[first_bar : last_bar + 1] - start,
            self.bar_bpm[first_bar:last_bar],
            self.track[first:last],
            tuple(replace(track, dynamics_step=track.dynamics_step - start) for track in self.tracks),
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
