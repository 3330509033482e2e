"""What directions come to: changes of the emotion curve, the ensemble, the tempo and the cues."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from emsync_nb.domain import Boundary, EmotionCurve, Ending, Mode
from emsync_nb.domain.timecode import FilmClock

#: of a film whose own clock nobody named
FILM_TIME = FilmClock()


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a direction may refer to."""

    #: length of the film in seconds, above 0
    duration_s: Fraction
    boundaries: tuple[Boundary, ...] = ()
    #: name of the ensemble in force
    ensemble: str = ""
    #: the curve in force, where there is one
    curve: EmotionCurve | None = None
    #: how its times are told, and timecodes read
    clock: FilmClock = FILM_TIME

    def __post_init__(self) -> None:
        if self.duration_s <= 0:
            raise ValueError(f"a film has a length above 0, got {float(self.duration_s)} s")


@dataclass(frozen=True, slots=True)
class Feeling:
    """A place on the plane that the curve goes to, or by which it is shifted, within [start_s, end_s]."""

    start_s: Fraction
    end_s: Fraction
    #: −1 … 1 on the plane; as a shift −2 … 2; None leaves the axis as it is
    valence: float | None
    arousal: float | None
    #: a shift of what is there, not a value
    relative: bool
    words: str
    #: when the value is fully there, within (start_s, end_s]; None: at once
    reached_s: Fraction | None = None

    @property
    def gradual(self) -> bool:
        """Whether the curve goes there in a straight line, not in a step."""
        return self.reached_s is not None

    def describe(self, told: FilmClock = FILM_TIME) -> str:
        """One line for a list of changes, its times told by the film's clock."""
        axes = (("valence", self.valence), ("arousal", self.arousal))
        sign = "by" if self.relative else "to"
        values = ", ".join(f"{name} {sign} {value:+.2f}" for name, value in axes if value is not None)
        slope = (
            f", in a straight line until {told.tell(self.reached_s, clock)}"
            if self.reached_s is not None
            else ""
        )
        return f"{_span(self.start_s, self.end_s, told)}: {values}{slope}"


@dataclass(frozen=True, slots=True)
class Orchestration:
    """Another ensemble, for the whole film."""

    #: a name out of presets/ensembles
    ensemble: str
    words: str

    def describe(self, told: FilmClock = FILM_TIME) -> str:
        """One line for a list of changes, its times told by the film's clock."""
        return f"ensemble: {self.ensemble}"


@dataclass(frozen=True, slots=True)
class Tempo:
    """Another tempo within [start_s, end_s]; either `factor` or `bpm` is given."""

    start_s: Fraction
    end_s: Fraction
    #: of the tempo in force, 0.25 … 4; above 1 is faster
    factor: float | None
    #: beats a minute, 20 … 300
    bpm: float | None
    words: str
    #: when the tempo is fully there, within (start_s, end_s]; None: at once
    reached_s: Fraction | None = None

    @property
    def gradual(self) -> bool:
        """Whether the music gets there little by little."""
        return self.reached_s is not None

    def describe(self, told: FilmClock = FILM_TIME) -> str:
        """One line for a list of changes, its times told by the film's clock."""
        what = f"{self.bpm:g} bpm" if self.bpm is not None else f"× {self.factor:.2f}"
        if self.reached_s is None:
            return f"{_span(self.start_s, self.end_s, told)}: tempo {what}"
        reached = f"reached at {told.tell(self.reached_s, clock)}"
        return f"{_span(self.start_s, self.end_s, told)}: tempo gradually {what}, {reached}"


@dataclass(frozen=True, slots=True)
class ModeChange:
    """Major or minor within [start_s, end_s]."""

    start_s: Fraction
    end_s: Fraction
    mode: Mode
    words: str

    def describe(self, told: FilmClock = FILM_TIME) -> str:
        """One line for a list of changes, its times told by the film's clock."""
        return f"{_span(self.start_s, self.end_s, told)}: in {self.mode}"


@dataclass(frozen=True, slots=True)
class Silence:
    """No music within [start_s, end_s]."""

    start_s: Fraction
    end_s: Fraction
    words: str

    def describe(self, told: FilmClock = FILM_TIME) -> str:
        """One line for a list of changes, its times told by the film's clock."""
        return f"{_span(self.start_s, self.end_s, told)}: no music"


@dataclass(frozen=True, slots=True)
class Accent:
    """A hit that the music meets."""

    time_s: Fraction
    words: str

    def describe(self, told: FilmClock = FILM_TIME) -> str:
        """One line for a list of changes, its times told by the film's clock."""
        return f"{told.tell(self.time_s, clock)}: a hit"


@dataclass(frozen=True, slots=True)
class EndingChange:
    """How the music ends."""

    kind: Ending
    words: str

    def describe(self, told: FilmClock = FILM_TIME) -> str:
        """One line for a list of changes, its times told by the film's clock."""
        return f"the end: {'the last chord rings' if self.kind == 'ring' else 'fades out'}"


Change = Feeling | Orchestration | Tempo | ModeChange | Silence | Accent | EndingChange


@dataclass(frozen=True, slots=True)
class Directions:
    """What a text came to."""

    #: in the order of the text
    changes: tuple[Change, ...]
    #: each the words as they were written, and in brackets why nothing came of them
    not_understood: tuple[str, ...]


def clock(time_s: Fraction) -> str:
    """75.5 s → "1:15.5"."""
    tenths = round(time_s * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _span(start_s: Fraction, end_s: Fraction, told: FilmClock) -> str:
    return f"{told.tell(start_s, clock)} to {told.tell(end_s, clock)}"
