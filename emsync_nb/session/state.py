"""What a session holds at one moment: immutable, so that every change makes another that can be gone back to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from emsync_nb.domain import Spotting

TakeKind = Literal["generated", "regenerated", "imported"]
#: (track, player of the ensemble) of tracks that were renamed
PlayedBy = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Take:
    """A piece of music that was made for the film."""

    #: such as "003", in the order in which they were made
    name: str
    #: of its MIDI file in the session's folder
    sha256: str
    kind: TakeKind
    #: None where people made it
    seed: int | None
    #: digest of the spotting that it was made for
    plan: str
    #: the take that it came from
    parent: str | None = None
    #: first and last bar that were written anew; None: all
    bars: tuple[int, int] | None = None
    #: tracks that were written anew; empty: all
    tracks: tuple[str, ...] = ()
    #: whose the tracks are that have another name than their player in the ensemble
    played_by: PlayedBy = ()

    @property
    def file(self) -> str:
        """Path of its MIDI file, from the session's folder."""
        return f"takes/{self.name}.mid"


@dataclass(frozen=True, slots=True)
class Lock:
    """Notes of the accepted take that stay as they are, whatever is written anew."""

    #: name of the track; None: all tracks
    track: str | None = None
    #: first and last bar, from 1; None: all bars
    bars: tuple[int, int] | None = None
    #: (start in beats, pitch) of single notes; empty: all notes of the track and the bars
    notes: tuple[tuple[Fraction, int], ...] = ()

    def __post_init__(self) -> None:
        if self.bars is not None and not 1 <= self.bars[0] <= self.bars[1]:
            raise ValueError(
                f"bars are counted from 1, the first first; got {self.bars[0]} to {self.bars[1]}"
            )
        if self.bars is not None and not all(type(bar) is int for bar in self.bars):
            raise ValueError(f"bars are whole numbers, got {self.bars[0]} to {self.bars[1]}")
        if self.notes and self.track is None:
            raise ValueError("a lock on single notes needs their track; name it")


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """All that undo and redo go through."""

    #: None before the film was analysed
    spotting: Spotting | None = None
    takes: tuple[Take, ...] = ()
    #: name of the take that is kept
    accepted: str | None = None
    locks: tuple[Lock, ...] = ()
    #: names of tracks
    muted: frozenset[str] = frozenset()
    soloed: frozenset[str] = frozenset()

    def take(self, name: str) -> Take:
        """The take of a name.

        Raises:
            ValueError: there is none.
        """
        found = next((take for take in self.takes if take.name == name), None)
        if found is None:
            there = ", ".join(take.name for take in self.takes) or "none yet"
            raise ValueError(f"there is no take {name!r}; there are: {there}")
        return found
