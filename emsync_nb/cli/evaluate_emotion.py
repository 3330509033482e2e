"""`emsync evaluate emotion`: how far the experts of a film's emotion agree with people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from emsync_nb.cli.output import JsonOption, keep_apart, keep_out, progress, say, write_json

HELP = """Measure an expert of emotion against what people said of pictures or of sentences.

--images takes a CSV with the columns file, valence_mean and arousal_mean (1 to 7, as in OASIS) and the folder of the \
pictures, and measures the scene expert. --text takes a TSV of sentences as GoEmotions has them, and measures the \
words expert.

[bold]Examples[/bold]

  emsync evaluate emotion --images oasis.csv pictures --json -

  emsync evaluate emotion --text goemotions/ekman/test.tsv --json words.json
"""

ImagesOption = Annotated[
    tuple[Path, Path] | None,
    typer.Option(
        "--images",
        metavar="CSV DIR",
        help="Ratings of pictures, and the folder that these lie in.",
        show_default=False,
    ),
]
TextOption = Annotated[
    Path | None,
    typer.Option("--text", metavar="TSV", help="Sentences with the emotions that people found in them."),
]


def emotion(images: ImagesOption = None, text: TextOption = None, json_file: JsonOption = None) -> None:
    """Measure one expert."""
    if (images is None) == (text is None):
        raise typer.BadParameter("give one of them", param_hint="--images, --text")
    facts = _of_pictures(*images, json_file) if images is not None else _of_words(text, json_file)
    write_json(facts, json_file)
    for name, value in facts.items():
        say(f"{name:24} {value:.3f}" if isinstance(value, float) else f"{name:24} {value}", json_file)


def _of_pictures(ratings: Path, folder: Path, json_file: str | None) -> dict[str, Any]:
    from emsync_nb.evaluation.pictures import agreement_with

    keep_apart(json_file, ratings)
    keep_out(json_file, folder)
    with progress() as bars:
        return agreement_with(ratings, folder, on_progress=lambda share: bars.stage("looking", share))


def _of_words(text: Path | None, json_file: str | None) -> dict[str, Any]:
    from emsync_nb.evaluation.words import agreement_with

    assert text is not None  # noqa: S101 - `emotion` has made sure of it
    keep_apart(json_file, text)
    with progress() as bars:
        return agreement_with(text, on_progress=lambda share: bars.stage("reading", share))
