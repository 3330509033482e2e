"""`emsync desk`: the scoring desk of a film, in a JupyterLab of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from emsync_nb.cli.output import JsonOption, keep_apart, keep_out, say, write_json
from emsync_nb.cli.session_asking import help_with
from emsync_nb.errors import UserError
from emsync_nb.extras import check_installed

_HELP = help_with(
    "Open the scoring desk of FILM in JupyterLab: film, emotion, cuts and music in step, to be seen and changed. "
    "A notebook, film.desk.ipynb, is written beside the film; run its cell. Once you have changed it, it stays as it "
    "is. JupyterLab listens on this machine alone; Ctrl-C ends it.",
    "desk film.mp4",
    "desk film.mp4 --session second-try.emsync --port 9000 --no-browser",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("desk", help=_HELP)(desk)


def desk(
    film: Annotated[
        Path,
        typer.Argument(
            metavar="FILM", help="A film that FFmpeg can read, 2 s or longer.", show_default=False
        ),
    ],
    session: Annotated[
        Path | None,
        typer.Option(help="Folder of the session. Default: FILM without its ending, plus .emsync"),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Of JupyterLab. Default: a free one from 8888 on.")
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only say the address; open no browser.")
    ] = False,
    json_file: JsonOption = None,
) -> None:
    """Open the desk."""
    from emsync_nb.cli.desk_notebook import desk_notebook, longest_name
    from emsync_nb.cli.desk_server import chosen_port, running_server
    from emsync_nb.session import default_folder
    from emsync_nb.video import probe

    check_installed("jupyterlab", "ipywidgets")
    keep_apart(json_file, film)
    keep_out(json_file, session or default_folder(film))
    probe(film)
    free_port = chosen_port(port)
    film, session = _absolute(film), None if session is None else _absolute(session)
    folder = session or default_folder(film)
    if len(os.fsencode(folder.name)) > longest_name(film.parent):
        raise UserError(
            f"no folder can have the name {folder.name!r}, which is too long; name another --session"
        )
    notebook = desk_notebook(film, session)
    root = served_folder(notebook.path, film, session)
    with running_server(notebook.path, root, free_port, opens_browser=not no_browser) as server:
        facts = {"url": server.url, "notebook": str(notebook.path), "root": str(root), "port": free_port}
        write_json(facts, json_file)
        if notebook.is_shortened:
            say(f"the film's name is too long for a notebook's, which is {notebook.path.name}", json_file)
        if notebook.is_changed:
            say(f"{notebook.path} is yours by now, and stays as it is", json_file)
        say(f"the desk of {film.name}: {server.url} (Ctrl-C ends it)", json_file)
        sys.stdout.flush()  # whoever reads a pipe wants the address now
        server.wait()


def _absolute(path: Path) -> Path:
    # not resolved: where links lead can lie outside of what is served
    found = os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps ".."
    try:
        found.encode()
    except UnicodeEncodeError as error:  # bytes that are no UTF-8
        raise UserError(f"{found!r} has a name that no address can hold; rename it") from error
    return Path(found)


def served_folder(notebook: Path, film: Path, session: Path | None) -> Path:
    """The folder that JupyterLab serves: one that holds notebook, film and session, if that is not too much.

    Whole disks and what holds people's home folders are; the desk then says what can be done for the film.
    """
    below = [notebook.parent, film.parent, notebook.parent if session is None else session.parent]
    try:
        common = Path(os.path.commonpath(below))
    except ValueError:  # on several drives
        return notebook.parent
    is_too_much = common in Path.home().parents or common == Path(common.anchor)
    return notebook.parent if is_too_much and common != notebook.parent else common
