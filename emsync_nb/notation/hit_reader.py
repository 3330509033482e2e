"""An independent judge of a written MIDI file: what stands in it, and whether chords meet the wanted times.

Nothing here is shared with the writer: symusic parses the bytes, and the tempo map is integrated anew.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypedDict

from emsync_nb.domain import BASS_CEILING, CHORD_PITCHES
from emsync_nb.errors import MidiError
from emsync_nb.extras import require

#: a chord is looked for this far to both sides of a wanted time, in seconds
SEARCH_S = 0.5

File = Any  # a symusic score; symusic stays inside this module


@dataclass(frozen=True, slots=True)
class HitReading:
    """What the file holds near one wanted time."""

    time_s: float
    #: where the nearest chord begins; None when none begins within `SEARCH_S`
    onset_s: float | None
    #: onset_s − time_s: positive when the music comes late
    error_s: float | None
    #: position of the chord in beats (quarters)
    beat: float | None
    #: whether the chord begins exactly on a beat
    on_beat: bool


class TempoFact(TypedDict):
    """One step of the tempo map."""

    beat: float
    bpm: float


class TrackFact(TypedDict):
    """One track that holds notes."""

    name: str
    program: int
    notes: int


class MidiFacts(TypedDict):
    """What a MIDI file holds, ready for JSON."""

    tempo: list[TempoFact]
    tracks: list[TrackFact]


class _Clock:
    """Ticks → seconds, summed step by step from the file's tempo events."""

    def __init__(self, file: File) -> None:
        self.per_beat: int = file.ticks_per_quarter
        steps = {0: 500_000}
        steps |= {
            int(tempo.time): int(tempo.mspq) for tempo in sorted(file.tempos, key=lambda tempo: tempo.time)
        }
        self.ticks = list(steps)
        self.tempi_us = list(steps.values())
        self._starts = [Fraction(0)]
        for index in range(1, len(self.ticks)):
            span = self.ticks[index] - self.ticks[index - 1]
            self._starts.append(self._starts[-1] + self._length(span, index - 1))

    def seconds(self, tick: int) -> float:
        """The time of a tick in seconds."""
        index = bisect_right(self.ticks, tick) - 1
        return float(self._starts[index] + self._length(tick - self.ticks[index], index))

    def _length(self, ticks: int, index: int) -> Fraction:
        return Fraction(ticks * self.tempi_us[index], self.per_beat * 1_000_000)


def read_hits(midi: Path, times_s: Sequence[float], *, end_s: float | None = None) -> tuple[HitReading, ...]:
    """For each wanted time the nearest chord that begins within half a second of it.

    A chord is at least `CHORD_PITCHES` different pitches that begin at one tick, over all tracks but drums,
    and are held: each sounds for a beat, or to the end of the film. The lowest of all that begin there is
    held too and lies at or below `BASS_CEILING`.

    Args:
        midi: the file to judge.
        times_s: wanted times, in seconds from the file's start.
        end_s: end of the film in seconds; the last note's end when not given.

    Raises:
        MidiError: the file cannot be read.
    """
    file = _open(midi)
    clock = _Clock(file)
    ticks = _chord_ticks(file, clock, end_s)
    onsets = [clock.seconds(tick) for tick in ticks]
    return tuple(_reading(time_s, ticks, onsets, clock.per_beat) for time_s in times_s)


def midi_facts(midi: Path) -> MidiFacts:
    """Tempo steps and tracks with their numbers of notes, as the file holds them.

    Tracks without notes do not appear.

    Raises:
        MidiError: the file cannot be read.
    """
    file = _open(midi)
    clock = _Clock(file)
    steps = zip(clock.ticks, clock.tempi_us, strict=True)
    return MidiFacts(
        tempo=[TempoFact(beat=tick / clock.per_beat, bpm=60e6 / tempo_us) for tick, tempo_us in steps],
        tracks=[
            TrackFact(name=str(track.name), program=int(track.program), notes=len(track.notes))
            for track in file.tracks
        ],
    )


def _open(midi: Path) -> File:
    symusic = require("symusic")
    try:
        return symusic.Score(str(midi))
    except (RuntimeError, OSError, ValueError) as error:
        raise MidiError(f"cannot read {midi}: {' '.join(str(error).split())}. Write it again") from error


def _chord_ticks(file: File, clock: _Clock, end_s: float | None) -> list[int]:
    """Rising ticks at which a held chord over a bass begins."""
    begun: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for track in file.tracks:
        if not track.is_drum:
            for note in track.notes:
                begun[note.time].append((note.pitch, note.time + note.duration))
    last = max((end for notes in begun.values() for _, end in notes), default=0)
    limit_s = clock.seconds(last) if end_s is None else end_s
    return sorted(tick for tick, notes in begun.items() if _is_chord(tick, notes, clock, limit_s))


def _is_chord(tick: int, notes: Iterable[tuple[int, int]], clock: _Clock, limit_s: float) -> bool:
    """Whether (pitch, end tick) notes that begin at `tick` make a held chord over a bass."""
    # one tick of grace: the end of a film seldom falls on a tick
    held = {
        pitch for pitch, end in notes if end >= tick + clock.per_beat or clock.seconds(end + 1) >= limit_s
    }
    lowest = min(pitch for pitch, _ in notes)
    return len(held) >= CHORD_PITCHES and lowest in held and lowest <= BASS_CEILING


def _reading(time_s: float, ticks: list[int], onsets: list[float], per_beat: int) -> HitReading:
    after = bisect_left(onsets, time_s)
    near = [index for index in (after - 1, after) if 0 <= index < len(onsets)]
    best = min(near, key=lambda index: abs(onsets[index] - time_s), default=None)
    if best is None or abs(onsets[best] - time_s) > SEARCH_S:
        return HitReading(time_s, None, None, None, on_beat=False)
    tick, onset_s = ticks[best], onsets[best]
    return HitReading(time_s, onset_s, onset_s - time_s, tick / per_beat, on_beat=tick % per_beat == 0)
