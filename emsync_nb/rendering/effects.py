"""Sounds made of other sounds, block by block, when somebody asks for them. Nothing here holds a whole sound."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BLOCK, Sound

Block = NDArray[np.float32]
#: hears which share of the work is done, 0 … 1
Advance = Callable[[float], None]


class Effect(ABC):
    """A sound made of another one, sample for sample: length, channels and rate stay."""

    def __init__(self, source: Sound) -> None:
        self.source = source

    @property
    def rate(self) -> int:
        """Samples per second."""
        return self.source.rate

    @property
    def channels(self) -> int:
        """1 for mono, 2 for stereo."""
        return self.source.channels

    @property
    def frames(self) -> int:
        """Length in samples of one channel."""
        return self.source.frames

    @abstractmethod
    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """See `Sound`."""


class Scaled(Effect):
    """A sound, softer or louder throughout."""

    def __init__(self, source: Sound, gain: float | np.float32) -> None:
        super().__init__(source)
        self._gain = np.float32(gain)

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """See `Sound`."""
        for block in self.source.blocks(size):
            yield block * self._gain


class Metered(Effect):
    """A sound as it is; `peak` holds the highest magnitude that has passed by."""

    def __init__(self, source: Sound) -> None:
        super().__init__(source)
        self.peak = 0.0

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """See `Sound`."""
        for block in self.source.blocks(size):
            self.peak = max(self.peak, float(np.abs(block).max(initial=0.0)))
            yield block


class Watched(Effect):
    """A sound as it is; `advance` hears how much of it has passed by."""

    def __init__(self, source: Sound, advance: Advance) -> None:
        super().__init__(source)
        self._advance = advance

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """See `Sound`."""
        passed = 0
        for block in self.source.blocks(size):
            yield block
            passed += block.shape[1]
            self._advance(passed / self.frames)


def unwatched(share: float) -> None:
    """The `Advance` that tells nobody."""


def span(advance: Advance, begin: float, end: float) -> Advance:
    """For a part of the work that takes the share from `begin` to `end`."""
    return lambda share: advance(begin + share * (end - begin))


def with_neighbours(blocks: Iterable[Block], reach: int) -> Iterator[tuple[Block, slice]]:
    """Each block between up to `reach` samples of what lies before and behind it, and where it lies there."""
    waiting: deque[Block] = deque()
    before: Block | None = None
    ahead = 0

    def joined() -> tuple[Block, slice]:
        nonlocal before, ahead
        block = waiting.popleft()
        ahead -= block.shape[1]
        before = block[:, :0] if before is None else before
        known = np.concatenate((before, block, *waiting), axis=1)
        place = slice(before.shape[1], before.shape[1] + block.shape[1])
        before = known[:, max(0, place.stop - reach) : place.stop]
        return known[:, : place.stop + reach], place

    for block in blocks:
        waiting.append(block)
        ahead += block.shape[1]
        while ahead - waiting[0].shape[1] >= reach:
            yield joined()
    while waiting:
        yield joined()
