"""Some of what locks hold let go: each lock becomes locks on the rest of what it held."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import NamedTuple

from emsync_nb.domain import Score
from emsync_nb.session.locking import bar_runs
from emsync_nb.session.state import Lock


class Whole(NamedTuple):
    """What a lock without names stands for."""

    #: names of all tracks
    tracks: tuple[str, ...]
    #: how many
    bars: int


def unlocked(locks: Collection[Lock], wanted: Lock, score: Score, whole: Whole) -> tuple[Lock, ...]:
    """Locks on all that `locks` hold of a score but what `wanted` names; those that hold none of it stay as they are.

    A bar of which single notes go is locked no longer as a bar, but by its other notes.
    """
    left = [rest for lock in locks for rest in _rest(lock, wanted, score, whole)]
    return tuple(dict.fromkeys(left))


def _rest(lock: Lock, wanted: Lock, score: Score, whole: Whole) -> Iterator[Lock]:
    if not _touches(lock, wanted, score, whole):
        yield lock
    elif lock.notes:
        notes = tuple(spot for spot in lock.notes if not _names(wanted, spot, score))
        if notes:  # none would stand for all
            yield Lock(lock.track, None, notes)
    else:
        names = whole.tracks if lock.track is None and wanted.track is not None else (lock.track,)
        for name in names:
            if wanted.track in (None, name):
                yield from _rest_of_track(name, lock, wanted, score, whole)
            else:
                yield Lock(name, lock.bars)


def _touches(lock: Lock, wanted: Lock, score: Score, whole: Whole) -> bool:
    """Whether a lock holds any of what is named."""
    if lock.track is not None and wanted.track is not None and lock.track != wanted.track:
        return False
    if lock.notes:
        return any(_names(wanted, spot, score) for spot in lock.notes)
    return bool(_bars(lock, whole) & _bars_named(wanted, score, whole))


def _names(wanted: Lock, spot: tuple[Fraction, int], score: Score) -> bool:
    """Whether a single note is among what is named; its track is."""
    if wanted.notes:
        return spot in wanted.notes
    return wanted.bars is None or wanted.bars[0] <= _bar(spot, score) <= wanted.bars[1]


def _rest_of_track(name: str | None, lock: Lock, wanted: Lock, score: Score, whole: Whole) -> Iterator[Lock]:
    """Locks on the other bars of a track, and on the other notes of bars of which single ones go."""
    gone = _bars_named(wanted, score, whole)
    for run in bar_runs(sorted(_bars(lock, whole) - gone)):
        yield Lock(name, (run[0], run[-1]))
    if wanted.notes:
        opened = _bars(lock, whole) & gone
        notes = [
            (note.start_beat, note.pitch)
            for track in score.tracks
            if track.name == name
            for note in track.notes
            if score.grid.at(note.start_beat).number in opened
        ]
        kept = tuple(spot for spot in dict.fromkeys(notes) if spot not in wanted.notes)
        if kept:
            yield Lock(name, None, kept)


def _bars(lock: Lock, whole: Whole) -> set[int]:
    first, last = lock.bars or (1, whole.bars)
    return set(range(first, min(last, whole.bars) + 1))


def _bars_named(wanted: Lock, score: Score, whole: Whole) -> set[int]:
    if wanted.notes:
        return {_bar(spot, score) for spot in wanted.notes}
    return _bars(wanted, whole)


def _bar(spot: tuple[Fraction, int], score: Score) -> int:
    return score.grid.at(spot[0]).number
