"""Results appear in their folder whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from emsync_nb.errors import OutputError

_PREFIX = ".emsync-unfinished-"
#: what goes wrong with a disk, not with us
_DISK_FAULTS = {
    getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EROFS", "EFBIG", "EIO", "EACCES", "EPERM")
}


class WorkFolder:
    """A folder beside the results in which files are made; `finish` moves them into place.

    Left without `finish`, by an error or by Ctrl-C, it disappears, and so do the folders that were made for
    the results.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: folders that were not there before, innermost first
        self._made: list[Path] = []
        self._path: Path | None = None

    def __enter__(self) -> Path:
        try:
            if self.folder.exists() and not self.folder.is_dir():
                raise OutputError(f"{self.folder} is a file; choose another folder with --out")
            self._made = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
            self.folder.mkdir(parents=True, exist_ok=True)
            self._path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self.folder))
        except OSError as error:
            self._tidy()
            raise OutputError(
                f"{self.folder} cannot be written ({error.strerror}); choose another with --out"
            ) from error
        return self._path

    def finish(self) -> None:
        """Move every file into the folder, each in one step, session.json last.

        What would stop a file from moving is looked for first, so that the folder never holds half of the new.

        Raises:
            OutputError: the folder cannot be written, or a folder stands where a file belongs.
        """
        moves = self._moves()
        try:
            for _, target in moves:
                if target.is_dir():
                    raise OutputError(f"{target} is a folder; move it away or choose another with --out")
            for _, target in moves:
                target.parent.mkdir(parents=True, exist_ok=True)
            for path, target in moves:
                os.replace(path, target)  # noqa: PTH105 - one step, on every system
        except OSError as error:
            raise OutputError(
                f"{error.filename2 or error.filename or self.folder} cannot be written ({error.strerror}); "
                "free it and run again"
            ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tidy()
        if isinstance(error, OSError) and error.errno in _DISK_FAULTS:
            raise OutputError(
                f"{self.folder}: {error.strerror or error}; free some space or choose --out"
            ) from error

    def _moves(self) -> list[tuple[Path, Path]]:
        """(file, where it belongs), session.json last."""
        assert self._path is not None  # noqa: S101 - finish is called inside the with block
        files = sorted(path for path in self._path.rglob("*") if path.is_file())
        files.sort(key=lambda path: path.name == "session.json")
        return [(path, self.folder / path.relative_to(self._path)) for path in files]

    def _tidy(self) -> None:
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
        with contextlib.suppress(OSError):  # a folder that holds something stays
            for path in self._made:
                path.rmdir()
