"""A take, and what a composer does to it in a DAW, with other people's libraries."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import mido
import symusic

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
from emsync_nb.notation import write_midi
from emsync_nb.session import Session

NAMES = {"Violons I": 40, "Viola": 41, "Cello": 42, "Harp": 46}
#: notes of each melodic track, of the drums
LINE, BEATS = 60, 40


def line(rng: random.Random, low: int) -> tuple[Note, ...]:
    """Half beats on 1/12 beat; no pitch comes again among the next four notes, none outside an octave."""
    recent: list[int] = []
    notes = []
    for step in range(LINE):
        pitch = rng.choice([pitch for pitch in range(low, low + 12) if pitch not in recent[-4:]])
        recent.append(pitch)
        length = Fraction(rng.choice([3, 4, 5]), 12)
        notes.append(Note(Fraction(step, 2), length, pitch, rng.randrange(40, 100)))
    return tuple(notes)


def take() -> Score:
    """Four instruments and drums, 80 beats in three and four, two tempi."""
    rng = random.Random(11)
    swell = (DynamicsPoint(Fraction(0), 70), DynamicsPoint(Fraction(9, 2), 90))
    tracks = [
        Track(name, program, False, line(rng, 40 + 12 * index), swell)
        for index, (name, program) in enumerate(NAMES.items())
    ]
    kick = [Note(Fraction(beat), Fraction(1, 4), 36, 90) for beat in range(BEATS)]
    tempo = TempoMap((TempoChange(0, 612_345), TempoChange(Fraction(16), 480_001)))
    return Score(
        (*tracks, Track("Drums", 0, True, tuple(kick))),
        tempo,
        BarGrid.from_lengths([3, 4] * 6),
        (Marker(Fraction(7), "The door"), Marker(Fraction(21), "The end")),
        (KeyChange(0, Key(9, "minor")),),
    )


def edited(score: Score, path: Path, edit: Callable[[symusic.Score], None], ticks: int = 480) -> Path:
    """A take that was opened in another program, edited and exported in another resolution."""
    write_midi(score, path)
    opened = symusic.Score(str(path))
    edit(opened)
    (opened if ticks == 480 else opened.resample(ticks, 1)).dump_midi(str(path))
    return path


def part(score: symusic.Score, name: str) -> symusic.Track:
    """A track by its name."""
    return next(track for track in score.tracks if track.name == name)


def edited_events(score: Score, path: Path, edit: Callable[[mido.MidiFile], mido.MidiFile]) -> Path:
    """A take whose events were edited."""
    write_midi(score, path)
    edit(mido.MidiFile(path)).save(path)
    return path


def begin_later(file: mido.MidiFile, ticks: int) -> mido.MidiFile:
    """The whole song moved, with its tempo, bars and markers."""
    for track in file.tracks:
        placed = [message for message in track if message.type not in ("track_name", "program_change")]
        placed[0].time += ticks
    return file


def renamed_in_daw(session: Session, path: Path, names: dict[str, str], *, added: str | None = None) -> Path:
    """The accepted take as a DAW would save it with tracks renamed, and one more of that name added."""
    file = mido.MidiFile(session.folder / session.state.take(session.state.accepted or "").file)
    for track in file.tracks:
        track.name = names.get(track.name, track.name)
    if added is not None:
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=added)])
        for pitch in (30, 31, 33, 35, 30):
            track.append(mido.Message("note_on", channel=14, note=pitch, velocity=50, time=77))
            track.append(mido.Message("note_off", channel=14, note=pitch, time=88))
        file.tracks.append(track)
    file.save(path)
    return path
