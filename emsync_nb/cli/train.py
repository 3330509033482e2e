"""`emsync train`: from free music to the checkpoint that composes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emsync_nb.cli import train_attention, train_emotion, train_scene, train_words
from emsync_nb.cli.output import (
    JsonOption,
    checked_png,
    checked_target,
    keep_out,
    keep_two,
    progress,
    say,
    write_json,
)

if TYPE_CHECKING:
    from emsync_nb.training import CorpusStats, NetworkSettings, TrainingReport

#: where prepared music is kept, outside any source tree
CACHE_VARIABLE = "EMSYNC_CACHE"
#: widths of one head of attention, the better first
_HEAD_WIDTHS = (64, 32)

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
CheckpointOption = Annotated[
    Path, typer.Option("--out", help="Checkpoint to write.", callback=checked_target)
]
DropoutOption = Annotated[
    float,
    typer.Option(
        "--dropout", min=0.0, max=0.9, help="Dropout; for runs that read the music many times over."
    ),
]

_PREPARE_HELP = """Read the collections in --data once, label every bar, and keep it all in one file.

Reads openscore-orchestra, openscore-string-quartets, openscore-lieder, freedoom and groove, those that are there, and \
the few works of music21's corpus that say they are free. A run that was broken off goes on where it was.

[bold]Examples[/bold]

  emsync train prepare --data ~/music-data

  emsync train prepare --data /shared/music --cluster tcp://10.0.0.5:8786
"""

_STATS_HELP = """Say what prepared music holds: notes, hours, instruments, keys, tempi, densities, labels.

[bold]Examples[/bold]

  emsync train stats

  emsync train stats --plot corpus.png --json corpus.json
"""

_LABELS_HELP = """Fit the emotion labeller on VGMIDI and say how well it does on pieces it has not seen.

[bold]Example[/bold]

  emsync train labels --data ~/music-data/vgmidi --out coefficients.json
"""

_FIT_HELP = """Train the composer on prepared music.

Runs on the accelerator, else on the processor; on several through torchrun, as below, and a batch is then each \
one's own. Every few minutes the state of the run is kept beside --out, and --resume goes on from there with the \
same settings; only --minutes may grow.

[bold]Examples[/bold]

  emsync train fit --out generator.safetensors

  emsync train fit --out generator.safetensors --resume

  torchrun --nproc_per_node 8 -m emsync_nb train fit --layers 12 --width 768 --batch 64 --out generator.safetensors

  EMSYNC_CHECKPOINT=generator.safetensors emsync score film.mp4
"""


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    train_app.command("prepare", help=_PREPARE_HELP)(prepare)
    train_app.command("stats", help=_STATS_HELP)(stats)
    train_app.command("labels", help=_LABELS_HELP)(labels)
    train_app.command("fit", help=_FIT_HELP)(fit)
    train_app.command("scene", help=train_scene.HELP)(train_scene.scene)
    train_emotion.register(train_app)
    train_app.command("words", help=train_words.HELP)(train_words.words)
    train_app.command("attention", help=train_attention.HELP)(train_attention.attention)
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
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="A Dask scheduler whose workers read instead; they need the same files."
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Prepare the corpus."""
    from emsync_nb.training import prepare as run

    keep_out(json_file, data, cache_folder(cache))
    with progress() as bars:
        done = run(
            data,
            cache_folder(cache),
            workers=workers,
            address=cluster,
            on_progress=lambda share: bars.stage("reading", share),
        )
    facts = asdict(done) | {"path": str(done.path)}
    write_json(facts, json_file)
    for line in (*done.skipped, *done.duplicates):
        say(f"  left out {line}", json_file)
    say(
        f"{done.path}: {done.pieces:,} pieces, {done.notes:,} notes, {done.bytes / 1e6:.1f} MB; files read now: "
        f"{done.read:,}, left out: {len(done.skipped):,}, duplicates: {len(done.duplicates):,}",
        json_file,
    )


def stats(
    cache: CacheOption = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw it into a PNG file.", callback=checked_png)
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Count the corpus."""
    from emsync_nb.training import as_json, corpus_stats, load_corpus

    keep_two(json_file, plot, "--plot")
    for written in (json_file, plot):
        keep_out(written, cache_folder(cache))
    found = corpus_stats(load_corpus(cache_folder(cache)))
    facts = as_json(found)
    if plot is not None:
        draw_stats(found, plot)
    write_json(facts, json_file)
    for line in _stat_lines(found, facts):
        say(line, json_file)
    if plot is not None:
        say(f"{plot} written", json_file)


def _stat_lines(found: CorpusStats, facts: dict[str, Any]) -> Iterator[str]:
    yield f"{'':44}  pieces       notes    hours"
    shares = {"all": found.whole, **found.sources, **found.splits}
    for name, share in shares.items():
        yield f"{name:44} {share.pieces:7,} {share.notes:11,} {share.hours:8.2f}"
    yield "instruments  " + _listed(found.instruments)
    yield "keys         " + _listed(found.keys)
    yield f"{'':14}" + "".join(f"{rank:>9}" for rank in ("p5", "p25", "p50", "p75", "p95"))
    for name in ("tempo_bpm", "notes_per_s", "valence", "arousal"):
        yield f"{name:14}" + "".join(f"{value:9.2f}" for value in facts[name].values())


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def draw_stats(found: CorpusStats, path: Path) -> None:
    """Write the picture of a corpus."""
    from emsync_nb.figures import collection_picture, save_png

    hours: dict[str, float] = {}
    for name, share in found.sources.items():
        collection = name.partition(" (")[0]
        hours[collection] = hours.get(collection, 0.0) + share.hours
    picture = collection_picture(
        title=f"{found.whole.pieces:,} pieces, {found.whole.notes:,} notes, {found.whole.hours:,.1f} hours",
        hours=hours,
        instruments=found.instruments,
        keys=found.keys,
        tempi=found.tempi,
        densities=found.densities,
        labels=found.labels,
    )
    save_png(picture, path)


def labels(
    data: Annotated[
        Path,
        typer.Option("--data", help="The folder of VGMIDI, with its annotations.json.", show_default=False),
    ],
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
    out: CheckpointOption = Path("generator.safetensors"),
    minutes: Annotated[float, typer.Option(min=0.01, max=1e6, help="Time to train.")] = 75.0,
    steps: Annotated[int, typer.Option(min=0, help="Updates, in place of a time; 0: by --minutes.")] = 0,
    layers: Annotated[int, typer.Option(min=1, max=48, help="Layers of the network.")] = 6,
    width: Annotated[int, typer.Option(min=32, max=4096, help="Width of the network.")] = 384,
    batch: Annotated[int, typer.Option(min=1, max=4096, help="Excerpts in an update, for each process.")] = 6,
    length: Annotated[int, typer.Option(min=256, max=65536, help="Events in an excerpt.")] = 768,
    rate: Annotated[float, typer.Option(min=1e-6, max=1.0, help="Learning rate at its highest.")] = 2e-3,
    dropout: DropoutOption = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of weights and excerpts.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was broken off.")] = False,
    compiled: Annotated[bool, typer.Option("--compile/--no-compile", help="Let a compiler fuse it.")] = True,
    json_file: JsonOption = None,
) -> None:
    """Train the network."""
    from emsync_nb.training import TrainingSettings, load_corpus, train
    from emsync_nb.training.world import is_first_process

    network = _network_of(width, layers, dropout)
    keep_out(json_file, cache_folder(cache))
    settings = TrainingSettings(
        minutes=minutes,
        steps=steps,
        length=length,
        batch_size=batch,
        learning_rate=rate,
        seed=seed,
        compiled=compiled,
    )
    pieces = load_corpus(cache_folder(cache))
    if not is_first_process():
        train(pieces, out, network=network, settings=settings, resume=resume)
        return
    with progress() as bars:
        report = train(
            pieces,
            out,
            network=network,
            settings=settings,
            resume=resume,
            on_progress=lambda share, _: bars.stage("training", share),
        )
    write_json(asdict(report), json_file)
    for line in _fit_lines(report, out):
        say(line, json_file)


def _network_of(width: int, layers: int, dropout: float = 0.0) -> NetworkSettings:
    """The shape of a network: feed-forwards three times as wide, about three queries to a key."""
    from emsync_nb.training import NetworkSettings

    fitting = [head for head in _HEAD_WIDTHS if width % head == 0]
    if not fitting:
        raise typer.BadParameter(f"{width} is no multiple of {_HEAD_WIDTHS[-1]}", param_hint="--width")
    heads = width // fitting[0]
    keys = max(count for count in range(1, max(1, heads // 3) + 1) if heads % count == 0)
    return NetworkSettings(width, layers, heads, keys, hidden=3 * width, dropout=dropout)


def _fit_lines(report: TrainingReport, out: Path) -> Iterator[str]:
    yield f"{out}: {report.parameters:,} parameters, {report.steps:,} steps in {report.minutes:.1f} minutes"
    yield f"held-out loss {report.held_out.nll_per_note:.3f} nats a note"
    share = f"{100 * report.share_of_peak:.0f} % of the arithmetic that one large product of matrices reaches"
    yield f"{report.events_per_s:,.0f} events a second, {share}"
