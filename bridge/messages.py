"""Channel messages with their times, from a MIDI file or a score."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from emsync_nb.domain import Score, Track
from emsync_nb.errors import MidiError
from emsync_nb.midi_input import open_midi

NOTE_OFF, NOTE_ON, CONTROL_CHANGE, PROGRAM_CHANGE = 0x80, 0x90, 0xB0, 0xC0
EXPRESSION = 11
DRUM_CHANNEL = 9
_MELODIC_CHANNELS = tuple(number for number in range(16) if number != DRUM_CHANNEL)
#: nothing is played for longer; beyond it a file is broken or hostile
MAX_DURATION_S = 4 * 3600
#: what a file that names no tempo plays at (Standard MIDI Files 1.0): 120 beats a minute
_DEFAULT_US_PER_BEAT = 500_000


@dataclass(frozen=True, slots=True)
class TimedMessage:
    """One MIDI message as it goes over the wire."""

    #: seconds from the start of the piece, exact
    time_s: Fraction
    #: status byte and data bytes
    data: bytes


def messages_of(path: Path) -> tuple[TimedMessage, ...]:
    """The channel messages of a Standard MIDI File, all tracks together, in order of time.

    The tempo map is honoured exactly. Meta and system messages are left out: they mean nothing to a synth.

    Raises:
        MidiError: the file is missing, too large, no Standard MIDI File, or counts in film frames.
        MissingExtraError: mido is not installed.
    """
    midi = open_midi(path, clip=True)
    events = [event for track in midi.tracks for event in _with_ticks(track)]
    # stable: within a tick, tracks and their messages keep their order
    events.sort(key=lambda event: event[0])
    messages = []
    elapsed, last_tick, us_per_beat = 0, 0, _DEFAULT_US_PER_BEAT
    for tick, message in events:
        elapsed += (tick - last_tick) * us_per_beat
        last_tick = tick
        if message.type == "set_tempo":
            us_per_beat = message.tempo
            if not us_per_beat:
                raise MidiError(f"{path} is damaged: a tempo of no time at all. Export it again")
        elif not message.is_meta and hasattr(message, "channel"):
            time_s = Fraction(elapsed, midi.ticks_per_beat * 1_000_000)
            messages.append(TimedMessage(time_s, bytes(message.bin())))
    if messages and messages[-1].time_s > MAX_DURATION_S:
        hours = float(messages[-1].time_s / 3600)
        raise MidiError(f"{path} would last {hours:.0f} hours. Cut it, or export it again if it is damaged")
    return tuple(messages)


def messages_of_score(score: Score) -> tuple[TimedMessage, ...]:
    """The channel messages of a score: per track its program, dynamics as CC11, and notes.

    Melodic tracks take the channels 1 to 9 and 11 to 16 in turn, drums channel 10.

    Raises:
        MidiError: more melodic tracks than there are channels.
    """
    events: list[tuple[Fraction, int, bytes]] = []
    free = iter(_MELODIC_CHANNELS)
    for track in score.tracks:
        channel = DRUM_CHANNEL if track.is_drum else next(free, None)
        if channel is None:
            raise MidiError(f"A MIDI port carries {len(_MELODIC_CHANNELS)} melodic tracks. Mute some")
        events += _track_events(track, channel)
    # at one moment: settings, then note-offs, then note-ons, or a repeated note would end itself
    events.sort(key=lambda event: event[:2])
    seconds = score.tempo_map.seconds
    return tuple(TimedMessage(seconds(beat), data) for beat, _, data in events)


def _track_events(track: Track, channel: int) -> list[tuple[Fraction, int, bytes]]:
    """(beat, rank within a moment, message) of one track."""
    events = [(Fraction(0), 0, bytes((PROGRAM_CHANGE | channel, track.program)))]
    for point in track.dynamics:
        events.append((point.beat, 0, bytes((CONTROL_CHANGE | channel, EXPRESSION, point.value))))
    for note in track.notes:
        events.append((note.end_beat, 1, bytes((NOTE_OFF | channel, note.pitch, 0))))
        events.append((note.start_beat, 2, bytes((NOTE_ON | channel, note.pitch, note.velocity))))
    return events


def _with_ticks(track: Any) -> list[tuple[int, Any]]:  # noqa: ANN401 - a mido track
    tick, events = 0, []
    for message in track:
        tick += message.time
        events.append((tick, message))
    return events
