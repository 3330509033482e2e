"""However playing ends, every note that began is ended at whoever listens, and soon."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.commands import PlayNote
from bridge.piece import PlayedNote, piece_of
from bridge.playback import Playback
from bridge.player.jack_player import open_client
from bridge.player_process import PlayerProcess, left_behind
from bridge.selftest.jack_server import private_jack
from bridge.selftest.listener import Listener
from emsync_nb.errors import PortError
from tests.bridge.asker import chords
from tests.bridge.hearing import left_on, notes_of
from tests.bridge.processes import server_pid

pytestmark = [pytest.mark.jack, pytest.mark.usefixtures("strict_jack", "nothing_stays")]
ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def asker(ear: Listener, **more: object) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that plays chords, once its player has begun, and the pids of player and guard."""
    task = json.dumps({"targets": [[name] for name in ear.ports], **more})
    command = [sys.executable, "-m", "tests.bridge.asker", task]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline() or "[]")
        finally:
            process.kill()


def until(happens: Callable[[], bool], seconds: float = 8.0) -> None:
    end_s = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end_s, "it did not happen"
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def heard_all(ear: Listener) -> None:
    ear.close()
    assert len(notes_of(ear.heard)) > 5, "nothing was played"
    assert not left_on(ear.heard)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_whoever_plays(number: signal.Signals, ear: Listener) -> None:
    with asker(ear) as (process, pids):
        time.sleep(0.5)
        process.send_signal(number)
        _, said = process.communicate(timeout=10)
        assert process.returncode in (-number, 1, 130)
        until(lambda: all(map(is_gone, pids)))
    assert ("KeyboardInterrupt" in said) == (number == signal.SIGINT)
    heard_all(ear)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_player(number: signal.Signals, ear: Listener) -> None:
    with asker(ear) as (process, pids):
        time.sleep(0.4)
        os.kill(pids[0], number)
        _, said = process.communicate(timeout=10)
        until(lambda: all(map(is_gone, pids)))
    assert "PortError: the player process has ended" in said
    heard_all(ear)


def test_an_exception_in_the_middle(ear: Listener) -> None:
    with asker(ear, fails_after_s=0.5) as (process, pids):
        _, said = process.communicate(timeout=10)
        until(lambda: all(map(is_gone, pids)))
    assert said.strip().endswith("RuntimeError: meant to fail")
    heard_all(ear)


def test_somebody_who_was_forked_holds_every_pipe_open(ear: Listener) -> None:
    with asker(ear, forks=True) as (process, pids):
        time.sleep(0.4)
        process.kill()
        until(lambda: all(map(is_gone, pids[:2])))
        PlayerProcess("jack", ["one"]).close()  # nor does he hold the name
        assert not is_gone(pids[2])
        os.kill(pids[2], signal.SIGKILL)
    heard_all(ear)


def test_a_fault_of_ours_in_the_player(ear: Listener) -> None:
    sink = PlayerProcess("jack", ["one"], targets=[[ear.ports[0]]])
    now = sink.now() + 2000
    sink.write([PlayNote(now, now + 48_000 * 60, 0, 0, key, 90) for key in range(40, 60)])
    sink.write([PlayNote(now + 9000, now + 9001, 7, 0, 60, 90)])  # there is no such port
    with pytest.raises(PortError, match=r"a fault of ours in the player \(IndexError.*report it"):
        until(lambda: sink.status().notes < 0)
    sink.close()
    heard_all(ear)


def test_a_player_that_stands_still_is_not_waited_for(ear: Listener) -> None:
    sink = PlayerProcess("jack", ["0", "1"], targets=[[name] for name in ear.ports])
    began_s = time.monotonic()
    with Playback(chords(2), sink) as playback:
        playback.start()
        playback.play()
        time.sleep(0.4)
        os.kill(sink.pids[0], signal.SIGSTOP)
        with pytest.raises(PortError, match=r"hang|JACK has not run|killed"):
            for _ in range(600):
                sink.write([PlayNote(1, 2, 0, 0, 1, 1)] * 500)
                sink.status()
    sink.close()
    assert time.monotonic() - began_s < 20
    heard_all(ear)


def test_half_a_command_is_followed_by_none(ear: Listener) -> None:
    """Ctrl-C in the middle of a long write: what would come after it would be misread."""
    sink = PlayerProcess("jack", ["one"], targets=[[ear.ports[0]]])
    now = sink.now() + 2000
    sink.write([PlayNote(now, now + 48_000 * 60, 0, 0, key, 90) for key in range(40, 60)])
    until(lambda: sink.status().notes == 20)

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        os.kill(sink.pids[0], signal.SIGSTOP)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            sink.write([PlayNote(now, now + 1, 0, 0, 60, 90, 1)] * 10_000)
    finally:
        signal.signal(signal.SIGALRM, before)
        os.kill(sink.pids[0], signal.SIGCONT)
    with pytest.raises(PortError):
        sink.write([PlayNote(now, now + 1, 0, 0, 60, 90, 1)])
    sink.close()
    heard_all(ear)


def test_a_listener_that_comes_back_is_told_what_ended(ear: Listener) -> None:
    sink = PlayerProcess("jack", ["one"], targets=[[ear.ports[0]]])
    notes = [PlayedNote(0, 0.6, 0, 3, key, 90) for key in range(40, 60)] + [PlayedNote(0, 2, 0, 3, 70, 90)]
    patchbay = open_client("patchbay")
    with Playback(piece_of(["one"], notes, [], [0.0, 4.0]), sink) as playback:
        playback.start()
        playback.play()
        until(lambda: sink.status().notes == 21)
        patchbay.disconnect("emsync:one", ear.ports[0])
        time.sleep(0.9)
        patchbay.connect("emsync:one", ear.ports[0])
        time.sleep(0.3)
        assert playback.failure is None
        assert playback.is_playing
        frame = patchbay.frame_time
        time.sleep(1.0)
    patchbay.close()
    sink.close()
    heard_all(ear)
    ends = {note.key: note.off or 0 for note in notes_of(ear.heard)}
    assert all(ends[key] < frame < ends[70] for key in range(40, 60))


def test_a_listener_whose_ports_vanish_and_one_that_stays(ear: Listener) -> None:
    """Who listens to one port is killed: the other goes on."""
    visitor = open_client("visitor")
    port = visitor.midi_inports.register("in")
    visitor.activate()
    sink = PlayerProcess("jack", ["0", "1"], targets=[[ear.ports[0]], [port.name]])
    with Playback(chords(2), sink) as playback:
        playback.start()
        playback.play()
        time.sleep(0.4)
        visitor.close()
        before = sink.status().notes
        until(lambda: sink.status().notes > before + 30)
        until(lambda: sink.listeners == [[ear.ports[0]], []])
        assert playback.failure is None
    sink.close()
    heard_all(ear)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_ends_in_the_middle(number: signal.Signals, capfd: pytest.CaptureFixture[str]) -> None:
    with private_jack() as name:
        server = server_pid(name)
        ear = Listener(1)
        sink = PlayerProcess("jack", ["0"], targets=[[ear.ports[0]]])
        pids = sink.pids
        with Playback(chords(1), sink) as playback:
            playback.play()
            time.sleep(0.4)
            os.kill(server, number)
            began_s = time.monotonic()
            with pytest.raises(PortError, match="JACK has"):
                while time.monotonic() < began_s + 8:
                    playback.step()
                    time.sleep(0.05)
        sink.close()
        assert time.monotonic() < began_s + 9
        with contextlib.suppress(Exception):  # it has ended with its server
            ear.close()
    assert all(map(is_gone, pids))
    assert not [path for path in Path("/dev/shm").glob("*") if name in path.name]  # noqa: S108 - JACK's place
    assert "Traceback" not in capfd.readouterr().err


def test_no_server_is_one_line(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "there-is-none")
    with pytest.raises(PortError, match=r"no JACK server answers. Start one"):
        PlayerProcess("jack", ["one"])
    assert capfd.readouterr() == ("", "")


class Sleeper:
    """A JACK client that holds up the server in its callback for many periods, when it is told to."""

    def __init__(self) -> None:
        self._client: Any = open_client("sleeper")
        self._periods = 0
        # it stands between the player and the listener: who comes after it in the graph is late too
        self._port = self._client.midi_inports.register("in")
        self._client.set_process_callback(self._process)
        self._client.activate()

    @property
    def name(self) -> str:
        return str(self._port.name)

    def _process(self, frames: int) -> None:
        if self._periods:
            self._periods -= 1
            time.sleep(0.03)

    def hold_up(self, periods: int) -> None:
        self._periods = periods

    def close(self) -> None:
        self._client.close()


def test_dropped_periods_leave_no_note_on(ear: Listener) -> None:
    sleeper = Sleeper()
    sink = PlayerProcess("jack", ["0"], targets=[[ear.ports[0], sleeper.name]])
    notes = [PlayedNote(at * 0.002, at * 0.002 + 0.1, 0, at % 16, at * 7 % 128, 90) for at in range(1500)]
    with Playback(piece_of(["0"], notes, [], [0.0, 4.0]), sink) as playback:
        playback.start()
        playback.play()
        for _ in range(8):
            time.sleep(0.3)
            sleeper.hold_up(4)
        time.sleep(0.5)
        xruns = sink.status().xruns
    sink.close()
    sleeper.close()
    assert xruns > 0, "no period was dropped"
    heard_all(ear)


def test_a_listener_that_stands_still_for_some_periods_keeps_no_note(ear: Listener) -> None:
    """The first time that an end is said again may be lost as well. No key comes back, so that none ends by another."""
    sink = PlayerProcess("jack", ["0"], targets=[[ear.ports[0]]])
    notes = [PlayedNote(at * 0.002, at * 0.002 + 0.1, 0, at // 128, at % 128, 90) for at in range(2000)]
    with Playback(piece_of(["0"], notes, [], [0.0, 5.0]), sink) as playback:
        playback.start()
        playback.play()
        for _ in range(8):
            time.sleep(0.4)
            os.kill(ear.pid, signal.SIGSTOP)
            time.sleep(0.02)
            os.kill(ear.pid, signal.SIGCONT)
        time.sleep(1.2)
    sink.close()
    heard_all(ear)
    assert ear.missed, "it missed no period"
    longest = max(note.off - note.on for note in notes_of(ear.heard) if note.off is not None)
    assert longest < 48_000, f"a note of a tenth of a second sounded for {longest / 48_000:.2f} s"


def test_what_a_killed_bridge_left_on_is_ended_at_its_listener_though_others_are_asked_for_now(
    ear: Listener,
) -> None:
    """All three processes die; then somebody starts one port with another listener."""
    with asker(ear) as (process, pids):
        time.sleep(0.5)
        for pid in (process.pid, pids[1], pids[0]):
            os.kill(pid, signal.SIGKILL)
        until(lambda: all(map(is_gone, pids)))
    assert left_behind("jack")
    with Listener(1) as other:
        PlayerProcess("jack", ["one"], targets=[[other.ports[0]]]).close()
    assert not left_behind("jack")
    heard_all(ear)
