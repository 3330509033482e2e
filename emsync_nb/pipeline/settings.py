"""What a user decides before a film is scored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emsync_nb.domain import Cue
from emsync_nb.errors import PlanError

DEFAULT_ENSEMBLE = "chamber-orchestra"
DEFAULT_MASTERING = "film"


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

    def __post_init__(self) -> None:
        # paths may come as text and names as paths; session.json holds text
        object.__setattr__(self, "ensemble", str(self.ensemble))
        object.__setattr__(self, "mastering", str(self.mastering))
        if self.soundfont is not None:
            object.__setattr__(self, "soundfont", Path(self.soundfont))
        if not 0 <= self.seed < 2**63:
            raise PlanError(f"seed must lie in 0 … 2^63 − 1, got {self.seed}; choose another")
        if self.keep_sound_db is not None and not -120 <= self.keep_sound_db <= 24:
            raise PlanError(
                f"keep-sound must lie in -120 … 24 dB, got {self.keep_sound_db:g}; 0 keeps it as it is"
            )
