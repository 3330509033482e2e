"""Things that were looked at, and the MIDI drivers among them, for `emsync doctor` and `emsync bridge doctor`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emsync_nb.cli.output import say
from emsync_nb.cli.quiet import overheard
from emsync_nb.errors import EmsyncError

_INSTALL = "pip install 'emsync_nb[bridge]'"
_WINDOWS_PORT = (
    "winget install TobiasErichsen.loopMIDI (or Windows MIDI Services), add a port there, "
    "then emsync bridge play score.mid --port loopMIDI"
)
#: operating system → what installs JACK, what starts its server, what lets it run in real time
_JACK_REMEDIES = {
    "linux": (
        "sudo apt install jackd2",
        "jackd -R -d alsa (without a sound card: jackd -d dummy)",
        "sudo dpkg-reconfigure -p high jackd2 && sudo usermod -aG audio $USER, then log in anew",
    ),
    "darwin": ("brew install jack", "jackd -d coreaudio", ""),
    "win32": ("winget install jackaudio.jack2", "jackd -S -d portaudio", ""),
}
#: driver of RtMidi → the command that makes it answer; JACK's is above
_DRIVER_REMEDIES = {
    "ALSA": "sudo modprobe snd-seq",
    "CoreMIDI": "sudo killall coremidiserver midiserver; open -a 'Audio MIDI Setup'",
    "Windows MM": _WINDOWS_PORT,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    group: str
    name: str
    is_well: bool
    detail: str
    #: the command that mends it; empty where nothing need be done
    remedy: str = ""


def say_findings(findings: Sequence[Finding], json_file: str | None) -> None:
    """A line for each, under their groups, remedies below."""
    group = ""
    for finding in findings:
        if finding.group != group:
            group = finding.group
            say(group, json_file)
        mark = "ok     " if finding.is_well else "MISSING"
        say(f"  {mark} {finding.name:24} {finding.detail}", json_file)
        if finding.remedy:
            say(f"          → {finding.remedy}", json_file)


def jack_findings() -> Iterator[Finding]:
    """JACK by its own library: its server, its pace, its ports."""
    from bridge.drivers import ask_jack

    with overheard():
        report = ask_jack()
    installs, starts, hurries = _JACK_REMEDIES.get(sys.platform, _JACK_REMEDIES["linux"])
    if report.missing is not None:
        remedy = {"package": _INSTALL, "library": installs, "server": starts}[report.missing]
        yield Finding("JACK", f"server {report.server!r}", False, report.why, remedy)
        return
    milliseconds = 1000 * report.period / report.rate
    pace = f"{report.rate} Hz, {report.period} frames a period ({milliseconds:.1f} ms)"
    yield Finding("JACK", f"server {report.server!r}", True, pace)
    if report.is_realtime:
        yield Finding("JACK", "real time", True, "yes")
    else:
        yield Finding("JACK", "real time", True, "no; a busy machine may drop periods", hurries)
    ports = ", ".join(report.ports) or "none yet; the bridge's own appear while it plays"
    yield Finding("JACK", "MIDI inputs", True, ports)


def midi_findings() -> Iterator[Finding]:
    """The drivers that RtMidi was built with."""
    from bridge.ports import available_drivers

    try:
        with overheard():
            drivers = available_drivers()
    except EmsyncError as error:
        yield Finding("MIDI", "drivers", False, str(error), _INSTALL)
        return
    for driver in drivers:
        if driver.problem is not None:
            yield Finding("MIDI", driver.name, False, driver.problem, _remedy(driver.name))
        elif driver.name == "Windows MM" and not driver.ports:
            yield Finding("MIDI", driver.name, False, "no ports, and it has no virtual ones", _WINDOWS_PORT)
        else:
            ports = ", ".join(driver.ports) or "no ports yet; a virtual one can be opened"
            yield Finding("MIDI", driver.name, True, ports)


def _remedy(driver: str) -> str:
    if driver == "JACK":
        installs, starts, _ = _JACK_REMEDIES.get(sys.platform, _JACK_REMEDIES["linux"])
        return starts if shutil.which("jackd") else f"{installs} && {starts}"
    return _DRIVER_REMEDIES.get(driver, "")
