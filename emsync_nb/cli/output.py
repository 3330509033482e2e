"""What commands print: progress on the terminal, JSON where it is asked for."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from emsync_nb.errors import OutputError
from emsync_nb.pipeline import Progress

log = logging.getLogger("emsync_nb.cli")

JsonOption = Annotated[
    str | None,
    typer.Option(
        "--json", metavar="FILE", help="Write the result as JSON; - for standard output, and nothing else."
    ),
]


class PlainProgress:
    """One log line when a stage begins; for pipes, files and CI."""

    def __init__(self) -> None:
        self._stages: set[str] = set()

    def stage(self, name: str, share: float) -> None:
        """Tell that a stage begins."""
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

    logging.getLogger("emsync_nb").setLevel(logging.WARNING)
    columns = (TextColumn("{task.description:12}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield BarProgress(bars)


def write_json(content: Any, target: str | None) -> None:  # noqa: ANN401 - any JSON value
    """Write to a file, or to standard output for "-"; do nothing for None.

    Raises:
        OutputError: the file cannot be written.
    """
    if target is None:
        return
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    if target == "-":
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written ({error.strerror}); choose another --json file"
        ) from error


def say(line: str, json_target: str | None = None) -> None:
    """Print a line for a person, unless standard output belongs to JSON."""
    if json_target != "-":
        typer.echo(line)
