"""`emsync weights`: which model files there are, whose they are, and how those of others come here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emsync_nb.cli.output import JsonOption, progress, say, write_json
from emsync_nb.errors import WeightsError

if TYPE_CHECKING:
    from emsync_nb.weights import ModelFile

weights_app = typer.Typer(help="List, fetch and check model files.", no_args_is_help=True)

_LIST_HELP = """Say which model files there are: purpose, owner's terms, and where they lie if they are here.

[bold]Examples[/bold]

  emsync weights list

  EMSYNC_WEIGHTS=~/models emsync weights list --json -
"""

_FETCH_HELP = """Fetch the model files of others that are not here yet, or those that are named.

A fetch that was broken off goes on where it was. What has another SHA-256 than expected is not kept. No address has \
been tried from where it was written down; if one has moved, put the file into a folder that EMSYNC_WEIGHTS names.

[bold]Examples[/bold]

  emsync weights fetch

  emsync weights fetch yamnet yunet

  emsync weights fetch --folder ~/models
"""

_VERIFY_HELP = """Hash every model file that is here, and say which are not what their name says.

Of CLIP and Whisper, which are folders, no SHA-256 was known where the table was written: what is found in theirs is \
told, with its SHA-256, to be compared with what their owners publish.

[bold]Example[/bold]

  emsync weights verify
"""

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Names as in: emsync weights list.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    weights_app.command("list", help=_LIST_HELP)(list_files)
    weights_app.command("fetch", help=_FETCH_HELP)(fetch)
    weights_app.command("verify", help=_VERIFY_HELP)(verify)
    app.add_typer(weights_app, name="weights")


def list_files(json_file: JsonOption = None) -> None:
    """List the catalogue."""
    from emsync_nb.weights import CATALOGUE, find

    rows = [_facts(model, find(model.name)) for model in CATALOGUE]
    write_json({"files": rows}, json_file)
    for row in rows:
        say(f"{row['name']:26} {row['purpose']}", json_file)
        for line in _lines(row):
            say(f"{'':26} {line}", json_file)


def _facts(model: ModelFile, found: Path | None) -> dict[str, Any]:
    from dataclasses import asdict

    told = {"is_shipped": model.is_shipped, "is_checked": model.is_checked}
    return asdict(model) | told | {"found": None if found is None else str(found)}


def _lines(row: dict[str, Any]) -> Iterator[str]:
    yield f"{row['licence']}; {row['citation']}"
    known = f"{row['size'] / 1e6:.1f} MB, SHA-256 {row['sha256'][:16]}…"
    yield (
        known if row["is_checked"] else "a folder; size and SHA-256 of its files are not known: never checked"
    )
    if row["address"]:
        yield f"{row['address']}{'' if row['verified'] else ' (address not tried)'}"
    yield row["found"] or "not here"


def fetch(
    names: NamesArgument = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where to put them. Default: models in EMSYNC_CACHE, else in ~/.cache/emsync_nb"),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Fetch files."""
    from emsync_nb.weights import fetch as get

    place = _place(folder)
    fetched: dict[str, str] = {}
    with progress() as bars:
        for model in _wanted(names, folder):
            path = get(model, place, lambda share, name=model.name: bars.stage(name, share))  # type: ignore[misc]
            fetched[model.name] = str(path)
    write_json({"fetched": fetched}, json_file)
    for name, where in fetched.items():
        say(f"{name}: {where}", json_file)
    if not fetched:
        say("every model file that can be fetched is here", json_file)


def _place(folder: Path | None) -> Path:
    from emsync_nb.weights import user_folder

    return user_folder() if folder is None else folder


def _wanted(names: Sequence[str] | None, folder: Path | None) -> list[ModelFile]:
    """Those named; else all of others that are not here, or all where a folder is to be filled."""
    from emsync_nb.weights import CATALOGUE, entry, find

    if names:
        return [entry(name) for name in dict.fromkeys(names)]
    single = [model for model in CATALOGUE if not model.is_shipped and not model.is_folder]
    return [model for model in single if folder is not None or find(model.name) is None]


def verify(json_file: JsonOption = None) -> None:
    """Hash what is here.

    Raises:
        WeightsError: one file is not what its name says.
    """
    from emsync_nb.weights import CATALOGUE, damage_of, entry, forget_checks, places, remedy

    forget_checks()
    rows = [
        {"name": model.name, "path": str(path), "damage": damage_of(model, path)}
        for model in CATALOGUE
        if model.is_checked
        for path in places(model)
    ]
    unknown = list(_unchecked())
    write_json({"files": rows, "unchecked": unknown}, json_file)
    for row in rows:
        say(f"{'ok' if row['damage'] is None else 'DAMAGED':8} {row['name']:26} {row['path']}", json_file)
    for one in unknown:
        say(f"unknown  {one['name']:26} {one['path']}, SHA-256 {one['sha256']}", json_file)
    damaged = next((row for row in rows if row["damage"] is not None), None)
    if damaged is not None:
        model = entry(str(damaged["name"]))
        mend = remedy(model) if model.is_shipped else f"Remove it and run: emsync weights fetch {model.name}"
        raise WeightsError(
            f"{damaged['path']} is not the file that {model.name} names ({damaged['damage']}). {mend}"
        )


def _unchecked() -> Iterator[dict[str, str]]:
    """The files of folders that nothing is known of but their names."""
    from emsync_nb.weights import CATALOGUE, places, sha256

    for model in (model for model in CATALOGUE if not model.is_checked):
        for folder in places(model):
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                yield {"name": model.name, "path": str(path), "sha256": _digest(sha256, path)}


def _digest(sha256: Callable[[Path], str], path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:
        return f"not to be had ({error.strerror})"
