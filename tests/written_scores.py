"""Small scores as compressed MusicXML."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

WriteScore = Callable[..., Path]

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
