"""A real player process, a real JACK server, and a listener that shares no code with the player."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable

import pytest

from bridge.commands import Panic, PlayNote
from bridge.journal import MAX_PORTS
from bridge.piece import Piece, PlayedNote, Setting, piece_of
from bridge.playback import Playback
from bridge.player_process import PlayerProcess
from bridge.selftest.listener import Listener
from emsync_nb.errors import PortError
from tests.bridge.asker import chords
from tests.bridge.hearing import left_on, notes_of

pytestmark = [pytest.mark.jack, pytest.mark.usefixtures("patient_jack", "nothing_stays")]
RATE, PERIOD = 48_000, 256
BARS = [0.5 * bar for bar in range(40)]


def player_for(ear: Listener, **more: str) -> PlayerProcess:
    return PlayerProcess("jack", ["one", "two"], targets=[[name] for name in ear.ports], **more)


def music(*notes: PlayedNote, settings: tuple[Setting, ...] = ()) -> Piece:
    return piece_of(["one", "two"], notes, settings, BARS)


def played(piece: Piece, ear: Listener) -> None:
    sink = player_for(ear)
    with Playback(piece, sink) as playback:
        assert playback.run()
    assert sink.status().notes == len(piece.notes)
    sink.close()
    ear.close()


def test_every_note_is_exact_to_the_frame(ear: Listener) -> None:
    rng = random.Random(1)
    notes = [
        PlayedNote(
            at, at + rng.uniform(0.001, 0.2), number % 2, number % 7, 30 + number % 61, 1 + number % 127
        )
        for number, at in enumerate(sorted(rng.uniform(0, 2) for _ in range(800)))
    ]
    piece = music(*notes)
    played(piece, ear)
    heard = notes_of(ear.heard)
    first = piece.notes[0].start_s * RATE
    base = heard[0].on - round(first)
    wanted = [(note.start_s * RATE, note.end_s * RATE, *note[2:]) for note in piece.notes]
    got = [(note.on - base, (note.off or 0) - base, *note[2:]) for note in heard]
    wanted.sort(key=lambda note: note[2:5])  # no key of a channel comes twice
    got.sort(key=lambda note: note[2:5])
    assert [note[2:] for note in got] == [note[2:] for note in wanted]
    errors = [abs(one[at] - other[at]) for one, other in zip(wanted, got, strict=True) for at in (0, 1)]
    # one frame for the first note's own rounding; where the machine is so busy that the server's clock jumps, a period
    assert max(errors) <= 2 * PERIOD
    assert sum(error <= 2 for error in errors) >= 0.97 * len(errors)


def test_equal_ticks_and_one_pitch_again_and_again(ear: Listener) -> None:
    """Ends come before beginnings, and settings between them; overlaps end where the next begins."""
    again = [PlayedNote(number * 0.01, number * 0.01 + 0.03, 0, 0, 60, 1 + number) for number in range(60)]
    chord = [PlayedNote(0.3, 0.6, 1, channel, 64, 99) for channel in range(16)]
    change = Setting(0.3, 1, b"\xc3\x07")
    piece = music(*again, *chord, settings=(change,))
    played(piece, ear)
    assert not left_on(ear.heard)
    row = [message.data for message in ear.heard if message.port == 0 and message.data[0] in (0x80, 0x90)]
    assert row[:120:2] == [bytes((0x90, 60, 1 + number)) for number in range(60)]
    assert set(row[1:120:2] + row[120:]) == {bytes((0x80, 60, 0))}  # the last end may be said again
    frames = {message.frame for message in ear.heard if message.port == 1 and message.data[0] & 0xF0 == 0x90}
    assert len(frames) == 1
    order = [message.data[0] for message in ear.heard if message.port == 1 and message.frame in frames]
    assert order[0] == 0xC3 and len(order) == 17


def stop(playback: Playback) -> None:
    playback.stop()
    assert not playback.is_playing


ACTIONS: dict[str, Callable[[Playback], None]] = {
    "stop": stop,
    "locate": lambda playback: playback.locate(7.3),
    "loop": lambda playback: playback.loop((1, 2)),
    "speed": lambda playback: playback.speed(3.7),
    "replace": lambda playback: playback.replace(chords(2, 9.0)),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_whatever_is_asked_in_the_middle_nothing_stays_on(name: str, ear: Listener) -> None:
    sink = PlayerProcess("jack", ["0", "1"], targets=[[port] for port in ear.ports])
    with Playback(chords(2), sink) as playback:
        playback.start()
        playback.play()
        for _ in range(6):
            time.sleep(0.25)  # a beginning takes a tenth of a second
            ACTIONS[name](playback)
            playback.play()
        assert playback.failure is None
    sink.close()
    ear.close()
    assert len(notes_of(ear.heard)) > 30
    assert not left_on(ear.heard)


def test_a_stop_is_waited_for_in_every_playback_of_one_sink(ear: Listener) -> None:
    """The second one counts from the beginning again; neither its notes nor its silence are taken for the first's."""
    sink = player_for(ear)
    for _ in range(2):
        with Playback(music(PlayedNote(0, 9, 0, 0, 60, 90)), sink) as playback:
            playback.start()
            playback.play()
            time.sleep(0.3)
    assert sink.status().notes == 2
    assert sink.status().silenced >= 2
    sink.close()
    ear.close()
    assert [note.off is not None for note in notes_of(ear.heard)] == [True, True]


def test_panic_ends_what_somebody_else_began(ear: Listener) -> None:
    sink = player_for(ear)
    sink.write([Panic(5)])
    until_s = time.monotonic() + 5
    while sink.status().silenced < 5 and time.monotonic() < until_s:
        time.sleep(0.01)
    sink.close()
    ear.close()
    offs = {(message.port, *message.data[:2]) for message in ear.heard if message.data[0] & 0xF0 == 0x80}
    assert offs == {
        (port, 0x80 | channel, key) for port in (0, 1) for channel in range(16) for key in range(128)
    }


def test_music_without_notes_ends_at_once(ear: Listener) -> None:
    played(music(settings=(Setting(0.1, 0, b"\xc0\x05"),)), ear)
    assert [message.data for message in ear.heard if message.data[0] == 0xC0] == [b"\xc0\x05"]


def test_as_many_ports_as_allowed_and_none_more() -> None:
    for count in (0, MAX_PORTS + 1):
        with pytest.raises(PortError, match="1 to 64 ports"):
            PlayerProcess("jack", [str(number) for number in range(count)])
    names = [str(number) for number in range(MAX_PORTS)]
    with Listener(MAX_PORTS) as ear:
        sink = PlayerProcess("jack", names, targets=[[port] for port in ear.ports])
        notes = [PlayedNote(0.05, 0.3, port, port % 16, port, 90) for port in range(MAX_PORTS)]
        with Playback(piece_of(names, notes, [], BARS), sink) as playback:
            assert playback.run()
        sink.close()
    heard = notes_of(ear.heard)
    assert {(note.port, note.key) for note in heard} == {(port, port) for port in range(MAX_PORTS)}
    assert len({note.on for note in heard}) == 1 and all(note.off for note in heard)


def test_a_million_notes(ear: Listener) -> None:
    """They are told a second ahead, not all at once; and the densest of it is more than a period can hold."""
    notes = (
        PlayedNote(
            number * 0.0002, number * 0.0002 + 0.01, number % 2, number // 2 % 16, number // 32 % 128, 64
        )
        for number in range(1_000_000)
    )
    piece = piece_of(["one", "two"], notes, [], [0.5 * bar for bar in range(402)])
    sink = player_for(ear)
    with Playback(piece, sink) as playback:
        until_s = time.monotonic() + 1.0
        assert not playback.run(should_stop=lambda: time.monotonic() > until_s)
    sink.close()
    ear.close()
    assert len(notes_of(ear.heard)) > 500 and not left_on(ear.heard)


def test_an_unknown_target_lists_the_nearest(ear: Listener) -> None:
    with pytest.raises(PortError, match=r"JACK has no MIDI port like 'emsync-listner:in_0'") as failure:
        PlayerProcess("jack", ["one"], targets=[["emsync-listner:in_0"]])
    assert str(failure.value).index("emsync-listener:in_0") and "\n" not in str(failure.value)


def test_a_part_of_a_name_is_enough(ear: Listener) -> None:
    with contextlib.closing(PlayerProcess("jack", ["one"], targets=[["LISTENER:in_1"]])) as sink:
        until_s = time.monotonic() + 5
        while not any(sink.listeners) and time.monotonic() < until_s:
            time.sleep(0.02)
        assert sink.listeners == [["emsync-listener:in_1"]]


def test_two_bridges_of_one_name_exclude_each_other(ear: Listener) -> None:
    first = player_for(ear)
    with pytest.raises(PortError, match=r"another bridge plays as 'emsync'.*--client"):
        player_for(ear)
    second = player_for(ear, client="other")
    first.close()
    player_for(ear).close()
    second.close()


def test_a_name_that_another_program_has_is_one_line(ear: Listener) -> None:
    with pytest.raises(PortError, match=r"another JACK client is called 'emsync-listener'"):
        PlayerProcess("jack", ["one"], client="emsync-listener")


def test_ports_of_one_name_are_one_line() -> None:
    with pytest.raises(PortError, match=r"JACK does not open a port 'one'.*a short name of its own"):
        PlayerProcess("jack", ["one", "one"])


def test_a_closed_bridge_says_so(ear: Listener) -> None:
    sink = player_for(ear)
    sink.close()
    sink.close()
    for question in (sink.status, lambda: sink.write([PlayNote(0, 1, 0, 0, 60, 90)])):
        with pytest.raises(PortError, match="closed"):
            question()


def test_it_is_connected_to_whom_it_was_the_last_time(ear: Listener) -> None:
    player_for(ear).close()
    sink = PlayerProcess("jack", ["one", "two"])
    with Playback(music(PlayedNote(0, 0.1, 1, 0, 60, 90)), sink) as playback:
        playback.run()
    sink.close()
    ear.close()
    assert [(note.port, note.key) for note in notes_of(ear.heard)] == [(1, 60)]
