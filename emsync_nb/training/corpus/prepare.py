"""Read the free collections once, label every bar, and keep the result as one file of arrays.

::

    catalogue ─► read_piece (many at once) ─► shelf ─► duplicates out ─► split by work ─► corpus.npz
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from emsync_nb.cluster import results
from emsync_nb.errors import DataError
from emsync_nb.extras import check_installed
from emsync_nb.training.corpus.catalogue import Entry, catalogue
from emsync_nb.training.corpus.duplicates import are_related, find_duplicates, runs_of, shared_runs
from emsync_nb.training.corpus.reading import ReadJob, plain_name, read_piece
from emsync_nb.training.corpus.shelf import Shelf, held
from emsync_nb.training.corpus.split import assign
from emsync_nb.training.corpus.store import CORPUS_FILE, Piece, pack
from emsync_nb.training.whole_file import write_whole

#: larger files are not read; the largest score has 3 MB
MAX_FILE_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a preparation did."""

    path: Path
    pieces: int
    notes: int
    #: files read now; the others were read before
    read: int
    #: "name: reason" of every file that was left out
    skipped: tuple[str, ...]
    #: "name: repeats name" of every piece that was left out
    duplicates: tuple[str, ...]
    #: size of the corpus on disk
    bytes: int


def prepare(
    data: Path,
    cache: Path,
    *,
    workers: int = 2,
    address: str | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Prepared:
    """Read every collection below `data` into `cache`/corpus.npz.

    What was read stays in `cache`/pieces, so that a preparation that was broken off goes on.

    Args:
        data: the folder of the collections.
        cache: where the result goes; made if it is not there.
        workers: processes that read.
        address: of a Dask scheduler whose workers read instead; they need the files under the same paths.
        on_progress: receives the share of files read.

    Raises:
        DataError: none of the collections is there, none of their files could be read, or the cache is in use or
            not ours.
        OutputError: the cache cannot be written; nothing in it is lost.
        ClusterError: workers are lost or do not answer.
        MissingExtraError: the extra `notation` is not installed.
    """
    check_installed("lxml", "mido")
    entries = catalogue(data)
    with held(cache):
        found, skipped, read = _read_all(entries, Shelf(cache), workers, address, on_progress)
        if not found:
            raise DataError(
                f"none of the {len(entries)} files below {data} could be read; the first: {skipped[0]}"
            )
        pieces, duplicates = _sorted_out(found)
        packed = pack(pieces)
        write_whole(cache / CORPUS_FILE, packed)
        Shelf(cache).forget_others()
    notes = sum(len(piece.table.onset) for piece in pieces)
    return Prepared(
        cache / CORPUS_FILE, len(pieces), notes, read, tuple(skipped), tuple(duplicates), len(packed)
    )


def _read_all(
    entries: Sequence[Entry],
    shelf: Shelf,
    workers: int,
    address: str | None,
    on_progress: Callable[[float], None] | None,
) -> tuple[list[Piece], list[str], int]:
    """The pieces in the catalogue's order, the files left out with their reasons, and how many were read now."""
    pieces: dict[int, Piece] = {}
    jobs: list[tuple[int, ReadJob]] = []
    skipped: dict[int, str] = {}
    for index, entry in enumerate(entries):
        try:
            sha256 = _sha256(entry.path)
        except OSError as error:
            skipped[index] = f"{plain_name(entry.path.name)}: cannot be read ({error.strerror or error})"
            continue
        piece = shelf.get(entry, sha256)
        if piece is None:
            jobs.append((index, ReadJob(entry, sha256)))
        else:
            pieces[index] = piece
    done = len(entries) - len(jobs)
    waiting = [job for _, job in jobs]
    with closing(results(read_piece, waiting, workers=workers, address=address)) as outcomes:
        for at, outcome in outcomes:
            index, job = jobs[at]
            if isinstance(outcome, str):
                skipped[index] = outcome
            else:
                pieces[index] = shelf.put(job.entry, job.sha256, outcome)
            done += 1
            if on_progress is not None:
                on_progress(done / len(entries))
    in_order = [pieces[index] for index in sorted(pieces)]
    return in_order, [skipped[index] for index in sorted(skipped)], len(jobs)


def _sha256(path: Path) -> str:
    """Of a file's bytes.

    Raises:
        OSError: it cannot be read, is no plain file, or is too large to be music.
    """
    if path.exists() and not path.is_file():  # opening a pipe would wait for ever
        raise OSError("it is no plain file")
    with path.open("rb") as stream:
        if os.fstat(stream.fileno()).st_size > MAX_FILE_BYTES:
            raise OSError(f"it is larger than {MAX_FILE_BYTES // 1_000_000} MB")
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sorted_out(found: Sequence[Piece]) -> tuple[list[Piece], list[str]]:
    """The pieces without duplicates, each with its split, and a line for each duplicate."""
    runs = [runs_of(piece.table) for piece in found]
    shared = shared_runs(runs)
    repeats = find_duplicates(runs, shared)
    names = [piece.provenance.name for piece in found]
    lines = [f"{names[goes]}: repeats {names[stays]}" for goes, stays in sorted(repeats.items())]
    kept = [index for index in range(len(found)) if index not in repeats]
    place = {index: at for at, index in enumerate(kept)}
    related = [
        (place[pair[0]], place[pair[1]])
        for pair, count in shared.items()
        if pair[0] in place and pair[1] in place and are_related(runs, pair, count)
    ]
    pieces = [found[index] for index in kept]
    splits = assign([p.provenance for p in pieces], [len(p.table.onset) for p in pieces], related)
    return [
        replace(piece, provenance=replace(piece.provenance, split=split))
        for piece, split in zip(pieces, splits, strict=True)
    ], lines
