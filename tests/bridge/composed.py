"""A score by our own composer, long enough for a DAW to be tried with: an orchestra three times, then a band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from emsync_nb.domain import BarGrid, Score, TempoChange, TempoMap, Track
from emsync_nb.pipeline.free import generate_takes
from emsync_nb.pipeline.settings import PieceSettings

#: real time is dear; at twice its tempo a score is as long
_FASTER = 2


def composed_score() -> Score:
    """All players of a full orchestra and of a band with drums, each take with the tempi it was composed with."""
    wish = PieceSettings(valence=(-1.0, 1.0), arousal=(0.6, 1.0), bars=12, ensemble="full-orchestra", takes=3)
    band = replace(wish, bars=8, ensemble="band", takes=1)
    return _joined([*generate_takes(wish), *generate_takes(band)])


def _joined(scores: Sequence[Score]) -> Score:
    """One behind the other; players of one name play on in one track."""
    tracks: dict[str, Track] = {}
    tempi: list[TempoChange] = []
    lengths: list[int] = []
    for score in scores:
        start = sum(lengths)
        tempi += [
            TempoChange(start + one.beat, one.us_per_beat // _FASTER) for one in score.tempo_map.changes
        ]
        lengths += [bar.beats for bar in score.grid.bars]
        for track in score.tracks:
            tracks[track.name] = _behind(tracks.get(track.name), track, Fraction(start))
    return Score(tuple(tracks.values()), TempoMap(tuple(tempi)), BarGrid.from_lengths(lengths))


def _behind(first: Track | None, track: Track, start: Fraction) -> Track:
    notes = tuple(replace(note, start_beat=start + note.start_beat) for note in track.notes)
    dynamics = tuple(replace(point, beat=start + point.beat) for point in track.dynamics)
    if first is None:
        return replace(track, notes=notes, dynamics=dynamics)
    return replace(first, notes=first.notes + notes, dynamics=first.dynamics + dynamics)
