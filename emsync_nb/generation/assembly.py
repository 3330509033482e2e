"""From the notes that were written to a score: tracks, dynamics, markers, keys."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from emsync_nb.domain import (
    GRID,
    PARTS,
    Boundary,
    DynamicsPoint,
    Ensemble,
    KeyChange,
    Marker,
    Note,
    Score,
    ScorePlan,
    Track,
)

#: onset, duration in steps from the film's start, pitch, velocity, index into PARTS
Row = tuple[int, int, int, int, int]

#: CC11 at arousal 0, and how far arousal ±1 takes it
DYNAMICS_CENTRE, DYNAMICS_REACH = 98, 16
#: seconds over which the dynamics rise into a hit, and by how much
SWELL_S, SWELL = 2.0, 10
#: markers lie on MIDI ticks, 480 a beat
_TICKS = 480


def assemble(plan: ScorePlan, rows: Sequence[Row]) -> Score:
    """Build the score of a plan from the notes of all parts."""
    tracks = tracks_of(plan.ensemble, rows, cue_spans(plan), dynamics_of(plan))
    return Score(tracks, plan.tempo_map, plan.grid, _markers(plan), _keys(plan))


def cue_spans(plan: ScorePlan) -> list[tuple[int, int]]:
    """The steps that the notes of each cue begin and end within."""
    return [(cue.start_beat * GRID, plan.out_step(cue)) for cue in plan.cues]


def tracks_of(
    ensemble: Ensemble,
    rows: Sequence[Row],
    spans: Sequence[tuple[int, int]],
    dynamics: tuple[DynamicsPoint, ...],
) -> tuple[Track, ...]:
    """A track for each player who has notes; `spans` are the steps that notes begin and end within."""
    by_part: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_part[row[4]].append(row)
    return tuple(
        Track(player.name, player.program, player.is_drum, notes_of(by_part[part], spans), dynamics)
        for player in ensemble.players
        if by_part[part := PARTS.index(player.part)]
    )


def notes_of(rows: Sequence[Row], spans: Sequence[tuple[int, int]]) -> tuple[Note, ...]:
    """The notes of one part, in order; none sounds into the next on its pitch."""
    ends = _ends(rows, spans)
    in_order = sorted(zip(rows, ends, strict=True), key=lambda pair: (pair[0][0], pair[0][2]))
    return tuple(
        Note(Fraction(onset, GRID), Fraction(end - onset, GRID), pitch, velocity)
        for (onset, _, pitch, velocity, _), end in in_order
    )


def _ends(rows: Sequence[Row], spans: Sequence[tuple[int, int]]) -> list[int]:
    """Step where each note ends: at its cue's out at the latest, and before the same pitch sounds again."""
    following: dict[int, int] = {}
    ends = [0] * len(rows)
    for index in sorted(range(len(rows)), key=lambda i: -rows[i][0]):
        onset, duration, pitch, _, _ = rows[index]
        out = next(out for start, out in spans if start <= onset < out)
        ends[index] = min(onset + duration, out, following.get(pitch, onset + duration))
        following[pitch] = onset
    return ends


def dynamics_of(plan: ScorePlan) -> tuple[DynamicsPoint, ...]:
    """One point a beat where the value changes: louder with arousal, swelling into hits."""
    points: list[DynamicsPoint] = []
    for cue in plan.cues:
        for beat in range(cue.start_beat, cue.end_beat):
            value = _dynamics_at(plan, beat)
            if not points or points[-1].value != value:
                points.append(DynamicsPoint(Fraction(beat), value))
    return tuple(points)


def _dynamics_at(plan: ScorePlan, beat: int) -> int:
    time_s = float(plan.tempo_map.seconds(beat))
    _, arousal = plan.curve.at(time_s)
    following = bisect_right(plan.hits, beat, key=lambda hit: hit.beat)
    next_hit = plan.hits[following : following + 1]
    ahead = float(next_hit[0].boundary.time_s) - time_s if next_hit else SWELL_S
    swell = max(0.0, 1 - ahead / SWELL_S)
    level = DYNAMICS_CENTRE + DYNAMICS_REACH * arousal + SWELL * swell
    return max(1, min(127, round(level)))


def _markers(plan: ScorePlan) -> tuple[Marker, ...]:
    """Every section and every boundary, hits named as such."""
    sections = [Marker(Fraction(s.start_beat), f"{s.name}: {_plain(s.key.name)}") for s in plan.sections]
    hit_beats = {hit.boundary: hit.beat for hit in plan.hits}
    boundaries = [
        _boundary_marker(plan, number, boundary, hit_beats.get(boundary))
        for number, boundary in enumerate(plan.boundaries, start=1)
    ]
    return tuple(sorted(sections + boundaries, key=lambda marker: marker.beat))


def _plain(name: str) -> str:
    """A key's name in ASCII: not every DAW reads more in a MIDI file."""
    return name.replace("♭", "b").replace("♯", "#")


def _boundary_marker(plan: ScorePlan, number: int, boundary: Boundary, hit_beat: int | None) -> Marker:
    if hit_beat is not None:
        return Marker(Fraction(hit_beat), f"{boundary.kind} {number} (hit)")
    beat = plan.tempo_map.beat(boundary.time_s)
    return Marker(Fraction(round(beat * _TICKS), _TICKS), f"{boundary.kind} {number}")


def _keys(plan: ScorePlan) -> tuple[KeyChange, ...]:
    """Key changes, at the bar line before each section that brings a new key."""
    changes: list[KeyChange] = []
    for section in plan.sections:
        beat = plan.grid.at(section.start_beat).start_beat
        if changes and changes[-1].beat == beat:
            changes.pop()
        if not changes or changes[-1].key != section.key:
            changes.append(KeyChange(beat, section.key))
    return tuple(changes)
