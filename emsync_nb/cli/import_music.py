"""`emsync import`: the way back from a DAW."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emsync_nb.cli.output import JsonOption, keep_apart, say
from emsync_nb.cli.session_asking import SessionArgument, asked, help_with, say_all

_HELP = help_with(
    "Merge what a DAW exported as MIDI with the accepted take of SESSION. The result is a new take, and "
    "accepted; what you edited or added is locked.",
    "import film.emsync edited.mid",
    "import film.mp4 edited.mid --no-lock",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import", help=_HELP)(import_music)


def import_music(
    session: SessionArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A MIDI file.", show_default=False)],
    no_lock: Annotated[
        bool, typer.Option("--no-lock", help="Let what you edited be composed anew later.")
    ] = False,
    json_file: JsonOption = None,
) -> None:
    """Merge an export."""
    keep_apart(json_file, file)
    # in full: whoever holds the session may be in another folder
    request = {"do": "import", "file": str(file.absolute()), "lock": not no_lock}
    facts = asked(session, request, json_file, doing="comparing")
    say_all(facts["lines"], json_file)
    say(f"take {facts['take']} made of it, and accepted", json_file)
