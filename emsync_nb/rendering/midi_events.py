"""A Standard MIDI File as parts: notes in seconds, and each channel's controllers over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emsync_nb.errors import MidiError
from emsync_nb.midi_input import open_midi

DRUM_CHANNEL = 9
#: (port, channel): what a file may set differently on each
Place = tuple[int, int]
BANK_SELECT, VOLUME, PAN, EXPRESSION, PEDAL = 0, 7, 10, 11, 64
_SILENCERS = (120, 123)
_RESET = 121
#: General MIDI's values at power-on
DEFAULTS = {BANK_SELECT: 0, VOLUME: 100, PAN: 64, EXPRESSION: 127, PEDAL: 0}


@dataclass(slots=True)
class PlayedNote:
    """One note as a synthesizer hears it; `end_s` already honours the sustain pedal."""

    start_s: float
    end_s: float
    key: int
    velocity: int
    #: General MIDI program on the channel at the note's start
    program: int
    #: bank on the channel at the note's start
    bank: int


@dataclass(slots=True)
class Part:
    """The notes of one track on one channel, and the controllers of that channel."""

    name: str
    channel: int
    notes: list[PlayedNote] = field(default_factory=list)
    #: controller → its changes as (seconds, value), in order of time
    controls: dict[int, list[tuple[float, int]]] = field(default_factory=dict)

    @property
    def is_drum(self) -> bool:
        """Whether it plays on General MIDI's percussion channel."""
        return self.channel == DRUM_CHANNEL


@dataclass(slots=True)
class _Channel:
    program: int = 0
    controls: dict[int, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    #: notes let go while the pedal was down
    pedalled: list[PlayedNote] = field(default_factory=list)

    def value(self, control: int) -> int:
        changes = self.controls.get(control)
        return changes[-1][1] if changes else DEFAULTS[control]


class _Listener:
    """Takes the messages of a file in order of time and notes what sounds."""

    def __init__(self) -> None:
        self.channels: dict[Place, _Channel] = defaultdict(_Channel)
        #: by track and place
        self.parts: dict[tuple[int, Place], Part] = {}
        self._sounding: dict[tuple[int, Place, int], list[PlayedNote]] = defaultdict(list)
        #: track → its port, where its file names any
        self._ports: dict[int, int] = defaultdict(int)

    def hear(self, time_s: float, track: int, message: Any) -> None:  # noqa: ANN401 - a mido message
        if message.type == "midi_port":
            self._ports[track] = message.port
        if message.is_meta or not hasattr(message, "channel"):
            return
        place = self._ports[track], message.channel
        if message.type == "note_on" and message.velocity > 0:
            self._strike(time_s, (track, place), message)
        elif message.type in ("note_on", "note_off"):
            self._let_go(time_s, (track, place, message.note))
        elif message.type == "program_change":
            self.channels[place].program = message.program
        elif message.type == "control_change":
            self._control(time_s, place, message.control, message.value)

    def finish(self, time_s: float) -> None:
        """End what the file forgot to end."""
        for place in list(self.channels):
            self._silence(time_s, place)

    def _strike(self, time_s: float, key: tuple[int, Place], message: Any) -> None:  # noqa: ANN401 - a mido message
        channel = self.channels[key[1]]
        bank = channel.value(BANK_SELECT)
        note = PlayedNote(time_s, time_s, message.note, message.velocity, channel.program, bank)
        self.parts.setdefault(key, Part("", message.channel, controls=channel.controls)).notes.append(note)
        self._sounding[(*key, message.note)].append(note)

    def _let_go(self, time_s: float, address: tuple[int, Place, int]) -> None:
        held = self._sounding[address]
        if not held:
            return
        note, channel = held.pop(0), self.channels[address[1]]
        note.end_s = time_s
        if channel.value(PEDAL) >= 64:
            channel.pedalled.append(note)

    def _control(self, time_s: float, place: Place, control: int, value: int) -> None:
        channel = self.channels[place]
        if control in DEFAULTS:
            channel.controls[control].append((time_s, value))
        elif control == _RESET:
            channel.controls[EXPRESSION].append((time_s, DEFAULTS[EXPRESSION]))
            channel.controls[PEDAL].append((time_s, 0))
        elif control in _SILENCERS:
            self._silence(time_s, place)
        if channel.value(PEDAL) < 64:
            self._lift_pedal(time_s, channel)

    def _lift_pedal(self, time_s: float, channel: _Channel) -> None:
        for note in channel.pedalled:
            note.end_s = time_s
        channel.pedalled.clear()

    def _silence(self, time_s: float, place: Place) -> None:
        for address, held in self._sounding.items():
            if address[1] == place:
                for note in held:
                    note.end_s = time_s
                held.clear()
        self._lift_pedal(time_s, self.channels[place])


def read_parts(path: Path) -> tuple[list[Part], float]:
    """The parts of a MIDI file that have notes, in order of track, and the file's length in seconds.

    Parts carry their track's name; where a track uses several channels, or names repeat, a number follows.

    Raises:
        MidiError: the file is missing, too large or no Standard MIDI File.
    """
    midi = open_midi(path, clip=True)
    listener = _Listener()
    end_s = 0.0
    for end_s, track, message in _timed(midi, path):
        listener.hear(end_s, track, message)
    listener.finish(end_s)
    _name(listener.parts, midi)
    return [listener.parts[key] for key in sorted(listener.parts)], end_s


def _timed(midi: Any, path: Path) -> Iterator[tuple[float, int, Any]]:  # noqa: ANN401 - a mido file
    """(seconds, track number, message) of all tracks together, in order of time."""
    events = []
    for number, track in enumerate(midi.tracks):
        tick = 0
        for message in track:
            tick += message.time
            events.append((tick, number, message))
    # stable: within a tick, tracks and their messages keep their order
    events.sort(key=lambda event: event[0])
    elapsed, last_tick, tempo = 0, 0, 500_000
    for tick, number, message in events:
        elapsed += (tick - last_tick) * tempo  # in microseconds × ticks a beat: integers do not drift
        last_tick = tick
        yield elapsed / midi.ticks_per_beat / 1e6, number, message
        if message.type == "set_tempo":
            tempo = message.tempo
            if not tempo:
                raise MidiError(f"{path} is damaged: a tempo of no time at all. Export it again")


def _text(raw: str) -> str:
    """mido hands bytes over as Latin-1; most programs write UTF-8."""
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return raw


def _name(parts: dict[tuple[int, Place], Part], midi: Any) -> None:  # noqa: ANN401 - a mido file
    taken: set[str] = set()
    for (track, (_, channel)), part in sorted(parts.items(), key=lambda item: item[0]):
        alone = sum(1 for other, _ in parts if other == track) == 1
        base = _text(midi.tracks[track].name).strip() or f"Track {track + 1}"
        base = base if alone else f"{base} channel {channel + 1}"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base} {count}"
        taken.add(name)
        part.name = name
