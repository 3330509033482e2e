"""Write a score as a Standard MIDI File (type 1; MIDI 1.0 Detailed Specification, SMF chapter)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from emsync_nb.domain import Bar, Key, Score, Track
from emsync_nb.domain.timecode import FilmClock
from emsync_nb.errors import MidiError
from emsync_nb.extras import require
from emsync_nb.notation.channels import Place, assign_places, pan
from emsync_nb.notation.saving import save_bytes
from emsync_nb.notation.smpte_offset import smpte_offset

#: resolution of every file we write
TICKS_PER_BEAT = 480
VOLUME_CONTROL, PAN_CONTROL, EXPRESSION_CONTROL = 7, 10, 11
#: CC7 of every track; balance between them is in velocities and in CC11
VOLUME = 100
#: what one byte of a time signature holds
MAX_BAR_BEATS = 255
#: key names in mido's spelling, by fifths + 6
_MAJOR_NAMES = ("Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#")
_MINOR_NAMES = ("Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m", "G#m", "D#m")
#: order at one tick: notes end before controllers move, and those before notes begin
_SETUP, _NOTE_OFF, _CONTROL, _NOTE_ON = range(4)

Message = Any  # a mido message or meta message; mido has no types


class _Event(NamedTuple):
    tick: int
    order: int
    message: Message


class _Span(NamedTuple):
    """A note on its channel, in ticks."""

    start: int
    end: int
    pitch: int
    velocity: int


def write_midi(score: Score, path: Path, clock: FilmClock | None = None) -> None:
    """Write `score` to `path`: a conductor track, then one track an instrument.

    Beats become ticks of 1/480 beat, exactly where they lie on that grid and to the nearest tick elsewhere.
    Where a pitch of a track begins again while it sounds, the earlier note ends there; of notes that begin
    together on one pitch the longest stands. Equal scores give equal bytes. No two tracks share a channel:
    where one port does not carry them all, meta events (FF 21) say which port each plays on.

    Args:
        score: the music.
        path: the file.
        clock: of the film; where that has a timecode of its own, the file says which stands at beat 0 (FF 54).

    Raises:
        MidiError: the score asks for what a MIDI file cannot hold.
        OutputError: `path` cannot be written.
    """
    save_bytes(path, midi_bytes(score, clock))


def midi_bytes(score: Score, clock: FilmClock | None = None) -> bytes:
    """The file that `write_midi` writes."""
    _check(score)
    mido = require("mido")
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
    places = assign_places(score.tracks)
    names_ports = any(place.port for place in places)
    file.tracks.append(_chunk(_conductor(score, clock or FilmClock()), end=tick(score.grid.end_beat)))
    for track, place in zip(score.tracks, places, strict=True):
        events = [*_setup(track, place, names_ports), *_notes(_spans(track), place.channel)]
        file.tracks.append(_chunk(events, end=0))
    buffer = BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def tick(beat: Fraction | int) -> int:
    """The tick of a beat; a beat between two ticks goes to the nearer one."""
    return round(beat * TICKS_PER_BEAT)


def _check(score: Score) -> None:
    """The domain leaves these ranges open; a MIDI file cannot."""
    for track in score.tracks:
        if not 0 <= track.program <= 127:
            raise MidiError(
                f"track {track.name!r} asks for program {track.program}. Programs run from 0 to 127"
            )
        if any(not 0 <= point.value <= 127 for point in track.dynamics):
            raise MidiError(f"track {track.name!r} has dynamics outside 0 … 127. Bring them into that range")
    longest = max(bar.beats for bar in score.grid.bars)
    if longest > MAX_BAR_BEATS:
        raise MidiError(f"a bar of {longest} beats fits no time signature. Use at most {MAX_BAR_BEATS}")


def _conductor(score: Score, clock: FilmClock) -> Iterator[_Event]:
    """Everything that belongs to no instrument: the film's clock, tempo, bars, keys, markers."""
    meta = require("mido").MetaMessage
    yield _Event(0, _SETUP, meta("track_name", name="Conductor"))
    if (offset := smpte_offset(clock)) is not None:
        yield _Event(0, _SETUP, meta("smpte_offset", **offset._asdict()))
    for bar in length_changes(score.grid.bars):
        yield _Event(
            tick(bar.start_beat), _CONTROL, meta("time_signature", numerator=bar.beats, denominator=4)
        )
    for change in score.keys:
        yield _Event(tick(change.beat), _CONTROL, meta("key_signature", key=_key_name(change.key)))
    for step in score.tempo_map.changes:
        yield _Event(tick(step.beat), _CONTROL, meta("set_tempo", tempo=step.us_per_beat))
    for marker in score.markers:
        yield _Event(tick(marker.beat), _CONTROL, meta("marker", text=_meta_text(marker.text)))


def length_changes(bars: Iterable[Bar]) -> Iterator[Bar]:
    """The bars that differ in length from the one before them, the first included."""
    beats = 0
    for bar in bars:
        if bar.beats != beats:
            yield bar
        beats = bar.beats


def _key_name(key: Key) -> str:
    names = _MAJOR_NAMES if key.mode == "major" else _MINOR_NAMES
    return names[key.fifths + 6]


def _meta_text(text: str) -> str:
    """Text whose Latin-1 bytes are the UTF-8 of `text`.

    mido encodes as Latin-1 unless a global says otherwise, and globals are not for threads.
    """
    return text.encode("utf-8").decode("latin-1")


def _setup(track: Track, place: Place, names_port: bool) -> Iterator[_Event]:
    """Name, port, program, volume, pan and dynamics."""
    mido = require("mido")
    yield _Event(0, _SETUP, mido.MetaMessage("track_name", name=_meta_text(track.name)))
    if names_port:
        yield _Event(0, _SETUP, mido.MetaMessage("midi_port", port=place.port))
    yield _Event(0, _SETUP, mido.Message("program_change", channel=place.channel, program=track.program))
    controls = [(0, VOLUME_CONTROL, VOLUME), (0, PAN_CONTROL, pan(track))]
    controls += [(tick(point.beat), EXPRESSION_CONTROL, point.value) for point in track.dynamics]
    for at, control, value in controls:
        message = mido.Message("control_change", channel=place.channel, control=control, value=value)
        yield _Event(at, _CONTROL, message)


def _notes(spans: Iterable[_Span], channel: int) -> Iterator[_Event]:
    message = require("mido").Message
    for span in spans:
        on = message("note_on", channel=channel, note=span.pitch, velocity=span.velocity)
        yield _Event(span.start, _NOTE_ON, on)
        yield _Event(span.end, _NOTE_OFF, message("note_off", channel=channel, note=span.pitch))


def _spans(track: Track) -> list[_Span]:
    """The notes of a track as they can sound on a channel, in order of start, then pitch."""
    lanes: defaultdict[int, list[_Span]] = defaultdict(list)
    for note in track.notes:
        start = tick(note.start_beat)
        end = max(start + 1, tick(note.end_beat))
        lanes[note.pitch].append(_Span(start, end, note.pitch, note.velocity))
    return sorted(span for lane in lanes.values() for span in _untangled(lane))


def _untangled(lane: list[_Span]) -> list[_Span]:
    """Notes of one pitch on one channel, none sounding into the next: a note-off ends whatever sounds."""
    kept: list[_Span] = []
    for span in sorted(lane, key=lambda span: (span.start, -span.end, -span.velocity)):
        if kept and kept[-1].start == span.start:
            continue
        if kept:
            kept[-1] = kept[-1]._replace(end=min(kept[-1].end, span.start))
        kept.append(span)
    return kept


def _chunk(events: Iterable[_Event], end: int) -> Message:
    """A track with delta times; it ends at tick `end`, or with its last event where that is later."""
    mido = require("mido")
    track = mido.MidiTrack()
    now = 0
    for event in sorted(events, key=lambda event: (event.tick, event.order)):
        track.append(event.message.copy(time=event.tick - now))
        now = event.tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - now)))
    return track
