"""Which MIDI drivers answer, and which of them is taken where nobody says so."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from bridge.player.jack_player import load_jack, open_client
from bridge.player_process import SinkKind
from emsync_nb.errors import MissingExtraError, PortError

#: what a JACK server is called where nobody has named it (JACK_DEFAULT_SERVER)
_USUAL_SERVER = "default"
#: the first thing that is missing, from Python's package to the server
Missing = Literal["package", "library", "server"]
_WHY: dict[Missing, str] = {
    "package": "the Python package JACK-Client is not installed",
    "library": "JACK is not installed",
    "server": "no JACK server answers",
}


@dataclass(frozen=True, slots=True)
class JackReport:
    """How JACK answers, asked by its own library."""

    #: name of the server
    server: str
    #: what it lacks; None where it answers
    missing: Missing | None = None
    #: why it does not answer, and what to do; empty where it does
    problem: str = ""
    #: frames a second, frames a period
    rate: int = 0
    period: int = 0
    is_realtime: bool = False
    #: whole names of the MIDI ports that one can send to
    ports: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """In a few words, why JACK is taken or not."""
        return "its server answers" if self.missing is None else _WHY[self.missing]


def ask_jack() -> JackReport:
    """Whether a JACK server answers, and what it is like."""
    server = os.environ.get("JACK_DEFAULT_SERVER") or _USUAL_SERVER
    try:
        load_jack()
    except MissingExtraError as error:
        return JackReport(server, "package", str(error))
    except PortError as error:
        return JackReport(server, "library", str(error))
    try:
        client = open_client("emsync-asks", exact=False)
    except PortError as error:
        return JackReport(server, "server", str(error))
    try:
        ports = tuple(port.name for port in client.get_ports(is_midi=True, is_input=True))
        return JackReport(server, None, "", client.samplerate, client.blocksize, bool(client.realtime), ports)
    finally:
        client.close()


def choose_sink() -> tuple[SinkKind, str]:
    """JACK, whose times are exact, where it answers, else the system's own ports; and why."""
    report = ask_jack()
    return ("jack" if report.missing is None else "rtmidi"), report.why
