"""The one interface of the experts.

An expert knows one side of a film (its colours, its motion, its sound …). It first collects, in the one
pass over the film, what it needs: the seeing ones are shown every frame, the hearing ones every block of
sound. Then it is asked once for its opinion on the common grid, and says how far it trusts itself.

A new one is a file of its own with a class of this interface, and a line in `one_pass`. Whatever needs a model file
opens it when the first picture or sound arrives, and where it is missing says so from `judge` (`Unavailable`).

*Body language* has no expert of its own yet; `motion` stands in for it, for it measures how much and how abruptly
things move, but not who or how. One that estimates poses goes beside `faces`, as a `SeeingExpert` named "body": `see`
looks at `glance.rgb` a few times a second and keeps each person's joints in picture widths with their scores, never the
picture; `judge` follows people within shots with `face_tracks.tracks_of`, whose boxes may be those of people, and reads
what people read from bodies alone: speed and reach of the limbs for arousal; uprightness, open or folded arms and a
bowed head for valence (Wallbott 1998, "Bodily expression of emotion", European Journal of Social Psychology 28; Dael,
Mortillaro & Scherer 2012, "Emotion expression in body action and posture", Emotion 12). Trust should grow with the
height of the people, as it does in `faces`. The trained fusion must then be trained anew, for it knows experts by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from emsync_nb.analysis.glance import Glance
from emsync_nb.domain import AudioClip, Boundary
from emsync_nb.domain.curve import FloatArray


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that an expert noticed, for a person who asks why."""

    #: seconds from the film's start
    time_s: float
    #: what it was, in numbers and words, such as "laughter 0.71"
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """What one expert makes of the film, on the common grid; all arrays (n,) but `ekman`."""

    #: the expert's name
    name: str
    #: seconds, rising
    times_s: FloatArray
    #: in [-1, 1]
    valence: FloatArray
    #: in [-1, 1]
    arousal: FloatArray
    #: how far the valence is to be trusted, in [0, 1]; 0 where the expert knows nothing
    valence_confidence: FloatArray
    #: how far the arousal is to be trusted, in [0, 1]
    arousal_confidence: FloatArray
    #: (n, 6) probabilities in the order of `EKMAN`, rows summing to 1; None where the expert knows no classes
    ekman: FloatArray | None = None
    #: in order of time
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        for name in ("times_s", "valence", "arousal", "valence_confidence", "arousal_confidence"):
            array = np.array(getattr(self, name), dtype=np.float64)
            if array.shape != np.shape(self.times_s) or not np.all(np.isfinite(array)):
                raise ValueError(f"{self.name}: {name} must be finite and as long as times_s")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.ekman is not None:
            object.__setattr__(self, "ekman", _checked_classes(self.name, self.ekman, len(self.times_s)))


def _checked_classes(name: str, classes: FloatArray, rows: int) -> FloatArray:
    array = np.array(classes, dtype=np.float64)
    if array.shape != (rows, 6) or np.any(array < 0) or not np.allclose(array.sum(axis=1), 1, atol=1e-6):
        raise ValueError(f"{name}: ekman must be ({rows}, 6), non-negative, each row summing to 1")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True)
class ExpertReport:
    """How an expert fared."""

    name: str
    #: whether its opinion counts
    available: bool
    #: time spent in the expert, in seconds
    seconds: float
    #: what it looked at, or why it is missing
    note: str


class Unavailable(Exception):  # noqa: N818 - a normal outcome, reported, not an error
    """Raised by an expert that has nothing to go by in this film; the text says why."""


class Expert(Protocol):
    """Judges a film by one of its sides."""

    @property
    def name(self) -> str:
        """One word, for reports and plots."""

    @property
    def note(self) -> str:
        """What it looked at, once it has judged."""

    def judge(self, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """The opinion at the grid times `at_s`.

        Raises:
            Unavailable: nothing in this film speaks to the expert.
        """


class SeeingExpert(Expert, Protocol):
    """An expert that looks at pictures."""

    def see(self, glance: Glance) -> None:
        """Take note of the next frame."""


class HearingExpert(Expert, Protocol):
    """An expert that listens."""

    def hear(self, block: AudioClip) -> None:
        """Take note of the next block of sound, which follows the last without a gap."""
