"""Who plays: the tracks of an ensemble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["melody", "harmony", "bass", "rhythm"]

#: nobody plays more notes a beat than this
MAX_DENSITY = 16.0
#: the voices that the generator knows; the order is part of every checkpoint's vocabulary
PARTS = (
    "piano",
    "keys",
    "organ",
    "mallets",
    "harp",
    "acoustic-guitar",
    "electric-guitar",
    "bass-guitar",
    "violin-1",
    "violin-2",
    "viola",
    "cello",
    "double-bass",
    "strings",
    "choir",
    "trumpet",
    "trombone",
    "tuba",
    "horn",
    "saxophone",
    "oboe",
    "bassoon",
    "clarinet",
    "flute",
    "lead",
    "pad",
    "timpani",
    "drums",
)


@dataclass(frozen=True, slots=True)
class Player:
    """One track of an ensemble."""

    #: as shown in the DAW
    name: str
    #: one of PARTS
    part: str
    #: General MIDI program, 0 … 127; ignored for drums
    program: int
    #: lowest pitch the instrument plays, as a MIDI note number
    low: int
    #: highest pitch the instrument plays, as a MIDI note number
    high: int
    role: Role
    is_drum: bool = False
    #: typical notes a beat where it plays, at middling arousal; above 0, at most MAX_DENSITY
    density: float = 1.0

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ValueError(f"part must be one of {', '.join(PARTS)}; got {self.part!r}")
        if self.is_drum != (self.part == "drums"):
            raise ValueError(f"is_drum goes with the part drums and no other, got {self.part!r}")
        if not 0 <= self.program <= 127:
            raise ValueError(f"program must lie in 0 … 127, got {self.program}")
        if not 0 <= self.low <= self.high <= 127:
            raise ValueError(f"a range needs 0 ≤ low ≤ high ≤ 127, got {self.low} to {self.high}")
        if not 0 < self.density <= MAX_DENSITY:  # nan fails too
            raise ValueError(f"density must lie above 0 and up to {MAX_DENSITY:g}, got {self.density}")


@dataclass(frozen=True, slots=True)
class Ensemble:
    """A named group of players, from `presets/ensembles`."""

    name: str
    players: tuple[Player, ...]

    def __post_init__(self) -> None:
        parts = [player.part for player in self.players]
        if not parts or len(set(parts)) != len(parts):
            raise ValueError(f"ensemble {self.name!r} needs players, each with a part of its own")
        if not any(player.role == "bass" and not player.is_drum for player in self.players):
            raise ValueError(f"ensemble {self.name!r} needs a player with the role bass, drums aside")
