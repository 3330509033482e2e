"""What the analysis of a film hands to planning: boundaries and emotion; and what a cue is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from emsync_nb.domain.curve import EmotionCurve
from emsync_nb.domain.media import VideoInfo
from emsync_nb.domain.timecode import TimedValueError

BoundaryKind = Literal["cut", "fade", "dissolve"]
Entry = Literal["attack", "fade_in"]
Ending = Literal["ring", "fade_out"]
#: how long a cue fades out, unless a hit comes later
FADE_OUT_S = 3.0


@dataclass(frozen=True, slots=True)
class Boundary:
    """A place where one scene gives way to the next."""

    #: first frame of the new scene; for fades and dissolves the middle of the change
    time_s: Fraction
    kind: BoundaryKind
    #: how marked the change is, 0 … 1; no two boundaries of a film share one value
    strength: float
    #: whether the music meets it whatever stronger ones are near
    locked: bool = False

    def __post_init__(self) -> None:
        if self.time_s < 0:
            raise ValueError(f"a boundary cannot lie before the film, got {float(self.time_s)} s")
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength must lie in [0, 1], got {self.strength}")


@dataclass(frozen=True, slots=True)
class Cue:
    """One stretch of music: where it comes in, where it goes out, and how."""

    in_s: Fraction
    out_s: Fraction
    entry: Entry = "attack"
    ending: Ending = "fade_out"
    #: how long it fades where it fades out, in seconds
    fade_out_s: float = FADE_OUT_S

    def __post_init__(self) -> None:
        if not 0 <= self.in_s < self.out_s:
            raise TimedValueError("a cue needs 0 ≤ in < out, got {} to {}", self.in_s, self.out_s)


@dataclass(frozen=True, slots=True, eq=False)
class VideoCues:
    """Everything the later stages know of a film."""

    video: VideoInfo
    #: in order of time
    boundaries: tuple[Boundary, ...]
    curve: EmotionCurve
