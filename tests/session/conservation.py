"""What holds for every export that is merged with its take."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from emsync_nb.domain import Score
from emsync_nb.notation.daw_export import open_export
from emsync_nb.session.reconciling import Reconciled, reconcile


def back(score: Score, path: Path) -> Reconciled:
    """As a session does it: read, merge."""
    export, facts = open_export(path)
    result = reconcile(score, export, facts)
    obeys(score, export, result)
    return result


def obeys(score: Score, export: Score, result: Reconciled) -> None:
    """Nothing is lost, nothing is counted twice, kept notes are the take's own."""
    assert result.kept + result.edited + result.added == result.score.note_count
    assert result.score.note_count + len(result.left_out) == export.note_count
    assert result.kept + result.edited + result.removed == score.note_count
    left_out = Counter((note.pitch, note.velocity) for _, note in result.left_out)
    assert _sounds(result.score) + left_out == _sounds(export)
    assert all(note.end_beat < result.offset_beats for _, note in result.left_out)
    assert len(result.edited_notes) == result.edited + result.added
    for name in ("kept", "edited", "added", "removed"):
        assert getattr(result, name) == sum(getattr(changes, name) for changes in result.tracks)
    used: Counter[tuple[int, int]] = Counter()
    kept = 0
    for track, home, origins in zip(result.score.tracks, result.track_origin, result.origin, strict=True):
        assert len(track.notes) == len(origins)
        assert list(track.notes) == sorted(track.notes, key=lambda n: (n.start_beat, n.pitch))
        for note, origin in zip(track.notes, origins, strict=True):
            if origin is not None:
                assert home is not None
                used[home, origin] += 1
                kept += score.tracks[home].notes[origin] == note
    assert all(count == 1 for count in used.values())
    assert kept >= result.kept
    assert all("\n" not in line for line in result.lines())


def _sounds(score: Score) -> Counter[tuple[int, int]]:
    return Counter((note.pitch, note.velocity) for track in score.tracks for note in track.notes)
