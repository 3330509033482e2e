"""`emsync label`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emsync_nb.cli.output import (
    JsonOption,
    checked_png,
    keep_apart,
    keep_two,
    printable,
    say,
    write_json,
)

if TYPE_CHECKING:
    from emsync_nb.pipeline import BarLabel

_HELP = """Say how each bar of SCORE is likely to feel: valence (−1 dark … 1 bright) and arousal (−1 calm … 1 excited).

A value sums up the 16 to 64 quarters that led to the end of the bar. Trust it more for one piece against another than \
for one bar against the next (docs/labeller-card.md). Bars count from 1 in the order of the page, an upbeat too.

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
        Path,
        typer.Argument(
            metavar="SCORE", help="A MIDI or MusicXML file (.mid, .mxl, .musicxml, .xml).", show_default=False
        ),
    ],
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the labels into a PNG file.", callback=checked_png),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Label a score."""
    from emsync_nb.pipeline import label_score

    if plot is not None:
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
    if plot is not None:
        say(f"{plot} written", json_file)


def _draw(labels: tuple[BarLabel, ...], path: Path, title: str) -> None:
    from emsync_nb.figures import label_picture, save_png

    values = [(entry.valence, entry.arousal) for entry in labels]
    save_png(label_picture(values, title=title), path)
