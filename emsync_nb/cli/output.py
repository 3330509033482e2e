"""What commands print: progress on the terminal, JSON where it is asked for."""

from __future__ import annotations

import json
import logging
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from emsync_nb.cli import stopping
from emsync_nb.errors import OutputError
from emsync_nb.pipeline import Progress

log = logging.getLogger("emsync_nb.cli")


def checked_target(path: Path) -> Path:
    """A file that can be written as far as one can tell before long work begins; for options that name one.

    Raises:
        OutputError: its folder is missing or not ours to write, or it is a folder itself.
    """
    try:
        if path.is_dir():
            raise OutputError(f"{path} is a folder; give the name of a file")
        if not path.parent.is_dir():
            raise OutputError(f"{path} cannot be written: {path.parent} is no folder; choose another file")
        if not os.access(path.parent, os.W_OK):
            raise OutputError(f"{path} cannot be written: {path.parent} is not yours; choose another file")
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another file") from error
    return path


def _checked_json(target: str | None) -> str | None:
    if target is not None and target != "-":
        checked_target(Path(target))
    return target


JsonOption = Annotated[
    str | None,
    typer.Option(
        "--json",
        metavar="FILE",
        help="Write the result as JSON; - for standard output, and nothing else.",
        callback=_checked_json,
    ),
]


class PlainProgress:
    """One log line when a stage begins; for pipes, files and CI."""

    def __init__(self) -> None:
        self._stages: set[str] = set()

    def stage(self, name: str, share: float) -> None:
        """Tell that a stage begins."""
        stopping.check()
        if name not in self._stages:
            self._stages.add(name)
            log.info("%s …", name)

    def notice(self, line: str) -> None:
        """The rooms log their notices themselves."""


class BarProgress:
    """One Rich progress bar a stage, with the time left."""

    def __init__(self, bars: Any) -> None:  # noqa: ANN401 - rich.progress.Progress, imported only in a terminal
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def stage(self, name: str, share: float) -> None:
        """Move the stage's bar."""
        stopping.check()
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=1.0)
        self._bars.update(self._tasks[name], completed=share)

    def notice(self, line: str) -> None:
        """Print a line above the bars."""
        self._bars.console.print(line, style="yellow", highlight=False, markup=False)


@contextmanager
def progress() -> Iterator[Progress]:
    """Bars in a terminal, log lines elsewhere; both on standard error."""
    if not sys.stderr.isatty():
        yield PlainProgress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:12}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    rooms = logging.getLogger("emsync_nb")
    level = rooms.level
    rooms.setLevel(logging.ERROR)  # notices appear above the bars
    try:
        with Bars(*columns, console=Console(stderr=True)) as bars:
            yield BarProgress(bars)
    finally:
        rooms.setLevel(level)


def write_json(content: Any, target: str | None) -> None:  # noqa: ANN401 - any JSON value
    """Write to a file, or to standard output for "-"; do nothing for None.

    Raises:
        OutputError: the file cannot be written.
    """
    if target is None:
        return
    # ASCII, since standard output may have any encoding, and file names be no text at all
    text = json.dumps(_jsonable(content), indent=1, allow_nan=False) + "\n"
    if target == "-":
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="ascii")
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written ({error.strerror}); choose another --json file"
        ) from error


def _jsonable(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The value with null for infinite numbers, such as the loudness of silence: JSON has none."""
    if isinstance(value, dict):
        return {key: _jsonable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def say(line: str, json_target: str | None = None) -> None:
    """Print a line for a person, unless standard output belongs to JSON."""
    if json_target != "-":
        typer.echo(line)
