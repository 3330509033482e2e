"""What a corpus holds: notes, hours, instruments, keys, tempi, densities, labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import GRID, PARTS, Key, MusicTable, key_fit
from emsync_nb.labelling import pitch_class_weights
from emsync_nb.training.corpus.store import Piece

FloatArray = NDArray[np.float64]
Name = TypeVar("Name", str, int)


@dataclass(frozen=True, slots=True)
class Share:
    """Some of the corpus."""

    pieces: int
    notes: int
    hours: float


@dataclass(frozen=True, slots=True, eq=False)
class CorpusStats:
    """A corpus in numbers."""

    whole: Share
    #: "collection (licence)" → its share
    sources: dict[str, Share]
    #: train, validation, test
    splits: dict[str, Share]
    #: part → notes, most first
    instruments: dict[str, int]
    #: General MIDI program, 1 … 128 → notes, most first; drums left out
    programs: dict[int, int]
    #: key → pieces, such as "E♭ major"; the best fit of each piece with pitches
    keys: dict[str, int]
    #: (bars,) quarters a minute
    tempi: FloatArray
    #: (bars,) notes a second
    densities: FloatArray
    #: (bars, 2) valence and arousal
    labels: FloatArray


def corpus_stats(pieces: Sequence[Piece]) -> CorpusStats:
    """Count everything."""
    parts, programs = np.zeros(len(PARTS), dtype=np.int64), np.zeros(128, dtype=np.int64)
    keys: dict[str, int] = {}
    for piece in pieces:
        parts += np.bincount(piece.table.part, minlength=len(PARTS))
        programs += _programs(piece.table)
        name = _key(piece.table)
        if name is not None:
            keys[name] = keys.get(name, 0) + 1
    return CorpusStats(
        whole=_share(pieces),
        sources=_by(pieces, [f"{p.provenance.source} ({p.provenance.licence})" for p in pieces]),
        splits=_by(pieces, [p.provenance.split for p in pieces]),
        instruments=_most_first({PARTS[i]: int(n) for i, n in enumerate(parts) if n}),
        programs=_most_first({i + 1: int(n) for i, n in enumerate(programs) if n}),
        keys=_most_first(keys),
        tempi=np.concatenate([piece.table.bar_bpm for piece in pieces]),
        densities=np.concatenate([_densities(piece.table) for piece in pieces]),
        labels=np.concatenate([piece.labels for piece in pieces]),
    )


def as_json(stats: CorpusStats) -> dict[str, object]:
    """The stats without their long arrays: percentiles in their place."""
    return {
        "whole": _facts(stats.whole),
        "sources": {name: _facts(share) for name, share in stats.sources.items()},
        "splits": {name: _facts(share) for name, share in stats.splits.items()},
        "instruments": stats.instruments,
        "programs": {str(program): notes for program, notes in stats.programs.items()},
        "keys": stats.keys,
        "tempo_bpm": _percentiles(stats.tempi),
        "notes_per_s": _percentiles(stats.densities),
        "valence": _percentiles(stats.labels[:, 0]),
        "arousal": _percentiles(stats.labels[:, 1]),
    }


def _facts(share: Share) -> dict[str, float]:
    return {"pieces": share.pieces, "notes": share.notes, "hours": round(share.hours, 3)}


def _percentiles(values: FloatArray) -> dict[str, float]:
    ranks = (5, 25, 50, 75, 95)
    found = np.percentile(values, ranks).round(3).tolist()
    return {f"p{rank}": value for rank, value in zip(ranks, found, strict=True)}


def _share(pieces: Sequence[Piece]) -> Share:
    notes = sum(len(piece.table.onset) for piece in pieces)
    return Share(len(pieces), notes, sum(float(p.table.bar_seconds.sum()) for p in pieces) / 3600)


def _by(pieces: Sequence[Piece], names: Sequence[str]) -> dict[str, Share]:
    return {
        name: _share([piece for piece, own in zip(pieces, names, strict=True) if own == name])
        for name in dict.fromkeys(names)
    }


def _most_first(counts: dict[Name, int]) -> dict[Name, int]:
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _programs(table: MusicTable) -> NDArray[np.int64]:
    """(128,) notes of each program; all drums, and tables that know no programs, count for nothing."""
    pitched = np.array([track.part != PARTS.index("drums") for track in table.tracks], dtype=bool)
    if not len(pitched):
        return np.zeros(128, dtype=np.int64)
    program = np.array([track.program for track in table.tracks])
    return np.bincount(program[table.track[pitched[table.track]]], minlength=128)


def _key(table: MusicTable) -> str | None:
    weights = pitch_class_weights(table, 0, len(table.onset))
    if not weights.any():
        return None
    major, minor = key_fit(weights)
    if major.max() >= minor.max():
        return Key(int(major.argmax()), "major").name
    return Key(int(minor.argmax()), "minor").name


def _densities(table: MusicTable) -> FloatArray:
    counts = np.diff(np.searchsorted(table.onset, table.bar_start))
    return np.asarray(counts / np.maximum(table.bar_seconds, 1 / GRID))
