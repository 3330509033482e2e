"""Tracks onto ports and channels, as a template of the user's DAW wants them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bridge.commands import checked_message
from bridge.outbox import CONTROL_CHANGE, NOTE_ON, PROGRAM_CHANGE
from bridge.piece import Piece, PlayedNote, Setting, piece_of
from emsync_nb.domain import Articulation, Route, Template
from emsync_nb.errors import MidiError

DRUM_CHANNEL = 9
EXPRESSION, BANK, BANK_FINE = 11, 0, 32
_MELODIC_CHANNELS = tuple(number for number in range(16) if number != DRUM_CHANNEL)
#: an articulation is switched to so long before its note
_AHEAD_S = 0.015
_KEYSWITCH_VELOCITY = 100


class LineNote(NamedTuple):
    """A note of a line, in beats."""

    start_beat: float
    end_beat: float
    key: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Line:
    """A track before it knows its port."""

    name: str
    is_drum: bool
    notes: Sequence[LineNote]
    #: (beat, message); which channel it names does not matter
    settings: Sequence[tuple[float, bytes]] = ()
    #: the channel that its file gives it, 0 … 15; None: any
    channel: int | None = None
    #: the port that its file gives it, where it names several
    file_port: int = 0


class Beats:
    """Beats to seconds, for many at once; exact to a billionth of a second within an hour."""

    def __init__(self, changes: Sequence[tuple[float, int]]) -> None:
        """(beat, microseconds a beat) of each change, from beat 0 on, rising."""
        self._beats = np.array([beat for beat, _ in changes], dtype=np.float64)
        self._us = np.array([us for _, us in changes], dtype=np.float64)
        spans = np.diff(self._beats) * self._us[:-1]
        self._starts_us = np.concatenate([[0.0], np.cumsum(spans)])

    def seconds(self, beats: ArrayLike) -> NDArray[np.float64]:
        """(n,) seconds of (n,) beats."""
        at = np.asarray(beats, dtype=np.float64)
        index = np.maximum(0, np.searchsorted(self._beats, at, side="right") - 1)
        return (self._starts_us[index] + (at - self._beats[index]) * self._us[index]) / 1e6


class _Place(NamedTuple):
    port: str
    channel: int
    route: Route


def routed(
    lines: Sequence[Line],
    template: Template,
    beats: Beats,
    bar_beats: Sequence[float],
    remarks: Sequence[str] = (),
) -> Piece:
    """The lines on their ports.

    Args:
        lines: in the order of the score.
        template: where they go.
        beats: where beats lie in time.
        bar_beats: beats of each bar, from beat 0 on.
        remarks: what a reader has left out, to be passed on.

    Raises:
        MidiError: more melodic lines than a port has channels, or music that lasts too long.
    """
    places = list(_places(lines, template))
    ports = list(dict.fromkeys(place.port for place in places)) or [template.port]
    notes: list[PlayedNote] = []
    settings: list[Setting] = []
    for line, place in zip(lines, places, strict=True):
        port = ports.index(place.port)
        played = _played(line, port, place.channel, beats)
        notes += played
        settings += _standing(port, place)
        settings += _moving(line, port, place, template, beats)
        settings += _articulated(line, played, port, place)
    bar_starts = beats.seconds(np.concatenate([[0.0], np.cumsum(bar_beats)]))
    return piece_of(ports, notes, settings, bar_starts.tolist(), bar_beats, remarks)


def _places(lines: Sequence[Line], template: Template) -> Iterator[_Place]:
    """The port and the channel of each line; channels that routes or files name are given to no other."""
    routes = [template.route_of(line.name) or Route((line.name,)) for line in lines]
    ports = list(_port_names(lines, routes, template))
    taken: dict[str, set[int]] = {port: set() for port in ports}
    for route, port in zip(routes, ports, strict=True):
        if route.channel is not None:
            taken[port].add(route.channel - 1)
    owned = [
        None if route.channel is not None else _own_channel(line, template, taken[port])
        for line, route, port in zip(lines, routes, ports, strict=True)
    ]
    for port, channel in zip(ports, owned, strict=True):
        if channel is not None:
            taken[port].add(channel)
    for line, route, port, own in zip(lines, routes, ports, owned, strict=True):
        if route.channel is not None:
            yield _Place(port, route.channel - 1, route)
        else:
            yield _Place(port, _free_channel(line, taken[port]) if own is None else own, route)


def _port_names(lines: Sequence[Line], routes: Sequence[Route], template: Template) -> Iterator[str]:
    names: set[str] = set()
    ranks = {port: rank for rank, port in enumerate(sorted({line.file_port for line in lines}), start=1)}
    for line, route in zip(lines, routes, strict=True):
        rank = ranks[line.file_port]
        shared = template.port if rank == 1 else f"{template.port} {rank}"
        port = route.port or (_unlike(line.name, names) if template.ports == "each" else shared)
        names.add(port)
        yield port


def _own_channel(line: Line, template: Template, fixed: set[int]) -> int | None:
    """The channel that drums have, or that a file gives, where no route has fixed it for another."""
    if line.is_drum:
        return DRUM_CHANNEL
    return line.channel if template.ports == "one" and line.channel not in fixed else None


def _free_channel(line: Line, taken: set[int]) -> int:
    free = next((number for number in _MELODIC_CHANNELS if number not in taken), None)
    if free is None:
        raise MidiError(
            f"a port carries {len(_MELODIC_CHANNELS)} melodic tracks, and {line.name!r} is one more. "
            "Give each track a port of its own (--ports each), or mute some"
        )
    taken.add(free)
    return free


def _unlike(name: str, names: set[str]) -> str:
    """A name for a port that no other has."""
    plain = " ".join(name.replace(":", " ").split()) or "Track"
    number = 1
    while (unlike := plain if number == 1 else f"{plain} {number}") in names:
        number += 1
    return unlike


def _played(line: Line, port: int, channel: int, beats: Beats) -> list[PlayedNote]:
    starts = beats.seconds([note.start_beat for note in line.notes]).tolist()
    ends = beats.seconds([note.end_beat for note in line.notes]).tolist()
    return [
        PlayedNote(start_s, end_s, port, channel, note.key, note.velocity)
        for note, start_s, end_s in zip(line.notes, starts, ends, strict=True)
    ]


def _standing(port: int, place: _Place) -> Iterator[Setting]:
    """What the route sets once, at the beginning."""
    channel, route = place.channel, place.route
    if route.bank is not None:
        for control, value in zip((BANK, BANK_FINE), route.bank, strict=True):
            yield Setting(0.0, port, bytes((CONTROL_CHANGE | channel, control, value)))
    if route.program is not None:
        yield Setting(0.0, port, bytes((PROGRAM_CHANGE | channel, route.program)))


def _moving(line: Line, port: int, place: _Place, template: Template, beats: Beats) -> Iterator[Setting]:
    """What the line itself says, on its new channel, dynamics on the template's controller."""
    has_own_wheel = any(_is_controller(data, template.dynamics) for _, data in line.settings)
    times = beats.seconds([beat for beat, _ in line.settings]).tolist()
    keeps_programs = template.sends_programs and place.route.program is None
    for (_, data), time_s in zip(line.settings, times, strict=True):
        kind = data[0] & 0xF0
        is_bank = kind == CONTROL_CHANGE and data[1] in (BANK, BANK_FINE)
        if (kind == PROGRAM_CHANGE or is_bank) and not keeps_programs:
            continue
        if _is_controller(data, EXPRESSION) and not has_own_wheel:
            data = bytes((data[0], template.dynamics, data[2]))
        yield Setting(time_s, port, checked_message(bytes((kind | place.channel, *data[1:]))))


def _is_controller(data: bytes, number: int) -> bool:
    return data[0] & 0xF0 == CONTROL_CHANGE and data[1] == number


def _articulated(line: Line, played: Sequence[PlayedNote], port: int, place: _Place) -> Iterator[Setting]:
    """Switches from one way of playing to another, before the first note that wants it."""
    if not place.route.articulations:
        return
    now: Articulation | None = None
    rows = sorted(zip(line.notes, played, strict=True), key=lambda row: row[1].start_s)
    for note, sounding in rows:
        wanted = place.route.articulation_for(note.end_beat - note.start_beat)
        if wanted is not None and wanted is not now:
            now = wanted
            yield Setting(max(0.0, sounding.start_s - _AHEAD_S), port, _switch(wanted, place.channel))


def _switch(wanted: Articulation, channel: int) -> bytes:
    if wanted.keyswitch is not None:
        return bytes((NOTE_ON | channel, wanted.keyswitch, _KEYSWITCH_VELOCITY))
    if wanted.controller is not None:
        return bytes((CONTROL_CHANGE | channel, *wanted.controller))
    return bytes((PROGRAM_CHANGE | channel, wanted.program or 0))
