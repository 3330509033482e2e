"""What is said, from a subtitle file beside the film.

Each subtitle is embedded as a sentence and compared with sentences that typify Ekman's six emotions and
the absence of any; a softmax over the similarities gives probabilities, and the six become a point on
the plane (`circumplex`). Zero-shot classification by label sentences: Yin, Hay & Roth 2019. The
confidence is the probability that is not neutral, times how decided the six are.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emsync_nb import text_embedding
from emsync_nb.analysis.circumplex import EKMAN, on_plane
from emsync_nb.analysis.expert import Opinion, Unavailable
from emsync_nb.analysis.srt import SrtFile, Subtitle, read_srt
from emsync_nb.analysis.timeline import GRID_HZ
from emsync_nb.domain import Boundary
from emsync_nb.domain.curve import FloatArray

_log = logging.getLogger(__name__)

#: class → sentences that typify it, as film characters say them
PROTOTYPES: dict[str, tuple[str, ...]] = {
    "anger": (
        "I am furious with you!",
        "How dare you!",
        "I hate you, get out!",
        "This makes me so angry.",
        "Shut up, you idiot!",
    ),
    "disgust": (
        "That is disgusting.",
        "Ugh, that makes me sick.",
        "How revolting, take it away.",
        "That is gross.",
        "You are a vile, repulsive person.",
    ),
    "fear": (
        "I am so scared.",
        "Help! Run!",
        "Something terrible is going to happen.",
        "I am afraid of him.",
        "Please don't hurt me!",
    ),
    "joy": (
        "I am so happy!",
        "This is wonderful, I love it!",
        "Thank you so much, that's great!",
        "I love you.",
        "We did it! Hooray!",
        "Haha, that's funny.",
    ),
    "sadness": (
        "I am so sad.",
        "I am sorry, he is dead.",
        "I miss her so much.",
        "I feel lonely and hopeless.",
        "It breaks my heart.",
    ),
    "surprise": (
        "What? I can't believe it!",
        "Wow, I didn't expect that.",
        "Oh my god, really?",
        "That is a surprise.",
        "How is that possible?",
    ),
    "neutral": (
        "The train leaves at five.",
        "Put it on the table.",
        "He works in the office.",
        "I will see you tomorrow.",
        "It is on the second floor.",
        "Okay, let me check.",
    ),
}
#: softmax temperature over cosine similarities; of 0.03, 0.05, 0.07, 0.1 and 0.15 the one with the best
#: class-balanced likelihood on 1,200 sentences of the GoEmotions test set (Demszky et al. 2020)
TEMPERATURE = 0.07
#: after a subtitle its effect dies away with this time constant, and ends after three of them, in seconds
_ECHO_S = 1.5
#: trust in what words say of valence and of arousal, at most
_CONFIDENCE = (1.0, 0.5)


def class_probabilities(sentences: Sequence[str]) -> FloatArray:
    """(n, 7) probabilities of `EKMAN`'s classes and, last, of neutral.

    The score of a class is the mean cosine similarity to its prototypes.

    Raises:
        MissingExtraError: the extra `text` is not installed.
    """
    typical = text_embedding.embed([text for name in PROTOTYPES for text in PROTOTYPES[name]])
    sizes = [len(texts) for texts in PROTOTYPES.values()]
    centres = [part.mean(axis=0) for part in np.split(typical, np.cumsum(sizes)[:-1])]
    scores = text_embedding.embed(sentences).astype(np.float64) @ np.stack(centres).T / TEMPERATURE
    likelihood = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(likelihood / likelihood.sum(axis=1, keepdims=True))


def decidedness(probabilities: FloatArray) -> FloatArray:
    """(n, k) → (n,): 1 − entropy / log k; 0 when all classes are alike, 1 when one is certain.

    Six undecided classes still have a mean, on the unpleasant side, for there are more unpleasant classes;
    it must not count.
    """
    surprise = -np.log(np.maximum(probabilities, 1e-12))
    entropy = (probabilities * surprise).sum(axis=1)
    return np.asarray(np.clip(1 - entropy / np.log(probabilities.shape[1]), 0, 1))


class SubtitleExpert:
    """Reads the subtitles; needs neither frames nor sound."""

    name = "subtitles"

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._count = 0

    @property
    def note(self) -> str:
        """How much it read."""
        return f"{self._count} subtitles"

    def judge(self, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """The emotion of the words while they are shown and shortly after; boundaries play no part."""
        try:
            subtitles = self._within(float(at_s[-1]))
        except Unavailable as reason:
            if self._path is not None:  # whoever put it there would wonder
                _log.warning("The words of %s are not heard: %s", self._path.name, reason)
            raise
        self._count = len(subtitles)
        chances = class_probabilities([item.text for item in subtitles])
        emotional = 1 - chances[:, -1]
        six = chances[:, : len(EKMAN)] / emotional[:, None]
        points, sure = on_plane(six), emotional * decidedness(six)
        valence, trust = _over_time(at_s, subtitles, points.valence, sure)
        arousal, _ = _over_time(at_s, subtitles, points.arousal, sure)
        return Opinion(self.name, at_s, valence, arousal, trust * _CONFIDENCE[0], trust * _CONFIDENCE[1])

    def _within(self, end_s: float) -> list[Subtitle]:
        """The subtitles up to the film's end; tells in one line what is wrong with their file.

        Raises:
            Unavailable: as `_read`, or there are none.
        """
        file = self._read()
        subtitles = [item for item in file.subtitles if item.start_s <= end_s]
        wrong = ", ".join(file.faults)
        if not subtitles:
            reason = f" ({wrong})" if wrong else ""
            raise Unavailable(
                f"no readable subtitle lies within the film{reason}; save it as SubRip in UTF-8"
            )
        if wrong and self._path is not None:
            _log.warning(
                "Of %s only %d subtitles are heard: %s; save it as SubRip in UTF-8",
                self._path.name,
                len(subtitles),
                wrong,
            )
        return subtitles

    def _read(self) -> SrtFile:
        """What the file holds.

        Raises:
            Unavailable: there is no file, it cannot be opened, or the extra is missing.
        """
        if self._path is None:
            raise Unavailable("the film has no subtitle file")
        if not text_embedding.is_available():
            raise Unavailable("the extra 'text' is not installed: pip install 'emsync_nb[text]'")
        try:
            return read_srt(self._path)
        except OSError as error:
            raise Unavailable(f"{self._path.name} cannot be read: {error.strerror}") from error


def _over_time(
    at_s: FloatArray, subtitles: Sequence[Subtitle], values: FloatArray, trust: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Values on the grid, averaged by trust where subtitles or their echoes meet; and the trust there."""
    total, weight, most = np.zeros_like(at_s), np.zeros_like(at_s), np.zeros_like(at_s)
    for item, value, sure in zip(subtitles, values, trust, strict=True):
        first, last = np.searchsorted(at_s, (item.start_s - 0.5 / GRID_HZ, item.end_s + 3 * _ECHO_S))
        since_s = np.maximum(at_s[first:last] - item.end_s, 0)
        strength = sure * np.exp(-since_s / _ECHO_S)
        total[first:last] += strength * value
        weight[first:last] += strength
        most[first:last] = np.maximum(most[first:last], strength)
    return total / np.maximum(weight, 1e-12), most
