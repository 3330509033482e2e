"""What the network is told at every position: emotion, the next hit, tempo, density, key, ensemble.

Boundary offsets follow EMSYNC (arXiv 2502.10154): the time left to the next hit, so that the music can lead
into it. Each group can be left out, which the network sees as such: that is what guidance needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import GRID, PARTS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: offsets beyond this many seconds look alike
OFFSET_CLIP_S = 8.0
#: centres of the bumps that spell an offset out, in seconds: finer near the hit
OFFSET_CENTRES_S = np.array([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0])
_BEATS_CLIP = 16.0
_BARS_CLIP = 8.0

EMOTION = slice(0, 3)
OFFSET = slice(3, 6 + len(OFFSET_CENTRES_S))
DENSITY = slice(OFFSET.stop, OFFSET.stop + 2)
SHAPE = slice(DENSITY.stop, DENSITY.stop + 4)
KEY = slice(SHAPE.stop, SHAPE.stop + 14)
ENSEMBLE = slice(KEY.stop, KEY.stop + len(PARTS))
#: length of a condition vector
WIDTH = ENSEMBLE.stop


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Everything asked of a stretch of music, bar by bar."""

    #: (bars + 1,) steps, from 0
    bar_start: IntArray
    #: (bars,) each in [-1, 1]
    valence: FloatArray
    arousal: FloatArray
    #: (bars,) beats a minute
    bpm: FloatArray
    #: (bars,) notes a beat over all parts
    density: FloatArray
    #: (bars,) pitch class of the tonic, −1 where unknown
    tonic: IntArray
    #: (bars,) whether the key is minor
    minor: NDArray[np.bool_]
    #: (bars, len(PARTS)) who may play
    parts: NDArray[np.bool_]
    #: (hits,) steps, rising
    hits: IntArray
    #: (k,) steps and (k,) seconds that tie the one to the other
    clock_steps: FloatArray
    clock_s: FloatArray

    @property
    def bars(self) -> int:
        """How many bars are asked for."""
        return len(self.bpm)

    def seconds(self, steps: FloatArray | IntArray) -> FloatArray:
        """The time of each step in seconds."""
        return np.interp(steps, self.clock_steps, self.clock_s)

    def vectors(self, bar: IntArray, position: IntArray) -> NDArray[np.float32]:
        """(n, WIDTH) conditions at positions (steps after the bar line) in bars (from 0)."""
        vectors = np.zeros((len(bar), WIDTH), dtype=np.float32)
        vectors[:, EMOTION] = np.stack([self.valence[bar], self.arousal[bar], np.ones(len(bar))], axis=1)
        vectors[:, OFFSET] = self._offset_columns(bar, position)
        vectors[:, DENSITY] = np.stack([np.log1p(self.density[bar]) / 2, np.ones(len(bar))], axis=1)
        vectors[:, SHAPE] = self._shape_columns(bar)
        vectors[:, KEY] = self._key_columns(bar)
        vectors[:, ENSEMBLE] = self.parts[bar]
        return vectors

    def _offset_columns(self, bar: IntArray, position: IntArray) -> FloatArray:
        step = self.bar_start[bar] + position
        following = np.searchsorted(self.hits, step, side="left")
        exists = following < len(self.hits)
        hit = np.append(self.hits, self.bar_start[-1])[following]
        offset = np.where(exists, self.seconds(hit) - self.seconds(step), OFFSET_CLIP_S)
        offset = np.clip(offset, 0, OFFSET_CLIP_S)
        beats = np.where(exists, np.clip((hit - step) / GRID, 0, _BEATS_CLIP), _BEATS_CLIP)
        bumps = np.exp(-(((offset[:, None] - OFFSET_CENTRES_S) / (0.15 + 0.25 * OFFSET_CENTRES_S)) ** 2))
        here = exists & (hit == step)
        return np.column_stack([np.ones(len(bar)), beats / _BEATS_CLIP, here, bumps])

    def _shape_columns(self, bar: IntArray) -> FloatArray:
        lengths = np.diff(self.bar_start)
        left = np.clip(self.bars - 1 - bar, 0, _BARS_CLIP) / _BARS_CLIP
        since = np.clip(bar, 0, _BARS_CLIP) / _BARS_CLIP
        return np.column_stack([np.log2(self.bpm[bar] / 120), lengths[bar] / (4 * GRID) - 1, left, since])

    def _key_columns(self, bar: IntArray) -> FloatArray:
        columns = np.zeros((len(bar), 14))
        known = np.flatnonzero(self.tonic[bar] >= 0)
        columns[known, self.tonic[bar][known]] = 1
        columns[known, 12 + self.minor[bar][known]] = 1
        return columns
