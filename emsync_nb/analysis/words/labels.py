"""The labels of GoEmotions (Demszky et al. 2020, ACL), and where each lies on the plane.

Places are ratings of the named term by Russell & Mehrabian (1977), "Evidence for a three-factor theory of emotions",
Journal of Research in Personality 11, 273–294, as `circumplex` quotes them or as later papers quote them; those marked
Gebhard are of Gebhard (2005), "ALMA: a layered model of affect", AAMAS, which extends them. Where no label's own word
was rated, the nearest that was stands in for it. Nobody rated the labels themselves: the table is a reading of them.
"""

from __future__ import annotations

import numpy as np

from emsync_nb.analysis.circumplex import EKMAN

#: the six and, last, neutral: the order of probabilities here
SEVEN = (*EKMAN, "neutral")
#: label → (valence, arousal, the term that was rated); the order is that of GoEmotions' label ids
PLACES: dict[str, tuple[float, float, str]] = {
    "admiration": (0.38, 0.13, "respectful"),
    "amusement": (0.76, 0.48, "joyful"),
    "anger": (-0.51, 0.59, "angry"),
    "annoyance": (-0.55, 0.16, "displeased"),
    "approval": (0.38, 0.13, "respectful"),
    "caring": (0.40, 0.16, "liking, Gebhard"),
    "confusion": (-0.41, 0.48, "puzzled"),
    "curiosity": (0.22, 0.62, "curious"),
    "desire": (0.20, 0.20, "hope, Gebhard"),
    "disappointment": (-0.61, -0.15, "discouraged"),
    "disapproval": (-0.55, 0.16, "displeased"),
    "disgust": (-0.60, 0.35, "disgusted"),
    "embarrassment": (-0.63, 0.43, "humiliated"),
    "excitement": (0.62, 0.75, "excited"),
    "fear": (-0.64, 0.60, "fearful"),
    "gratitude": (0.61, 0.10, "thankful"),
    "grief": (-0.63, -0.27, "sad"),
    "joy": (0.76, 0.48, "joyful"),
    "love": (0.82, 0.65, "in love"),
    "nervousness": (-0.64, 0.60, "fearful"),
    "optimism": (0.51, 0.23, "hopeful"),
    "pride": (0.40, 0.30, "pride, Gebhard"),
    "realization": (0.22, 0.62, "curious"),
    "relief": (0.20, -0.30, "relief, Gebhard"),
    "remorse": (-0.52, 0.02, "regretful"),
    "sadness": (-0.63, -0.27, "sad"),
    "surprise": (0.40, 0.67, "surprised"),
    "neutral": (0.0, 0.0, "none"),
}
#: the 28 in the order of their ids
FINE = tuple(PLACES)
#: (28, 2) valence and arousal of each
FINE_PLACES = np.array([place[:2] for place in PLACES.values()])
FINE_PLACES.setflags(write=False)
#: labels that GoEmotions' authors call pleasant, and unpleasant; the other five are neither
PLEASANT = (
    "admiration", "amusement", "approval", "caring", "desire", "excitement", "gratitude", "joy", "love", "optimism",
    "pride", "relief",
)  # fmt: skip
UNPLEASANT = (
    "anger", "annoyance", "disappointment", "disapproval", "disgust", "embarrassment", "fear", "grief", "nervousness",
    "remorse", "sadness",
)  # fmt: skip
