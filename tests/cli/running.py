"""`emsync` within this process, and what it leaves; for tests and for the tables in docs."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str


def run_here(
    arguments: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str] | None = None
) -> Done:
    """Run a command in `folder` as the entry point does, signals and logging aside."""
    entry = importlib.import_module("emsync_nb.cli.main")
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        mock.patch.object(sys, "argv", ["emsync", *map(str, arguments)]),
        mock.patch.dict(os.environ, environment or {}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = entry._run()
    return Done(code, out.getvalue(), err.getvalue())


def tree(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder, hidden or not: the bytes of files, and what else there is in words."""
    return dict(_entries(folder, folder))


def _entries(folder: Path, root: Path) -> Iterator[tuple[str, bytes | str]]:
    for path in sorted(folder.iterdir()):
        name, mode = str(path.relative_to(root)), path.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield name, f"link to {path.readlink()}"
        elif stat.S_ISDIR(mode):
            yield name, f"folder {stat.S_IMODE(mode):o}"
            if os.access(path, os.R_OK | os.X_OK):
                yield from _entries(path, root)
        elif stat.S_ISREG(mode) and os.access(path, os.R_OK):
            yield name, path.read_bytes()
        else:
            yield name, f"special {mode:o}"


def heed_signals() -> None:
    """To be done first in a child: tests in a shell's background ignore Ctrl-C, tests under nohup a hangup."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def started(*arguments: str | Path) -> subprocess.Popen[str]:
    """As a user's terminal starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "emsync_nb", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_signals,
    )
