"""`emsync presets`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from emsync_nb import preset_library
from emsync_nb.cli.output import JsonOption, say, write_json
from emsync_nb.cli.session_asking import say_all, table
from emsync_nb.errors import MissingExtraError, UserError

_HELP = """List who can play, how it can sound, how DAWs want it, or find the presets that words describe.

[bold]Examples[/bold]

  emsync presets

  emsync presets warm, dark, close --kind mastering

  emsync presets intimate and sad --json -
"""

Kind = Literal["mastering", "ensembles", "templates"]
_KINDS: tuple[Kind, ...] = ("ensembles", "mastering", "templates")
#: a command that takes each kind
_COMMANDS = {
    "ensembles": "emsync score film.mp4 --ensemble",
    "mastering": "emsync score film.mp4 --mastering",
    "templates": "emsync bridge play film.emsync --template",
}


@dataclass(frozen=True, slots=True)
class _Found:
    kind: Kind
    name: str
    title: str
    description: str
    #: cosine similarity to the words, −1 … 1; None where nothing was searched
    score: float | None = None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("presets", help=_HELP)(presets)


def presets(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORDS...", help="What it is like. Default: list all.", show_default=False),
    ] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only these. Default: all.")] = None,
    json_file: JsonOption = None,
) -> None:
    """List or find presets."""
    kinds = _KINDS if kind is None else (kind,)
    query = " ".join(words or ()).strip()
    found = [one for each in kinds for one in (_nearest(each, query) if query else _all(each))]
    if query:
        found.sort(key=lambda one: -(one.score or 0.0))
    write_json({"words": query or None, "presets": [_facts(one) for one in found]}, json_file)
    say_all(_lines(found, bool(query)), json_file)
    example = found[0]
    say(f"take one: {_COMMANDS[example.kind]} {example.name}", json_file)


def _all(kind: Kind) -> list[_Found]:
    return [_read(kind, name) for name in preset_library.names(kind)]


def _nearest(kind: Kind, query: str) -> list[_Found]:
    """All of a kind, each with how near it is.

    Raises:
        UserError: the extra that understands words is not installed.
    """
    from emsync_nb.directing import find_presets

    try:
        ranked = find_presets(query, kind, limit=len(preset_library.names(kind)))
    except MissingExtraError as error:
        raise UserError(f"{error}; or list all with emsync presets, which needs no search") from error
    return [_read(kind, name, score) for name, score in ranked]


def _read(kind: Kind, name: str, score: float | None = None) -> _Found:
    preset = preset_library.load(kind, name)
    return _Found(kind, name, preset.text("name"), preset.text("description"), score)


def _facts(one: _Found) -> dict[str, object]:
    facts: dict[str, object] = {
        "kind": one.kind,
        "name": one.name,
        "title": one.title,
        "description": one.description,
    }
    return facts if one.score is None else facts | {"score": round(one.score, 4)}


def _lines(found: list[_Found], is_search: bool) -> list[str]:
    if not is_search:
        rows: list[tuple[object, ...]] = [(one.kind, one.name, one.description) for one in found]
        return table(("kind", "preset", "what it is like"), rows)
    rows = [(f"{one.score:.2f}", one.kind, one.name, one.description) for one in found]
    return table(("score", "kind", "preset", "what it is like"), rows)
