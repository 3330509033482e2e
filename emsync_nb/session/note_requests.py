"""Notes named as they are seen on a screen, by pitch and the second in which they begin."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from emsync_nb.domain import Score
from emsync_nb.errors import PlanError

#: browsers hold times as 32-bit floats, which are off by so much at most within four hours
_NEAR_S = Fraction(1, 1000)


def notes_at(
    score: Score, track: str | None, spots: Collection[tuple[float, int]]
) -> list[tuple[Fraction, int]]:
    """(start in beats, pitch) of the notes of a track that begin at these seconds, as locks name them.

    Args:
        score: its tempo map says when notes begin.
        track: its name.
        spots: (start in seconds, pitch); a millisecond more or less is the same.

    Raises:
        PlanError: no track, or no note of that pitch that begins there.
    """
    if track is None:
        raise PlanError("a lock on single notes needs their track; name it")
    pitches = {pitch for _, pitch in spots}
    starts: dict[int, list[tuple[Fraction, Fraction]]] = {pitch: [] for pitch in pitches}
    for one in score.tracks:
        for note in one.notes:
            if one.name == track and note.pitch in pitches:
                starts[note.pitch].append((score.tempo_map.seconds(note.start_beat), note.start_beat))
    return [(_nearest(starts[pitch], time_s, pitch, track), pitch) for time_s, pitch in spots]


def _nearest(starts: list[tuple[Fraction, Fraction]], time_s: float, pitch: int, track: str) -> Fraction:
    exact_s = Fraction(time_s)
    apart_s, beat = min(((abs(at_s - exact_s), beat) for at_s, beat in starts), default=(None, None))
    if apart_s is None or beat is None or apart_s > _NEAR_S:
        raise PlanError(f"{track} has no note of pitch {pitch} at {time_s:g} s; name notes that it has")
    return beat
