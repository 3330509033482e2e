"""The prepared corpus: every piece as arrays in one file, read back without unpickling anything."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import MusicTable
from emsync_nb.errors import DataError

VERSION = 2
CORPUS_FILE = "corpus.npz"
Split = Literal["train", "validation", "test"]
NOTE_COLUMNS = ("onset", "duration", "pitch", "velocity", "part")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a piece comes from, whose it is, and who may use it."""

    #: the file's name without its ending
    name: str
    #: the collection
    source: str
    #: as SPDX names it
    licence: str
    #: as the file states it; empty where it does not
    composer: str = ""
    #: the whole that the piece is a part of: a symphony, a cycle of songs
    work: str = ""
    #: the statement of rights, as it stands in the file or beside it
    rights: str = ""
    #: of the file, in hexadecimal digits
    sha256: str = ""
    #: what the piece is used for; all pieces of one work have the same
    split: Split = "train"


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One piece with its emotion labels."""

    provenance: Provenance
    table: MusicTable
    #: (bars, 2) valence and arousal
    labels: NDArray[np.float64]


def save(pieces: Sequence[Piece], path: Path) -> None:
    """Write all pieces into one compressed .npz, beside and then into place."""
    tables = [piece.table for piece in pieces]
    columns = {
        "onset": np.concatenate([t.onset for t in tables]).astype(np.int32),
        "duration": np.concatenate([t.duration for t in tables]).astype(np.int32),
        "pitch": np.concatenate([t.pitch for t in tables]).astype(np.uint8),
        "velocity": np.concatenate([t.velocity for t in tables]).astype(np.uint8),
        "part": np.concatenate([t.part for t in tables]).astype(np.uint8),
        "bar_start": np.concatenate([t.bar_start for t in tables]).astype(np.int32),
        "bar_bpm": np.concatenate([t.bar_bpm for t in tables]).astype(np.float32),
        "labels": np.concatenate([piece.labels for piece in pieces]).astype(np.float32),
        "notes": np.array([len(t.onset) for t in tables]),
        "bars": np.array([t.bars for t in tables]),
    }
    facts = {"version": VERSION, "pieces": [asdict(piece.provenance) for piece in pieces]}
    columns["facts"] = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
    beside = path.with_suffix(".partial.npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(beside, **columns)  # type: ignore[arg-type]  # numpy's stub confuses **arrays with flags
    beside.replace(path)


#: what damaged archives, headers and columns raise
_DAMAGES = (OSError, EOFError, ValueError, LookupError, TypeError, RuntimeError, zipfile.BadZipFile)


def load_corpus(cache: Path) -> tuple[Piece, ...]:
    """Read the corpus that `prepare` wrote into a cache folder.

    Raises:
        DataError: no prepared corpus there, or one of another version.
    """
    path = cache / CORPUS_FILE
    if not path.is_file():
        raise DataError(f"{path} does not exist. Run: emsync train prepare --data DIR --cache {path.parent}")
    try:
        return _pieces(path)
    except (*_DAMAGES, zlib.error) as error:
        raise DataError(f"{path} is damaged ({error}); run emsync train prepare again") from error


def _pieces(path: Path) -> tuple[Piece, ...]:
    with path.open("rb") as stream, zipfile.ZipFile(stream):
        pass  # numpy would take other kinds of file as well
    with np.load(path, allow_pickle=False) as archive:
        columns = {name: archive[name] for name in archive.files}
    facts = json.loads(columns.pop("facts").tobytes())
    if facts["version"] != VERSION:
        raise DataError(f"{path} is of another version; run emsync train prepare again")
    provenances = [Provenance(**entry) for entry in facts["pieces"]]
    _check_lengths(columns, len(provenances))
    return _split(columns, provenances)


def _check_lengths(columns: dict[str, NDArray[np.generic]], pieces: int) -> None:
    notes, bars = (columns[name].astype(np.int64) for name in ("notes", "bars"))
    if not len(notes) == len(bars) == pieces or min(*notes, *bars, 0) < 0:
        raise ValueError(f"{pieces} pieces, but lengths of {len(notes)} and {len(bars)}")
    wanted = dict.fromkeys(NOTE_COLUMNS, notes.sum())
    wanted |= {"bar_start": bars.sum() + pieces, "bar_bpm": bars.sum(), "labels": bars.sum()}
    for name, length in wanted.items():
        if len(columns[name]) != length:
            raise ValueError(f"{name} holds {len(columns[name])} entries in place of {length}")


def _split(columns: dict[str, NDArray[np.generic]], provenances: list[Provenance]) -> tuple[Piece, ...]:
    note_ends = np.cumsum(columns.pop("notes").astype(np.int64))
    bar_ends = np.cumsum(columns.pop("bars").astype(np.int64))
    pieces = []
    for index, provenance in enumerate(provenances):
        notes = slice(int(note_ends[index - 1]) if index else 0, int(note_ends[index]))
        bars = slice(int(bar_ends[index - 1]) if index else 0, int(bar_ends[index]))
        starts = slice(bars.start + index, bars.stop + index + 1)
        onset, duration, pitch, velocity, part = (
            columns[name][notes].astype(np.int64) for name in NOTE_COLUMNS
        )
        bar_start = columns["bar_start"][starts].astype(np.int64)
        bar_bpm = columns["bar_bpm"][bars].astype(np.float64)
        table = MusicTable(onset, duration, pitch, velocity, part, bar_start, bar_bpm, part)
        pieces.append(Piece(provenance, table, columns["labels"][bars].astype(np.float64)))
    return tuple(pieces)
