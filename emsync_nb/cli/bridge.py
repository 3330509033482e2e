"""`emsync bridge`: a score into a DAW; what answers; and silence when something hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from bridge.commands import Panic
from bridge.drivers import ask_jack
from bridge.journal import MAX_PORTS
from bridge.player_process import PlayerProcess, SinkKind, is_running, left_behind
from bridge.ports import list_ports
from emsync_nb import __version__
from emsync_nb.cli import bridge_play, bridge_selftest
from emsync_nb.cli.bridge_ports import (
    CLIENT,
    SINK_NAMES,
    ClientOption,
    SinkOption,
    chosen_sink,
    opened,
)
from emsync_nb.cli.findings import Finding, jack_findings, midi_findings, say_findings
from emsync_nb.cli.output import JsonOption, say, write_json
from emsync_nb.cli.quiet import overheard
from emsync_nb.cli.session_asking import help_with
from emsync_nb.errors import PortError

#: what a panic sends takes a slow cable so long, for each port
_PANIC_S, _PANIC_S_A_PORT = 5.0, 2.0
_LOOK_S = 0.02

_PANIC_HELP = help_with(
    "End every note of every channel, release pedals and stop all sound: at the ports named with --port, else at all "
    "there are. What a bridge that was killed left on is ended too.",
    "bridge panic",
    "bridge panic --port Kontakt --sink jack",
)
_DOCTOR_HELP = help_with(
    "Say which MIDI drivers and ports answer, and whether a bridge that was killed left notes on; for each thing "
    "missing, the one command that mends it.",
    "bridge doctor",
)

bridge_app = typer.Typer(
    help="Play music into a DAW or a synthesizer, and look after its ports.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    bridge_app.command("play", help=bridge_play.HELP)(bridge_play.play)
    bridge_app.command("panic", help=_PANIC_HELP)(panic)
    bridge_app.command("doctor", help=_DOCTOR_HELP)(doctor)
    bridge_app.command("selftest", help=bridge_selftest.HELP)(bridge_selftest.selftest)
    app.add_typer(bridge_app, name="bridge")


def panic(
    sink: SinkOption = None,
    port: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="An existing port, by its name or part of it; repeatable. Default: all."
        ),
    ] = None,
    client: ClientOption = CLIENT,
    json_file: JsonOption = None,
) -> None:
    """Silence ports."""
    kind, why = chosen_sink(sink)
    if is_running(kind, client):
        raise PortError(
            f"a bridge plays as {client!r}; stop it (Ctrl-C), which ends its notes, or name another with --client"
        )
    names = list(port or _existing(kind))[:MAX_PORTS]
    owed = left_behind(kind, client)
    if not names and not owed:
        say(f"{SINK_NAMES[kind]} ({why}) has no port that could be silenced", json_file)
    if names:
        numbered = [f"panic {number}" for number in range(1, len(names) + 1)]
        with opened(kind, numbered, [[name] for name in names], client=f"{client}-panic") as player:
            _silence(player)
    if owed:  # opening its ports again ends what it left on at whoever listened to it
        with opened(kind, ["EMSYNC"], [], client=client) as player:
            _silence(player)
    for name in names:
        say(f"silenced {name}", json_file)
    if owed:
        say(f"ended what a killed bridge named {client!r} left on", json_file)
    write_json({"sink": kind, "ports": names, "ended_left_notes": owed}, json_file)


def _existing(kind: SinkKind) -> Sequence[str]:
    """The ports there are.

    Raises:
        PortError: JACK does not answer.
    """
    with overheard():
        if kind == "rtmidi":
            return list_ports()
        report = ask_jack()
    if report.missing is not None:
        raise PortError(report.problem)
    return report.ports


def _silence(player: PlayerProcess) -> None:
    """Panic, and wait until it is out.

    Raises:
        PortError: a port does not take it.
    """
    player.write([Panic(1)])
    until_s = time.monotonic() + _PANIC_S + _PANIC_S_A_PORT * len(player.ports)
    while player.status().silenced < 1:
        if time.monotonic() > until_s:
            raise PortError(
                "the port takes nothing any more. Look at its driver, or restart what listens there"
            )
        time.sleep(_LOOK_S)
    if player.problem:
        raise PortError(player.problem)


def doctor(client: ClientOption = CLIENT, json_file: JsonOption = None) -> None:
    """Look at all that a bridge needs."""
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        jack_findings,
        midi_findings,
        lambda: _bridges(client),
    )
    findings = [finding for look in looks for finding in look()]
    write_json({"emsync_nb": __version__, "findings": [asdict(finding) for finding in findings]}, json_file)
    say_findings(findings, json_file)


def _bridges(client: str) -> Iterator[Finding]:
    """Whether bridges of a name play, rest, or were killed in the middle of notes."""
    kinds: tuple[SinkKind, ...] = ("jack", "rtmidi")
    for kind in kinds:
        name = f"{client!r} on {SINK_NAMES[kind]}"
        if is_running(kind, client):
            yield Finding("Bridge", name, True, "plays")
        elif left_behind(kind, client):
            remedy = f"emsync bridge panic --sink {kind}" + (
                f" --client {client}" if client != CLIENT else ""
            )
            yield Finding("Bridge", name, False, "was killed and may have left notes on", remedy)
        else:
            yield Finding("Bridge", name, True, "at rest; no note is left on")
