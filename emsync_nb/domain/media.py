"""What a film is made of: its facts, its frames, its sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

#: frames of a block of sound where nobody asks for another size: a second or two
BLOCK = 1 << 16


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


class Sound(Protocol):
    """Sound that is had block by block, wherever it lies: in memory, on disk, or still to be made."""

    @property
    def rate(self) -> int:
        """Samples per second."""

    @property
    def channels(self) -> int:
        """1 for mono, 2 for stereo."""

    @property
    def frames(self) -> int:
        """Length in samples of one channel."""

    def blocks(self, size: int = BLOCK) -> Iterator[NDArray[np.float32]]:
        """The sound from its beginning, in (channels, size) float32 pieces; only the last may be shorter.

        It can be asked again, and gives the same again.
        """


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

    @property
    def channels(self) -> int:
        """1 for mono, 2 for stereo."""
        return int(self.samples.shape[0])

    @property
    def frames(self) -> int:
        """Length in samples of one channel."""
        return int(self.samples.shape[1])

    def blocks(self, size: int = BLOCK) -> Iterator[NDArray[np.float32]]:
        """Read-only views of the samples; see `Sound`."""
        for start in range(0, self.frames, size):
            yield self.samples[:, start : start + size]

    @classmethod
    def of(cls, sound: Sound) -> AudioClip:
        """Any sound, brought into memory as a whole."""
        samples = np.empty((sound.channels, sound.frames), dtype=np.float32)
        start = 0
        for block in sound.blocks():
            samples[:, start : start + block.shape[1]] = block
            start += block.shape[1]
        return cls(samples, sound.rate)
