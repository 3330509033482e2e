"""Ports of the operating system: CoreMIDI, ALSA, JACK through RtMidi, Windows MM."""

from __future__ import annotations

import difflib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emsync_nb.errors import PortError
from emsync_nb.extras import require

#: name of our client and of its virtual port
CLIENT_NAME, PORT_NAME = "emsync", "EMSYNC"
#: RtMidi's names of drivers, in order of preference; the first that answers is taken
_DRIVERS = {
    "CoreMIDI": "API_MACOSX_CORE",
    "ALSA": "API_LINUX_ALSA",
    "JACK": "API_UNIX_JACK",
    "Windows MM": "API_WINDOWS_MM",
}
#: seconds a port stays open after its last message. JACK fetches messages once a period, and a port that
#: closes sooner takes them along, the last note-offs too; a period of 8,192 frames lasts 0.19 s
_LAST_FETCH_S = {"JACK": 0.4}
#: names of ports that a message lists at most
_SHOWN = 12
_WINDOWS_REMEDY = (
    "Windows MM has no virtual ports. Name one with --port, made by loopMIDI or Windows MIDI Services"
)


class OutputPort:
    """A port of CoreMIDI, ALSA, JACK or Windows MM."""

    def __init__(
        self,
        port: str | None = None,
        *,
        driver: str | None = None,
        name: str = PORT_NAME,
        client: str = CLIENT_NAME,
    ) -> None:
        """Open an existing port by its name or part of it, or without one a virtual port.

        Args:
            port: name or part of a name, whatever its case; the first match is taken, exact ones first.
            driver: a key of `available_drivers()`; None for the first that answers.
            name: of the virtual port.
            client: what the driver shows before it.

        Raises:
            PortError: no driver answers, or no port has that name; the message lists those there are.
            MissingExtraError: python-rtmidi is not installed.
        """
        self.driver = driver or _first_answering()
        self._name = name
        self._output: Any = _output(self.driver, client)
        self._fetched_by_s = 0.0
        try:
            self.port_name = self._open_virtual() if port is None else self._open_existing(port)
        except PortError:
            self.close()
            raise

    def send(self, data: bytes) -> None:
        """Send one message at once.

        Raises:
            PortError: the port is closed, or its driver has gone.
        """
        rtmidi = require("rtmidi")
        if self._output is None:
            raise PortError(f"The MIDI port {self.port_name} is closed. Open it again")
        try:
            self._output.send_message(data)
            self._fetched_by_s = time.monotonic() + _LAST_FETCH_S.get(self.driver, 0.0)
        except (rtmidi.RtMidiError, ValueError) as error:
            raise PortError(
                f"The MIDI port {self.port_name} does not answer ({error}). Look at its driver, then play again"
            ) from error

    def close(self) -> None:
        """Give the port back once its driver has fetched the last message; harmless when done twice."""
        if self._output is not None:
            time.sleep(max(0.0, self._fetched_by_s - time.monotonic()))
            self._output.close_port()
            # python-rtmidi keeps the client until it is told to let go
            self._output.delete()
            self._output = None

    def _open_virtual(self) -> str:
        rtmidi = require("rtmidi")
        if self.driver == "Windows MM":
            raise PortError(_WINDOWS_REMEDY)
        try:
            self._output.open_virtual_port(self._name)
        except (rtmidi.RtMidiError, NotImplementedError) as error:
            raise PortError(
                f"{self.driver} cannot open a virtual port ({error}). Name one with --port"
            ) from error
        return self._name

    def _open_existing(self, port: str) -> str:
        rtmidi = require("rtmidi")
        names: list[str] = self._output.get_ports()
        wanted = port.casefold()
        matches = [name for name in names if name.casefold() == wanted]
        matches += [name for name in names if wanted in name.casefold()]
        if not matches:
            raise no_such_port(self.driver, port, names)
        try:
            self._output.open_port(names.index(matches[0]), name=self._name)
        except rtmidi.RtMidiError as error:
            raise PortError(
                f"The MIDI port {matches[0]} cannot be opened ({error}). Close what uses it, or name another"
            ) from error
        return matches[0]


def open_outputs(
    ports: Sequence[str],
    targets: Sequence[Sequence[str]],
    *,
    driver: str | None = None,
    client: str = CLIENT_NAME,
) -> list[OutputPort]:
    """A port for each port of the music: the existing one that stands for it, or a virtual one.

    Raises:
        PortError: one cannot be opened; then none is.
    """
    outputs: list[OutputPort] = []
    try:
        for number, name in enumerate(ports):
            wanted = targets[number][0] if number < len(targets) and targets[number] else None
            outputs.append(OutputPort(wanted, driver=driver, name=name, client=client))
    except PortError:
        for output in outputs:
            output.close()
        raise
    return outputs


def no_such_port(driver: str, port: str, names: Sequence[str]) -> PortError:
    """What to say where no port has a name, the nearest names first."""
    near = difflib.get_close_matches(port, names, n=5, cutoff=0.3)
    there = ", ".join([*near, *(name for name in names if name not in near)][:_SHOWN])
    advice = (
        f"There are: {there}" if there else "There are none. Start what is to listen, or leave --port out"
    )
    return PortError(f"{driver} has no MIDI port like {port!r}. {advice}")


@dataclass(frozen=True, slots=True)
class DriverReport:
    """How a MIDI driver answers, for `emsync doctor`."""

    name: str
    #: why it does not answer; None where it does
    problem: str | None
    #: the ports one can send to
    ports: tuple[str, ...] = ()


def available_drivers() -> tuple[DriverReport, ...]:
    """Every driver that python-rtmidi was built with, and whether it answers.

    Raises:
        MissingExtraError: python-rtmidi is not installed.
    """
    return tuple(_asked(name) for name in _compiled())


def list_ports() -> tuple[str, ...]:
    """The ports one can send to, of the first driver that answers; none where none does.

    Raises:
        MissingExtraError: python-rtmidi is not installed.
    """
    return next((report.ports for report in available_drivers() if report.problem is None), ())


def _compiled() -> list[str]:
    rtmidi = require("rtmidi")
    apis = rtmidi.get_compiled_api()
    return [name for name, constant in _DRIVERS.items() if getattr(rtmidi, constant) in apis]


def _asked(driver: str) -> DriverReport:
    try:
        output = _output(driver)
    except PortError as error:
        return DriverReport(driver, str(error))
    try:
        return DriverReport(driver, None, tuple(output.get_ports()))
    finally:
        output.delete()


def _first_answering() -> str:
    reports = available_drivers()
    for report in reports:
        if report.problem is None:
            return report.name
    tried = ", ".join(report.name for report in reports) or "none is built in"
    remedy = (
        "Start JACK (jackd) or load ALSA's sequencer (modprobe snd-seq)" if sys.platform == "linux" else ""
    )
    raise PortError(f"No MIDI driver answers (tried: {tried}). {remedy}".rstrip())


def _output(driver: str, client: str = CLIENT_NAME) -> Any:  # noqa: ANN401 - an rtmidi.MidiOut
    rtmidi = require("rtmidi")
    if driver not in _DRIVERS:
        raise PortError(f"There is no MIDI driver {driver!r}. Choose one of {', '.join(_DRIVERS)}")
    try:
        return rtmidi.MidiOut(getattr(rtmidi, _DRIVERS[driver]), name=client)
    except (rtmidi.RtMidiError, OSError) as error:
        raise PortError(f"{driver} does not answer ({' '.join(str(error).split())})") from error
