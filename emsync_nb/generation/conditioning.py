"""What the network is told at every step: emotion, the next hit, who plays and how, where the music stands.

Boundary offsets follow EMSYNC (arXiv 2502.10154): the time left to the next hit, so that the music can lead
into it. Each group can be left out, which the network sees as such: that is what guidance needs. What a bar is
like (tempo, key, loudness, density) is no condition but the bar's head, written by whoever knows it.
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
#: how each track may be asked to play: notes a beat, mean pitch, notes at once, mean velocity
CONTROLS = ("density", "register", "polyphony", "dynamics")

EMOTION = slice(0, 3)
OFFSET = slice(3, 6 + len(OFFSET_CENTRES_S))
SHAPE = slice(OFFSET.stop, OFFSET.stop + 4)
ENSEMBLE = slice(SHAPE.stop, SHAPE.stop + 1 + len(PARTS))
#: per control a value for each part, then whether each is known
TRACKS = slice(ENSEMBLE.stop, ENSEMBLE.stop + 2 * len(CONTROLS) * len(PARTS))
#: length of a condition vector
WIDTH = TRACKS.stop


def scaled_controls(values: FloatArray) -> FloatArray:
    """(…, 4) density in notes a beat, pitch, notes at once and velocity → about −1 … 1."""
    density, pitch, voices, velocity = np.moveaxis(values, -1, 0)
    scaled = (np.log2(np.maximum(density, 0.1)) / 3, (pitch - 60) / 24, voices / 2 - 1, (velocity - 72) / 32)
    return np.stack(scaled, axis=-1)


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Everything asked of a stretch of music, bar by bar."""

    #: (bars + 1,) steps, from 0
    bar_start: IntArray
    #: (bars,) each in [-1, 1]
    valence: FloatArray
    arousal: FloatArray
    #: (bars, len(PARTS)) who may play
    parts: NDArray[np.bool_]
    #: (hits,) steps, rising
    hits: IntArray
    #: (k,) steps and (k,) seconds that tie the one to the other
    clock_steps: FloatArray
    clock_s: FloatArray
    #: (bars,) the bar that given music begins with, after what is to be written; −1 where nothing follows
    joint: IntArray | None = None
    #: (bars, len(PARTS), 4) notes a beat, mean pitch, notes at once, mean velocity; nan where not asked
    controls: FloatArray | None = None
    #: whether the network is told how far the next hit is
    offsets_told: bool = True
    #: bars of the music before the first and after the last of these
    bars_before: int = 0
    bars_after: int = 0

    @property
    def bars(self) -> int:
        """How many bars are asked for."""
        return len(self.valence)

    def seconds(self, steps: FloatArray | IntArray) -> FloatArray:
        """The time of each step in seconds."""
        return np.interp(steps, self.clock_steps, self.clock_s)

    def vectors(self, bar: IntArray, position: IntArray) -> NDArray[np.float32]:
        """(n, WIDTH) conditions at positions (steps after the bar line) in bars (from 0)."""
        vectors = np.zeros((len(bar), WIDTH), dtype=np.float32)
        vectors[:, EMOTION] = np.stack([self.valence[bar], self.arousal[bar], np.ones(len(bar))], axis=1)
        if self.offsets_told:
            vectors[:, OFFSET] = self._offset_columns(bar, position)
        vectors[:, SHAPE] = self._shape_columns(bar)
        vectors[:, ENSEMBLE.start] = 1
        vectors[:, ENSEMBLE.start + 1 : ENSEMBLE.stop] = self.parts[bar]
        if self.controls is not None:
            vectors[:, TRACKS] = self._control_columns(self.controls)[bar]
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
        """Bars left, bars gone, bars to the joint, whether there is one."""
        left = np.clip(self.bars - 1 - bar + self.bars_after, 0, _BARS_CLIP) / _BARS_CLIP
        since = np.clip(bar + self.bars_before, 0, _BARS_CLIP) / _BARS_CLIP
        joint = np.full(len(bar), -1) if self.joint is None else self.joint[bar]
        follows = joint >= 0
        ahead = np.where(follows, np.clip(joint - bar, 0, _BARS_CLIP) / _BARS_CLIP, 1.0)
        return np.column_stack([left, since, ahead, follows])

    def _control_columns(self, controls: FloatArray) -> FloatArray:
        """(bars, 2 · 4 · len(PARTS)) values, 0 where not asked, then whether they are."""
        known = np.isfinite(controls)
        scaled = np.where(known, scaled_controls(np.where(known, controls, 1.0)), 0.0)
        flat = (len(controls), -1)
        columns = (np.moveaxis(scaled, 2, 1).reshape(flat), np.moveaxis(known, 2, 1).reshape(flat))
        return np.concatenate(columns, axis=1)
