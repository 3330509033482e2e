"""Tracks on ports and channels: what a template says is what goes over the wire."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.piece import Piece
from bridge.routing import Beats, Line, LineNote, routed
from emsync_nb.domain import Articulation, Route, Template
from emsync_nb.errors import MidiError

#: a beat a second
SECONDS = Beats([(0.0, 1_000_000)])
PROGRAM, BANK, EXPRESSION, WHEEL = b"\xc0\x05", b"\xb0\x00\x02", b"\xb0\x0b\x40", b"\xb0\x01\x20"


def line(
    name: str, *lengths: float, channel: int | None = None, settings: tuple[bytes, ...] = (), key: int = 60
) -> Line:
    """Notes one after the other, a tenth of a beat between them."""
    notes, at = [], 1.0
    for number, length in enumerate(lengths):
        notes.append(LineNote(at, at + length, key + number, 80))
        at += length + 0.1
    return Line(name, name == "Drums", notes, [(0.0, data) for data in settings], channel)


def sent(piece: Piece) -> list[tuple[float, int, str]]:
    return [(round(s.time_s, 6), s.port, s.data.hex()) for s in piece.settings]


def played(*lines: Line, **template: object) -> Piece:
    return routed(lines, Template(**template), SECONDS, [4.0, 4.0])  # type: ignore[arg-type]


def channels(piece: Piece) -> list[int]:
    return [note.channel for note in piece.notes]


def test_seconds_lie_where_the_tempi_put_them() -> None:
    beats = Beats([(0.0, 500_000), (4.0, 1_000_000), (6.0, 250_000)])
    assert beats.seconds([0, 2, 4, 5, 6, 8]).tolist() == [0, 1, 2, 3, 4, 4.5]
    assert beats.seconds([]).tolist() == []


def test_tracks_take_channels_in_turn_and_drums_the_tenth() -> None:
    lines = [*(line(f"t{number}", 1.0) for number in range(15)), line("Drums", 1.0)]
    assert channels(played(*lines)) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 9]
    with pytest.raises(MidiError, match="'t15' is one more"):
        played(*lines, line("t15", 1.0))


def test_a_fixed_channel_is_nobody_elses() -> None:
    route = Route(("Solo",), channel=1)
    piece = played(line("Flute", 1.0), line("Oboe", 1.0, channel=0), line("Solo", 1.0), routes=(route,))
    assert channels(piece) == [1, 2, 0]


def test_channels_of_a_file_stay_on_one_port_and_go_on_many() -> None:
    lines = line("a", 1.0, channel=4), line("b", 1.0, channel=4, key=70), line("c", 1.0)
    assert channels(played(*lines)) == [4, 4, 0]
    assert channels(played(*lines, ports="each")) == [0, 0, 0]


def test_a_port_for_each_is_named_after_its_track() -> None:
    piece = played(
        line("Cor: in F", 1.0), line("Cello", 1.0), line("Cello", 1.0), line(" ", 1.0), ports="each"
    )
    assert piece.ports == ("Cor in F", "Cello", "Cello 2", "Track")
    assert [note.port for note in piece.notes] == [0, 1, 2, 3]


def test_the_first_route_that_takes_a_track_counts() -> None:
    routes = Route(("violin*",), port="Strings"), Route(("*",), port="Rest", channel=3)
    piece = played(line("Violin I", 1.0), line("VIOLIN", 1.0), line("Tuba", 1.0), routes=routes)
    assert piece.ports == ("Strings", "Rest")
    assert [(note.port, note.channel) for note in piece.notes] == [(0, 0), (0, 1), (1, 2)]


def test_dynamics_go_to_the_wheel_where_a_library_wants_them() -> None:
    assert sent(played(line("a", 1.0, settings=(EXPRESSION,)))) == [(0.0, 0, "b00b40")]
    assert sent(played(line("a", 1.0, settings=(EXPRESSION,)), dynamics=1)) == [(0.0, 0, "b00140")]
    # a track that moves the wheel itself keeps both as they are
    assert sent(played(line("a", 1.0, settings=(EXPRESSION, WHEEL)), dynamics=1)) == [
        (0.0, 0, "b00b40"),
        (0.0, 0, "b00120"),
    ]


def test_programs_and_banks_are_the_tracks_the_routes_or_nobodys() -> None:
    own = line("a", 1.0, settings=(BANK, PROGRAM))
    assert sent(played(own)) == [(0.0, 0, "b00002"), (0.0, 0, "c005")]
    assert sent(played(own, sends_programs=False)) == []
    routes = (Route(("a",), bank=(1, 7), program=9, channel=2),)
    for sends in (True, False):
        assert sent(played(own, routes=routes, sends_programs=sends)) == [
            (0.0, 0, "b10001"),
            (0.0, 0, "b12007"),
            (0.0, 0, "c109"),
        ]


ARTICULATIONS = (
    Articulation("spiccato", keyswitch=26, up_to_beats=0.5),
    Articulation("détaché", controller=(32, 5), up_to_beats=1.0),
    Articulation("legato", program=7),
)


def test_articulations_are_switched_before_the_notes_that_want_them() -> None:
    routes = (Route(("a",), channel=4, articulations=ARTICULATIONS),)
    piece = played(line("a", 0.25, 0.5, 1.0, 2.0, 0.25), routes=routes)
    starts = [note.start_s for note in piece.notes]
    expected = [(starts[0], "931a64"), (starts[2], "b32005"), (starts[3], "c307"), (starts[4], "931a64")]
    assert sent(piece) == [(round(start_s - 0.015, 6), 0, data) for start_s, data in expected]


def test_a_length_that_no_articulation_takes_changes_nothing() -> None:
    routes = (Route(("a",), articulations=ARTICULATIONS[:1]),)
    assert sent(played(line("a", 2.0, 3.0), routes=routes)) == []


def test_no_tracks_are_a_piece_too() -> None:
    piece = played()
    assert (piece.ports, piece.notes, piece.settings) == (("EMSYNC",), (), ())
    assert piece.bar_starts_s == (0.0, 4.0, 8.0)


def test_ports_of_a_file_are_kept_apart_where_channels_are_kept() -> None:
    first, second = line("a", 1.0, channel=4), line("b", 1.0, channel=4)
    lines = [
        first,
        replace(second, file_port=3),
        line("Drums", 1.0),
        replace(line("Drums", 1.0), file_port=3),
    ]
    piece = played(*lines)
    assert piece.ports == ("EMSYNC", "EMSYNC 2")
    assert sorted((note.port, note.channel) for note in piece.notes) == [(0, 4), (0, 9), (1, 4), (1, 9)]
    assert played(replace(first, file_port=7)).ports == ("EMSYNC",)
    assert played(*lines, ports="each").ports == ("a", "b", "Drums", "Drums 2")
    everything_to_one = Route(("*",), port="Kontakt")
    assert played(first, replace(line("b", 1.0), file_port=3), routes=(everything_to_one,)).ports == (
        "Kontakt",
    )
