"""What is planned and what is heard: how the accepted take lies in a plan that may have changed since it was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from emsync_nb.domain import CHORD_PITCHES, Bar, Score, ScorePlan
from emsync_nb.session.locking import bar_runs
from emsync_nb.session.moved_click import moved_bars
from emsync_nb.widgets.note_columns import FloatArray, seconds_of


@dataclass(frozen=True, slots=True)
class MovedBars:
    """A run of bars of a take that lie elsewhere in the plan."""

    #: their numbers, from 1
    first: int
    last: int
    #: the stretch that they take in the one or the other, in seconds
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """The accepted take against the plan."""

    moved: tuple[MovedBars, ...]
    #: first and last bar to be written anew, as the plan counts them; None where none has moved
    anew: tuple[int, int] | None
    #: by the time of a hit: how far from it the take's nearest chord begins, in seconds; None without any note
    off_s: Mapping[Fraction, float | None]
    #: what is no further off is met, in seconds
    frame_s: float

    def meets(self, time_s: Fraction) -> bool | None:
        """Whether the take meets the hit at a time; None where there is no hit."""
        if time_s not in self.off_s:
            return None
        off_s = self.off_s[time_s]
        return off_s is not None and off_s <= self.frame_s


def heard_in(score: Score, plan: ScorePlan, fps: Fraction) -> Heard:
    """Hold a take against a plan. A hit is met where a chord begins within a frame of it.

    Where its bar has not moved, or without chords, any note will do: composers may meet a hit as they like.
    """
    moved = moved_bars(score, plan)
    runs = tuple(_run(run, score, plan) for run in bar_runs(sorted(moved)))
    chords_s, notes_s = _onsets_s(score)
    off_s: dict[Fraction, float | None] = {}
    for hit in plan.hits:
        stays = plan.grid.at(hit.beat).number not in moved
        onsets_s = notes_s if stays or not len(chords_s) else chords_s
        off_s[hit.boundary.time_s] = _away_s(float(hit.boundary.time_s), onsets_s)
    last = len(plan.grid.bars)
    anew = (min(runs[0].first, last), min(runs[-1].last, last)) if runs else None
    return Heard(runs, anew, off_s, float(1 / fps))


def _run(bars: Sequence[int], score: Score, plan: ScorePlan) -> MovedBars:
    both = (score, plan)
    starts_s = [music.tempo_map.seconds(_bar(music, score, bars[0]).start_beat) for music in both]
    ends_s = [music.tempo_map.seconds(_bar(music, score, bars[-1]).end_beat) for music in both]
    return MovedBars(bars[0], bars[-1], float(min(starts_s)), float(max(ends_s)))


def _bar(music: Score | ScorePlan, score: Score, number: int) -> Bar:
    """A bar of a take or a plan; of one that only the take has, the plan's tempo says where it would be."""
    bars = music.grid.bars
    return bars[number - 1] if number <= len(bars) else score.grid.bars[number - 1]


def _onsets_s(score: Score) -> tuple[FloatArray, FloatArray]:
    """When chords begin, and when notes do, each in order, in seconds."""
    pitches: defaultdict[Fraction, set[int]] = defaultdict(set)
    for track in score.tracks:
        for note in track.notes:
            # drums make no chord
            pitches[note.start_beat].update(() if track.is_drum else (note.pitch,))
    beats = sorted(pitches)
    times_s = seconds_of(score.tempo_map, np.array([float(beat) for beat in beats]))
    is_chord = np.array([len(pitches[beat]) >= CHORD_PITCHES for beat in beats], dtype=bool)
    return times_s[is_chord], times_s


def _away_s(time_s: float, onsets_s: FloatArray) -> float | None:
    """How far the nearest of some onsets is."""
    return float(np.abs(onsets_s - time_s).min()) if len(onsets_s) else None
