"""Sinks that need no driver, the errors of those that do, and how quickly the bridge starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bridge import ports
from bridge.clock import HandClock, RealClock
from bridge.commands import PlayNote, Send, Silence
from bridge.ports import OutputPort, no_such_port, open_outputs
from bridge.sinks import RecordingSink
from emsync_nb.errors import PortError

ROOT = Path(__file__).resolve().parents[2]


class RtMidiError(Exception):
    """Stands in for python-rtmidi's."""


class FakeOutput:
    """A MidiOut with two ports, whose JACK answers and whose ALSA does not."""

    def __init__(self, api: int, name: str) -> None:
        if api == 2:
            raise RtMidiError("no\nsequencer")
        self.sent: list[bytes] = []
        self.opened: int | str | None = None
        self.deleted = False

    def get_ports(self) -> list[str]:
        return ["Synth:in 1", "ardour:MIDI"]

    def open_port(self, number: int, name: str) -> None:
        self.opened = number

    def open_virtual_port(self, name: str) -> None:
        self.opened = name

    def send_message(self, data: bytes) -> None:
        self.sent.append(data)

    def close_port(self) -> None:
        self.opened = None

    def delete(self) -> None:
        self.deleted = True


@pytest.fixture
def rtmidi(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """python-rtmidi on a Linux machine without ALSA's sequencer."""
    fake = SimpleNamespace(
        API_LINUX_ALSA=2,
        API_UNIX_JACK=3,
        API_MACOSX_CORE=1,
        API_WINDOWS_MM=4,
        RtMidiError=RtMidiError,
        MidiOut=FakeOutput,
        get_compiled_api=lambda: [2, 3],
    )
    monkeypatch.setattr(ports, "require", lambda name: fake)
    return fake


def opened(sink: OutputPort) -> Any:  # noqa: ANN401 - the fake behind the sink
    return sink._output.opened


def test_the_first_driver_that_answers_is_taken(rtmidi: SimpleNamespace) -> None:
    sink = OutputPort()
    assert (sink.driver, sink.port_name, opened(sink)) == ("JACK", "EMSYNC", "EMSYNC")


@pytest.mark.parametrize("wanted", ["ardour:MIDI", "ARDOUR", "midi"])
def test_a_port_is_found_by_part_of_its_name(rtmidi: SimpleNamespace, wanted: str) -> None:
    sink = OutputPort(wanted)
    assert (sink.port_name, opened(sink)) == ("ardour:MIDI", 1)


def test_an_unknown_port_lists_those_there_are(rtmidi: SimpleNamespace) -> None:
    with pytest.raises(PortError, match=r"no MIDI port like 'cubase'.*Synth:in 1, ardour:MIDI"):
        OutputPort("cubase")


def test_drivers_are_reported_in_one_line_each(rtmidi: SimpleNamespace) -> None:
    alsa, jack = ports.available_drivers()
    assert alsa.name == "ALSA" and alsa.problem == "ALSA does not answer (no sequencer)"
    assert jack.problem is None and jack.ports == ("Synth:in 1", "ardour:MIDI") == ports.list_ports()


def test_windows_is_told_how_to_get_a_port(rtmidi: SimpleNamespace) -> None:
    rtmidi.get_compiled_api = lambda: [4]
    with pytest.raises(PortError, match=r"loopMIDI or Windows MIDI Services"):
        OutputPort()
    assert opened(OutputPort("synth")) == 0


def test_no_driver_at_all_is_one_line(rtmidi: SimpleNamespace) -> None:
    rtmidi.get_compiled_api = lambda: [2]
    with pytest.raises(PortError, match=r"No MIDI driver answers \(tried: ALSA\)"):
        OutputPort()


def test_a_closed_port_says_so(rtmidi: SimpleNamespace) -> None:
    sink = OutputPort()
    sink.close()
    sink.close()
    with pytest.raises(PortError, match="closed"):
        sink.send(b"\xc0\x00")


def test_a_driver_that_goes_away_is_a_port_error(
    rtmidi: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: FakeOutput, data: bytes) -> None:
        raise RtMidiError("gone")

    sink = OutputPort()
    monkeypatch.setattr(FakeOutput, "send_message", broken)
    with pytest.raises(PortError, match="does not answer"):
        sink.send(b"\xc0\x00")


def test_an_unknown_driver_names_the_known() -> None:
    with pytest.raises(PortError, match="CoreMIDI, ALSA, JACK, Windows MM"):
        OutputPort(driver="OSS")


def test_all_ports_open_or_none(rtmidi: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[FakeOutput] = []

    def noted(api: int, name: str) -> FakeOutput:
        made.append(FakeOutput(api, name))
        return made[-1]

    rtmidi.MidiOut = noted
    outputs = open_outputs(["Strings", "Horns"], [["synth"], []], driver="JACK")
    assert [opened(output) for output in outputs] == [0, "Horns"]
    with pytest.raises(PortError, match="cubase"):
        open_outputs(["Strings", "Horns"], [["synth"], ["cubase"]], driver="JACK")
    assert [output.deleted for output in made] == [False, False, True, True]


def test_a_recording_notes_time_port_and_message() -> None:
    clock = HandClock(1)
    sink = RecordingSink(["one", "two"], clock, rate=100)
    sink.write([Send(100, 1, b"\xc0\x01"), PlayNote(140, 170, 0, 2, 60, 90), Send(155, 0, b"\xc0\x02")])
    clock.turn(0.5)
    assert sink.sounding == {(0, 2, 60)} and sink.status().notes == 1
    sink.write([Silence(4)])
    assert sink.sounding == frozenset() and sink.status().silenced == 4
    sink.close()
    assert sink.received[:3] == [(100, 1, b"\xc0\x01"), (140, 0, b"\x92\x3c\x5a"), (150, 0, b"\x82\x3c\x00")]
    with pytest.raises(PortError, match="ended"):
        sink.write([Send(0, 0, b"\xc0\x02")])


def test_hands_do_not_turn_back() -> None:
    with pytest.raises(ValueError, match="backwards"):
        HandClock().turn(-1)


def test_the_real_clock_does_not_wake_before_its_deadline() -> None:
    clock = RealClock()
    deadline = clock.now_s() + 0.02
    clock.sleep_until(deadline)
    assert clock.now_s() >= deadline
    clock.sleep_until(deadline - 10)


def test_where_there_is_no_port_at_all_it_says_what_to_do() -> None:
    told = str(no_such_port("JACK", "nix", []))
    assert told == (
        "JACK has no MIDI port like 'nix'. There are none. Start what is to listen, or leave --port out"
    )


def test_the_bridge_starts_without_anything_heavy() -> None:
    heavy = ("torch", "cv2", "music21", "pedalboard", "mido", "rtmidi", "symusic", "scipy")
    mine = "bridge.player_process, bridge.playback, bridge.ports"
    code = f"import sys, {mine}; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.strip() == "[]"
