"""Asking a session, for the commands that do: which one is meant, what it answers, times as its film counts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from emsync_nb.cli.output import keep_apart, keep_out, progress, say, write_json
from emsync_nb.cli.times import parse_time
from emsync_nb.errors import OutputError, PlanError

Facts = dict[str, Any]

SessionArgument = Annotated[
    Path,
    typer.Argument(
        metavar="SESSION",
        help="The session's folder, film.emsync, or the film beside it.",
        show_default=False,
    ),
]


def help_with(text: str, *examples: str) -> str:
    """A help text with its examples below."""
    title = "Example" if len(examples) == 1 else "Examples"
    return "\n\n".join([text, f"[bold]{title}[/bold]", *(f"  emsync {example}" for example in examples)])


def add_commands(app: typer.Typer, helps: Mapping[str, str], *commands: Callable[..., None]) -> None:
    """Add functions under their own names."""
    for command in commands:
        app.command(command.__name__, help=helps[command.__name__])(command)


def folder_of(session: Path) -> Path:
    """The folder of a session, named itself or by its film.

    Raises:
        OutputError: there is no session, or not for us.
    """
    from emsync_nb.session import default_folder

    try:
        folder = session if session.is_dir() or session.suffix == ".emsync" else default_folder(session)
        is_session = (folder / "session.json").is_file()
    except OSError as error:
        raise OutputError(f"{session} cannot be read ({error.strerror}); check the path") from error
    if not is_session:
        raise OutputError(f"{folder} holds no session; begin one with emsync session analyze FILM")
    return folder


def asked(
    session: Path,
    request: Mapping[str, Any],
    json_file: str | None,
    *,
    doing: str | None = None,
    long: bool = False,
    only: str | None = None,
) -> Facts:
    """What a session answers, written as JSON where that is asked for.

    Args:
        session: its folder or its film.
        request: as `emsync_nb.session.requests` knows it.
        json_file: of --json.
        doing: what a terminal shows meanwhile, for work that takes a moment.
        long: whether it takes long, and tells how far it is: bars in a terminal, log lines elsewhere.
        only: the part of the answer that is wanted; None: all.
    """
    from emsync_nb.session import perform

    folder = folder_of(session)
    keep_apart(json_file, session)
    keep_out(json_file, folder)
    if long:
        with progress() as bars:
            answer = perform(folder, request, progress=bars)
    else:
        with working(doing):
            answer = perform(folder, request)
    if only is not None:
        answer = {only: answer[only]}
    write_json(answer, json_file)
    return answer


@contextmanager
def working(doing: str | None) -> Iterator[None]:
    """Show a terminal that something is being done."""
    if doing is None or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(doing):
        yield


def say_all(lines: Sequence[str], json_file: str | None) -> None:
    """Print lines."""
    for line in lines:
        say(line, json_file)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Rows under their head, each column as wide as it must be."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def film_time(text: str, session: Path) -> Fraction:
    """Seconds of a time, or of a timecode counted as the session's film counts.

    Raises:
        PlanError: neither, or a timecode before the film.
    """
    if text.replace(";", ":").count(":") != 3:
        return parse_time(text)
    from emsync_nb.domain.timecode import FilmClock
    from emsync_nb.session import perform
    from emsync_nb.video import probe

    folder = folder_of(session)
    facts = perform(folder, {"do": "show"})
    try:
        return FilmClock(probe(folder / facts["film"]).fps, facts["start_timecode"]).read(text)
    except ValueError as error:
        raise PlanError(str(error)) from error
