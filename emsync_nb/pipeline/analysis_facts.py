"""What was found in a film, as JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from emsync_nb.pipeline.genre import genre_facts, genre_of
from emsync_nb.pipeline.report import expert_facts, video_facts

if TYPE_CHECKING:
    from emsync_nb.analysis import Analysis, Fusion

#: digits behind the point
_DIGITS = 4


def analysis_facts(analysis: Analysis) -> dict[str, Any]:
    """The film, its boundaries, the emotion over time, the genre, and the experts with how they were joined.

    Raises:
        ValueError: no expert was asked, since the analysis is an edited one.
        CheckpointError: a damaged head for genres.
    """
    fusion = _fusion_of(analysis)
    return {
        "video": video_facts(analysis.cues.video),
        "boundaries": [
            {"time_s": float(b.time_s), "kind": b.kind, "strength": b.strength}
            for b in analysis.cues.boundaries
        ],
        "curve": [_point(fusion, index) for index in range(fusion.curve.times_s.size)],
        "genre": genre_facts(genre_of(analysis)),
        "experts": expert_facts(analysis),
        "fusion": {"method": fusion.method},
    }


def moment_facts(analysis: Analysis, time_s: float) -> dict[str, Any]:
    """The emotion of a moment, and what each expert made of it, the surest first.

    Raises:
        ValueError: no expert was asked, since the analysis is an edited one.
    """
    fusion = _fusion_of(analysis)
    voices = [
        {
            "name": voice.name,
            **_rounded(("valence", "arousal"), voice.emotion),
            **_rounded(("valence_confidence", "arousal_confidence"), voice.trust),
            "evidence": voice.evidence,
        }
        for voice in analysis.explain(time_s)
    ]
    at = max(0, int(np.searchsorted(fusion.curve.times_s, time_s, side="right")) - 1)
    return {**_point(fusion, at), "time_s": time_s, "experts": voices}


def _fusion_of(analysis: Analysis) -> Fusion:
    if analysis.fusion is None:
        raise ValueError("the curve was edited since the film was analysed; analyse it once more")
    return analysis.fusion


def _point(fusion: Fusion, index: int) -> dict[str, Any]:
    from emsync_nb.analysis import EKMAN

    curve = fusion.curve
    values = (curve.valence[index], curve.arousal[index], fusion.confidence[index])
    return {
        "time_s": float(curve.times_s[index]),
        **_rounded(("valence", "arousal", "confidence"), values),
        "ekman": _rounded(EKMAN, fusion.ekman[index]),
    }


def _rounded(names: tuple[str, ...], values: Any) -> dict[str, float]:  # noqa: ANN401 - any row of numbers
    return {name: round(float(value), _DIGITS) for name, value in zip(names, values, strict=True)}
