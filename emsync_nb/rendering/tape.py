"""Sound on disk, for as long as it is needed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BLOCK, Sound

_SAMPLE_BYTES = 4


class Tape:
    """Sound in an anonymous file: it grows at its end, is read as often as needed, and is gone when closed.

    The file has no name where the system allows that, so not even a killed run leaves it behind. A disk that
    is full is told as the system's OSError.
    """

    def __init__(self, folder: Path | None, rate: int, channels: int) -> None:
        """An empty tape.

        Args:
            folder: where there is room for the file, 4 bytes a sample; None for the system's temporary folder.
            rate: samples per second.
            channels: 1 or 2.
        """
        self.folder = folder
        self.rate = rate
        self.channels = channels
        self.frames = 0
        self._file = tempfile.TemporaryFile(dir=folder, prefix=".emsync-", suffix=".tape")  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, block: NDArray[np.float32]) -> None:
        """Write (channels, n) samples behind what is there."""
        if block.shape[0] != self.channels:
            raise ValueError(f"the tape has {self.channels} channels, the block {block.shape[0]}")
        self._file.seek(0, os.SEEK_END)
        self._file.write(np.ascontiguousarray(block.T, dtype=np.float32).data)
        self.frames += block.shape[1]

    def record(self, sound: Sound) -> None:
        """Write the whole of `sound` behind what is there."""
        for block in sound.blocks():
            self.append(block)

    def blocks(self, size: int = BLOCK) -> Iterator[NDArray[np.float32]]:
        """What was written so far; see `Sound`. Several may read at once."""
        frame_bytes = _SAMPLE_BYTES * self.channels
        for start in range(0, self.frames, size):
            self._file.seek(start * frame_bytes)
            data = self._file.read(min(size, self.frames - start) * frame_bytes)
            yield np.ascontiguousarray(np.frombuffer(data, dtype=np.float32).reshape(-1, self.channels).T)
