"""A composer that has learnt nothing, and a corpus made by chance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.domain import DRUMS, PARTS, MusicTable
from emsync_nb.labelling import label_bars
from emsync_nb.training.corpus.store import CORPUS_FILE, Piece, Provenance, pack

torch = pytest.importorskip("torch")


def _piece(number: int) -> Piece:
    rng = np.random.default_rng(number)
    piano, rows = PARTS.index("piano"), []
    for bar in range(40):
        root = 36 + int(rng.integers(12))
        rows += [(48 * bar, 48, root + step, 70, piano) for step in (0, 16, 19)]
        rows += [(48 * bar + at, 6, 60 + int(rng.integers(12)), 84, piano) for at in range(0, 48, 12)]
        rows += [(48 * bar + at, 3, 42, 60, DRUMS) for at in range(0, 48, 24)]
    table = MusicTable.build(np.array(rows), np.arange(41) * 48, np.full(40, 90.0 + number))
    split = ("train", "test", "validation")[number % 3]
    return Piece(Provenance(f"piece {number}", "freedoom", "CC0-1.0", split=split), table, label_bars(table))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a prepared corpus of nine pieces."""
    folder = tmp_path_factory.mktemp("cache")
    (folder / CORPUS_FILE).write_bytes(pack([_piece(number) for number in range(9)]))
    return folder


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small network with weights by chance."""
    from emsync_nb.generation.checkpoint import save
    from emsync_nb.generation.transformer import EventTransformer, NetworkSettings
    from emsync_nb.weights import CHECKPOINT_VARIABLE

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    save(EventTransformer(NetworkSettings(width=32, layers=1, heads=2, hidden=48)), path, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CHECKPOINT_VARIABLE, str(path))
        yield path
