"""Columns of numbers as bytes, for traits: 32-bit floats, little endian, column after column."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def packed(*columns: ArrayLike) -> bytes:
    """(n,) numbers each, one block of n floats after another.

    Raises:
        ValueError: columns of several lengths.
    """
    arrays = [np.asarray(column, dtype="<f4").ravel() for column in columns]
    if len({array.size for array in arrays}) > 1:
        raise ValueError(f"columns must be equally long, got {[array.size for array in arrays]}")
    return b"".join(array.tobytes() for array in arrays)


def unpacked(data: bytes | memoryview, count: int) -> list[NDArray[np.float32]]:
    """The columns of `packed`, of which there are `count`.

    Raises:
        ValueError: the bytes are no such columns.
    """
    if len(data) % (4 * count):
        raise ValueError(f"{len(data)} bytes cannot be {count} columns of 32-bit floats")
    return list(np.frombuffer(data, dtype="<f4").reshape(count, -1))
