"""A corpus in numbers, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from emsync_nb.domain import DRUMS, PARTS, MusicTable, TableTrack
from emsync_nb.labelling import label_bars
from emsync_nb.training import Piece, as_json, corpus_stats
from emsync_nb.training.corpus.store import Provenance, Split

VIOLIN = PARTS.index("violin-1")
C_MAJOR = (60, 62, 64, 65, 67, 69, 71, 72)
NOTHING = np.empty(0, dtype=np.int64), np.empty(0)


def piece(name: str, bpm: float, split: Split, source: str = "freedoom") -> Piece:
    """Two bars of a scale in quavers, and a drum on every beat."""
    rows = [(at * 6, 6, C_MAJOR[at % 8], 80, VIOLIN) for at in range(16)]
    rows += [(at * 12, 3, 36, 80, DRUMS) for at in range(8)]
    tracks = (TableTrack("Violin", 40, VIOLIN, *NOTHING), TableTrack("Drums", 0, DRUMS, *NOTHING))
    table = MusicTable.build(
        np.array(rows),
        np.arange(3) * 48,
        np.full(2, bpm),
        tracks=tracks,
        track=np.array([0] * 16 + [1] * 8),
    )
    return Piece(Provenance(name, source, "CC0-1.0", split=split), table, label_bars(table))


def test_everything_is_counted() -> None:
    stats = corpus_stats([piece("a", 120, "train"), piece("b", 60, "test", "openscore-lieder")])
    assert (stats.whole.pieces, stats.whole.notes) == (2, 48)
    assert stats.whole.hours == pytest.approx((4 + 8) / 3600)  # eight beats at 120 and at 60
    assert stats.splits["test"].hours == pytest.approx(8 / 3600)
    assert set(stats.splits) == {"train", "test"}
    assert {name: share.notes for name, share in stats.sources.items()} == {
        "freedoom (CC0-1.0)": 24,
        "openscore-lieder (CC0-1.0)": 24,
    }
    assert stats.instruments == {"violin-1": 32, "drums": 16}
    assert stats.programs == {41: 32}  # counted from 1, as people do; drums have none
    assert stats.keys == {"C major": 2}
    assert stats.tempi.tolist() == [120, 120, 60, 60]
    assert stats.densities.tolist() == pytest.approx([6, 6, 3, 3])  # twelve notes in 2 s, and in 4 s
    assert stats.labels.shape == (4, 2)


def test_the_json_holds_no_long_arrays() -> None:
    facts = as_json(corpus_stats([piece("a", 120, "train")]))
    assert facts["tempo_bpm"] == {"p5": 120, "p25": 120, "p50": 120, "p75": 120, "p95": 120}
    assert facts["whole"] == {"pieces": 1, "notes": 24, "hours": pytest.approx(0.001)}
