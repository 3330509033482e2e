"""The commands of `emsync`. Only the one that the command line names is imported; help and typing errors see all."""

from __future__ import annotations

import functools
import importlib
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from emsync_nb import __version__
from emsync_nb.cli.output import say

#: command → the module of this package that adds it, in the order of the help
_HOMES = {
    "score": "score",
    "demo": "score",
    "analyze": "analyze",
    "session": "session",
    "desk": "desk",
    "import": "import_music",
    "generate": "generate",
    "label": "label",
    "render": "render",
    "bridge": "bridge",
    "presets": "presets",
    "train": "train",
    "evaluate": "evaluate",
    "weights": "weights",
    "doctor": "doctor",
}
_STYLE: dict[str, Any] = {
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": "rich",
}


class _Commands(TyperGroup):
    """A group whose commands are imported when they are asked for: all of them take most of a second."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """All names."""
        return list(_HOMES)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # noqa: ANN401
        """One of them; where none has this name, all are loaded, so that the nearest can be named."""
        for name in [cmd_name] if cmd_name in _HOMES else _HOMES:
            if name not in self.commands:
                self.commands.update(_commands_of(_HOMES[name]))
        return self.commands.get(cmd_name)


@functools.cache  # a module adds its commands once, however often the command line is run in one process
def _commands_of(home: str) -> dict[str, Any]:
    app = typer.Typer(**_STYLE)
    importlib.import_module(f"emsync_nb.cli.{home}").register(app)
    return dict(typer.main.get_group(app).commands)


app = typer.Typer(name="emsync", cls=_Commands, no_args_is_help=True, **_STYLE)


def _tell_version(wanted: bool) -> None:
    if wanted:
        say(f"emsync {__version__}")
        raise typer.Exit


@app.callback(help="Watch a film, read its emotion and its cuts, and compose music that follows both.")
def _emsync(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is.", is_eager=True, callback=_tell_version),
    ] = False,
) -> None:
    """What comes before any command."""
