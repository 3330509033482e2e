"""`emsync analyze`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from emsync_nb.cli.output import JsonOption, keep_apart, progress, say, write_json
from emsync_nb.cli.times import parse_time
from emsync_nb.errors import PlanError


class Also(str, Enum):  # noqa: UP042 - typer reads the values of plain str enums
    """Experts that take long."""

    SPEECH = "speech"
    SCREEN = "screen"


#: as `analysis` has it, which takes long to import
Scale = Literal["plane", "plain"]
_HELP = """Find the boundaries and the emotion of VIDEO; the second time they are taken from the cache.

[bold]Examples[/bold]

  emsync analyze film.mp4

  emsync analyze film.mp4 --explain 0:42 --explain 1:15.5

  emsync analyze film.mp4 --json - | jq .boundaries
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("analyze", help=_HELP)(analyze)


def analyze(
    video: Annotated[
        Path,
        typer.Argument(
            metavar="VIDEO", help="A film that FFmpeg can read, 2 s or longer.", show_default=False
        ),
    ],
    explain: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TIME", help="Say what each expert made of this moment, such as 1:15.5; repeatable."
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Look at the film anew, whatever the cache holds.")
    ] = False,
    also: Annotated[
        list[Also] | None,
        typer.Option(
            help="Ask an expert that takes long, too: speech recognises what is said, screen reads what stands in the "
            "picture; repeatable."
        ),
    ] = None,
    scale: Annotated[
        Scale,
        typer.Option(help="Widen the curve to use more of the plane, or take it as the experts say it."),
    ] = "plane",
    json_file: JsonOption = None,
) -> None:
    """Analyse a film."""
    from emsync_nb.pipeline import Stopwatch, analyze_film
    from emsync_nb.pipeline.analysis_facts import analysis_facts, moment_facts

    keep_apart(json_file, video)
    moments_s = _moments(video, explain or [])
    with progress() as bars:
        watch = Stopwatch(bars)
        analysis = analyze_film(
            video, fresh=fresh, also=tuple(one.value for one in also or ()), scale=scale, watch=watch
        )
    facts = analysis_facts(analysis)
    facts["timings_s"] = {name: round(seconds, 4) for name, seconds in watch.timings_s.items()}
    if moments_s:
        facts["explain"] = [moment_facts(analysis, time_s) for time_s in moments_s]
    write_json(facts, json_file)
    for line in _lines(facts):
        say(line, json_file)


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    """For people: shots, genre, moments that were asked for, and what is missing."""
    from emsync_nb.cli.analysis_lines import missing_line, moment_lines, shot_lines

    yield from shot_lines(facts)
    if facts["genre"] is not None:
        yield f"genre: {', '.join(facts['genre']['names']) or 'none likely'}"
    for moment in facts.get("explain", ()):
        yield from moment_lines(moment)
    missing = missing_line(facts["experts"])
    if missing:
        yield missing


def _moments(video: Path, texts: list[str]) -> list[float]:
    """Times to explain, checked before the minutes of analysis.

    Raises:
        PlanError: no time, or one after the film's end.
        VideoError: no film that can be read.
    """
    times_s = [float(parse_time(text)) for text in texts]
    if not times_s:
        return []
    from emsync_nb.video import probe

    duration_s = float(probe(video).duration_s)
    for text, time_s in zip(texts, times_s, strict=True):
        if time_s >= duration_s:
            raise PlanError(
                f"explain {text}: the film lasts only {duration_s:.2f} s; name a time before its end"
            )
    return times_s
