"""`emsync score` and `emsync demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emsync_nb.cli.output import JsonOption, keep_apart, preset_names, progress, say, write_json
from emsync_nb.cli.times import parse_cues, parse_time
from emsync_nb.pipeline import ScoreSettings
from emsync_nb.pipeline.settings import DEFAULT_ENSEMBLE, DEFAULT_MASTERING

if TYPE_CHECKING:
    from emsync_nb.pipeline import ScoreResult

_SCORE_HELP = """Compose music for VIDEO: a scored film, a MIDI file and a score for your DAW, and a report.

[bold]Examples[/bold]

  emsync score film.mp4

  emsync score film.mp4 --ensemble string-quartet --seed 7 --out take7

  emsync score film.mp4 --cue 0:05-0:40 --cue 1:10-1:55 --stems

  emsync score film.mp4 --keep-sound -12 --mastering warm

  emsync score film.mp4 --theme motif.mid --theme-at 0:12 --theme-at 1:30

  emsync score film.mp4 --direction "start uneasy, turn hopeful at 0:20, big finish"

  emsync score film.mp4 --no-render --json -
"""

_DEMO_HELP = """Make the sample film and score it.

[bold]Example[/bold]

  emsync demo --out demo
"""

VideoArgument = Annotated[
    Path,
    typer.Argument(metavar="VIDEO", help="A film that FFmpeg can read, 2 s or longer.", show_default=False),
]
SoundOption = Annotated[
    float | None, typer.Option(metavar="DB", help="Keep the film's own sound at this level, such as -12.")
]
ThemeOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A melody of yours, MIDI or MusicXML, that returns at hits."),
]
ThemeTimesOption = Annotated[
    list[str] | None,
    typer.Option(metavar="TIME", help="The theme enters on the hit nearest to this time; repeatable."),
]
DirectionOption = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="What the music shall do, in English words; what that changes is said before it is composed.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("score", help=_SCORE_HELP)(score)
    app.command("demo", help=_DEMO_HELP)(demo)


def score(
    context: typer.Context,
    video: VideoArgument,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the results. Default: VIDEO without its ending, plus .emsync"),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same music.")] = 0,
    ensemble: Annotated[
        str, typer.Option(help=f"Who plays: {preset_names('ensembles')}.")
    ] = DEFAULT_ENSEMBLE,
    mastering: Annotated[
        str, typer.Option(help=f"How it sounds: {preset_names('mastering')}.")
    ] = DEFAULT_MASTERING,
    cue: Annotated[
        list[str] | None,
        typer.Option(metavar="IN-OUT", help="Music only here, such as 0:05-0:20; repeatable."),
    ] = None,
    theme: ThemeOption = None,
    theme_at: ThemeTimesOption = None,
    direction: DirectionOption = None,
    soundfont: Annotated[Path | None, typer.Option(help="An .sf2 or .sf3 file.")] = None,
    stems: Annotated[bool, typer.Option("--stems", help="Write each track as a WAV file too.")] = False,
    keep_sound: SoundOption = None,
    no_render: Annotated[
        bool, typer.Option("--no-render", help="Stop after the score: no sound, no film.")
    ] = False,
    json_file: JsonOption = None,
) -> None:
    """Score a film."""
    settings = ScoreSettings(
        seed=seed,
        ensemble=ensemble,
        mastering=mastering,
        cues=parse_cues(cue or ()),
        soundfont=soundfont,
        stems=stems,
        keep_sound_db=keep_sound,
        render=not no_render,
        theme=theme,
        theme_at=tuple(parse_time(text) for text in theme_at or ()),
        direction=direction,
        keep_ensemble=_is_given(context, "ensemble"),
    )
    _score(video, out, settings, json_file)


def _is_given(context: typer.Context, option: str) -> bool:
    """Whether an option stands on the command line, be it with its default."""
    source = context.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the sample film and the results.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="The same seed gives the same music.")] = 0,
    json_file: JsonOption = None,
) -> None:
    """Make the sample film, then score it."""
    from emsync_nb.video import make_sample_film

    settings = ScoreSettings(seed=seed)  # refused before the film is made
    with progress() as bars:
        film = make_sample_film(out, on_progress=lambda share: bars.stage("sample film", share))
    say(f"sample film: {film.video}", json_file)
    _score(film.video, None, settings, json_file)


def _score(video: Path, out: Path | None, settings: ScoreSettings, json_file: str | None) -> None:
    from emsync_nb import session

    keep_apart(json_file, video, settings.soundfont, settings.ensemble, settings.mastering, settings.theme)
    with progress() as bars:
        result = session.score(video, out, settings, progress=bars)
    write_json(result.report, json_file)
    for line in _summary(result):
        say(line, json_file)


def _summary(result: ScoreResult) -> list[str]:
    report: dict[str, Any] = result.report
    notes = sum(track["notes"] for track in report["tracks"])
    hits, boundaries = len(report["hits"]), len(report["boundaries"])
    worst = max((abs(hit["error_s"]) for hit in report["hits"] if hit["error_s"] is not None), default=0.0)
    lines = [
        f"{notes} notes on {len(report['tracks'])} tracks; {hits} of {boundaries} boundaries chosen as hits"
    ]
    if hits:
        lines[0] += f", {report['hit_share']:.0%} of them met (worst error {1000 * worst:.2f} ms)"
    if "theme" in report:
        lines.append(_theme_line(report["theme"]))
    if "direction" in report:
        found = report["direction"]
        counts = f"{len(found['changes'])} changes, {len(found['not_understood'])} without effect"
        lines.append(f"direction: {counts}")
    width = max(len(name) for name in result.files)
    return lines + [f"  {name:{width}}  {path}" for name, path in result.files.items()]


def _theme_line(theme: dict[str, Any]) -> str:
    places = ", ".join(
        f"{entry['time_s']:.2f} s ({entry['track']}, {entry['key']})"
        for entry in theme["occurrences"]
        if entry["found"]
    )
    counts = f"{theme['found']} of {theme['planned']} entries found in score.mid"
    return f"theme in {theme['key']}: {counts}{': ' if places else ''}{places}"
