"""A whole piece through a real MIDI driver: our port, JACK's dummy server, a listener in another process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import mido
import pytest

from bridge.clock import RealClock
from bridge.messages import messages_of
from bridge.player import play
from bridge.ports import RtMidiSink

pytestmark = pytest.mark.jack
NOTES = 500

LISTENER = """
    import sys, time, jack
    client = jack.Client("listener", no_start_server=True)
    port = client.midi_inports.register("in")
    heard = []

    @client.set_process_callback
    def process(frames):
        heard.extend(bytes(data) for _, data in port.incoming_midi_events())

    with client:
        print("ready", flush=True)
        sys.stdin.readline()
        client.connect(client.get_ports("emsync", is_midi=True, is_output=True)[0], port)
        print("connected", flush=True)
        sys.stdin.readline()
        time.sleep(0.3)
    print(" ".join(data.hex() for data in heard), flush=True)
"""


@pytest.fixture(params=[1024, 8192])
def jack_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[None]:
    """A private server with the dummy driver. It waits for its clients (-S): a busy machine drops no period.

    The longest usual period too: messages wait in the port that long, the last ones while it closes.
    """
    jackd = shutil.which("jackd")
    if jackd is None:
        if os.environ.get("CI"):
            pytest.fail("jackd is missing: apt install jackd2")
        pytest.skip("jackd is not installed (apt install jackd2)")
    name = f"emsync-test-{os.getpid()}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    arguments = [jackd, "-n", name, "-r", "-S", "-t", "5000", "-d", "dummy", "-r", "48000"]
    arguments += ["-p", str(request.param)]
    with (tmp_path / "jackd.log").open("wb") as log:
        server = subprocess.Popen(arguments, stdout=log, stderr=log)
    yield
    server.terminate()
    server.wait(timeout=10)


def started_listener() -> subprocess.Popen[str]:
    """The listener once the server has let it in; the server needs a moment to start."""
    for _ in range(20):
        listener = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(LISTENER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert listener.stdout is not None
        if listener.stdout.readline().strip() == "ready":
            return listener
        listener.wait(timeout=5)
        time.sleep(0.2)
    pytest.fail("jackd did not start")


def many_notes(path: Path) -> Path:
    """500 notes of 3 ms every 4 ms, then every 2 ms from half the piece on; the last is never let go."""
    midi = mido.MidiFile(type=0, ticks_per_beat=480)
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=480_000)])
    for number in range(NOTES):
        if number == NOTES // 2:
            track.append(mido.MetaMessage("set_tempo", tempo=240_000))
        key = 36 + number % 48
        track.append(mido.Message("note_on", note=key, velocity=1 + number % 127, time=1))
        if number < NOTES - 1:
            track.append(mido.Message("note_off", note=key, velocity=0, time=3))
    midi.tracks.append(track)
    midi.save(path)
    return path


def told(listener: subprocess.Popen[str], expected: str) -> None:
    """Give the listener its cue and wait for its answer."""
    assert listener.stdin is not None and listener.stdout is not None
    listener.stdin.write("\n")
    listener.stdin.flush()
    assert listener.stdout.readline().strip() == expected


@pytest.mark.usefixtures("jack_server")
def test_every_message_arrives_in_order_and_nothing_stays_on(tmp_path: Path) -> None:
    messages = messages_of(many_notes(tmp_path / "many.mid"))
    listener = started_listener()
    sink = RtMidiSink(driver="JACK")
    told(listener, "connected")
    report = play(messages, sink, RealClock())
    sink.close()
    out, _ = listener.communicate("\n", timeout=10)
    heard = [bytes.fromhex(word) for word in out.split()]
    assert report.finished
    assert heard[: len(messages)] == [message.data for message in messages]
    assert heard[len(messages) :] == [
        bytes((0x80, 36 + (NOTES - 1) % 48, 0)),
        *(bytes((0xB0, control, 0)) for control in (64, 123, 121)),
    ]


@pytest.mark.usefixtures("jack_server")
def test_an_existing_port_is_opened_by_part_of_its_name() -> None:
    listener = started_listener()
    sink = RtMidiSink("LISTEN", driver="JACK")
    assert sink.port_name == "listener:in"
    listener.communicate(timeout=10)
    sink.close()
