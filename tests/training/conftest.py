"""Small scores as compressed MusicXML, and a corpus of music made by chance."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable
from emsync_nb.labelling import label_bars
from emsync_nb.training import Piece
from emsync_nb.training.corpus.store import Provenance

WriteScore = Callable[..., Path]
MakePiece = Callable[..., Piece]

_CONTAINER = '<container><rootfiles><rootfile full-path="score.xml"/></rootfiles></container>'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<score-partwise version="4.0">'


def score_xml(parts: dict[str, str], details: dict[str, str] | None = None) -> str:
    """A score: measures by part name, and what else stands in each part's list entry."""
    listed = "".join(
        f'<score-part id="P{i}"><part-name>{name}</part-name>{(details or {}).get(name, "")}</score-part>'
        for i, name in enumerate(parts)
    )
    music = "".join(f'<part id="P{i}">{measures}</part>' for i, measures in enumerate(parts.values()))
    return f"{_HEAD}<part-list>{listed}</part-list>{music}</score-partwise>"


@pytest.fixture
def write_score(tmp_path: Path) -> WriteScore:
    """Writes measures by part name, or a whole document, as an .mxl and gives its path."""

    def write(
        score: dict[str, str] | str | bytes, *, details: dict[str, str] | None = None, name: str = "score.mxl"
    ) -> Path:
        document = score_xml(score, details) if isinstance(score, dict) else score
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("META-INF/container.xml", _CONTAINER)
            archive.writestr("score.xml", document)
        return path

    return write


def _piece(name: str, *, seed: int = 0, bars: int = 24, source: str = "freedoom", steps: int = 48) -> Piece:
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
    return Piece(Provenance(name, source, "CC0-1.0"), table, label_bars(table))


@pytest.fixture(scope="session")
def make_piece() -> MakePiece:
    """Builds a piece of chords, a tune and drums from a name and a seed."""
    return _piece
