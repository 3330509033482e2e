"""What a user decides before a film is scored, or a piece is composed without one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from emsync_nb.directing.tokens import cleaned
from emsync_nb.domain import Cue
from emsync_nb.errors import PlanError

DEFAULT_ENSEMBLE = "chamber-orchestra"
DEFAULT_MASTERING = "film"
#: of a piece without a film
MAX_BARS, MAX_TAKES = 512, 8
SLOWEST, FASTEST = 30, 240


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """All of `emsync score`'s choices."""

    seed: int = 0
    #: name of a preset, or path of a .toml file
    ensemble: str = DEFAULT_ENSEMBLE
    #: name of a preset, or path of a .toml file
    mastering: str = DEFAULT_MASTERING
    #: stretches of music; empty: the whole film
    cues: tuple[Cue, ...] = ()
    #: None: EMSYNC_SOUNDFONT, else the one that comes with pretty_midi
    soundfont: Path | None = None
    #: write stems/*.wav too
    stems: bool = False
    #: level of the film's own sound under the music in dB; None: music only
    keep_sound_db: float | None = None
    #: False stops after the score: no sound, no film
    render: bool = True
    #: MIDI or MusicXML file of a melody that returns at hits
    theme: Path | None = None
    #: times in seconds near the hits that it returns at; empty: chosen by the planner
    theme_at: tuple[Fraction, ...] = ()
    #: what the music shall do, in words; None: what the film asks for
    direction: str | None = None
    #: no direction changes the ensemble; one other than the default is kept anyway
    keep_ensemble: bool = False

    def __post_init__(self) -> None:
        # paths may come as text and names as paths; session.json holds text
        object.__setattr__(self, "ensemble", str(self.ensemble))
        object.__setattr__(self, "mastering", str(self.mastering))
        if self.soundfont is not None:
            object.__setattr__(self, "soundfont", Path(self.soundfont))
        if self.theme is not None:
            object.__setattr__(self, "theme", Path(self.theme))
        object.__setattr__(self, "theme_at", tuple(self.theme_at))
        if self.theme_at and self.theme is None:
            raise PlanError("theme-at says when a theme returns, and there is none; name one with --theme")
        if self.direction is not None:
            cleaned(self.direction)  # refuses one that is too long
        _check_seed(self.seed)
        if self.keep_sound_db is not None and not -120 <= self.keep_sound_db <= 24:
            raise PlanError(
                f"keep-sound must lie in -120 … 24 dB, got {self.keep_sound_db:g}; 0 keeps it as it is"
            )


def _check_seed(seed: int, takes: int = 1) -> None:
    if not 0 <= seed <= 2**63 - takes:
        raise PlanError(f"seed must lie in 0 … 2^63 − {takes}, got {seed}; choose another")


#: a value throughout, or from … to, in a straight line
Course = float | tuple[float, float]


@dataclass(frozen=True, slots=True)
class PieceSettings:
    """All of `emsync generate`'s choices."""

    #: −1 dark … 1 bright
    valence: Course = 0.0
    #: −1 calm … 1 excited
    arousal: Course = 0.0
    bars: int = 16
    #: name of a preset, or path of a .toml file
    ensemble: str = DEFAULT_ENSEMBLE
    #: of the first take; each further one has the next
    seed: int = 0
    #: beats a minute; None: chosen by the composer
    bpm: float | None = None
    takes: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "ensemble", str(self.ensemble))
        for name in ("valence", "arousal"):
            for value in ends(getattr(self, name)):
                if not -1 <= value <= 1:  # nan fails too
                    raise PlanError(f"{name} must lie in -1 … 1, got {value:g}; bring it into this range")
        if not 1 <= self.bars <= MAX_BARS:
            raise PlanError(f"bars must lie in 1 … {MAX_BARS}, got {self.bars}; choose another length")
        if self.bpm is not None and not SLOWEST <= self.bpm <= FASTEST:
            raise PlanError(
                f"bpm must lie in {SLOWEST} … {FASTEST}, got {self.bpm:g}; choose another tempo, or none"
            )
        if not 1 <= self.takes <= MAX_TAKES:
            raise PlanError(f"takes must lie in 1 … {MAX_TAKES}, got {self.takes}; ask for fewer")
        _check_seed(self.seed, self.takes)


def ends(course: Course) -> tuple[float, float]:
    """What a course begins and ends with."""
    return course if isinstance(course, tuple) else (course, course)
