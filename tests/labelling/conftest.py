"""Real music, read once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from emsync_nb.domain import MusicTable
from emsync_nb.notation.reading import read_table

ReadPiece = Callable[[str], MusicTable]


@cache
def _read(path: Path) -> MusicTable:
    return read_table(path)


@pytest.fixture(scope="session")
def read_piece(data_folder: Path) -> ReadPiece:
    """Reads a piece by its path below the folder of music, once."""
    return lambda name: _read(data_folder / "music" / name)
