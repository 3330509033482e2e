"""MIDI files into tables: what sounds, how loud it is heard, and how long each bar lasts."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, MusicTable, TableTrack, TempoChange, TempoMap
from emsync_nb.errors import MidiError
from emsync_nb.midi_input import as_text, open_midi
from emsync_nb.notation.channels import DRUM_CHANNEL
from emsync_nb.notation.reading.instruments import part_of_program

#: a longer file is not music; about 14 hours
MAX_BEATS = 100_000
#: more are not music either: forged meters could ask for millions
MAX_BARS = 50_000
#: what a file means that sets no tempo (120 quarters a minute)
DEFAULT_US_PER_BEAT = 500_000
#: tempi that tables hold, in quarters a minute; a table learns nothing from stranger ones
MIN_BPM, MAX_BPM = 10.0, 600.0
VOLUME, EXPRESSION = 7, 11
#: what General MIDI sets both controllers to at the start
DEFAULT_VOLUME, DEFAULT_EXPRESSION = 100, 127

Message = Any  # a mido message or meta message; mido has no types


class _Timed(NamedTuple):
    tick: int
    chunk: int
    message: Message


class _Sounding(NamedTuple):
    """A note that has begun."""

    tick: int
    velocity: float
    track: int


class _Voice(NamedTuple):
    """What makes a track of its own: a channel of a chunk with one program."""

    chunk: int
    channel: int
    program: int


@dataclass(slots=True)
class _Desk:
    """A mixing desk's worth of what is in force while the messages pass by."""

    per_beat: int
    programs: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    #: channel → (volume, expression)
    levels: dict[int, tuple[int, int]] = field(default_factory=dict)
    #: channel → corners of its dynamics curve as (step, level)
    curves: defaultdict[int, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    voices: dict[_Voice, int] = field(default_factory=dict)
    sounding: defaultdict[tuple[int, int, int], deque[_Sounding]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    #: (onset, duration, pitch, velocity, track)
    notes: list[tuple[int, int, int, int, int]] = field(default_factory=list)

    def take(self, timed: _Timed) -> None:
        """Take in one channel message."""
        message = timed.message
        if message.type == "note_on" and message.velocity:
            self._begin(timed)
        elif message.type in ("note_on", "note_off"):
            lane = self.sounding[timed.chunk, message.channel, message.note]
            if lane:
                self._end(lane.popleft(), message.note, timed.tick)
        elif message.type == "program_change":
            self.programs[message.channel] = message.program
        elif message.type == "control_change" and message.control in (VOLUME, EXPRESSION):
            self._turn(timed)

    def finish(self, tick: int) -> None:
        """End what was left sounding."""
        for (_, _, pitch), lane in self.sounding.items():
            for begun in lane:
                self._end(begun, pitch, tick)

    def _begin(self, timed: _Timed) -> None:
        message = timed.message
        program = 0 if message.channel == DRUM_CHANNEL else self.programs[message.channel]
        voice = _Voice(timed.chunk, message.channel, program)
        track = self.voices.setdefault(voice, len(self.voices))
        loudness = message.velocity * _gain(*self._level(message.channel))
        self.sounding[timed.chunk, message.channel, message.note].append(
            _Sounding(timed.tick, loudness, track)
        )

    def _end(self, begun: _Sounding, pitch: int, tick: int) -> None:
        onset, end = self._step(begun.tick), self._step(tick)
        velocity = min(127, max(1, round(begun.velocity)))
        self.notes.append((onset, max(1, end - onset), pitch, velocity, begun.track))

    def _turn(self, timed: _Timed) -> None:
        message = timed.message
        volume, expression = before = self._level(message.channel)
        after = (message.value, expression) if message.control == VOLUME else (volume, message.value)
        self.levels[message.channel] = after
        if after != before:
            step, curve = self._step(timed.tick), self.curves[message.channel]
            curve += [(step, 127 * _gain(*before)), (step, 127 * _gain(*after))]

    def _level(self, channel: int) -> tuple[int, int]:
        return self.levels.get(channel, (DEFAULT_VOLUME, DEFAULT_EXPRESSION))

    def _step(self, tick: int) -> int:
        return round(Fraction(tick * GRID, self.per_beat))


def _gain(volume: int, expression: int) -> float:
    """Loudness against that of the controllers' defaults."""
    return volume / DEFAULT_VOLUME * expression / DEFAULT_EXPRESSION


def read_midi_table(path: Path) -> MusicTable:
    """Read a MIDI file of type 0 or 1 onto the grid of 1/12 beat.

    Each channel of a track chunk is a track, and each program that it plays one more. Velocities are as heard:
    volume (CC7) and expression (CC11) scale them, as they scale the dynamics curves. Sound effects (programs
    56 and 116 to 128, counted from 1) are left out. Bars follow the time signatures, 4/4 without any; a
    change of meter begins a bar of its own.

    Raises:
        MidiError: not a readable MIDI file, one without notes, longer than 100,000 beats, or with bars that are
            shorter than a step of the grid.
        MissingExtraError: mido is not installed.
    """
    file = open_midi(path)
    events = sorted(_events(file.tracks), key=lambda timed: timed.tick)
    end_tick = events[-1].tick if events else 0
    desk = _Desk(file.ticks_per_beat)
    for timed in events:
        if not timed.message.is_meta and hasattr(timed.message, "channel"):
            desk.take(timed)
    desk.finish(end_tick)
    parts = {index: _part(voice) for voice, index in desk.voices.items()}
    notes = [note for note in desk.notes if parts[note[4]] is not None]
    if not notes:
        raise MidiError(f"{path} holds no notes. Name a file with music in it")
    rows = np.array([(*note[:4], parts[note[4]]) for note in notes], dtype=np.int64)
    track = np.array([note[4] for note in notes], dtype=np.int64)
    end = int((rows[:, 0] + rows[:, 1]).max())
    if end > MAX_BEATS * GRID:
        raise MidiError(f"{path} is longer than {MAX_BEATS} beats. Cut it into pieces")
    starts = _bar_starts(events, file.ticks_per_beat, end, path)
    steps = np.rint(np.array(starts, dtype=np.float64) * GRID).astype(np.int64)
    if not (np.diff(steps) > 0).all():
        raise MidiError(f"{path} has bars shorter than a twelfth of a beat. Check its time signatures")
    names = _names(file.tracks)
    tracks = [_track(voice, names, desk.curves[voice.channel]) for voice in desk.voices]
    kept, track = np.unique(track, return_inverse=True)
    return MusicTable.build(
        rows,
        steps,
        _bar_tempi(_tempo_map(events, file.ticks_per_beat, path), starts),
        tracks=tuple(tracks[index] for index in kept),
        track=track.reshape(-1),
    )


def _events(chunks: Iterable[Iterable[Message]]) -> Iterator[_Timed]:
    for number, chunk in enumerate(chunks):
        now = 0
        for message in chunk:
            now += message.time
            yield _Timed(now, number, message)


def _part(voice: _Voice) -> int | None:
    return DRUMS if voice.channel == DRUM_CHANNEL else part_of_program(voice.program)


def _names(chunks: Iterable[Iterable[Message]]) -> list[str]:
    found = ([as_text(message.name) for message in chunk if message.type == "track_name"] for chunk in chunks)
    return [names[0] if names else "" for names in found]


def _track(voice: _Voice, names: list[str], curve: list[tuple[int, float]]) -> TableTrack:
    part = _part(voice)
    return TableTrack(
        name=names[voice.chunk] or f"Channel {voice.channel + 1}",
        program=voice.program,
        part=-1 if part is None else part,
        dynamics_step=np.array([step for step, _ in curve], dtype=np.int64),
        dynamics_level=np.array([level for _, level in curve], dtype=np.float64),
    )


def _bar_starts(events: list[_Timed], per_beat: int, end: int, path: Path) -> list[Fraction]:
    """Quarters from the start to each bar, and to the end of the last; `end` in steps."""
    meters = {timed.tick: timed.message for timed in events if timed.message.type == "time_signature"}
    lengths = {Fraction(0): Fraction(4)}
    for tick, message in meters.items():
        at = Fraction(tick, per_beat)
        if at * GRID < end or not at:
            lengths[at] = Fraction(4 * max(1, message.numerator), message.denominator)
    starts: list[Fraction] = []
    changes = [*lengths, Fraction(end, GRID)]
    for at, until in pairwise(changes):
        bars = -(-(until - at) // lengths[at])
        if len(starts) + bars > MAX_BARS:
            raise MidiError(f"{path} has more than {MAX_BARS} bars. Check its time signatures")
        starts += [at + index * lengths[at] for index in range(bars)]
    last = list(lengths)[-1]
    return [*starts, starts[-1] + lengths[last]]


def _tempo_map(events: list[_Timed], per_beat: int, path: Path) -> TempoMap:
    tempi = {timed.tick: timed.message.tempo for timed in events if timed.message.type == "set_tempo"}
    if not all(tempi.values()):
        raise MidiError(f"{path} is damaged: a tempo of no time at all. Export it again")
    tempi = {0: DEFAULT_US_PER_BEAT, **tempi}
    return TempoMap(tuple(TempoChange(Fraction(tick, per_beat), us) for tick, us in tempi.items()))


def _bar_tempi(tempo: TempoMap, starts: list[Fraction]) -> NDArray[np.float64]:
    """(bars,) mean beats a minute of each bar."""
    seconds = np.array([float(tempo.seconds(start)) for start in starts])
    beats = np.diff(np.array(starts, dtype=np.float64))
    return np.clip(60 * beats / np.diff(seconds), MIN_BPM, MAX_BPM)
