"""Read the free corpora once, label every bar, and keep the result as arrays."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from emsync_nb.domain import MusicTable
from emsync_nb.errors import DataError
from emsync_nb.extras import check_installed
from emsync_nb.labelling import label_bars
from emsync_nb.notation.reading.midi_table import read_midi_table
from emsync_nb.notation.reading.musicxml_table import read_musicxml
from emsync_nb.training.corpus.store import CORPUS_FILE, Piece, Provenance, save

log = logging.getLogger(__name__)

MIN_NOTES = 64


@dataclass(frozen=True, slots=True)
class Source:
    """A collection that is free for a checkpoint that ships."""

    folder: str
    licence: str
    #: every n-th file is read; songs for voice and piano would otherwise outnumber everything else
    every: int = 1


SOURCES = (
    Source("openscore-orchestra", "CC0-1.0"),
    Source("openscore-string-quartets", "CC0-1.0"),
    Source("openscore-lieder", "CC0-1.0", every=4),
    Source("freedoom", "BSD-3-Clause"),
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a preparation did."""

    path: Path
    pieces: int
    notes: int
    #: "name: reason" of every file that was left out
    skipped: tuple[str, ...]


def prepare(
    data: Path, cache: Path, *, workers: int = 2, on_progress: Callable[[float], None] | None = None
) -> Prepared:
    """Read every source below `data` into `cache`/corpus.npz.

    Raises:
        DataError: none of the collections is there, or none of their files could be read.
        MissingExtraError: the extra `training` is not installed.
    """
    check_installed("lxml", "symusic")
    jobs = list(_jobs(data))
    if not jobs:
        names = ", ".join(source.folder for source in SOURCES)
        raise DataError(f"{data} holds none of the collections {names}; give the folder that does")
    pieces: list[Piece] = []
    skipped: list[str] = []
    with ProcessPoolExecutor(max_workers=workers) as pool:
        for done, outcome in enumerate(pool.map(_read, jobs, chunksize=4), start=1):
            if isinstance(outcome, str):
                skipped.append(outcome)
                log.info("left out %s", outcome)
            else:
                pieces.append(outcome)
            if on_progress is not None:
                on_progress(done / len(jobs))
    if not pieces:
        raise DataError(f"none of the {len(jobs)} files below {data} could be read; the first: {skipped[0]}")
    save(pieces, cache / CORPUS_FILE)
    notes = sum(len(piece.table.onset) for piece in pieces)
    return Prepared(cache / CORPUS_FILE, len(pieces), notes, tuple(skipped))


def _jobs(data: Path) -> Iterator[tuple[Path, Provenance]]:
    for source in SOURCES:
        paths = sorted(p for p in (data / source.folder).glob("*") if p.suffix in (".mxl", ".mid"))
        for path in paths[:: source.every]:
            yield path, Provenance(path.stem, source.folder, source.licence)


def _read(job: tuple[Path, Provenance]) -> Piece | str:
    """One piece, or the reason why it is left out."""
    path, provenance = job
    try:
        table = read_musicxml(path) if path.suffix == ".mxl" else read_midi_table(path)
        _check(path, table)
    except DataError as error:
        return str(error)
    return Piece(provenance, table, label_bars(table))


def _check(path: Path, table: MusicTable) -> None:
    if len(table.onset) < MIN_NOTES:
        raise DataError(f"{path.name}: fewer than {MIN_NOTES} notes")
