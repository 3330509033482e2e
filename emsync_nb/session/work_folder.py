"""Results appear in their folder whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from emsync_nb.errors import OutputError

_PREFIX = ".emsync-unfinished-"


class WorkFolder:
    """A folder beside the results in which files are made; `finish` moves them into place.

    Left without `finish`, by an error or by Ctrl-C, it disappears, and so does the folder of the results if it
    was made for them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._was_there = folder.exists()
        self._path: Path | None = None

    def __enter__(self) -> Path:
        if self._was_there and not self.folder.is_dir():
            raise OutputError(f"{self.folder} is a file; choose another folder with --out")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self.folder))
        except OSError as error:
            raise OutputError(
                f"{self.folder} cannot be written ({error.strerror}); choose another with --out"
            ) from error
        return self._path

    def finish(self) -> None:
        """Move every file into the folder, each in one step, session.json last."""
        assert self._path is not None  # noqa: S101 - finish is called inside the with block
        made = sorted(path for path in self._path.rglob("*") if path.is_file())
        made.sort(key=lambda path: path.name == "session.json")
        try:
            for path in made:
                target = self.folder / path.relative_to(self._path)
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, target)  # noqa: PTH105 - one step, on every system
        except OSError as error:
            raise OutputError(
                f"{self.folder} cannot be written ({error.strerror}); free it and run again"
            ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
        if not self._was_there and self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()
        if isinstance(error, OSError) and not isinstance(error, InterruptedError):
            raise OutputError(
                f"{self.folder}: {error.strerror or error}; free some space or choose --out"
            ) from error
