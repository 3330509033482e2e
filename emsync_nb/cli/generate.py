"""`emsync generate`."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emsync_nb.cli.output import (
    JsonOption,
    checked_target,
    keep_apart,
    keep_two,
    preset_names,
    progress,
    say,
    write_json,
)
from emsync_nb.errors import OutputError, PlanError
from emsync_nb.pipeline.settings import DEFAULT_ENSEMBLE

if TYPE_CHECKING:
    from emsync_nb.pipeline import Course

_HELP = """Compose a piece without a film: say how it shall feel, who plays and how long; a MIDI file comes out.

[bold]Examples[/bold]

  emsync generate --valence 0.6 --arousal -0.3 --out calm.mid

  emsync generate --valence -0.8:0.7 --arousal -0.5:0.8 --bars 48 --ensemble full-orchestra --out dawn.mid

  emsync generate --valence -0.5 --arousal 0.9 --bpm 150 --takes 4 --seed 7 --out chase.mid
"""
_NUMBER = r"[-+−]?(?:\d{1,6}(?:\.\d{0,9})?|\.\d{1,9})"
_COURSE = re.compile(rf"({_NUMBER})(?::({_NUMBER}))?")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("generate", help=_HELP)(generate)


def generate(
    valence: Annotated[
        str, typer.Option(metavar="V", help="−1 dark … 1 bright; -0.5:0.8 goes from one to the other.")
    ] = "0",
    arousal: Annotated[
        str, typer.Option(metavar="A", help="−1 calm … 1 excited; -0.5:0.8 goes from one to the other.")
    ] = "0",
    bars: Annotated[int, typer.Option(help="How long: 1 to 512 bars.")] = 16,
    ensemble: Annotated[
        str, typer.Option(help=f"Who plays: {preset_names('ensembles')}.")
    ] = DEFAULT_ENSEMBLE,
    seed: Annotated[int, typer.Option(help="The same seed gives the same music.")] = 0,
    bpm: Annotated[
        float | None, typer.Option(help="Beats a minute, 30 to 240. Default: the composer's choice.")
    ] = None,
    takes: Annotated[
        int,
        typer.Option(help="1 to 8 pieces at once, as FILE-1.mid, FILE-2.mid … with the seeds that follow."),
    ] = 1,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The MIDI file.")] = Path("piece.mid"),
    musicxml: Annotated[
        bool, typer.Option("--musicxml", help="Write FILE.musicxml for a notation program too.")
    ] = False,
    json_file: JsonOption = None,
) -> None:
    """Compose a piece."""
    from emsync_nb import session
    from emsync_nb.pipeline import PieceSettings

    settings = PieceSettings(
        valence=parse_course(valence, "valence"),
        arousal=parse_course(arousal, "arousal"),
        bars=bars,
        ensemble=ensemble,
        seed=seed,
        bpm=bpm,
        takes=takes,
    )
    _check_name(out)
    for path in itertools.chain(*session.piece_files(out, takes, musicxml=musicxml)):
        keep_apart(checked_target(path), ensemble)
        keep_two(json_file, path, "--out")
    keep_apart(json_file, ensemble)
    with progress() as bars_shown:
        pieces = session.generate(out, settings, musicxml=musicxml, progress=bars_shown)
    write_json({"ensemble": ensemble, "takes": pieces}, json_file)
    for piece in pieces:
        say(_line(piece), json_file)


def parse_course(text: str, name: str) -> Course:
    """ "0.5" → 0.5, "-0.5:0.8" → (-0.5, 0.8).

    Raises:
        PlanError: neither a number nor two with a colon between them.
    """
    match = _COURSE.fullmatch(text.strip())
    if match is None:
        raise PlanError(
            f"{name} {text!r} is neither a number nor two, such as 0.5 or -0.5:0.8; write one of these"
        )
    start, end = (None if number is None else float(number.replace("−", "-")) for number in match.groups())
    assert start is not None  # noqa: S101 - the first group always matches
    return start if end is None else (start, end)


def _check_name(out: Path) -> None:
    if out.suffix.lower() not in (".mid", ".midi"):
        raise OutputError(f"{out} would hold MIDI; give a name ending in .mid")


def _line(piece: dict[str, Any]) -> str:
    key = " → ".join(piece["keys"][:3]) + (" …" if len(piece["keys"]) > 3 else "")
    tempi = piece["bpm"]
    tempo = f"{min(tempi):.0f}" if len(tempi) == 1 else f"{min(tempi):.0f} to {max(tempi):.0f}"
    return (
        f"{' and '.join(piece['files'])}: {piece['notes']} notes, {key or 'no key'}, {tempo} beats a minute, "
        f"{piece['bars']} bars, {piece['seconds']:.1f} s"
    )
