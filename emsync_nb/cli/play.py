"""`emsync play`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emsync_nb.cli.output import JsonOption, keep_apart, say, write_json
from emsync_nb.cli.quiet import overheard

_HELP = """Stream a MIDI file through a MIDI port, in time, into a DAW or a synthesizer.

Without --port, a virtual port called EMSYNC appears (ALSA, JACK or CoreMIDI). Ctrl-C ends all notes.

[bold]Examples[/bold]

  emsync play score.mid

  emsync play score.mid --port "IAC Driver"
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("play", help=_HELP)(play)


def play(
    midi: Annotated[Path, typer.Argument(metavar="MIDI", help="A Standard MIDI File.", show_default=False)],
    port: Annotated[str | None, typer.Option(help="Part of the name of an existing port.")] = None,
    json_file: JsonOption = None,
) -> None:
    """Play through a port."""
    from bridge.clock import RealClock
    from bridge.messages import messages_of
    from bridge.player import play as stream
    from bridge.ports import RtMidiSink

    keep_apart(json_file, midi)
    messages = messages_of(midi)
    with overheard():
        sink = RtMidiSink(port)
    say(f"playing {midi} through {sink.driver} port {sink.port_name}; Ctrl-C stops", json_file)
    try:
        report = stream(messages, sink, RealClock())
    finally:
        sink.close()
    write_json(
        {"driver": sink.driver, "port": sink.port_name, "sent": report.sent, "finished": report.finished},
        json_file,
    )
