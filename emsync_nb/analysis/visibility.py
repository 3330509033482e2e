"""Where nothing is to be seen: black is the absence of a picture, and whoever goes by pictures knows nothing then."""

from __future__ import annotations

from array import array
from dataclasses import replace

import numpy as np

from emsync_nb.analysis.expert import Opinion
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.timeline import averaged
from emsync_nb.domain.curve import FloatArray

#: the experts that would say of a black picture how dark, how still and how long it is; others see that it is black
_GO_BY_PICTURES = frozenset({"picture", "motion", "rhythm"})
#: mean and deviation of a picture together, 0 … 255: up to the first nothing is to be seen, from the second all
_NOTHING, _SOMETHING = 4.0, 12.0


class Visibility:
    """Takes note of how much each frame shows: one number a frame."""

    def __init__(self) -> None:
        self._times = array("d")
        self._shown = array("f")

    def see(self, glance: Glance) -> None:
        """Take note of the next frame."""
        light = glance.mean + glance.deviation
        self._times.append(float(glance.time_s))
        self._shown.append(min(1.0, max(0.0, (light - _NOTHING) / (_SOMETHING - _NOTHING))))

    def on(self, at_s: FloatArray) -> FloatArray:
        """(n,) how much is to be seen at the grid times, in [0, 1]; call after the first frame."""
        return averaged(self._times, np.asarray(self._shown, dtype=np.float64), at_s)


def dimmed(opinion: Opinion, shown: FloatArray) -> Opinion:
    """An opinion that is trusted no further than something is to be seen; that of who goes by other things as it is."""
    if opinion.name not in _GO_BY_PICTURES:
        return opinion
    return replace(
        opinion,
        valence_confidence=opinion.valence_confidence * shown,
        arousal_confidence=opinion.arousal_confidence * shown,
    )
