"""A whole piece through RtMidi's ports of JACK: a player process, a private server, a listener in another process."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator

import pytest

from bridge.piece import Piece, PlayedNote, Setting, piece_of
from bridge.playback import Playback
from bridge.player.jack_player import open_client
from bridge.player_process import PlayerProcess
from bridge.selftest.jack_server import private_jack
from bridge.selftest.listener import Listener
from emsync_nb.errors import PortError
from tests.bridge.asker import chords
from tests.bridge.hearing import left_on, notes_of

pytestmark = pytest.mark.jack
BARS = [0.5 * bar for bar in range(40)]


@pytest.fixture(params=[256, 8192])
def server(needs_jack: None, request: pytest.FixtureRequest) -> Iterator[str]:
    """The longest usual period too: messages wait in the port that long, the last ones while it closes."""
    with private_jack(period=request.param, waits=True) as name:
        yield name


def many_notes() -> Piece:
    notes = [
        PlayedNote(at * 0.004, at * 0.004 + 0.003, at % 2, at % 7, 36 + at % 48, 1 + at % 127)
        for at in range(400)
    ]
    return piece_of(["in_0", "in_1"], notes, [Setting(0.5, 1, b"\xc0\x05")], BARS)


def opened(ports: list[str], targets: list[list[str]]) -> PlayerProcess:
    return PlayerProcess("rtmidi", ports, targets=targets, driver="JACK")


@pytest.mark.usefixtures("server", "nothing_stays")
def test_every_message_arrives_in_order_and_nothing_stays_on(ear: Listener) -> None:
    piece = many_notes()
    sink = opened(["in_0", "in_1"], [["LISTENER:in_0"], ["ener:in_1"]])  # parts of names are enough
    assert sink.facts["ports"] == ear.ports
    with Playback(piece, sink) as playback:
        assert playback.run()
    sink.close()
    ear.close()
    for port in (0, 1):
        heard = [note[3:] for note in notes_of(ear.heard) if note.port == port]
        assert heard == [note[3:] for note in piece.notes if note.port == port]
    assert not left_on(ear.heard)
    assert [one.data for one in ear.heard if one.data[0] == 0xC0] == [b"\xc0\x05"]


@pytest.mark.usefixtures("strict_jack", "nothing_stays")
def test_a_virtual_port_is_heard_by_whoever_connects(ear: Listener) -> None:
    sink = opened(["Strings"], [])
    patchbay = open_client("patchbay")
    patchbay.connect("emsync:Strings", ear.ports[0])
    with Playback(piece_of(["Strings"], [PlayedNote(0.1, 9, 0, 4, 60, 77)], [], BARS), sink) as playback:
        playback.start()
        playback.play()
        time.sleep(0.5)
    patchbay.close()
    sink.close()
    ear.close()
    assert [(note.channel, note.key, note.off is not None) for note in notes_of(ear.heard)] == [(4, 60, True)]


@pytest.mark.usefixtures("strict_jack", "nothing_stays")
def test_a_port_that_is_not_there_lists_the_nearest(ear: Listener) -> None:
    with pytest.raises(PortError, match=r"JACK has no MIDI port like 'synth'. There are: .*listener:in_0"):
        opened(["one"], [["synth"]])


@pytest.mark.usefixtures("strict_jack", "nothing_stays")
@pytest.mark.parametrize("who", ["asker", "player"])
def test_a_kill_in_the_middle_leaves_nothing_on(who: str, ear: Listener) -> None:
    """The guard opens the same port by its name."""
    sink = opened(["0"], [[ear.ports[0]]])
    with Playback(chords(1), sink) as playback:
        playback.start()
        playback.play()
        time.sleep(0.6)
        if who == "player":
            os.kill(sink.pids[0], signal.SIGKILL)
        else:
            assert sink._player.stdin is not None
            sink._player.stdin.close()  # what a killed process leaves of its pipe
        time.sleep(1.0)
        frame_clock = open_client("clock")
        frame = frame_clock.frame_time
        frame_clock.close()
    sink.close()
    ear.close()
    notes = notes_of(ear.heard)
    assert len(notes) > 10
    assert all(note.off is not None and note.off < frame for note in notes)


@pytest.mark.usefixtures("strict_jack", "nothing_stays")
def test_where_one_port_goes_away_the_others_go_on(ear: Listener) -> None:
    visitor = open_client("visitor")
    port = visitor.midi_inports.register("in")
    visitor.activate()
    sink = opened(["0", "1"], [[ear.ports[0]], [port.name]])
    with Playback(chords(2), sink) as playback:
        playback.start()
        playback.play()
        time.sleep(0.4)
        visitor.close()
        before = sink.status().notes
        time.sleep(0.6)
        with contextlib.suppress(PortError):
            playback.step()
        assert playback.failure is None
        assert sink.status().notes > before + 10
    sink.close()
    ear.close()
    assert len(notes_of(ear.heard)) > 10 and not left_on(ear.heard)
