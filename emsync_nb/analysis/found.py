"""What was found in a film: boundaries, opinions, and the curve they were joined to. Light to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from emsync_nb.analysis.expert import ExpertReport, Opinion
from emsync_nb.analysis.fusion import Fusion, Scale, fuse
from emsync_nb.analysis.timeline import grid
from emsync_nb.domain import Boundary, VideoCues, VideoInfo

if TYPE_CHECKING:
    from emsync_nb.analysis.attention import Attention

#: experts that are asked only when somebody wants them: both take long
Also = Literal["speech", "screen"]
#: expert → version, to be raised whenever it would say something else of the same film
VERSIONS = {
    "picture": 2,
    "motion": 2,
    "rhythm": 2,
    "sound": 1,
    "words": 1,
    "scene": 1,
    "faces": 1,
    "events": 1,
    "speech": 1,
    "screen": 2,
    "boundaries": 1,
}


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What a film was found to hold."""

    cues: VideoCues
    #: one report an expert, whether available or not
    experts: tuple[ExpertReport, ...]
    #: what each available expert made of the film, for plotting
    opinions: tuple[Opinion, ...]
    #: how they were joined; None for a curve that was edited since
    fusion: Fusion | None = None

    def explain(self, time_s: float) -> tuple[Voice, ...]:
        """What each expert made of a moment, the surest first, with what it noticed last before or at it."""
        return tuple(
            sorted((_voice(one, time_s) for one in self.opinions), key=lambda voice: -sum(voice.trust))
        )


@dataclass(frozen=True, slots=True)
class Voice:
    """One expert's part in a moment."""

    name: str
    #: valence and arousal, each in [-1, 1]
    emotion: tuple[float, float]
    #: confidence in either, in [0, 1]
    trust: tuple[float, float]
    #: what it saw or heard, in numbers and words; empty where it noticed nothing within _RECENT_S
    evidence: str


#: what was noticed so long ago no longer explains a moment, in seconds
_RECENT_S = 10.0


def _voice(opinion: Opinion, time_s: float) -> Voice:
    at = max(0, int(np.searchsorted(opinion.times_s, time_s, side="right")) - 1)
    recent = [one.words for one in opinion.evidence if time_s - _RECENT_S <= one.time_s <= time_s]
    return Voice(
        opinion.name,
        (float(opinion.valence[at]), float(opinion.arousal[at])),
        (float(opinion.valence_confidence[at]), float(opinion.arousal_confidence[at])),
        recent[-1] if recent else "",
    )


def joined(
    video: VideoInfo,
    boundaries: tuple[Boundary, ...],
    reports: tuple[ExpertReport, ...],
    opinions: tuple[Opinion, ...],
    network: Attention | None,
    scale: Scale = "plane",
) -> Analysis:
    """What was found, with the opinions joined to one curve: by a network, or without one by confidence."""
    at_s = opinions[0].times_s if opinions else grid(float(video.duration_s))
    fusion = fuse(at_s, opinions, boundaries, network=network, scale=scale)
    return Analysis(VideoCues(video, boundaries, fusion.curve), reports, opinions, fusion)
