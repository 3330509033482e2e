"""The rhythm of the cutting: short shots excite.

Hanjalic & Xu (2005) let arousal decay exponentially with the length of the shot; Adams, Dorai &
Venkatesh (2002), "Toward automatic extraction of expressive elements from motion pictures: tempo", IEEE
Transactions on Multimedia 4, 472–481, measure it against the median shot. Here the median is a fixed one,
that of feature films (about 4 s; Cutting, DeLong & Nothelfer 2010), so that the scale is absolute.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emsync_nb.analysis.evidence import noticed
from emsync_nb.analysis.expert import Opinion
from emsync_nb.domain import Boundary
from emsync_nb.domain.curve import FloatArray

#: a shot of this length neither excites nor calms, in seconds
_USUAL_SHOT_S = 4.0
#: arousal gained by each halving of the shot length, and its limits
_PER_HALVING, _CALMEST, _MOST_EXCITED = 0.25, -0.5, 0.9
_CONFIDENCE = 0.8
#: shots at the ends of a short film are known in part only; trust grows with what is known, in seconds
_KNOWN_S = 8.0
#: seconds around a moment in which cuts are counted for a person
_COUNTED_S = 30.0


class RhythmExpert:
    """Reads the lengths of the shots; needs no frames, only the boundaries."""

    name = "rhythm"

    def __init__(self) -> None:
        self._shots = 0

    @property
    def note(self) -> str:
        """How many shots there were."""
        return f"lengths of {self._shots} shots"

    def judge(self, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """Arousal by the length of the shot on the screen."""
        end_s = float(at_s[-1] + 0.25)
        inner = [float(boundary.time_s) for boundary in boundaries]
        edges = np.array([0.0, *inner, max(end_s, *inner)] if inner else [0.0, end_s])
        lengths = np.maximum(np.diff(edges), 1e-3)
        self._shots = lengths.size
        arousal = np.clip(_PER_HALVING * np.log2(_USUAL_SHOT_S / lengths), _CALMEST, _MOST_EXCITED)
        shown = np.clip(np.searchsorted(edges, at_s, side="right") - 1, 0, lengths.size - 1)
        confidence = np.full_like(at_s, _CONFIDENCE * min(1.0, end_s / _KNOWN_S))
        nothing = np.zeros_like(at_s)
        rates = _cuts_a_minute(inner, at_s, end_s)
        evidence = noticed(
            at_s,
            np.round(np.log2(1 + rates)).tolist(),
            lambda at: f"{rates[at]:.0f} cuts a minute, a shot of {lengths[shown[at]]:.1f} s",
        )
        return Opinion(self.name, at_s, nothing, arousal[shown], nothing, confidence, evidence=evidence)


def _cuts_a_minute(cuts_s: Sequence[float], at_s: FloatArray, end_s: float) -> FloatArray:
    """(n,) boundaries a minute in the half minute around each time, or in what of it lies in the film."""
    first, last = np.maximum(at_s - _COUNTED_S / 2, 0.0), np.minimum(at_s + _COUNTED_S / 2, end_s)
    count = np.searchsorted(cuts_s, last, side="right") - np.searchsorted(cuts_s, first)
    return np.asarray(60 * count / np.maximum(last - first, 1e-3))
