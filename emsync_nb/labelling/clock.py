"""When a step of a table sounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import MusicTable


def seconds(table: MusicTable, steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) seconds from the start at which (n,) steps sound; after the last bar its tempo goes on."""
    if not table.bars:
        return np.zeros(len(steps))
    clock = np.concatenate(([0.0], np.cumsum(table.bar_seconds)))
    beyond = np.maximum(steps - table.bar_start[-1], 0)
    a_step = table.bar_seconds[-1] / max(1, int(table.bar_start[-1] - table.bar_start[-2]))
    return np.asarray(np.interp(steps, table.bar_start, clock) + beyond * a_step)
