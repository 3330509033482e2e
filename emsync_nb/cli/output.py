"""What commands print: progress on the terminal, JSON where it is asked for."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emsync_nb import preset_library
from emsync_nb.cli import stopping
from emsync_nb.errors import EmsyncError, OutputError

if TYPE_CHECKING:
    from emsync_nb.pipeline import Progress

log = logging.getLogger("emsync_nb.cli")


def checked_target(path: Path) -> Path:
    """A file that can be written as far as one can tell before long work begins; for options that name one.

    The file will be replaced, so pipes and devices are refused.

    Raises:
        OutputError: its folder is missing or not ours to write, or it is no plain file itself.
    """
    try:
        if _is_special(path):
            raise OutputError(f"{path} is a pipe or a device; give the name of a file")
        _check_folder_of(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another file") from error
    return path


def checked_png(path: Path | None) -> Path | None:
    """A picture that can be written, as `checked_target` tells; for options that draw one.

    Raises:
        OutputError: it cannot be written, or is named as something else than a PNG.
    """
    if path is None:
        return None
    if path.suffix.lower() != ".png":
        raise OutputError(f"{path} would hold a PNG; give a name ending in .png")
    return checked_target(path)


def keep_apart(target: str | Path | None, *sources: Path | str | None) -> None:
    """Refuse to write over what is read.

    Raises:
        OutputError: `target` is one of the `sources`.
    """
    if target is None or str(target) == "-":
        return
    for source in sources:
        with contextlib.suppress(OSError):  # one of them is not there
            if source is not None and os.path.samefile(target, source):  # noqa: PTH121 - names of presets too
                raise OutputError(f"{target} is read by this command and would be lost; choose another file")


def keep_out(target: str | Path | None, *folders: Path) -> None:
    """Refuse to write into folders whose files are read.

    Raises:
        OutputError: `target` lies in one of the `folders`.
    """
    if target is None or str(target) == "-":
        return
    for folder in folders:
        with contextlib.suppress(OSError, RuntimeError):  # no such folder, or links that lead in a circle
            if Path(target).resolve().is_relative_to(folder.resolve()):
                raise OutputError(f"{target} lies in {folder}, which this command reads; choose another file")


def keep_two(json_target: str | None, other: Path | None, option: str) -> None:
    """Refuse to write two results into one file.

    Raises:
        OutputError: `--json` and `option` name the same file.
    """
    if json_target in (None, "-") or other is None:
        return
    if Path(str(json_target)).resolve() == other.resolve():
        raise OutputError(f"--json and {option} both name {other}; choose another file")


def _check_folder_of(path: Path) -> None:
    if path.is_dir():
        raise OutputError(f"{path} is a folder; give the name of a file")
    if not path.parent.is_dir():
        raise OutputError(f"{path} cannot be written: {path.parent} is no folder; choose another file")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path} cannot be written: {path.parent} is not yours; choose another file")


def _checked_json(target: str | None) -> str | None:
    if target is None or target == "-":
        return target
    try:
        if not _is_special(Path(target)):
            _check_folder_of(Path(target))
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error.strerror}); choose another file") from error
    return target


def _is_special(path: Path) -> bool:
    """Whether a path is there and leads into a pipe or a device, such as /dev/stdout."""
    return path.exists() and not path.is_file() and not path.is_dir()


JsonOption = Annotated[
    str | None,
    typer.Option(
        "--json",
        metavar="FILE",
        help="Write the result as JSON; - for standard output, and nothing else.",
        callback=_checked_json,
    ),
]


#: not worth a line, so that what is refused there is answered with one line alone
_SHORT_STAGES = ("probe", "model")


class PlainProgress:
    """One log line when a stage begins; for pipes, files and CI."""

    def __init__(self) -> None:
        self._stages: set[str] = set()

    def stage(self, name: str, share: float) -> None:
        """Tell that a stage begins."""
        stopping.check()
        if name not in self._stages and name not in _SHORT_STAGES:
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
        """The rooms log their notices themselves; they appear above the bars."""


class _AboveBars(logging.Handler):
    """Prints warnings above the bars."""

    def __init__(self, bars: Any) -> None:  # noqa: ANN401 - as above
        super().__init__(logging.WARNING)
        self._bars = bars

    def emit(self, record: logging.LogRecord) -> None:
        """Print one."""
        self._bars.console.print(record.getMessage(), style="yellow", highlight=False, markup=False)


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
    with Bars(*columns, console=Console(stderr=True)) as bars:
        above, passed_on = _AboveBars(bars), rooms.propagate
        rooms.addHandler(above)
        rooms.propagate = False  # or they would be said below the bars too
        try:
            yield BarProgress(bars)
        finally:
            rooms.removeHandler(above)
            rooms.propagate = passed_on


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
        _write_whole(Path(target), text)
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written ({error.strerror}); choose another --json file"
        ) from error


def _write_whole(path: Path, text: str) -> None:
    """Replace a file in one step; write into what is no file, such as /dev/stdout."""
    if _is_special(path):
        path.write_text(text, encoding="ascii")
        return
    path = path.resolve()  # a link stays, and the file behind it is replaced
    unfinished = path.with_name(f".emsync-{secrets.token_hex(8)}.part")
    try:
        unfinished.write_text(text, encoding="ascii")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _jsonable(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The value with null for infinite numbers, such as the loudness of silence: JSON has none."""
    if isinstance(value, dict):
        return {key: _jsonable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def preset_names(kind: str) -> str:
    """What an option that takes a preset takes, for its help: names cost a look into one folder."""
    with contextlib.suppress(EmsyncError, OSError):
        return f"{', '.join(preset_library.names(kind))}, or a .toml file"
    return "a preset or a .toml file"


def say(line: str, json_target: str | None = None) -> None:
    """Print a line for a person, unless standard output belongs to JSON."""
    if json_target != "-":
        typer.echo(printable(line))


def printable(text: str) -> str:
    """The text with whatever could command a terminal, or cannot be written, spelt out: names may hold all of it."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
