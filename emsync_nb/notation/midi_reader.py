"""Read any Standard MIDI File of type 0 or 1 into a score."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from emsync_nb.domain import (
    BarGrid,
    DynamicsPoint,
    Key,
    KeyChange,
    Marker,
    Note,
    Score,
    TempoChange,
    TempoMap,
    Track,
)
from emsync_nb.errors import MidiError
from emsync_nb.midi_input import as_text, open_midi
from emsync_nb.notation.channels import DRUM_CHANNEL
from emsync_nb.notation.midi_file import EXPRESSION_CONTROL

#: longer music is refused: one forged delta time would otherwise ask for millions of bars
MAX_BEATS = 100_000
#: what a file means that sets no tempo (120 quarters a minute)
DEFAULT_US_PER_BEAT = 500_000
_TONICS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

Message = Any  # a mido message or meta message; mido has no types


class Timed(NamedTuple):
    tick: int
    message: Message


def read_midi(path: Path) -> Score:
    """The score in a MIDI file.

    Each channel of each track chunk becomes a track; its program is the one in force at its first note. Bars
    follow the time signatures (4/4 without any) and cover the whole file. The domain's bars hold whole
    quarters, so bars that do not are joined into the smallest group that does (two bars of 3/8 become one of
    3 beats); a signature between two beats holds from the next beat on and cuts the bar it falls into. Key
    signatures between beats count from the beat before. Notes without an end sound to the end of their track,
    notes of no length for one tick. Text is UTF-8 or else Latin-1.

    Raises:
        MidiError: no MIDI file of type 0 or 1, damaged, over 32 MiB or a million events, or longer than 100,000 beats.
    """
    file = open_midi(path)
    per_beat = file.ticks_per_beat
    chunks = [list(timed_messages(track)) for track in file.tracks]
    end = Fraction(max((chunk[-1].tick for chunk in chunks if chunk), default=0), per_beat)
    if end > MAX_BEATS:
        raise MidiError(f"{path} is longer than {MAX_BEATS} beats. Cut it into pieces")
    everything = [timed for chunk in chunks for timed in chunk]
    return Score(
        tracks=tuple(
            track for number, chunk in enumerate(chunks) for track in _tracks(chunk, number, per_beat)
        ),
        tempo_map=tempo_map_of(everything, per_beat, path),
        grid=grid_of(everything, per_beat, end, path),
        markers=tuple(markers_of(everything, per_beat)),
        keys=tuple(keys_of(everything, per_beat)),
    )


def timed_messages(track: Iterable[Message]) -> Iterator[Timed]:
    now = 0
    for message in track:
        now += message.time
        yield Timed(now, message)


def _latest(events: Iterable[Timed], kind: str) -> dict[int, Message]:
    """Events of one kind by rising tick; of several at one tick the last."""
    found = {timed.tick: timed.message for timed in events if timed.message.type == kind}
    return dict(sorted(found.items()))


def tempo_map_of(events: Iterable[Timed], per_beat: int, path: Path) -> TempoMap:
    tempi = {tick: message.tempo for tick, message in _latest(events, "set_tempo").items()}
    if not all(tempi.values()):
        raise MidiError(f"{path} is damaged: a tempo of no time at all. Export it again")
    tempi = {0: DEFAULT_US_PER_BEAT, **tempi}
    return TempoMap(tuple(TempoChange(Fraction(tick, per_beat), us) for tick, us in tempi.items()))


def grid_of(events: Iterable[Timed], per_beat: int, end: Fraction, path: Path) -> BarGrid:
    lengths = {0: 4}
    for tick, message in _latest(events, "time_signature").items():
        if not message.numerator:
            raise MidiError(f"{path} is damaged: a bar of no beats. Export it again")
        # in lowest terms the numerator is the shortest whole number of quarters that full bars make up
        quarters = Fraction(4 * message.numerator, message.denominator).numerator
        lengths[math.ceil(Fraction(tick, per_beat))] = quarters
    return BarGrid.from_lengths(_bar_lengths(lengths, end))


def _bar_lengths(lengths: dict[int, int], end: Fraction) -> Iterator[int]:
    """Bar after bar until `end`, at least one; `lengths` gives beats a bar from a beat on."""
    starts = list(lengths)
    stops: list[int | None] = [*starts[1:], None]
    position = 0
    for start, stop in zip(starts, stops, strict=True):
        while (position < stop) if stop is not None else (position < end or position == 0):
            beats = lengths[start] if stop is None else min(lengths[start], stop - position)
            yield beats
            position += beats


def markers_of(events: Iterable[Timed], per_beat: int) -> list[Marker]:
    found = [
        Marker(Fraction(timed.tick, per_beat), as_text(timed.message.text))
        for timed in events
        if timed.message.type == "marker"
    ]
    return sorted(found, key=lambda marker: marker.beat)


def keys_of(events: Iterable[Timed], per_beat: int) -> Iterator[KeyChange]:
    by_beat = {tick // per_beat: message.key for tick, message in _latest(events, "key_signature").items()}
    return (KeyChange(beat, _key(name)) for beat, name in by_beat.items())


def _key(name: str) -> Key:
    """Such as "Ebm" or "F#", as mido spells keys."""
    tonic = _TONICS[name[0]] + name.count("#") - name[1:].count("b")
    return Key(tonic % 12, "minor" if name.endswith("m") else "major")


def _tracks(chunk: list[Timed], number: int, per_beat: int) -> Iterator[Track]:
    """One track for every channel of a chunk that holds notes or a program."""
    channels: defaultdict[int, list[Timed]] = defaultdict(list)
    for timed in chunk:
        if not timed.message.is_meta and hasattr(timed.message, "channel"):
            channels[timed.message.channel].append(timed)
    playing = {channel: events for channel, events in sorted(channels.items()) if plays(events)}
    names = (as_text(timed.message.name) for timed in chunk if timed.message.type == "track_name")
    name = next(names, f"Track {number + 1}")
    end = chunk[-1].tick if chunk else 0
    for channel, events in playing.items():
        yield Track(
            name=name if len(playing) == 1 else f"{name} (channel {channel + 1})",
            program=program_of(events),
            is_drum=channel == DRUM_CHANNEL,
            notes=tuple(_notes(events, end, per_beat)),
            dynamics=tuple(dynamics_of(events, per_beat)),
        )


def plays(events: Iterable[Timed]) -> bool:
    return any(timed.message.type in ("program_change", "note_on") for timed in events)


def program_of(events: Iterable[Timed]) -> int:
    """The program in force at the first note; 0 where none is set."""
    program = 0
    for timed in events:
        if begins(timed.message):
            break
        if timed.message.type == "program_change":
            program = timed.message.program
    return program


def begins(message: Message) -> bool:
    """Whether a note begins: a note-on of velocity 0 is a note-off."""
    return bool(message.type == "note_on" and message.velocity)


def _notes(events: Iterable[Timed], end: int, per_beat: int) -> list[Note]:
    """Note-ons with their note-offs; of several that sound on one pitch the first to begin ends first."""
    sounding: defaultdict[int, deque[Timed]] = defaultdict(deque)
    notes: list[Note] = []
    for timed in events:
        if begins(timed.message):
            sounding[timed.message.note].append(timed)
        elif timed.message.type in ("note_on", "note_off") and sounding[timed.message.note]:
            notes.append(_note(sounding[timed.message.note].popleft(), timed.tick, per_beat))
    notes += [_note(begun, end, per_beat) for lane in sounding.values() for begun in lane]
    return sorted(notes, key=lambda note: (note.start_beat, note.pitch))


def _note(begun: Timed, end: int, per_beat: int) -> Note:
    ticks = max(1, end - begun.tick)
    return Note(
        start_beat=Fraction(begun.tick, per_beat),
        duration_beats=Fraction(ticks, per_beat),
        pitch=begun.message.note,
        velocity=begun.message.velocity,
    )


def dynamics_of(events: Iterable[Timed], per_beat: int) -> Iterator[DynamicsPoint]:
    for timed in events:
        if timed.message.type == "control_change" and timed.message.control == EXPRESSION_CONTROL:
            yield DynamicsPoint(Fraction(timed.tick, per_beat), timed.message.value)
