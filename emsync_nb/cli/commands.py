"""The commands of `emsync`, gathered; importing this takes most of a second, so `main` listens for Ctrl-C first."""

from __future__ import annotations

from typing import Annotated

import typer

from emsync_nb import __version__
from emsync_nb.cli import (
    analyze,
    doctor,
    evaluate,
    generate,
    import_music,
    label,
    play,
    presets,
    render,
    score,
    session,
    train,
)
from emsync_nb.cli.output import say

app = typer.Typer(
    name="emsync",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


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


score.register(app)
analyze.register(app)
session.register(app)
import_music.register(app)
generate.register(app)
label.register(app)
render.register(app)
play.register(app)
presets.register(app)
train.register(app)
evaluate.register(app)
doctor.register(app)
