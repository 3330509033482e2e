"""A corpus of music made by chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable
from emsync_nb.labelling import label_bars
from emsync_nb.training import Piece
from emsync_nb.training.corpus.store import Provenance, Split

MakePiece = Callable[..., Piece]


def _piece(
    name: str,
    *,
    seed: int = 0,
    bars: int = 24,
    source: str = "freedoom",
    steps: int = 48,
    split: Split = "train",
) -> Piece:
    rng = np.random.default_rng(seed)
    tonic, rows = int(rng.integers(12)), []
    piano, drums = PARTS.index("piano"), DRUMS
    for bar in range(bars):
        root = 36 + (tonic + int(rng.choice([0, 5, 7]))) % 12
        start = bar * steps
        rows += [(start, steps, root + step, 70, piano) for step in (0, 16, 19)]
        rows += [
            (start + at, 6, root + 24 + int(rng.choice([0, 4, 7])), 84, piano) for at in range(0, steps, 12)
        ]
        rows += [(start + at, 3, 42, 60, drums) for at in range(0, steps, 24)]
    starts = np.arange(bars + 1) * steps
    table = MusicTable.build(np.array(rows), starts, np.full(bars, 100.0 + 5 * seed))
    assert GRID == 12
    return Piece(Provenance(name, source, "CC0-1.0", split=split), table, label_bars(table))


@pytest.fixture(scope="session")
def make_piece() -> MakePiece:
    """Builds a piece of chords, a tune and drums from a name and a seed."""
    return _piece
