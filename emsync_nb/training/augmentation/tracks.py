"""The same music for fewer players."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, INSTRUMENT_RANGES, PARTS, MusicTable, TableTrack
from emsync_nb.training.augmentation.hands import within_hands

IntArray = NDArray[np.int64]

#: pitched notes a bar, on average, that must be left after tracks are dropped
LEAST_NOTES_A_BAR = 2
#: how often only the lowest or only the highest track is sure to stay, in place of both
ALONE = 0.15


def drop_tracks(table: MusicTable, rng: np.random.Generator) -> MusicTable:
    """The music without some of its tracks, at least one of those that may go.

    The tracks that are lowest and highest on average stay, for they carry bass and melody; now and then (ALONE)
    just one of the two is sure to. All others may go, drums too. The same table comes back where no track may go,
    or where fewer than LEAST_NOTES_A_BAR pitched notes a bar would be left.
    """
    pitched = table.part != DRUMS
    tracks = np.unique(table.track[pitched])
    if not len(tracks):
        return table
    height = [float(table.pitch[pitched & (table.track == track)].mean()) for track in tracks]
    outer = [int(tracks[np.argmin(height)]), int(tracks[np.argmax(height)])]
    sure = [outer[int(rng.integers(2))]] if rng.random() < ALONE else outer
    droppable = np.setdiff1d(np.unique(table.track), sure)
    if not len(droppable):
        return table
    count = int(rng.integers(1, len(droppable) + 1))
    stays = ~np.isin(table.track, rng.choice(droppable, size=count, replace=False))
    if int((stays & pitched).sum()) < LEAST_NOTES_A_BAR * table.bars:
        return table
    return _only(table, stays)


def _only(table: MusicTable, kept: NDArray[np.bool_]) -> MusicTable:
    return MusicTable(
        table.onset[kept],
        table.duration[kept],
        table.pitch[kept],
        table.velocity[kept],
        table.part[kept],
        table.bar_start,
        table.bar_bpm,
        table.track[kept],
        table.tracks,
    )


@dataclass(frozen=True, slots=True)
class Merge:
    """Several parts that one other can play."""

    name: str
    #: names of PARTS; the one that takes over may be among them
    members: tuple[str, ...]
    #: the part that takes over
    target: str
    #: General MIDI program of the part that takes over
    program: int
    #: whether one player has to hold it all in two hands
    two_hands: bool = False


_STRINGS = ("violin-1", "violin-2", "viola", "cello", "double-bass", "strings")
_WINDS = ("flute", "oboe", "clarinet", "bassoon", "saxophone", "trumpet", "horn", "trombone", "tuba", "organ")
_PITCHED = tuple(part for part in PARTS if part != "drums")
#: parts of one family, and who can take them over
MERGES = (
    Merge("strings as one section", _STRINGS, "strings", 48),
    Merge("winds on an organ", _WINDS, "organ", 19),
    Merge("piano reduction", _PITCHED, "piano", 0, two_hands=True),
)


def merges_for(table: MusicTable) -> tuple[Merge, ...]:
    """The merges that join at least two parts of this music, all within the range of the one that takes over."""
    return tuple(merge for merge in MERGES if _fits(table, merge))


def _fits(table: MusicTable, merge: Merge) -> bool:
    joined = _is_member(table, merge)
    if len(np.unique(table.part[joined])) < 2:
        return False
    pitch = table.pitch[joined]
    return INSTRUMENT_RANGES[merge.target].holds(int(pitch.min()), int(pitch.max()))


def _is_member(table: MusicTable, merge: Merge) -> NDArray[np.bool_]:
    return np.isin(table.part, [PARTS.index(part) for part in merge.members])


def merge_tracks(table: MusicTable, merge: Merge) -> MusicTable:
    """The music with the members of `merge` joined into one track of the part that takes over.

    Every pitch sounds when it sounded before, and is struck wherever one of the members struck it; players in
    unison become one note, as loud as the loudest. A reduction for two hands may leave notes out.

    Raises:
        ValueError: the merge is none of `merges_for(table)`.
    """
    if not _fits(table, merge):
        raise ValueError(
            f"{merge.name}: fewer than two of its parts play, or out of the range of {merge.target}"
        )
    joined = _is_member(table, merge)
    rows = _in_one_part(table.rows[joined], PARTS.index(merge.target))
    rows = within_hands(rows) if merge.two_hands else rows
    track, tracks = PARTS.index(merge.target), table.tracks
    if tracks:
        leader = tracks[int(np.bincount(table.track[joined]).argmax())]
        track, tracks = len(tracks), (*tracks, _track_of(merge, leader))
    return MusicTable.build(
        np.concatenate([table.rows[~joined], rows]),
        table.bar_start,
        table.bar_bpm,
        tracks=tracks,
        track=np.concatenate([table.track[~joined], np.full(len(rows), track)]),
    )


def _track_of(merge: Merge, leader: TableTrack) -> TableTrack:
    """The track that takes over, with the dynamics of the one that had most to play."""
    return replace(leader, name=merge.name, program=merge.program, part=PARTS.index(merge.target))


def _in_one_part(rows: IntArray, part: int) -> IntArray:
    """Notes of many players as one: the same pitches at the same times, unisons once, struck again where met."""
    onset, end, pitch = rows[:, 0], rows[:, 0] + rows[:, 1], rows[:, 2]
    order = np.lexsort((onset, pitch))
    onset, end, pitch, velocity = onset[order], end[order], pitch[order], rows[order, 3]
    first = np.flatnonzero(np.diff(pitch, prepend=-1) | np.diff(onset, prepend=-1))
    onset, pitch, velocity = onset[first], pitch[first], np.maximum.reduceat(velocity, first)
    beyond = int(end.max()) + 1  # keeps what one pitch holds from reaching into the next
    end = np.maximum.accumulate(np.maximum.reduceat(end, first) + pitch * beyond) - pitch * beyond
    same = np.append(pitch[1:] == pitch[:-1], False)
    end = np.where(same, np.minimum(end, np.roll(onset, -1)), end)
    return np.stack([onset, end - onset, pitch, velocity, np.full(len(first), part)], axis=1)
