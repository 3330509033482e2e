"""`emsync train`: from free music to the checkpoint that composes."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from emsync_nb.cli.output import JsonOption, checked_target, progress, say, write_json

#: where prepared music is kept, outside any source tree
CACHE_VARIABLE = "EMSYNC_CACHE"
#: attention has four heads, and rotary positions need an even width in each
_WIDTH_STEP = 8

train_app = typer.Typer(
    help="Prepare free music, fit the labeller, train the composer.", no_args_is_help=True
)

DataOption = Annotated[
    Path, typer.Option("--data", help="The folder that holds the collections.", show_default=False)
]
CacheOption = Annotated[
    Path | None,
    typer.Option(
        "--cache", help="Where prepared music is kept. Default: EMSYNC_CACHE, else ~/.cache/emsync_nb"
    ),
]

_PREPARE_HELP = """Read the collections in --data once and label every bar; minutes of work.

Reads openscore-orchestra, openscore-string-quartets, openscore-lieder (CC0) and freedoom (BSD-3-Clause).

[bold]Example[/bold]

  emsync train prepare --data ~/music-data
"""

_LABELS_HELP = """Fit the emotion labeller on VGMIDI and say how well it does on pieces it has not seen.

[bold]Example[/bold]

  emsync train labels --data ~/music-data/vgmidi --out coefficients.json
"""

_FIT_HELP = """Train the composer on prepared music.

[bold]Examples[/bold]

  emsync train fit --minutes 30 --out generator.safetensors

  EMSYNC_CHECKPOINT=generator.safetensors emsync score film.mp4
"""


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    train_app.command("prepare", help=_PREPARE_HELP)(prepare)
    train_app.command("labels", help=_LABELS_HELP)(labels)
    train_app.command("fit", help=_FIT_HELP)(fit)
    app.add_typer(train_app, name="train")


def cache_folder(chosen: Path | None) -> Path:
    """The folder of prepared music."""
    if chosen is not None:
        return chosen
    return Path(os.environ.get(CACHE_VARIABLE) or Path.home() / ".cache" / "emsync_nb")


def prepare(
    data: DataOption,
    cache: CacheOption = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that read.")] = os.cpu_count() or 1,
    json_file: JsonOption = None,
) -> None:
    """Prepare the corpus."""
    from emsync_nb.training import prepare as run

    with progress() as bars:
        done = run(
            data, cache_folder(cache), workers=workers, on_progress=lambda share: bars.stage("reading", share)
        )
    facts = {
        "file": str(done.path),
        "pieces": done.pieces,
        "notes": done.notes,
        "skipped": list(done.skipped),
    }
    write_json(facts, json_file)
    say(f"{done.pieces} pieces, {done.notes} notes in {done.path}; {len(done.skipped)} left out", json_file)
    for line in done.skipped:
        say(f"  left out {line}", json_file)


def labels(
    data: DataOption,
    out: Annotated[Path, typer.Option(help="File of coefficients to write.", callback=checked_target)] = Path(
        "coefficients.json"
    ),
    json_file: JsonOption = None,
) -> None:
    """Fit and cross-validate the labeller."""
    from emsync_nb.training import cross_validate, fit_labeller, load_rated, write_coefficients

    rated = load_rated(data)
    scores = cross_validate(rated)
    write_coefficients(fit_labeller(rated), scores, out)
    write_json(scores, json_file)
    for name, value in scores.items():
        say(f"{name:22} {value:.3f}", json_file)


def fit(
    cache: CacheOption = None,
    out: Annotated[Path, typer.Option(help="Checkpoint to write.", callback=checked_target)] = Path(
        "generator.safetensors"
    ),
    minutes: Annotated[float, typer.Option(min=0.01, help="Time to train.")] = 30.0,
    layers: Annotated[int, typer.Option(min=1, max=48, help="Layers of the network.")] = 4,
    width: Annotated[int, typer.Option(min=32, max=2048, help="Width of the network.")] = 256,
    seed: Annotated[int, typer.Option(help="Seed of weights and excerpts.")] = 1,
    json_file: JsonOption = None,
) -> None:
    """Train the network."""
    from emsync_nb.training import NetworkSettings, TrainingSettings, load_corpus, train

    if width % _WIDTH_STEP:
        raise typer.BadParameter(f"{width} is no multiple of {_WIDTH_STEP}", param_hint="--width")
    pieces = load_corpus(cache_folder(cache))
    network = NetworkSettings(width=width, layers=layers, hidden=(width * 11 // 4 + 31) // 32 * 32)
    with progress() as bars:
        report = train(
            pieces,
            out,
            network=network,
            settings=TrainingSettings(minutes=minutes, seed=seed),
            on_progress=lambda share, _: bars.stage("training", share),
        )
    write_json(asdict(report), json_file)
    say(
        f"{out}: {report.parameters} parameters, {report.steps} steps in {report.minutes:.1f} minutes",
        json_file,
    )
    say(f"held-out loss {report.held_out.nll_per_note:.3f} nats a note", json_file)
