"""`emsync session theme`: a melody that comes back at hits, set, taken away, or wished for stretch by stretch."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from emsync_nb.cli.output import JsonOption, keep_apart
from emsync_nb.cli.session_asking import (
    Facts,
    SessionArgument,
    add_commands,
    asked,
    film_time,
    help_with,
    say_all,
    table,
)
from emsync_nb.errors import PlanError

_HELP = {
    "theme": help_with(
        "Have a melody of yours return at hits, in the key of each section; emsync session generate and regenerate "
        "play it. Without options it says where it enters. A change here moves no beat.",
        "session theme film.emsync motif.mid",
        "session theme film.emsync motif.mid --at 0:20 --at 1:05",
        "session theme film.emsync --not-here 0:30-0:50",
        "session theme film.emsync --none",
    ),
}
_STRETCH = "such as 0:30-0:50"

FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE", help="MIDI or MusicXML: the highest line of its first part.", show_default=False
    ),
]


def register(session_app: typer.Typer) -> None:
    """Add the command."""
    add_commands(session_app, _HELP, theme)


def theme(
    session: SessionArgument,
    file: FileArgument = None,
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="TIME", help="It enters on the hit nearest to this time; repeatable."),
    ] = None,
    here: Annotated[
        str | None, typer.Option(metavar="FROM-TO", help=f"It enters on a hit of this stretch, {_STRETCH}.")
    ] = None,
    not_here: Annotated[
        str | None, typer.Option(metavar="FROM-TO", help="It neither enters nor sounds in this stretch.")
    ] = None,
    either: Annotated[
        str | None, typer.Option(metavar="FROM-TO", help="Take such wishes within this stretch back.")
    ] = None,
    usual: Annotated[
        bool, typer.Option("--usual", help="No times any more: with every second section, as at first.")
    ] = False,
    none: Annotated[bool, typer.Option("--none", help="Take the theme away.")] = False,
    json_file: JsonOption = None,
) -> None:
    """Set a theme, or say where it enters."""
    keep_apart(json_file, file)
    stretches = [(here, True), (not_here, False), (either, None)]
    wished = [(text, enters) for text, enters in stretches if text is not None]
    sets = file is not None or bool(at)
    if len(wished) + sets + usual + none > 1:
        raise PlanError(
            "one change at a time: a FILE with or without --at, or one of --here, --not-here, --either, --usual, --none"
        )
    request: Facts = {"do": "plan"}
    if wished:
        request = _wish(*wished[0], session)
    elif none:
        request = {"do": "edit", "edit": "theme", "file": None}
    elif sets or usual:
        request = _setting(file, [film_time(time, session) for time in at or ()])
    facts = asked(session, request, json_file, only="theme")["theme"]
    say_all(["there is no theme"] if facts is None else theme_lines(facts), json_file)


def _setting(file: Path | None, times_s: Sequence[Fraction]) -> Facts:
    """The request for another theme, or for other times of the one that is there."""
    request: Facts = {"do": "edit", "edit": "theme", "at_s": [str(time_s) for time_s in times_s]}
    # in full: whoever holds the session may be in another folder
    return request if file is None else {**request, "file": str(file.absolute())}


def _wish(text: str, enters: bool | None, session: Path) -> Facts:
    """The request for a wish within a stretch.

    Raises:
        PlanError: not two times with a hyphen between them.
    """
    start, hyphen, end = text.replace("–", "-").partition("-")
    if not hyphen:
        raise PlanError(f"stretch {text!r} needs a from and a to, {_STRETCH}")
    times = {"start_s": str(film_time(start, session)), "end_s": str(film_time(end, session))}
    return {"do": "edit", "edit": "theme_within", **times, "enters": enters}


def theme_lines(facts: Facts) -> list[str]:
    """A plan's theme for people: what it is, a table of its entries, and what was wished for."""
    count = len(facts["entries"])
    times = facts["told"]["at"]
    lines = [
        f"theme of {facts['notes']} notes over {facts['beats']:g} beats in {facts['key']}, "
        f"{count} entr{'y' if count == 1 else 'ies'}{f', asked for at {times}' if times else ''}"
    ]
    lines += facts["told"]["wishes"]
    rows = [(e["timecode"], e["bar"], e["section"], e["key"], e["track"]) for e in facts["entries"]]
    return lines + (table(("theme at", "bar", "section", "key", "who plays"), rows) if rows else [])
