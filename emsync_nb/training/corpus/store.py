"""The prepared corpus: every piece as arrays in one file, read back without unpickling anything."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import PARTS, MusicTable, TableTrack
from emsync_nb.errors import DataError
from emsync_nb.training.damage import DAMAGES

#: of the file's layout; raised with every change that old readers or old files could not follow
VERSION = 2
CORPUS_FILE = "corpus.npz"
#: unpacked; the whole corpus takes about a third of this
MAX_BYTES = 1 << 28

Split = Literal["train", "validation", "test"]
Columns = dict[str, NDArray[Any]]

_NOTE_COLUMNS: dict[str, type[np.generic]] = {
    "onset": np.int32,
    "duration": np.int32,
    "pitch": np.uint8,
    "velocity": np.uint8,
    "part": np.uint8,
    "track": np.uint16,
}
_ALL_COLUMNS: dict[str, type[np.generic]] = {
    **_NOTE_COLUMNS,
    "bar_steps": np.int32,
    "bar_bpm": np.float32,
    "labels": np.float32,
    "dynamics_step": np.int32,
    "dynamics_level": np.uint8,
    "notes": np.int64,
    "bars": np.int64,
}


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


def pack(pieces: Sequence[Piece]) -> bytes:
    """All pieces as one compressed .npz archive."""
    tables = [piece.table for piece in pieces]
    tracks = [track for table in tables for track in table.tracks]
    arrays: dict[str, list[NDArray[Any]]] = {
        name: [getattr(table, name) for table in tables] for name in _NOTE_COLUMNS
    }
    arrays |= {
        # steps from one onset to the next pack smaller than onsets
        "onset": [np.diff(table.onset, prepend=0) for table in tables],
        "bar_steps": [np.diff(table.bar_start) for table in tables],
        "bar_bpm": [table.bar_bpm for table in tables],
        "labels": [piece.labels for piece in pieces],
        "dynamics_step": [track.dynamics_step for track in tracks],
        "dynamics_level": [np.clip(track.dynamics_level.round(), 0, 255) for track in tracks],
        "notes": [np.array([len(table.onset) for table in tables])],
        "bars": [np.array([table.bars for table in tables])],
    }
    columns: Columns = {name: _joined(arrays[name], kind) for name, kind in _ALL_COLUMNS.items()}
    columns["labels"] = columns["labels"].reshape(-1, 2)
    facts = {
        "version": VERSION,
        "pieces": [asdict(p.provenance) | {"tracks": _track_facts(p.table)} for p in pieces],
    }
    columns["facts"] = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
    stream = io.BytesIO()
    np.savez_compressed(stream, **columns)  # type: ignore[arg-type]  # numpy's stub confuses **arrays with flags
    return stream.getvalue()


def _joined(arrays: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=kind), *(array.reshape(-1).astype(kind) for array in arrays)])


def _track_facts(table: MusicTable) -> list[list[str | int]]:
    return [[track.name, track.program, track.part, len(track.dynamics_step)] for track in table.tracks]


def unpack(stream: BinaryIO) -> tuple[Piece, ...]:
    """The pieces of an archive that `pack` made; whatever is wrong with it raises one of DAMAGES.

    Raises:
        DataError: it was packed by another version.
    """
    with _opened(stream) as archive:
        facts = _facts(archive)
        if facts["version"] != VERSION:
            raise DataError(f"of version {facts['version']}; this program reads {VERSION}")
        columns = {name: archive[name] for name in (*_ALL_COLUMNS,)}
    for name, column in columns.items():
        if column.dtype != _ALL_COLUMNS[name]:
            raise TypeError(f"{name} holds {column.dtype} in place of {np.dtype(_ALL_COLUMNS[name])}")
    return tuple(_pieces(columns, facts["pieces"]))


def stored_version(path: Path) -> int | None:
    """The version of a corpus on disk; None where the file is no corpus, or none that can be read."""
    try:
        with path.open("rb") as stream, _opened(stream) as archive:
            return int(_facts(archive)["version"])
    except DAMAGES:
        return None


@contextmanager
def _opened(stream: BinaryIO) -> Iterator[Any]:
    """numpy's view of an archive that cannot unpack to more than MAX_BYTES."""
    with zipfile.ZipFile(stream) as whole:  # numpy would take other kinds of file as well
        if sum(entry.file_size for entry in whole.infolist()) > MAX_BYTES:
            raise ValueError(f"it unpacks to more than {MAX_BYTES >> 20} MiB")
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as archive:
        yield archive


def _facts(archive: Any) -> dict[str, Any]:  # noqa: ANN401 - numpy's archive has no public type
    facts = json.loads(archive["facts"].tobytes())
    if not isinstance(facts["version"], int) or not 0 <= facts["version"] < 1_000_000:
        raise ValueError("a version that is no number")
    return dict(facts)


def load_corpus(cache: Path) -> tuple[Piece, ...]:
    """Read the corpus that `prepare` wrote into a cache folder.

    Raises:
        DataError: no prepared corpus there, a damaged one, or one of another version.
    """
    path = cache / CORPUS_FILE
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            raise DataError("no plain file")
        with path.open("rb") as stream:
            pieces = unpack(stream)
            if not pieces:
                raise ValueError("it holds no pieces")
            return pieces
    except FileNotFoundError as error:
        raise DataError(
            f"{path} does not exist. Run: emsync train prepare --data DIR --cache {path.parent}"
        ) from error
    except PermissionError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}). Check its rights") from error
    except DataError as error:
        raise DataError(f"{path} is {error}. Run emsync train prepare again") from error
    except DAMAGES as error:
        raise DataError(
            f"{path} is damaged ({error}). Move it away and run emsync train prepare again"
        ) from error


class _Taker:
    """Hands out a column from its beginning on, and notices when it is too short."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._at = dict.fromkeys(columns, 0)

    def take(self, name: str, count: int) -> NDArray[Any]:
        """The next `count` entries."""
        start = self._at[name]
        self._at[name] = start + count
        found = self._columns[name][start : start + count]
        if count < 0 or len(found) != count:
            raise ValueError(f"{name} ends too early")
        return found

    def check_end(self, names: Sequence[str]) -> None:
        """Make sure that nothing is left over."""
        for name in names:
            if self._at[name] != len(self._columns[name]):
                raise ValueError(f"{name} holds more than its pieces do")


def _pieces(columns: Columns, facts: list[dict[str, Any]]) -> Iterator[Piece]:
    taker = _Taker(columns)
    if not len(columns["notes"]) == len(columns["bars"]) == len(facts):
        raise ValueError(f"{len(facts)} pieces, but {len(columns['notes'])} of them have notes")
    for fact, notes, bars in zip(facts, columns["notes"].tolist(), columns["bars"].tolist(), strict=True):
        tracks = tuple(_track(taker, *entry) for entry in fact.pop("tracks"))
        table = _table(taker, notes, bars, tracks)
        labels = taker.take("labels", bars).astype(np.float64)
        if labels.shape != (bars, 2) or not (np.abs(labels) <= 1).all():  # nan fails too
            raise ValueError("labels lie outside of the plane")
        yield Piece(_provenance(fact), table, labels)
    taker.check_end([name for name in columns if name not in ("notes", "bars")])


def _provenance(fact: dict[str, Any]) -> Provenance:
    if not all(isinstance(value, str) for value in fact.values()):
        raise TypeError("provenance that is no text")
    if fact["split"] not in ("train", "validation", "test"):
        raise ValueError(f"a split named {fact['split']}")
    return Provenance(**fact)


def _track(taker: _Taker, name: str, program: int, part: int, corners: int) -> TableTrack:
    if not isinstance(name, str) or not all(type(number) is int for number in (program, part, corners)):
        raise TypeError("a track that is no name and three numbers")
    if not (0 <= program <= 127 and 0 <= part < len(PARTS)):
        raise ValueError(f"program {program} or part {part} out of range")
    step = taker.take("dynamics_step", corners).astype(np.int64)
    return TableTrack(name, program, part, step, taker.take("dynamics_level", corners).astype(np.float64))


def _table(taker: _Taker, notes: int, bars: int, tracks: tuple[TableTrack, ...]) -> MusicTable:
    column = {name: taker.take(name, notes).astype(np.int64) for name in _NOTE_COLUMNS}
    column["onset"] = np.cumsum(column["onset"])
    bar_start = np.concatenate(([0], np.cumsum(taker.take("bar_steps", bars).astype(np.int64))))
    bar_bpm = taker.take("bar_bpm", bars).astype(np.float64)
    table = MusicTable(bar_start=bar_start, bar_bpm=bar_bpm, tracks=tracks, **column)
    _check(table)
    return table


def _check(table: MusicTable) -> None:
    known = len(table.tracks) or len(PARTS)
    is_sound = [
        table.bars > 0 and bool((np.diff(table.bar_start) > 0).all()),
        bool((table.bar_bpm > 0).all() and np.isfinite(table.bar_bpm).all()),
        bool((np.diff(table.onset, prepend=0) >= 0).all() and (table.onset < table.bar_start[-1]).all()),
        bool((table.duration > 0).all() and (table.pitch < 128).all() and (table.part < len(PARTS)).all()),
        bool((table.velocity > 0).all() and (table.velocity < 128).all() and (table.track < known).all()),
    ]
    if not all(is_sound):
        raise ValueError("notes or bars that cannot be")
