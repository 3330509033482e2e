"""Notes of several tracks that an export joined into one: of those that sound together on one pitch, one comes back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from fractions import Fraction

from emsync_nb.domain import Note, Score

#: by track: the index of the take's track, or None, and for each note the index in it, or None
Origins = Iterable[tuple[int | None, Sequence[int | None]]]
_Place = tuple[int, int]


def joined_tracks(take: Score, export: Score, parted: Score, own: Collection[int | None]) -> Set[int]:
    """The take's tracks that have none of their own in an export that joins tracks; none where it joins none.

    Args:
        take: what was exported to the DAW.
        export: what came back.
        parted: the export with the tracks parted again that it joined.
        own: the take's tracks that the export's are.
    """
    sounding = sum(bool(track.notes) for track in export.tracks)
    joins = len(parted.tracks) > len(export.tracks) or sounding == 1
    return set(range(len(take.tracks))) - set(own) if joins else set()


def lost_unisons(
    take: Score, origins: Origins, joined: Set[int], tick: Fraction
) -> Iterator[tuple[str, Note]]:
    """Notes of joined tracks that did not come back where the same pitch of another track did, at the same time.

    Nothing tells whether the composer took them out; each with the name of its track.
    """
    back: list[set[int]] = [set() for _ in take.tracks]
    for origin, notes in origins:
        if origin is not None:
            back[origin].update(note for note in notes if note is not None)
    heard = [
        {_place(track.notes[index], tick) for index in found}
        for track, found in zip(take.tracks, back, strict=True)
    ]
    for index in sorted(joined):
        others = set().union(*heard[:index], *heard[index + 1 :])
        for number, note in enumerate(take.tracks[index].notes):
            if number not in back[index] and _place(note, tick) in others:
                yield take.tracks[index].name, note


def _place(note: Note, tick: Fraction) -> _Place:
    return note.pitch, round(note.start_beat / tick)
