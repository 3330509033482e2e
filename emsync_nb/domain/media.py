"""What a film is made of: its facts, its frames, its sound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a probe tells about a film without decoding it."""

    path: Path
    #: length of the picture in seconds, exact as the container tells it
    duration_s: Fraction
    #: nominal frame rate; frames of a variable-rate film carry their own times
    fps: Fraction
    #: width as displayed, in pixels (after rotation and sample aspect ratio)
    width: int
    #: height as displayed, in pixels
    height: int
    #: clockwise turn a player applies before showing, in degrees: 0, 90, 180 or 270
    rotation: int
    has_audio: bool
    #: codec of the picture stream, in FFmpeg's spelling
    codec: str

    @property
    def frame_s(self) -> float:
        """Length of one frame in seconds."""
        return float(1 / self.fps)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture, upright."""

    #: number of the frame in presentation order, from 0
    index: int
    #: presentation time in seconds from the first frame
    time_s: Fraction
    #: (height, width, 3) uint8, RGB
    rgb: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class AudioClip:
    """Sound in memory."""

    #: (channels, samples) float32, nominally within [-1, 1]
    samples: NDArray[np.float32]
    #: samples per second
    rate: int

    def __post_init__(self) -> None:
        if self.samples.ndim != 2:
            raise ValueError(f"samples must be (channels, samples), got shape {self.samples.shape}")
        if self.rate <= 0:
            raise ValueError(f"rate must be positive, got {self.rate}")
        frozen = np.array(self.samples, dtype=np.float32)
        frozen.setflags(write=False)
        object.__setattr__(self, "samples", frozen)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / self.rate)
