"""Results appear in their folder whole or not at all, whatever ends the run.

Inside the folder of the results, a hidden one holds the work::

    film.emsync/
      .emsync-work/
        lock       held while a run is at work here; the system frees it when the run ends, however that is
        new/       files being made
        complete/  `new`, renamed when all are made: from here on the run counts as done
        old/       the files that are being replaced

An error or Ctrl-C removes the hidden folder. A killed process or a power cut leaves it, and the next run puts
`complete` into place or, where there is none, gives `old` and `new` away.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import filelock

from emsync_nb.errors import OutputError
from emsync_nb.session.held_signals import held_signals

WORK = ".emsync-work"
#: what goes wrong with a disk, not with us
_DISK_FAULTS = {
    getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EROFS", "EFBIG", "EIO", "EACCES", "EPERM")
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Move:
    """A file of `complete`, where it belongs, and where the one that stands there goes."""

    source: Path
    target: Path
    old: Path


class WorkFolder:
    """A folder beside the results in which files are made; `finish` moves them into place.

    Left without `finish`, it disappears, and so do the folders that were made for the results.
    """

    def __init__(self, folder: Path, expected: Collection[str] = ()) -> None:
        """`expected` are names of files that will be made: what stands in their way is said at once."""
        self.folder = folder
        self._expected = expected
        self._work = folder / WORK
        self._new, self._complete = self._work / "new", self._work / "complete"
        #: folders that were not there before, innermost first
        self._made: list[Path] = []
        self._lock = filelock.FileLock(self._work / "lock", timeout=0)

    def __enter__(self) -> Path:
        """The folder to make files in.

        Raises:
            OutputError: the results' folder cannot be made or written, or another run is at work there.
        """
        try:
            with held_signals():
                self._open()
            return self._new
        except OSError as error:
            self._tidy()
            raise OutputError(
                f"{self.folder} cannot be written ({error.strerror}); choose another with --out"
            ) from error
        except BaseException:
            self._tidy()
            raise

    def finish(self) -> None:
        """Move every file into the folder: all of them or, where one cannot be moved, none.

        Raises:
            OutputError: the folder cannot be written, or a folder stands where a file belongs.
        """
        with held_signals():
            try:
                self._check_targets(self._made_in(self._new))
                os.replace(self._new, self._complete)  # noqa: PTH105 - one step everywhere
                try:
                    self._place()
                except OSError:
                    os.replace(self._complete, self._new)  # noqa: PTH105 - to be removed with it
                    raise
            except OSError as error:
                raise OutputError(
                    f"{error.filename2 or error.filename or self.folder} cannot be written "
                    f"({error.strerror}); free it and run again"
                ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tidy()
        if isinstance(error, OSError) and error.errno in _DISK_FAULTS:
            raise OutputError(
                f"{self.folder} cannot be written ({error.strerror or error}); free some space or choose "
                "another with --out"
            ) from error
        if isinstance(error, OutputError):
            # people know the file by the place where it belongs
            raise OutputError(str(error).replace(str(self._new), str(self.folder))) from error

    def _open(self) -> None:
        self._check_place()
        self._made = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        self._work.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except filelock.Timeout as error:
            raise OutputError(
                f"another run is at work in {self.folder}; wait for it or choose another with --out"
            ) from error
        self._recover()
        self._new.mkdir()

    def _check_place(self) -> None:
        """Links could lead what is moved and removed here to somewhere else."""
        if self.folder.is_symlink() and not self.folder.exists():
            raise OutputError(f"{self.folder} is a link to nowhere; remove it or choose another with --out")
        if self.folder.exists() and not self.folder.is_dir():
            raise OutputError(f"{self.folder} is a file; choose another folder with --out")
        for path in (self._work, self._new, self._complete, self._work / "old", self._work / "lock"):
            if path.is_symlink():
                raise OutputError(f"{path} is a link, which no run of ours makes; remove it")
        self._check_targets(Path(name) for name in self._expected)

    def _recover(self) -> None:
        """Bring what a killed run has left to its end."""
        if self._complete.is_dir():
            self._check_targets(self._made_in(self._complete))
            self._place()
            _log.warning(
                "An earlier run was killed when its results were complete; they are now in %s", self.folder
            )
        shutil.rmtree(self._new, ignore_errors=True)

    def _check_targets(self, names: Iterable[Path]) -> None:
        """Whether a file of each of these names, relative to the folder, can be put into it."""
        for name in names:
            if (self.folder / name).is_dir():
                raise OutputError(
                    f"{self.folder / name} is a folder; move it away or choose another with --out"
                )
            for parent in list(name.parents)[:-1]:
                if (self.folder / parent).is_symlink():
                    raise OutputError(
                        f"{self.folder / parent} is a link; remove it or choose another folder with --out"
                    )

    def _made_in(self, made: Path) -> list[Path]:
        """The files below a folder, relative to it, session.json last."""
        files = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
        return sorted(files, key=lambda path: path.name == "session.json")

    def _place(self) -> None:
        """Move the complete files into place, session.json last; where one refuses, all go back."""
        tried: list[_Move] = []
        try:
            for move in self._moves():
                tried.append(move)
                _replace(move)
        except OSError:
            for move in reversed(tried):
                _restore(move)
            raise
        shutil.rmtree(self._complete)

    def _moves(self) -> list[_Move]:
        return [
            _Move(self._complete / name, self.folder / name, self._work / "old" / name)
            for name in self._made_in(self._complete)
        ]

    def _tidy(self) -> None:
        with held_signals():
            if self._lock.is_locked:
                if not self._complete.is_dir():  # else it could not be brought to its end: the next run tries
                    self._remove_work()
                self._lock.release()
            with contextlib.suppress(OSError):  # a folder that holds something stays
                for path in (self._work, *self._made):
                    if path.is_dir():
                        path.rmdir()

    def _remove_work(self) -> None:
        if os.name == "nt":
            self._lock.release()  # Windows removes no file that is open
        shutil.rmtree(self._work, ignore_errors=True)


def _replace(move: _Move) -> None:
    for folder in (move.old.parent, move.target.parent):
        folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.replace(move.target, move.old)  # noqa: PTH105 - one step everywhere
    os.replace(move.source, move.target)  # noqa: PTH105


def _restore(move: _Move) -> None:
    """Undo what has been done of a move."""
    if not move.source.exists():
        os.replace(move.target, move.source)  # noqa: PTH105
    if move.old.exists():
        os.replace(move.old, move.target)  # noqa: PTH105
