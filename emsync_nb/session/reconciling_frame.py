"""What notes stand on: tempo, bars, keys, markers and dynamics, of an export where it changed them on purpose.

DAWs forget much of this, and round the rest; only what no rounding explains counts as changed.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from emsync_nb.domain import BarGrid, DynamicsPoint, KeyChange, Marker, Score, TempoChange, TempoMap, Track
from emsync_nb.notation.daw_export import ExportFacts
from emsync_nb.notation.midi_reader import DEFAULT_US_PER_BEAT

#: a DAW that shows tempi with one decimal is off by half of it
_BPM_ROUNDING = 0.051
#: stretches of other tempo that rounded places of changes make are shorter, in beats
_SHORTEST = Fraction(1, 16)
#: bars that most DAWs have, and files without a time signature mean
_COMMON_BEATS = 4


def merged_tempo(take: Score, export: Score, offset: Fraction, facts: ExportFacts | None) -> TempoMap:
    """The export's tempo on the take's beats if it was changed on purpose, else the take's."""
    unset = export.tempo_map.changes == (TempoChange(0, DEFAULT_US_PER_BEAT),)
    if not facts.tells_tempo if facts else unset:
        return take.tempo_map
    moved = _moved_tempo(take.tempo_map, export.tempo_map, offset)
    end = max(take.end_beat, export.end_beat - offset, Fraction(take.grid.end_beat))
    return moved if _differ(take.tempo_map, moved, end) else take.tempo_map


def _moved_tempo(take: TempoMap, export: TempoMap, offset: Fraction) -> TempoMap:
    """The export's tempo on the take's beats; the take's before an export that begins later than it."""
    begin = max(Fraction(0), -offset)
    tempi = {Fraction(change.beat): change.us_per_beat for change in take.changes if change.beat < begin}
    before = [change for change in export.changes if change.beat - offset <= begin]
    tempi[begin] = before[-1].us_per_beat
    later = (change for change in export.changes if change.beat - offset > begin)
    tempi |= {change.beat - offset: change.us_per_beat for change in later}
    return TempoMap(tuple(TempoChange(beat, us) for beat, us in tempi.items()))


def _differ(before: TempoMap, after: TempoMap, end: Fraction) -> bool:
    """Whether two maps differ for longer, and by more, than rounding explains."""
    places = {Fraction(change.beat) for tempo_map in (before, after) for change in tempo_map.changes}
    edges = sorted({place for place in places if place < end} | {end})
    return any(
        stop - start > _SHORTEST and abs(before.bpm_at(start) - after.bpm_at(start)) > _BPM_ROUNDING
        for start, stop in pairwise(edges)
    )


def merged_grid(take: Score, export: Score, offset: Fraction, facts: ExportFacts | None) -> BarGrid:
    """The take's bars, or the export's where they differ, with as many more as the music needs.

    An export whose bar lines do not fall on the take's first beat says nothing about bars.
    """
    lengths = [bar.beats for bar in take.grid.bars]
    first = next((bar.number - 1 for bar in export.grid.bars if bar.start_beat == offset), None)
    came = [bar.beats for bar in export.grid.bars]
    told = facts.tells_bars if facts else set(came) != {_COMMON_BEATS}
    if told and first is not None and _other_bars(lengths, came[first:]):
        lengths = came[first:] + _rest(lengths, sum(came[first:]))
    last = max((note.start_beat - offset for track in export.tracks for note in track.notes), default=-1)
    missing = max(0, math.ceil((last + 1 - sum(lengths)) / lengths[-1]))
    return BarGrid.from_lengths(lengths + [lengths[-1]] * missing)


def _other_bars(before: Sequence[int], after: Sequence[int]) -> bool:
    """Whether bars that both have differ; the last one may be cut by the end of a file."""
    both = min(len(before), len(after)) - 1
    return list(before[:both]) != list(after[:both])


def _rest(lengths: Sequence[int], covered: int) -> list[int]:
    """The bars, or what is left of them, beyond some beats."""
    grid = BarGrid.from_lengths(lengths)
    return [bar.end_beat - max(covered, bar.start_beat) for bar in grid.bars if bar.end_beat > covered]


def merged_markers(take: Score, export: Score, offset: Fraction, tolerance: Fraction) -> tuple[Marker, ...]:
    """The export's markers where somebody changed them, else the take's."""
    moved = [Marker(max(Fraction(0), m.beat - offset), m.text) for m in export.markers]
    same = len(moved) == len(take.markers) and all(
        a.text == b.text and abs(a.beat - b.beat) <= tolerance
        for a, b in zip(_by_place(moved), _by_place(take.markers), strict=True)
    )
    return take.markers if same or not moved else tuple(moved)


def _by_place(markers: Sequence[Marker]) -> list[Marker]:
    # two at one place come back in any order
    return sorted(markers, key=lambda marker: (round(marker.beat, 1), marker.text))


def merged_keys(take: Score, export: Score, offset: Fraction) -> tuple[KeyChange, ...]:
    """The export's keys where it has other ones, else the take's."""
    moved = {max(0, math.floor(change.beat - offset)): change.key for change in export.keys}
    came = tuple(KeyChange(beat, key) for beat, key in sorted(moved.items()))
    return came or take.keys


def merged_dynamics(
    take: Track, export: Track, offset: Fraction, tolerance: Fraction
) -> tuple[DynamicsPoint, ...]:
    """The export's dynamics where somebody changed them, else the take's."""
    moved = moved_dynamics(export, offset)
    same = len(moved) == len(take.dynamics) and all(
        a.value == b.value and abs(a.beat - b.beat) <= tolerance
        for a, b in zip(moved, take.dynamics, strict=True)
    )
    return take.dynamics if same or not moved else moved


def moved_dynamics(export: Track, offset: Fraction) -> tuple[DynamicsPoint, ...]:
    """An export's dynamics on the take's beats; what holds when the take begins is its first point."""
    return tuple(_moved_points(export.dynamics, offset))


def _moved_points(points: Sequence[DynamicsPoint], offset: Fraction) -> Iterator[DynamicsPoint]:
    begin = bisect_right(points, offset, key=lambda point: point.beat)
    if begin:
        yield DynamicsPoint(Fraction(0), points[begin - 1].value)
    for point in points[begin:]:
        yield DynamicsPoint(point.beat - offset, point.value)
