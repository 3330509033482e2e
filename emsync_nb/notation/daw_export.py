"""Read what a DAW exported: MIDI files that are valid enough to play, and messier than our own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from emsync_nb.domain import Note, Score, Track
from emsync_nb.errors import MidiError
from emsync_nb.midi_input import as_text, open_midi
from emsync_nb.notation import midi_reader as reader
from emsync_nb.notation.channels import DRUM_CHANNEL

DRUMS_NAME = "Drums"
#: General MIDI Level 1 sound set, by program
PROGRAM_NAMES = tuple(
    """Acoustic Grand Piano,Bright Acoustic Piano,Electric Grand Piano,Honky-tonk Piano,Electric Piano 1
Electric Piano 2,Harpsichord,Clavi,Celesta,Glockenspiel,Music Box,Vibraphone,Marimba,Xylophone,Tubular Bells
Dulcimer,Drawbar Organ,Percussive Organ,Rock Organ,Church Organ,Reed Organ,Accordion,Harmonica,Tango Accordion
Acoustic Guitar (nylon),Acoustic Guitar (steel),Electric Guitar (jazz),Electric Guitar (clean)
Electric Guitar (muted),Overdriven Guitar,Distortion Guitar,Guitar Harmonics,Acoustic Bass
Electric Bass (finger),Electric Bass (pick),Fretless Bass,Slap Bass 1,Slap Bass 2,Synth Bass 1,Synth Bass 2
Violin,Viola,Cello,Contrabass,Tremolo Strings,Pizzicato Strings,Orchestral Harp,Timpani,String Ensemble 1
String Ensemble 2,Synth Strings 1,Synth Strings 2,Choir Aahs,Voice Oohs,Synth Voice,Orchestra Hit,Trumpet
Trombone,Tuba,Muted Trumpet,French Horn,Brass Section,Synth Brass 1,Synth Brass 2,Soprano Sax,Alto Sax,Tenor Sax
Baritone Sax,Oboe,English Horn,Bassoon,Clarinet,Piccolo,Flute,Recorder,Pan Flute,Blown Bottle,Shakuhachi,Whistle
Ocarina,Lead 1 (square),Lead 2 (sawtooth),Lead 3 (calliope),Lead 4 (chiff),Lead 5 (charang),Lead 6 (voice)
Lead 7 (fifths),Lead 8 (bass + lead),Pad 1 (new age),Pad 2 (warm),Pad 3 (polysynth),Pad 4 (choir),Pad 5 (bowed)
Pad 6 (metallic),Pad 7 (halo),Pad 8 (sweep),FX 1 (rain),FX 2 (soundtrack),FX 3 (crystal),FX 4 (atmosphere)
FX 5 (brightness),FX 6 (goblins),FX 7 (echoes),FX 8 (sci-fi),Sitar,Banjo,Shamisen,Koto,Kalimba,Bag pipe,Fiddle
Shanai,Tinkle Bell,Agogo,Steel Drums,Woodblock,Taiko Drum,Melodic Tom,Synth Drum,Reverse Cymbal
Guitar Fret Noise,Breath Noise,Seashore,Bird Tweet,Telephone Ring,Helicopter,Applause,Gunshot""".replace(
        "\n", ","
    ).split(",")
)
#: a part of an export is no help: what it lacks would count as taken out of the score
EXPORT_WHOLE = (
    "Thin out its controllers in your DAW and export it again, whole: "
    "what a part of it lacks would count as removed"
)
#: what DAWs call a track that nobody named
_NOBODYS_NAME = re.compile(r"(track|midi|inst|instrument|channel|untitled|audio)[ _-]*\d*", re.IGNORECASE)
_CHANNEL_SUFFIX = re.compile(r" \(channel \d+\)$")


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """What a score does not tell about the file that it was read from."""

    #: resolution of the file
    ticks_per_beat: int
    #: whether the file sets a tempo; where not, the score has the 120 a minute that such a file means
    tells_tempo: bool
    #: whether it has a time signature; where not, the score has the 4/4 that such a file means
    tells_bars: bool


class _Stroke(NamedTuple):
    """A note-on or note-off of one pitch on one channel."""

    tick: int
    #: 0 for a note-off
    velocity: int


def read_export(path: Path) -> Score:
    """The score in a MIDI file that came out of a DAW.

    As `read_midi`, and beyond it: a note-on of a pitch that sounds ends it and begins a new note, which lasts to
    the last note-off that the two share; note-offs of nothing are ignored; tracks without a name get the one of
    their instrument meta event or of their program (`unnamed`); text is one line.

    Raises:
        MidiError: no MIDI file of type 0 or 1, damaged, over 32 MiB or a million events, or longer than 100,000 beats.
    """
    return open_export(path)[0]


def open_export(path: Path) -> tuple[Score, ExportFacts]:
    """The score of `read_export`, and what only the file knows.

    Raises:
        MidiError: as `read_export`.
    """
    file = open_midi(path, advice=EXPORT_WHOLE)
    per_beat = file.ticks_per_beat
    chunks = [list(reader.timed_messages(track)) for track in file.tracks]
    end = Fraction(max((chunk[-1].tick for chunk in chunks if chunk), default=0), per_beat)
    if end > reader.MAX_BEATS:
        raise MidiError(
            f"{path} is longer than {reader.MAX_BEATS} beats. Export no more than the film's length"
        )
    everything = [timed for chunk in chunks for timed in chunk]
    score = Score(
        tracks=tuple(track for chunk in chunks for track in _tracks(chunk, per_beat, is_song=file.type == 0)),
        tempo_map=reader.tempo_map_of(everything, per_beat, path),
        grid=reader.grid_of(everything, per_beat, end, path),
        markers=tuple(reader.markers_of(everything, per_beat)),
        keys=tuple(reader.keys_of(everything, per_beat)),
    )
    kinds = {timed.message.type for timed in everything}
    return score, ExportFacts(per_beat, "set_tempo" in kinds, "time_signature" in kinds)


def unnamed(track: Track) -> bool:
    """Whether a track of an export has the name that a DAW, or `read_export`, gives where there is none."""
    name = _CHANNEL_SUFFIX.sub("", track.name).strip()
    return not name or name == _given_name(track) or bool(_NOBODYS_NAME.fullmatch(name))


def _given_name(track: Track) -> str:
    return DRUMS_NAME if track.is_drum else PROGRAM_NAMES[track.program]


def _tracks(chunk: list[reader.Timed], per_beat: int, *, is_song: bool) -> Iterator[Track]:
    """One track for every channel with notes; a chunk that only chooses a program is a silent track."""
    channels: defaultdict[int, list[reader.Timed]] = defaultdict(list)
    for timed in chunk:
        if not timed.message.is_meta:
            channels[timed.message.channel].append(timed)
    heard = {channel: events for channel, events in sorted(channels.items()) if _sounds(events)}
    heard = heard or dict(item for item in list(channels.items())[:1] if reader.plays(item[1]))
    written = _written_name(chunk)
    end = chunk[-1].tick if chunk else 0
    for channel, events in heard.items():
        # a format 0 file of several channels has the name of the song
        several = "" if is_song or not written else f"{written} (channel {channel + 1})"
        track = Track(
            name=written if len(heard) == 1 else several,
            program=reader.program_of(events),
            is_drum=channel == DRUM_CHANNEL,
            notes=tuple(_notes(events, end, per_beat)),
            dynamics=tuple(reader.dynamics_of(events, per_beat)),
        )
        yield track if track.name else _named(track, events, channel)


def _named(track: Track, events: Iterable[reader.Timed], channel: int) -> Track:
    """After the drums, the program, or at least the channel."""
    knows = track.is_drum or any(timed.message.type == "program_change" for timed in events)
    name = _given_name(track) if knows else f"Channel {channel + 1}"
    return Track(name, track.program, track.is_drum, track.notes, track.dynamics)


def _written_name(chunk: Iterable[reader.Timed]) -> str:
    """The track's name, or its instrument's, in one line; empty where there is neither."""
    names = [timed.message for timed in chunk if timed.message.type in ("track_name", "instrument_name")]
    names.sort(key=lambda message: message.type != "track_name")
    texts = (" ".join(as_text(message.name).replace("\0", " ").split()) for message in names)
    return next(filter(None, texts), "")


def _sounds(events: Iterable[reader.Timed]) -> bool:
    return any(reader.begins(timed.message) for timed in events)


def _notes(events: Iterable[reader.Timed], end: int, per_beat: int) -> list[Note]:
    """The notes of one channel, in order of start, then pitch."""
    lanes: defaultdict[int, list[_Stroke]] = defaultdict(list)
    for timed in events:
        if timed.message.type in ("note_on", "note_off"):
            velocity = timed.message.velocity if reader.begins(timed.message) else 0
            lanes[timed.message.note].append(_Stroke(timed.tick, velocity))
    notes = [
        Note(Fraction(start.tick, per_beat), Fraction(stop - start.tick, per_beat), pitch, start.velocity)
        for pitch, strokes in lanes.items()
        for start, stop in _spans(strokes, end)
    ]
    return sorted(notes, key=lambda note: (note.start_beat, note.pitch))


def _spans(strokes: list[_Stroke], end: int) -> Iterator[tuple[_Stroke, int]]:
    """Each note-on of one pitch with the tick where it ends.

    A note that is struck again before it ended ends there; at one tick the last stroke stands. As many
    note-offs as were struck without an end may follow: the last of them ends the note. Without any it sounds
    to `end`.
    """
    sounding: _Stroke | None = None
    owed, stop = 0, None
    for stroke in _offs_first(strokes):
        if stroke.velocity:
            if sounding and sounding.tick < stroke.tick:
                yield sounding, min(stop or stroke.tick, stroke.tick)
            owed, sounding, stop = 1 if stop else owed + 1, stroke, None
        elif owed:
            owed, stop = owed - 1, max(stroke.tick, sounding.tick + 1) if sounding else None
    if sounding:
        yield sounding, stop or max(end, sounding.tick + 1)


def _offs_first(strokes: list[_Stroke]) -> Iterator[_Stroke]:
    """At one tick what sounds ends before the pitch begins anew; notes of no length keep their end."""
    sounding, at = 0, 0
    while at < len(strokes):
        tick = strokes[at].tick
        stop = next((n for n in range(at, len(strokes)) if strokes[n].tick > tick), len(strokes))
        ons = [stroke for stroke in strokes[at:stop] if stroke.velocity]
        offs = [stroke for stroke in strokes[at:stop] if not stroke.velocity]
        early = min(sounding, len(offs))
        yield from (*offs[:early], *ons, *offs[early:])
        sounding = max(0, sounding + len(ons) - len(offs))
        at = stop
