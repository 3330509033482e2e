"""`emsync bridge play`."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from bridge.music import piece_of_file
from bridge.piece import Piece
from bridge.playback import STEP_S, Playback, PlaySettings
from bridge.player_process import PlayerProcess, SinkKind
from bridge.transport import SPEEDS
from emsync_nb.cli import stopping
from emsync_nb.cli.bridge_ports import (
    CLIENT,
    SINK_NAMES,
    ClientOption,
    DriverOption,
    SinkOption,
    chosen_sink,
    opened,
    targets_of,
)
from emsync_nb.cli.output import JsonOption, keep_apart, keep_out, preset_names, printable, say, write_json
from emsync_nb.cli.session_asking import help_with
from emsync_nb.cli.times import parse_bars
from emsync_nb.domain import Template
from emsync_nb.errors import MidiError, PlanError
from emsync_nb.preset_library import TEMPLATES, load_template
from emsync_nb.session.listening import accepted_music
from emsync_nb.session.store import SESSION, is_session

log = logging.getLogger("emsync_nb.cli")
#: of a scored film
_SCORE = "score.mid"

HELP = help_with(
    "Play a MIDI file, or the accepted take of a session with its mutes and solos, into a DAW or a synthesizer. "
    "Without --port, ports of our own appear, for the DAW to connect to. Ctrl-C ends all notes.",
    "bridge play film.emsync",
    'bridge play score.mid --port "IAC Driver" --from 9 --count-in 1',
    "bridge play film.emsync --template keyswitched-orchestra --loop 5-8 --speed 0.5",
)


ScoreArgument = Annotated[
    Path,
    typer.Argument(
        metavar="SCORE_OR_SESSION",
        help="A Standard MIDI File, the folder of a session, or that of a scored film.",
        show_default=False,
    ),
]
PortsNamedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--port",
        metavar="NAME",
        help="An existing port, by its name or part of it: one for all the music's ports, or one for each.",
    ),
]
FromOption = Annotated[
    int | None, typer.Option("--from", metavar="BAR", min=1, help="Begin there. Default: bar 1.")
]
LoopOption = Annotated[str | None, typer.Option(metavar="FIRST-LAST", help="Repeat these bars until Ctrl-C.")]
SpeedOption = Annotated[float, typer.Option(min=SPEEDS[0], max=SPEEDS[1], help="1 is the music's own tempo.")]
CountInOption = Annotated[
    int, typer.Option(metavar="BARS", min=0, max=16, help="Bars of clicks before, on channel 10.")
]
LatencyOption = Annotated[
    float, typer.Option(metavar="MS", min=-1000, max=1000, help="Play so much later; negative: earlier.")
]
NoChaseOption = Annotated[
    bool, typer.Option("--no-chase", help="Do not strike notes that began before --from or --loop.")
]
TemplateOption = Annotated[
    str | None, typer.Option(metavar="NAME", help=f"{preset_names(TEMPLATES)}. Default: general-midi.")
]
PortPlanOption = Annotated[
    Literal["one", "each"] | None,
    typer.Option(help="One port with channels, or each track its own. Default: as the template says."),
]

DynamicsOption = Annotated[
    Literal["1", "11"] | None,
    typer.Option(
        help="Controller that carries dynamics: 1, the wheel, or 11, expression. Default: the template's."
    ),
]


@dataclass(frozen=True, slots=True)
class _Source:
    """A piece and where it comes from."""

    piece: Piece
    #: for people
    named: str


@dataclass(frozen=True, slots=True)
class _Wish:
    """From where, how often and how fast."""

    bar: int | None
    loop: tuple[int, int] | None
    speed: float
    settings: PlaySettings


@dataclass(frozen=True, slots=True)
class _Outlet:
    """Where it goes."""

    sink: SinkKind | None
    ports: Sequence[str]
    client: str
    driver: str | None


def play(
    score: ScoreArgument,
    sink: SinkOption = None,
    port: PortsNamedOption = None,
    start: FromOption = None,
    loop: LoopOption = None,
    speed: SpeedOption = 1.0,
    count_in: CountInOption = 0,
    latency: LatencyOption = 0.0,
    no_chase: NoChaseOption = False,
    template: TemplateOption = None,
    ports: PortPlanOption = None,
    dynamics: DynamicsOption = None,
    client: ClientOption = CLIENT,
    driver: DriverOption = None,
    json_file: JsonOption = None,
) -> None:
    """Play through ports."""
    settings = PlaySettings(latency_ms=latency, chases_notes=not no_chase, count_in_bars=count_in)
    source = _read(score, _template(template, ports, dynamics), json_file)
    wish = _wish(source.piece, start, loop, speed, settings)
    for remark in source.piece.remarks:
        say(f"note: {remark}", json_file)
    if source.piece.notes:
        _play(source, wish, _Outlet(sink, port or (), client, driver), json_file)
        return
    say(f"{source.named} holds no notes; there is nothing to play", json_file)
    nothing = {"notes": 0, "messages": 0, "late": 0, "xruns": 0}
    write_json(
        {"sink": None, "ports": [], **nothing, "finished": True, "position_s": 0.0, "bar": 1}, json_file
    )


def _play(source: _Source, wish: _Wish, outlet: _Outlet, json_file: str | None) -> None:
    """Play, and say how it went, also where a signal ends it."""
    piece, stop = source.piece, None
    kind, why = chosen_sink(outlet.sink, outlet.driver)
    targets = targets_of(kind, piece.ports, outlet.ports)
    with opened(kind, piece.ports, targets, client=outlet.client, driver=outlet.driver) as player:
        _tell_ports(source, player, targets, f"{SINK_NAMES[kind]} ({why})", json_file)
        with Playback(piece, player, wish.settings) as playback:
            try:
                _run(playback, player, wish)
            except (KeyboardInterrupt, stopping.Terminated) as signal:
                stop = signal
        facts = _facts(kind, player, playback, finished=stop is None)
    write_json(facts, json_file)
    say("{notes} notes, {messages} other messages; {late} late, {xruns} xruns".format(**facts), json_file)
    if stop is not None:
        raise stop


def _template(
    named: str | None, ports: Literal["one", "each"] | None, dynamics: Literal["1", "11"] | None
) -> Template:
    template = Template() if named is None else load_template(named)
    template = template if ports is None else replace(template, ports=ports)
    return template if dynamics is None else replace(template, dynamics=int(dynamics))


def _read(score: Path, template: Template, json_file: str | None) -> _Source:
    """The music that a path means.

    Raises:
        MidiError: it is no MIDI file, or a folder without any.
        OutputError: a session without an accepted take, or one that is damaged.
    """
    try:
        is_folder = score.is_dir()
        is_scored = is_folder and (score / _SCORE).is_file()
        holds_session = is_folder and (is_session(score) or (not is_scored and (score / SESSION).exists()))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MidiError(f"{score} cannot be read ({reason}). Check the path and its rights") from error
    if not is_folder:
        keep_apart(json_file, score)
        return _Source(piece_of_file(score, template), str(score))
    keep_out(json_file, score)
    if holds_session:
        music = accepted_music(score)
        piece = piece_of_file(music.file, template, is_heard=music.is_heard)
        return _Source(piece, f"take {music.take} of {score}")
    if is_scored:
        return _Source(piece_of_file(score / _SCORE, template), str(score / _SCORE))
    raise MidiError(
        f"{score} is a folder without a session or a score.mid. Name a MIDI file, or the folder of a scored film"
    )


def _wish(piece: Piece, start: int | None, loop: str | None, speed: float, settings: PlaySettings) -> _Wish:
    """What is asked for, once the piece is known to have such bars.

    Raises:
        MidiError: it has not.
        PlanError: --loop names no bars, or --from others.
    """
    bars = parse_bars(loop)
    for bar in (start, *(bars or ())):
        if bar is not None:
            piece.bar_start_s(bar)
            if bar == len(piece.bar_starts_s):  # its end is no bar
                raise MidiError(
                    f"there is no bar {bar}; the piece has bars 1 to {bar - 1}. Choose one of them"
                )
    if bars is not None and start is not None and not bars[0] <= start <= bars[1]:
        raise PlanError(f"--from {start} lies outside --loop {loop}; leave one of them out")
    return _Wish(start, None if bars is None else (bars[0], bars[1]), speed, settings)


def _tell_ports(
    source: _Source, player: PlayerProcess, targets: list[list[str]], sink: str, json_file: str | None
) -> None:
    """Say what is played on which port."""
    piece = source.piece
    count = len(piece.bar_starts_s) - 1
    bars = "1 bar" if count == 1 else f"{count} bars"
    say(f"playing {source.named}: {bars}, {_clock(piece.end_s)}, through {sink}; Ctrl-C stops", json_file)
    for number, name in enumerate(player.facts["ports"]):
        channels = [note.channel for note in piece.notes if note.port == number]
        shown = ", ".join(str(channel + 1) for channel in sorted(set(channels)))
        to = f" → {', '.join(targets[number])}" if targets else ""
        what = f"{len(channels)} notes on channel {shown}" if channels else "no notes"
        say(f"  {name}: {what}{to}", json_file)


def _run(playback: Playback, player: PlayerProcess, wish: _Wish) -> None:
    """Play to the end.

    A thread tells the sink what comes; so a signal, which is raised here, never breaks off half a message.

    Raises:
        PortError: the sink has gone.
    """
    playback.speed(wish.speed)
    if wish.bar is not None:
        playback.locate_bar(wish.bar)
    playback.loop(wish.loop)
    with _shown(playback, player) as tell:
        playback.play()
        playback.start()
        while playback.is_playing:
            stopping.check()
            if playback.failure is not None:
                raise playback.failure
            tell()
            time.sleep(STEP_S)


@contextmanager
def _shown(playback: Playback, player: PlayerProcess) -> Iterator[Callable[[], None]]:
    """What tells how it goes: bar and time in a terminal, and anywhere that a port has gone while others play on."""
    told = ""

    def tell_problem(tell: Callable[[str], object]) -> None:
        nonlocal told
        if player.problem != told:
            told = player.problem
            tell(told)

    if not sys.stderr.isatty():
        yield lambda: tell_problem(log.warning)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(stderr=True), auto_refresh=False, transient=True) as live:

        def tell_position() -> None:
            tell_problem(lambda line: live.console.print(Text(printable(line), style="yellow")))
            line = f"bar {playback.bar:4}   {_clock(playback.position_s)}"
            live.update(Text(line), refresh=True)

        yield tell_position


def _clock(time_s: float) -> str:
    """65.2 → "1:05.2"; a count-in is before 0."""
    tenths = round(abs(time_s) * 10)
    minutes, rest = divmod(tenths, 600)
    return f"{'-' if time_s < 0 and tenths else ''}{minutes}:{rest / 10:04.1f}"


def _facts(kind: SinkKind, player: PlayerProcess, playback: Playback, *, finished: bool) -> dict[str, Any]:
    status = player.status()
    return {
        "sink": kind,
        "ports": player.facts["ports"],
        "notes": status.notes,
        "messages": status.messages,
        "late": status.late,
        "xruns": status.xruns,
        "finished": finished,
        "position_s": round(playback.position_s, 3),
        "bar": playback.bar,
    }
