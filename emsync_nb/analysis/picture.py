"""Colour and light.

Valdez & Mehrabian (1994), "Effects of color on emotions", Journal of Experimental Psychology: General
123, 394–409: pleasure = 0.69 B + 0.22 S and arousal = −0.31 B + 0.60 S, with brightness B and saturation S
as deviations from the usual. Warm hues excite and please a little more than cold ones (Wei, Dimitrova &
Chang 2004, "Color-mood analysis of films"); hard contrast excites (Wang & Cheong 2006).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from emsync_nb.analysis.evidence import noticed
from emsync_nb.analysis.expert import Evidence, Opinion
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.timeline import averaged
from emsync_nb.domain import Boundary
from emsync_nb.domain.curve import FloatArray
from emsync_nb.extras import require

#: CIELAB lightness (0 … 1), chroma and contrast of an ordinary picture; these leave no impression
_USUAL_LIGHTNESS, _USUAL_CHROMA, _USUAL_CONTRAST = 0.45, 0.18, 0.18
#: what a full deviation is, in the same units
_LIGHTNESS_RANGE, _CHROMA_RANGE, _CONTRAST_RANGE = 0.45, 0.35, 0.3
#: CIELAB chroma that counts as 1
_FULL_CHROMA = 100.0
#: hue angle of the warmest colour in CIELAB, an orange
_WARM_HUE = np.deg2rad(60.0)
_WARMTH_VALENCE, _WARMTH_AROUSAL, _CONTRAST_AROUSAL = 0.25, 0.15, 0.15
#: trust in what colour says of valence and of arousal
_CONFIDENCE = (0.6, 0.3)
#: deviation from the usual, as a share of a full one, that is worth a word
_WORTH_A_WORD = 0.3


def colours(glance: Glance) -> tuple[float, float, float, float]:
    """Lightness 0 … 1, chroma (1 = a very saturated picture), warmth −1 … 1 and contrast of a frame.

    Warmth is the part of the chroma that points to orange. Contrast is the deviation of lightness.
    """
    lab = require("cv2").cvtColor(glance.look / np.float32(255), require("cv2").COLOR_RGB2LAB)
    lightness, green_red, blue_yellow = (lab[..., i] for i in range(3))
    chroma = float(np.hypot(green_red, blue_yellow).mean())
    warmth = float((green_red * np.cos(_WARM_HUE) + blue_yellow * np.sin(_WARM_HUE)).mean())
    return (
        float(lightness.mean()) / 100,
        chroma / _FULL_CHROMA,
        warmth / _FULL_CHROMA,
        float(lightness.std()) / 100,
    )


class PictureExpert:
    """Reads colour and light; a seeing expert."""

    name = "picture"

    def __init__(self) -> None:
        self._times = array("d")
        #: four values a frame
        self._values = array("f")

    @property
    def note(self) -> str:
        """How much it saw."""
        return f"colour and light of {len(self._times)} frames"

    def see(self, glance: Glance) -> None:
        """Measure the next frame."""
        self._times.append(float(glance.time_s))
        self._values.extend(colours(glance))

    def judge(self, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """Valdez & Mehrabian's equations at the grid times; the boundaries play no part."""
        columns = np.asarray(self._values, dtype=np.float64).reshape(-1, 4).T
        lightness, chroma, warmth, contrast = (averaged(self._times, column, at_s) for column in columns)
        bright = np.clip((lightness - _USUAL_LIGHTNESS) / _LIGHTNESS_RANGE, -1, 1)
        rich = np.clip((chroma - _USUAL_CHROMA) / _CHROMA_RANGE, -1, 1)
        hard = np.clip((contrast - _USUAL_CONTRAST) / _CONTRAST_RANGE, -1, 1)
        warm = np.clip(warmth / _CHROMA_RANGE, -1, 1)
        return Opinion(
            self.name,
            at_s,
            np.clip(0.69 * bright + 0.22 * rich + _WARMTH_VALENCE * warm, -1, 1),
            np.clip(-0.31 * bright + 0.60 * rich + _WARMTH_AROUSAL * warm + _CONTRAST_AROUSAL * hard, -1, 1),
            np.full_like(at_s, _CONFIDENCE[0]),
            np.full_like(at_s, _CONFIDENCE[1]),
            evidence=_told(at_s, (bright, rich, warm, hard), (lightness, chroma, warmth, contrast)),
        )


def _told(
    at_s: FloatArray, deviations: Sequence[FloatArray], measured: Sequence[FloatArray]
) -> tuple[Evidence, ...]:
    """What stands out, with what was measured, such as "dark 0.08, cold −0.11, low contrast 0.05"."""
    poles = (
        ("dark", "bright"),
        ("pale", "rich colours"),
        ("cold", "warm"),
        ("low contrast", "high contrast"),
    )
    ways = np.stack(
        [(row > _WORTH_A_WORD).astype(int) - (row < -_WORTH_A_WORD) for row in deviations], axis=1
    )

    def words(at: int) -> str:
        rows = zip(poles, ways[at].tolist(), measured, strict=True)
        # hyphens of numbers are minus signs in words
        told = [f"{pole[way > 0]} {values[at]:.2f}".replace("-", "−") for pole, way, values in rows if way]
        return ", ".join(told)

    return noticed(at_s, [tuple(row) if any(row) else None for row in ways.tolist()], words)
