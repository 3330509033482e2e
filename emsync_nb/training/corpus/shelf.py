"""What was read already, one file a piece, so that a preparation that was broken off goes on where it was."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import filelock

from emsync_nb.errors import DataError, OutputError
from emsync_nb.training.corpus.catalogue import Entry
from emsync_nb.training.corpus.reading import READER
from emsync_nb.training.corpus.store import CORPUS_FILE, VERSION, Piece, stored_version, unpack
from emsync_nb.training.damage import DAMAGES
from emsync_nb.training.whole_file import write_whole

_PIECES = "pieces"
#: names that nobody else gives
_OUR_FOLDER, _OUR_PIECE = re.compile(r"[0-9a-f]{12}"), re.compile(r"[0-9a-f]{40}\.npz")
_OUR_PART = re.compile(r"\.[0-9a-f]{16}\.part")
#: a file that is larger is no piece of ours
MAX_FILE_BYTES = 100_000_000


class Shelf:
    """The folder of a cache that holds single pieces; only what this version of us read counts."""

    def __init__(self, cache: Path) -> None:
        self._all = cache / _PIECES
        self._own = self._all / _version_tag()

    def get(self, entry: Entry, sha256: str) -> Piece | None:
        """The piece that was made of a file, if it is here and whole."""
        path = self._path(entry, sha256)
        try:
            if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
                return None
            (piece,) = unpack(io.BytesIO(path.read_bytes()))
        except (DataError, *DAMAGES):
            return None
        facts = piece.provenance
        return piece if (facts.sha256, facts.source) == (sha256, entry.source) else None

    def put(self, entry: Entry, sha256: str, packed: bytes) -> Piece:
        """Keep a packed piece, whole or not at all."""
        write_whole(self._path(entry, sha256), packed)
        (piece,) = unpack(io.BytesIO(packed))
        return piece

    def forget_others(self) -> None:
        """Remove the pieces that other versions of us left, and nothing else."""
        if self._all.is_symlink() or not self._all.is_dir():
            return
        for folder in self._all.iterdir():
            if folder != self._own and _OUR_FOLDER.fullmatch(folder.name) and not folder.is_symlink():
                with contextlib.suppress(OSError):
                    for path in folder.iterdir():
                        if _OUR_PIECE.fullmatch(path.name):
                            path.unlink()
                    folder.rmdir()

    def _path(self, entry: Entry, sha256: str) -> Path:
        # the same bytes in two collections, or with other rights, are two pieces until they are compared; where
        # the collections lie on this machine does not matter
        facts = f"{sha256} {replace(entry, path=Path(entry.path.name))}".encode()
        return self._own / f"{hashlib.sha256(facts).hexdigest()[:40]}.npz"


def _version_tag() -> str:
    coefficients = files("emsync_nb.labelling").joinpath("coefficients.json").read_bytes()
    return hashlib.sha256(f"{VERSION} {READER}".encode() + coefficients).hexdigest()[:12]


@contextmanager
def held(cache: Path) -> Iterator[None]:
    """The cache for ourselves, with what goes wrong on its disk told in one line.

    Raises:
        DataError: another preparation is at work in it, or what it holds is not ours to replace.
        OutputError: it cannot be written.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(cache / ".lock", timeout=0)
        with lock:
            _sweep(cache)
            _check_corpus(cache / CORPUS_FILE)
            yield
    except filelock.Timeout as error:
        raise DataError(
            f"another preparation is at work in {cache}; wait for it, or name another --cache"
        ) from error
    except OSError as error:
        raise OutputError(
            f"{cache} cannot be written ({error.strerror or error}); mend that or name another --cache, and run again: "
            "what was read is kept"
        ) from error


def _sweep(cache: Path) -> None:
    """Remove what a killed preparation left half written."""
    for path in [*cache.glob(".*.part"), *(cache / _PIECES).glob("*/.*.part")]:
        if _OUR_PART.fullmatch(path.name):
            with contextlib.suppress(OSError):
                path.unlink()


def _check_corpus(path: Path) -> None:
    """A corpus of an older version is replaced; what is newer, or nothing of ours, is not.

    Raises:
        DataError: the file must not be replaced.
    """
    if not path.exists():
        return
    version = stored_version(path)
    if version is None:
        raise DataError(f"{path} is damaged or none of ours. Move it away, or name another --cache")
    if version > VERSION:
        raise DataError(f"{path} was made by a newer emsync_nb. Update this one, or name another --cache")
