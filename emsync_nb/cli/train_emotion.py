"""`emsync train fusion`, `genre` and `features`: heads that are trained on data sets of films that users bring."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emsync_nb.cli.output import JsonOption, checked_target, keep_out, keep_two, progress, say, write_json
from emsync_nb.errors import OutputError

if TYPE_CHECKING:
    from emsync_nb.training.emotion.feature_fit import HeadReport

OutOption = Annotated[
    Path, typer.Option("--out", help="Checkpoint to write.", callback=checked_target, show_default=False)
]
EpochsOption = Annotated[int, typer.Option(min=1, max=10_000, help="Times that all clips are seen, at most.")]
PatienceOption = Annotated[
    int, typer.Option(min=1, max=10_000, help="Epochs without a better validation loss after which it ends.")
]
BatchOption = Annotated[int, typer.Option(min=2, max=4096, help="Clips in an update.")]
RateOption = Annotated[float, typer.Option(min=1e-6, max=0.1, help="Learning rate.")]
SeedOption = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of weights and order.")]

_FEATURES = """features/ holds a file for each video, NAME.npz or NAME.safetensors, with one array a kind of features, \
(moments, numbers), of any names and widths; of more than 16 moments 16 are kept. Pickles (.pkl, .pt) are not read."""

_FUSION_HELP = f"""Train an emotion head on a data set of yours, and say how it does on videos it has not seen.

[bold]ekman6:DIR[/bold]  DIR/labels.csv with video,label,split (anger, disgust, fear, joy, sadness, surprise; train, \
validation, test), or class folders with train.txt and test.txt; DIR/blacklist.txt; DIR/features with the arrays clip \
(16, 512), beats (16, 768), asr (768,), ocr (768,), face (16, 768), each of which may be missing.

[bold]emomv:DIR[/bold]   DIR/labels.csv with clip,label,split; DIR/features.

[bold]liris:DIR[/bold]   DIR/ACCEDEranking.txt, DIR/ACCEDEsets.txt; DIR/features. Learns valence and arousal.

{_FEATURES}

[bold]Examples[/bold]

  emsync train fusion --data ekman6:~/ekman6 --out ekman6.safetensors

  emsync train fusion --data liris:~/liris --out liris.safetensors --json liris.json
"""

_GENRE_HELP = f"""Train the genre head on trailers of MovieNet, or on others with the same 21 genres.

[bold]movienet:DIR[/bold]  DIR/trailers_genres.csv with imdb_id,youtube_id,genres,title,duration; DIR/splits.json, or \
train.txt, validation.txt and test.txt; DIR/features, by YouTube id.

{_FEATURES} For films of yours to be told their genre, make them with emsync train features.

[bold]Examples[/bold]

  emsync train features ~/movienet/trailers --out ~/movienet/features

  emsync train genre --data movienet:~/movienet --out genre.safetensors

  EMSYNC_GENRE=genre.safetensors emsync analyze film.mp4
"""

_FEATURES_HELP = """Keep what all experts say of every film below FILMS, a small file each, to train heads on.

A film takes as long as emsync analyze takes. What is there already is passed over, so a run that was broken off goes \
on where it was.

[bold]Example[/bold]

  emsync train features ~/liris/data --out ~/liris/features
"""


def register(group: typer.Typer) -> None:
    """Add the commands to the group `train`."""
    group.command("features", help=_FEATURES_HELP)(features)
    group.command("fusion", help=_FUSION_HELP)(fusion)
    group.command("genre", help=_GENRE_HELP)(genre)


def fusion(
    data: Annotated[
        str,
        typer.Option(
            "--data", metavar="SET:DIR", help="ekman6:DIR, emomv:DIR or liris:DIR.", show_default=False
        ),
    ],
    out: OutOption,
    epochs: EpochsOption = 60,
    patience: PatienceOption = 8,
    batch: BatchOption = 32,
    rate: RateOption = 1e-3,
    seed: SeedOption = 1,
    json_file: JsonOption = None,
) -> None:
    """Train an emotion head."""
    from emsync_nb.training.emotion.data_sets import EMOTION

    _train(data, EMOTION, out, epochs, patience, batch, rate, seed, json_file)


def genre(
    data: Annotated[str, typer.Option("--data", metavar="SET:DIR", help="movienet:DIR.", show_default=False)],
    out: OutOption,
    epochs: EpochsOption = 60,
    patience: PatienceOption = 8,
    batch: BatchOption = 64,
    rate: RateOption = 1e-3,
    seed: SeedOption = 1,
    json_file: JsonOption = None,
) -> None:
    """Train the genre head."""
    from emsync_nb.training.emotion.data_sets import GENRE

    _train(data, GENRE, out, epochs, patience, batch, rate, seed, json_file)


def _train(
    data: str,
    names: tuple[str, ...],
    out: Path,
    epochs: int,
    patience: int,
    batch: int,
    rate: float,
    seed: int,
    json_file: str | None,
) -> None:
    from emsync_nb.extras import check_installed
    from emsync_nb.training.emotion.data_sets import load_data, named_folder

    name, folder = named_folder(data, names)
    keep_two(json_file, out, "--out")
    for written in (json_file, out):
        keep_out(written, folder)
    check_installed("torch", "safetensors")
    from emsync_nb.training.emotion.feature_fit import HeadSettings, train_head

    settings = HeadSettings(epochs=epochs, patience=patience, batch_size=batch, learning_rate=rate, seed=seed)
    since = time.monotonic()
    with progress() as bars:
        found = load_data(name, folder, lambda share: bars.stage("reading", share))
        report = train_head(found, out, settings, on_progress=lambda share: bars.stage("training", share))
    minutes = (time.monotonic() - since) / 60
    write_json(asdict(report) | {"minutes": minutes, "path": str(out)}, json_file)
    for line in _lines(report, out, minutes):
        say(line, json_file)


def _lines(report: HeadReport, out: Path, minutes: float) -> Iterator[str]:
    yield from (f"  left out {line}" for line in report.skipped)
    clips = ", ".join(f"{count:,} {name}" for name, count in report.clips.items() if count)
    yield f"{report.data}: {clips}; features {', '.join(f'{n} {w}' for n, w in report.modalities.items())}"
    yield f"{out}: {report.parameters:,} parameters, best after {report.epochs} epochs, {minutes:.1f} minutes"
    yield f"{f'on {report.measured_on}':18} {'head':>8} {'usual':>8}"
    for name, value in report.metrics.items():
        yield f"{name:18} {value:8.3f} {report.baseline[name]:8.3f}"


def features(
    films: Annotated[
        Path,
        typer.Argument(metavar="FILMS", help="A folder of films, folders in it too.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of features to write.", show_default=False)],
    json_file: JsonOption = None,
) -> None:
    """Watch many films."""
    from emsync_nb.pipeline import Stopwatch, analyze_film
    from emsync_nb.training.emotion.own_features import watch_films

    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is no folder; give one, or a name that is still free")
    keep_out(json_file, films)
    with progress() as bars:
        done = watch_films(
            films,
            out,
            lambda film: analyze_film(film, watch=Stopwatch(bars)).opinions,
            on_progress=lambda share: bars.stage("films", share),
        )
    write_json(asdict(done), json_file)
    for line in done.failed:
        say(f"  left out {line}", json_file)
    say(f"{out}: features of {done.films - len(done.failed):,} films, {done.made:,} made now", json_file)
