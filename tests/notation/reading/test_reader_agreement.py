"""A few real scores, note by note, as music21 reads them; the whole comparison is a benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("lxml")
pytest.importorskip("music21")

from tests.benchmarks.reader_agreement import SHORT, compare_file, sample
from tests.benchmarks.reader_reasons import PAPER_REASONS


@pytest.mark.data
def test_every_note_is_what_music21_reads(data_folder: Path, tmp_path: Path) -> None:
    files = sample(SHORT, data_folder / "music")
    assert len(files) == sum(number for number, _ in SHORT.values())
    notes = 0
    for collection, path in files:
        paper, _ = compare_file(collection, path, tmp_path, repeats=False)
        if paper.name not in PAPER_REASONS:
            assert paper.agreeing == paper.notes, (path.name, paper.differences)
        notes += paper.notes
    assert notes > 8000
