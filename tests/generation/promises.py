"""What every score keeps, whatever wrote it: hits, ranges, cues, bars.

The hits are judged by `read_hits`, which parses the written MIDI file with other code.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from emsync_nb.domain import Note, Score, ScorePlan
from emsync_nb.notation import read_hits, write_midi

ENSEMBLES = (
    "ambient",
    "band",
    "chamber-orchestra",
    "full-orchestra",
    "piano-and-strings",
    "piano-solo",
    "string-quartet",
)


def check_hits(score: Score, plan: ScorePlan, folder: Path) -> None:
    """On every hit a chord of three pitches over a bass begins, exactly, and lasts a beat."""
    path = folder / "score.mid"
    write_midi(score, path)
    wanted = [float(hit.boundary.time_s) for hit in plan.hits]
    for reading in read_hits(path, wanted, end_s=float(plan.duration_s)):
        assert reading.error_s is not None, reading
        assert abs(reading.error_s) <= 0.001
        assert reading.on_beat


def check_pitches(notes: Iterable[Note]) -> None:
    """In order, and each pitch stops before it sounds again."""
    ends: dict[int, Fraction] = {}
    order = []
    for note in notes:
        assert ends.get(note.pitch, 0) <= note.start_beat
        ends[note.pitch] = note.end_beat
        order.append((note.start_beat, note.pitch))
    assert order == sorted(order)


def check_notes(score: Score, plan: ScorePlan) -> None:
    """Nobody plays what they cannot, and nothing sounds outside a cue."""
    players = {player.name: player for player in plan.ensemble.players}
    spans = [(cue.start_beat, cue.end_beat) for cue in plan.cues]
    for track in score.tracks:
        player = players[track.name]
        check_pitches(track.notes)
        for note in track.notes:
            assert player.low <= note.pitch <= player.high
            assert any(start <= note.start_beat and note.end_beat <= end for start, end in spans)


def check_bars(score: Score, plan: ScorePlan) -> None:
    """No full bar of a cue is empty."""
    onsets = [note.start_beat for track in score.tracks for note in track.notes]
    for cue in plan.cues:
        for bar in plan.grid.bars:
            if bar.beats > 2 and cue.start_beat <= bar.start_beat and bar.end_beat < cue.end_beat:
                assert any(bar.start_beat <= onset < bar.end_beat for onset in onsets), bar
