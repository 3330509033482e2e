"""`emsync train words`: from labelled sentences to the layer that reads emotion from words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emsync_nb.cli.output import JsonOption, checked_target, keep_out, progress, say, write_json

if TYPE_CHECKING:
    from emsync_nb.analysis.words.head import WordsHead
    from emsync_nb.training.words import Table

HELP = """Train the layer that reads emotion from subtitles, on GoEmotions, and say how well it does.

--data holds GoEmotions' folders ekman and original, each with train.tsv, dev.tsv, test.tsv and labels.txt. The \
sentences are embedded once, which takes several minutes of a core, and kept in --cache; the rest takes half a minute. \
--compare also measures what the layer is held against, which takes some minutes more.

[bold]Example[/bold]

  emsync train words --data ~/text-data/goemotions --out words.safetensors --compare
"""
_PROVENANCE = (
    "Trained by emsync train words on GoEmotions (Demszky et al. 2020, Apache-2.0), on embeddings of "
    "all-MiniLM-L6-v2 (Apache-2.0) and scores of VADER (MIT); see docs/words-card.md"
)


def words(
    data: Annotated[Path, typer.Option("--data", help="The folder of GoEmotions.", show_default=False)],
    out: Annotated[Path, typer.Option(help="File of weights to write.", callback=checked_target)] = Path(
        "words.safetensors"
    ),
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache", help="Where embeddings are kept. Default: EMSYNC_CACHE, else ~/.cache/emsync_nb"
        ),
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Measure others beside it.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Seed of the first weights.")] = 0,
    json_file: JsonOption = None,
) -> None:
    """Train it."""
    from emsync_nb.analysis.words.head import load_head, save_head
    from emsync_nb.training.words import WordsSettings, fit_head, load_table
    from emsync_nb.weights import user_folder

    kept = cache or user_folder().parent
    for target in (json_file, out):
        keep_out(target, data, kept)
    with progress() as bars:
        train, dev, test = (
            load_table(data, name, kept, on_progress=lambda share: bars.stage("reading", share))
            for name in ("train", "dev", "test")
        )
        head = fit_head(
            train,
            dev,
            WordsSettings(seed=seed),
            on_progress=lambda share: bars.stage("training", share),
        )
        save_head(head, out, {"provenance": _PROVENANCE, "seed": str(seed)})
        facts = {"the layer": _scores(load_head(out), test)}
        if compare:
            facts |= _compared(train, dev, test, bars)
    write_json(facts, json_file)
    say(f"{out}: {out.stat().st_size:,} bytes; on the sentences of test.tsv:", json_file)
    for name, scores in facts.items():
        found = ", ".join(f"{what} {value:.3f}" for what, value in scores.items() if what != "n")
        say(f"{name:42} {found}", json_file)


def _scores(head: WordsHead, test: Table) -> dict[str, Any]:
    """As they will be from the file that was written."""
    from emsync_nb.training.words import single_scores, tuned_scores

    seven, fine = head(test.told)
    fine_scores = tuned_scores(test.fine, fine, head.thresholds)
    return single_scores(test.seven, seven) | {"fine_macro_f1": fine_scores["macro_f1"]}


def _compared(train: Table, dev: Table, test: Table, bars: Any) -> dict[str, Any]:  # noqa: ANN401 - a Progress
    from emsync_nb.training.words.comparison import comparisons

    return dict(comparisons(train, dev, test, on_progress=lambda share: bars.stage("comparing", share)))
