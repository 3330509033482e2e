"""What stands on the pages of a score, before anybody plays it: notes by bar, marks, jumps.

Times within a bar are whole ticks; `Ruler.per_quarter` tells how many make a quarter in this score.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

#: what a direction can ask of the tempo or of the loudness
TempoKind = Literal["metronome", "sound", "words"]
DynamicsKind = Literal[
    "level", "crescendo", "diminuendo", "stop", "dashes-stop", "word-crescendo", "word-diminuendo"
]
JumpKind = Literal["dacapo", "dalsegno", "fine", "tocoda", "coda", "segno"]


@dataclass(slots=True)
class WrittenNote:
    """One notehead that sounds: no rest, no grace note, no cue."""

    #: ticks from the bar's beginning
    onset: int
    #: ticks, without the notes it is tied to
    duration: int
    #: MIDI note number as it sounds; a General MIDI drum where `unpitched`
    pitch: int
    #: staff of its part, from 1
    staff: int
    voice: str
    tied_from: bool
    tied_to: bool
    #: added to the velocity of its moment
    accent: float
    #: velocity of this note alone, where the file gives one
    velocity: float | None
    staccato: bool
    unpitched: bool


@dataclass(frozen=True, slots=True)
class DynamicsMark:
    """A mark, hairpin or word of loudness."""

    bar: int
    #: ticks from the bar's beginning
    tick: int
    kind: DynamicsKind
    #: velocity, of "level" only
    level: float
    #: staff of its part, 0 where none is named
    staff: int
    #: tells hairpins and dashes apart that are open at once
    number: str


@dataclass(frozen=True, slots=True)
class TempoMark:
    """A metronome mark, a tempo for playback, or words that may be about tempo."""

    bar: int
    #: ticks from the bar's beginning
    tick: int
    kind: TempoKind
    #: quarters a minute; 0 for words
    quarter_bpm: float
    words: str


@dataclass(slots=True)
class BarSigns:
    """What a bar says about which bar is played next; the same for all parts."""

    forward: bool = False
    #: how often the section that ends here is played; 0 without a repeat sign
    backward: int = 0
    #: the passes that play this bar; empty outside endings
    passes: frozenset[int] = frozenset()
    #: this bar is the first of its ending
    ending_starts: bool = False
    jumps: set[JumpKind] = field(default_factory=set)
    #: a movement begins here: its bars are numbered from 1 again
    movement: bool = False
    #: a trio begins here: a menuet without a written Fine ends before it
    trio: bool = False


@dataclass(slots=True)
class WrittenPart:
    """One part of a score as its bars follow each other on paper."""

    name: str
    #: General MIDI program 0 … 127
    program: int
    #: index into PARTS
    part: int
    #: notes by bar
    bars: list[list[WrittenNote]] = field(default_factory=list)
    #: by bar: where its last note or rest ends, in ticks
    filled: list[int] = field(default_factory=list)
    #: by bar: whether it holds more than rests
    busy: list[bool] = field(default_factory=list)
    #: by bar: the same with the empty time that it skips
    reached: list[int] = field(default_factory=list)
    dynamics: list[DynamicsMark] = field(default_factory=list)
    tempi: list[TempoMark] = field(default_factory=list)
    signs: list[BarSigns] = field(default_factory=list)
    #: (bar, beats, beat type) where the meter changes
    meters: list[tuple[int, int, int]] = field(default_factory=list)
    staves: int = 1


@dataclass(slots=True)
class WrittenScore:
    """A whole score on paper."""

    #: ticks in a quarter
    per_quarter: int
    parts: list[WrittenPart]
    #: (bars + 1,) ticks: where each bar begins on paper, and the end
    bar_start: list[int]
    #: by bar, of all parts together
    signs: list[BarSigns]
    #: by bar: quarters in a beat as musicians count it (1.5 in 6/8, 2 in alla breve)
    beat_quarters: list[float]

    @property
    def bars(self) -> int:
        """How many bars stand on paper."""
        return len(self.signs)
