"""`emsync session`: the work on one film. Begun, looked at, and the way back from every change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emsync_nb.cli import session_plan, session_takes, session_theme
from emsync_nb.cli.output import JsonOption, keep_apart, keep_out, preset_names, progress, say, write_json
from emsync_nb.cli.session_asking import (
    Facts,
    SessionArgument,
    add_commands,
    asked,
    help_with,
    say_all,
    table,
)
from emsync_nb.errors import PlanError
from emsync_nb.pipeline import ScoreSettings
from emsync_nb.pipeline.settings import DEFAULT_ENSEMBLE

session_app = typer.Typer(
    help="Work on a film's music: change its plan, make takes, keep what is good.", no_args_is_help=True
)

StartOption = Annotated[
    str | None,
    typer.Option(
        "--start-timecode",
        metavar="TC",
        help="Of the film's first frame. Default: as before, at first 00:00:00:00",
    ),
]

_HELP = {
    "show": help_with(
        "Say what SESSION holds: its film, takes, locks and what is muted.", "session show film.emsync"
    ),
    "analyze": help_with(
        "Begin a session of FILM, if there is none, and find the film's boundaries and emotion. Analysing once more "
        "finds all boundaries anew; emsync session undo brings back the ones you changed.",
        "session analyze film.mp4",
        "session analyze film.mp4 --ensemble string-quartet --start-timecode 01:00:00:00",
    ),
    "undo": help_with("Take the last change back.", "session undo film.emsync"),
    "redo": help_with("Do once more what was undone last.", "session redo film.emsync"),
    "history": help_with("List all changes, oldest first.", "session history film.emsync"),
    "relink": help_with(
        "Say where the film of SESSION is now, or at which timecode it begins.",
        "session relink film.emsync /media/disk/film.mp4",
        "session relink film.emsync film.mp4 --start-timecode 01:00:00:00",
    ),
}


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    add_commands(session_app, _HELP, show, analyze)
    session_plan.register(session_app)
    session_theme.register(session_app)
    session_takes.register(session_app)
    add_commands(session_app, _HELP, undo, redo, history, relink)
    app.add_typer(session_app, name="session")


def show(session: SessionArgument, json_file: JsonOption = None) -> None:
    """Say what a session holds."""
    say_all(_shown(asked(session, {"do": "show"}, json_file)), json_file)


def _shown(facts: Facts) -> list[str]:
    takes = [take["name"] for take in facts["takes"]]
    accepted = "none accepted" if facts["accepted"] is None else f"{facts['accepted']} accepted"
    lines = [
        f"{facts['folder']}: the session of {facts['film']}, which begins at {facts['start_timecode']}",
        f"played by {facts['ensemble']}" if facts["analysed"] else "not analysed yet",
        f"takes: {', '.join(takes)}; {accepted}" if takes else "no takes yet",
    ]
    if facts["theme"] is not None:
        lines.append(f"theme: {facts['theme']}")
    for name, entries in (
        ("locked", facts["locks"]),
        ("muted", facts["muted"]),
        ("soloed", facts["soloed"]),
    ):
        if entries:
            lines.append(f"{name}: {'; '.join(entries)}")
    return [*lines, f"last change: {facts['last_change']}"]


def analyze(
    film: Annotated[
        Path,
        typer.Argument(
            metavar="FILM", help="A film that FFmpeg can read, 2 s or longer.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the session. Default: FILM without its ending, plus .emsync"),
    ] = None,
    ensemble: Annotated[
        str | None,
        typer.Option(
            help=f"Who plays: {preset_names('ensembles')}. Default: as before, at first {DEFAULT_ENSEMBLE}."
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same plan. Default: as before, at first 0.")
    ] = None,
    start_timecode: StartOption = None,
    json_file: JsonOption = None,
) -> None:
    """Begin a session, and analyse its film."""
    from emsync_nb.preset_library import load_ensemble
    from emsync_nb.session import default_folder, perform

    # refused before a session is begun
    ScoreSettings(seed=seed or 0)
    load_ensemble(ensemble or DEFAULT_ENSEMBLE)
    folder = out or default_folder(film)
    keep_apart(json_file, film, ensemble)
    keep_out(json_file, folder)
    _open_or_begin(film, folder, start_timecode)
    with progress() as bars:
        request = {"do": "analyze", "ensemble": _lasting(ensemble), "seed": seed}
        found = perform(folder, request, progress=bars)
    facts = found | {"session": perform(folder, {"do": "show"})}
    write_json(facts, json_file)
    say(f"{folder}: {found['boundaries']} boundaries found; see emsync session plan {folder}", json_file)


def _lasting(ensemble: str | None) -> str | None:
    """A preset's name as it is, a file in full: whoever holds the session may be in another folder."""
    is_file = ensemble is not None and ensemble.endswith(".toml")
    return str(Path(str(ensemble)).absolute()) if is_file else ensemble


def _open_or_begin(film: Path, folder: Path, start_timecode: str | None) -> None:
    """Make sure that a folder holds a session of a film.

    Raises:
        PlanError: a timecode that the film cannot begin with.
        VideoError: no film, or another than the session is of.
    """
    from emsync_nb.domain.timecode import frame_number
    from emsync_nb.session import Session, perform
    from emsync_nb.video import probe

    info = probe(film)
    try:
        frame_number(start_timecode or "00:00:00:00", info.fps)
    except ValueError as error:
        raise PlanError(str(error)) from error
    if not (folder / "session.json").exists():
        Session.create(film, folder, start_timecode=start_timecode or "00:00:00:00").close()
    else:
        perform(folder, _relinked(film, start_timecode))


def _relinked(film: Path, start_timecode: str | None) -> Facts:
    """The request that says where a film is; in full, for whoever holds the session may be in another folder."""
    return {"do": "relink", "film": str(film.absolute()), "start_timecode": start_timecode}


def undo(session: SessionArgument, json_file: JsonOption = None) -> None:
    """Go back by one change."""
    say(f"undone: {asked(session, {'do': 'undo'}, json_file)['undone']}", json_file)


def redo(session: SessionArgument, json_file: JsonOption = None) -> None:
    """Go forward by one change."""
    say(f"done again: {asked(session, {'do': 'redo'}, json_file)['redone']}", json_file)


def history(session: SessionArgument, json_file: JsonOption = None) -> None:
    """List all changes."""
    steps: list[Facts] = asked(session, {"do": "history"}, json_file)["history"]
    rows = [("→" if step["here"] else "", step["number"], step["made"], step["what"]) for step in steps]
    say_all(table(("", "no", "made", "what"), rows), json_file)


def relink(
    session: SessionArgument,
    film: Annotated[Path, typer.Argument(metavar="FILM", help="Where the film is now.", show_default=False)],
    start_timecode: StartOption = None,
    json_file: JsonOption = None,
) -> None:
    """Say where the film is."""
    keep_apart(json_file, film)
    facts = asked(session, _relinked(film, start_timecode), json_file)
    say(f"the film is {facts['film']}, as seen from the session's folder", json_file)
