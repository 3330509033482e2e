"""The music: its tempo, and its notes as a piano roll."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import Hit, Score, TempoMap, Track
from emsync_nb.extras import require
from emsync_nb.figures.style import FAINT, HAIRLINE, INK, SMALL, dress, dress_time, track_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: drums have no pitch; their hits stand in a strip of this many semitones below the lowest note
_DRUM_STRIP = 6
#: height of a note in semitones: more than one, so that neighbours touch and a wide range stays readable
_HEIGHT = 1.3
#: opacity of the softest and of the loudest note
_SOFT, _LOUD = 0.35, 0.95
#: with more bars than this only every fourth has its line
_MANY_BARS = 120


def plot_tempo(ax: Axes, tempo_map: TempoMap, duration_s: float) -> Axes:
    """Tempo in beats a minute over time in seconds, as steps."""
    starts_s = [float(tempo_map.seconds(change.beat)) for change in tempo_map.changes]
    tempi = [change.bpm for change in tempo_map.changes]
    ax.plot([*starts_s, duration_s], [*tempi, tempi[-1]], drawstyle="steps-post", color=INK, linewidth=1.5)
    dress(ax, "tempo")
    dress_time(ax, duration_s)
    margin = max(2.0, 0.15 * (max(tempi) - min(tempi)))
    ax.set_ylim(min(tempi) - margin, max(tempi) + margin)
    ax.locator_params(axis="y", nbins=3, integer=True)
    ax.grid(axis="y", color=HAIRLINE, linewidth=0.5)
    return ax


def plot_piano_roll(ax: Axes, score: Score, hits: Sequence[Hit] = ()) -> Axes:
    """Notes over time in seconds, by pitch: a colour for each track, darker where louder.

    Bar lines are faint, hits bear a triangle at the top; drums stand in a strip below the lowest pitch.
    """
    end_s = float(score.tempo_map.seconds(max(score.end_beat, Fraction(score.grid.end_beat))))
    pitches = [note.pitch for track in score.tracks if not track.is_drum for note in track.notes]
    low, high = min(pitches, default=48), max(pitches, default=72)
    for index, track in enumerate(score.tracks):
        _draw_notes(ax, track, index, score.tempo_map, low)
    _draw_bars(ax, score)
    for hit in hits:
        time_s = float(score.tempo_map.seconds(hit.beat))
        ax.plot(time_s, 1.0, "v", color=INK, markersize=6, transform=ax.get_xaxis_transform(), clip_on=False)
    dress(ax, "notes")
    dress_time(ax, end_s)
    ax.set_ylim(low - (_DRUM_STRIP + 2 if _has_drums(score) else 2), high + 3)
    octaves = [pitch for pitch in range(0, 128, 12) if low - 2 <= pitch <= high + 2]
    ax.set_yticks(octaves, [f"C{pitch // 12 - 1}" for pitch in octaves])
    ax.grid(axis="y", color=HAIRLINE, linewidth=0.6)
    return ax


def _has_drums(score: Score) -> bool:
    return any(track.is_drum and track.notes for track in score.tracks)


def _draw_notes(ax: Axes, track: Track, index: int, tempo_map: TempoMap, low: int) -> None:
    """All notes of a track as one collection, which draws thousands of them at once."""
    if not track.notes:
        return
    boxes = np.array([_box(track, number, tempo_map, low) for number in range(len(track.notes))])  # (n, 3)
    loudness = np.array([note.velocity for note in track.notes]) / 127
    rgba = np.empty((len(boxes), 4))
    rgba[:, :3] = require("matplotlib.colors").to_rgb(track_colour(index))
    rgba[:, 3] = _SOFT + (_LOUD - _SOFT) * loudness
    collection = require("matplotlib.collections").PolyCollection(
        _corners(boxes, _HEIGHT),
        facecolors=rgba,
        linewidths=0.5,
        edgecolors=rgba,
        label=track.name,
        zorder=2,
    )
    ax.add_collection(collection)


def _box(track: Track, number: int, tempo_map: TempoMap, low: int) -> tuple[float, float, float]:
    """(start in seconds, end in seconds, height on the pitch axis) of a note."""
    note = track.notes[number]
    start_s, end_s = float(tempo_map.seconds(note.start_beat)), float(tempo_map.seconds(note.end_beat))
    if not track.is_drum:
        return start_s, end_s, float(note.pitch)
    # the kit spans notes 35 … 59 of General MIDI
    place = min(max(note.pitch - 35, 0), 24) / 24
    return start_s, end_s, low - 2 - (_DRUM_STRIP - 2) * (1 - place)


def _corners(boxes: NDArray[np.float64], height: float) -> NDArray[np.float64]:
    """(n, 4, 2) corners of the bars of notes, from (n, 3) start, end and pitch."""
    left, right, middle = boxes.T
    bottom, top = middle - height / 2, middle + height / 2
    points = [(left, bottom), (right, bottom), (right, top), (left, top)]
    return np.stack([np.stack(point, axis=-1) for point in points], axis=1)


def _draw_bars(ax: Axes, score: Score) -> None:
    bars = score.grid.bars
    for bar in bars[:: 4 if len(bars) > _MANY_BARS else 1]:
        ax.axvline(float(score.tempo_map.seconds(bar.start_beat)), color=HAIRLINE, linewidth=0.4, zorder=0)


def name_tracks(ax: Axes, score: Score) -> Axes:
    """The names of the tracks in their colours, one below the other, in axes of their own."""
    ax.axis("off")
    step = min(0.085, 1.0 / max(1, len(score.tracks)))
    for index, track in enumerate(score.tracks):
        y = 0.97 - index * step
        ax.plot([0.02, 0.12], [y, y], color=track_colour(index), linewidth=5, solid_capstyle="butt")
        ax.text(0.17, y, track.name, color=INK, fontsize=SMALL + 0.5, va="center")
        ax.text(1.0, y, f"{len(track.notes):,}", color=FAINT, fontsize=SMALL, va="center", ha="right")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    return ax
