"""`emsync evaluate`: how good the composer is, and how far the experts of emotion agree with people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emsync_nb.cli import evaluate_emotion
from emsync_nb.cli.output import JsonOption, checked_target, keep_two, progress, say, write_json
from emsync_nb.cli.train import CacheOption, cache_folder
from emsync_nb.errors import DataError

if TYPE_CHECKING:
    from emsync_nb.evaluation.generator import Scale

evaluate_app = typer.Typer(help="Measure the composer, and the experts of emotion.", no_args_is_help=True)

_GENERATOR_HELP = """Measure the composer: emotion, hits, originality, speed and more, each against its goal.

Needs prepared music (emsync train prepare), of which it takes pieces that the composer has not learnt from. In full \
it takes about half an hour on two cores; --quick takes less than a minute, and its figures are rough.

[bold]Examples[/bold]

  emsync evaluate generator --quick --json -

  emsync evaluate generator --page generator.md --json generator.json

  emsync evaluate generator --speed-again generator.json --page generator.md --json generator.json
"""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    evaluate_app.callback()(_group)
    evaluate_app.command("generator", help=_GENERATOR_HELP)(generator)
    evaluate_app.command("emotion", help=evaluate_emotion.HELP)(evaluate_emotion.emotion)
    app.add_typer(evaluate_app, name="evaluate")


def _group() -> None:
    """Measure the composer, and the experts of emotion."""


def generator(
    quick: Annotated[bool, typer.Option("--quick", help="Less music, less than a minute.")] = False,
    cache: CacheOption = None,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a page (Markdown) with a picture beside it, of the same name ending in .png.",
            callback=lambda path: path if path is None else checked_target(path),
        ),
    ] = None,
    yamnet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="YAMNet's .tflite file, for a second opinion on emotion.",
            exists=True,  # half an hour passes before it is opened
            dir_okay=False,
        ),
    ] = None,
    again: Annotated[
        Path | None,
        typer.Option(
            "--speed-again",
            metavar="FILE",
            help="Measure speed alone, and take all else from what an earlier --json FILE holds.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that measure side by side.")] = 2,
    json_file: JsonOption = None,
) -> None:
    """Measure the composer."""
    from emsync_nb.evaluation.generator import FULL, QUICK, table_of_results, verdicts

    scale = QUICK if quick else FULL
    if page is not None:
        keep_two(json_file, page, "--page")
        checked_target(page.with_suffix(".png"))
    facts = _measured(scale, cache_folder(cache), workers, yamnet) if again is None else _again(again, scale)
    rows = table_of_results(facts)
    if page is not None:
        _write_page(page, rows, facts)
    write_json(facts, json_file)
    for row in rows:
        mark = {True: "reached", False: "MISSED", None: ""}[row.reached]
        say(f"{mark:8} {row.measure}: {row.found} ({row.to_reach})", json_file)
    reached, judged = verdicts(rows)
    say(f"{reached} of {judged} measures reached", json_file)


def _measured(scale: Scale, cache: Path, workers: int, yamnet: Path | None) -> dict[str, Any]:
    from emsync_nb.evaluation.generator import evaluate_generator

    with progress() as bars:
        return evaluate_generator(scale, cache, workers=workers, yamnet=yamnet, on_progress=bars.stage)


def _again(earlier: Path, scale: Scale) -> dict[str, Any]:
    """What an earlier run found, with its speed measured anew."""
    from emsync_nb.evaluation.generator import with_speed_again

    try:
        facts = json.loads(earlier.read_bytes())
        known = facts["scale"]["seed"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise DataError(
            f"{earlier} holds no measures; make them with emsync evaluate generator --json"
        ) from error
    if known != scale.seed:
        raise DataError(f"{earlier} holds measures of other music; make them anew, without --speed-again")
    with progress() as bars:
        return with_speed_again(facts, scale, on_progress=bars.stage)


def _write_page(page: Path, rows: list[Any], facts: dict[str, Any]) -> None:
    """The table as Markdown, and the plots beside it."""
    import numpy as np

    from emsync_nb.figures import generator_picture, save_png

    picture = generator_picture(
        title="What the composer does with what it is asked",
        points=np.array(facts.get("points", [])).reshape(-1, 4),
        guidance=facts.get("guidance", []),
        turns=facts["turns"],
        anticipation=facts.get("anticipation", {}),
        shared_runs=facts["shared_runs"]["free"],
        statistics=facts.get("statistics", {}),
    )
    save_png(picture, page.with_suffix(".png"))
    lines = [
        "# What the composer shows",
        "",
        "Written by `emsync evaluate generator --page`; all rows come from the shipped checkpoint with the shipped "
        "defaults.",
        "",
        f"![Plots of the measures]({page.with_suffix('.png').name})",
        "",
        "| measure | to reach | found | |",
        "|---|---|---|---|",
    ]
    marks = {True: "reached", False: "**missed**", None: ""}
    lines += [f"| {row.measure} | {row.to_reach} | {row.found} | {marks[row.reached]} |" for row in rows]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
