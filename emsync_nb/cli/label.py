"""`emsync label`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emsync_nb.cli.output import (
    JsonOption,
    checked_target,
    keep_apart,
    keep_two,
    printable,
    say,
    write_json,
)

if TYPE_CHECKING:
    from emsync_nb.pipeline import BarLabel

_HELP = """Say the valence and arousal of each bar of SCORE, a MIDI or MusicXML file.

[bold]Examples[/bold]

  emsync label score.mid

  emsync label quartet.mxl --json - | jq '.[].arousal'

  emsync label quartet.mxl --plot quartet.png
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("label", help=_HELP)(label)


def label(
    score: Annotated[
        Path, typer.Argument(metavar="SCORE", help="A .mid, .mxl or .musicxml file.", show_default=False)
    ],
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the labels into a PNG file.")
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Label a score."""
    from emsync_nb.pipeline import label_score

    if plot is not None:
        checked_target(plot)
        keep_two(json_file, plot, "--plot")
    for written in (plot, json_file):
        keep_apart(written, score)
    labels = label_score(score)
    if plot is not None:
        _draw(labels, plot, printable(score.name))
    write_json([asdict(entry) for entry in labels], json_file)
    say("  bar  valence  arousal", json_file)
    for entry in labels:
        say(f"{entry.bar:5}  {entry.valence:+7.2f}  {entry.arousal:+7.2f}", json_file)


def _draw(labels: tuple[BarLabel, ...], path: Path, title: str) -> None:
    from emsync_nb.figures import label_picture, save_png

    values = [(entry.valence, entry.arousal) for entry in labels]
    save_png(label_picture(values, title=title), path)
