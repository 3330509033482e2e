"""From lines with times to an opinion: what the words say, while they are shown and shortly after."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emsync_nb.analysis.circumplex import EKMAN, decidedness
from emsync_nb.analysis.expert import Evidence, Opinion
from emsync_nb.analysis.timeline import GRID_HZ
from emsync_nb.analysis.words.features import Features, features_of
from emsync_nb.analysis.words.head import WordsHead, shipped_head
from emsync_nb.analysis.words.labels import FINE, FINE_PLACES
from emsync_nb.domain.curve import FloatArray
from emsync_nb.domain.words import Subtitle

#: after a line its effect dies away with this time constant, and ends after three of them, in seconds
_ECHO_S = 1.5
#: trust in what words say of valence and of arousal, at most: labels say much of the one and less of the other
_CONFIDENCE = (1.0, 0.5)
#: lines told as evidence: the surest ones, and none that is surer to be neutral
_MOST_EVIDENCE, _WIDTH = 200, 60
#: words that make up about a third of English speech, and hardly any of other languages' ("in", "so", "no" are theirs)
_ENGLISH = frozenset(
    re.findall(
        r"[\w']+",
        "the you i to it and of that what this my your for have not are know with she they at his her him just but "
        "there like out if don't it's i'm that's he's you're we're be been were would could should who how why when",
    )
)
#: shares of these words below which nothing, and above which everything, is taken for English
_FOREIGN, _NATIVE = 0.10, 0.20
#: fewer words than this tell no language
_ENOUGH_WORDS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What sentences say; all arrays have a row each."""

    #: (n, 6) in the order of `EKMAN`, rows summing to 1: which emotion, if any
    six: FloatArray
    #: (n,) probability that there is any
    emotional: FloatArray
    #: (n, 28) probabilities of `FINE`, each for itself
    fine: FloatArray
    #: (n,) in [-1, 1]
    valence: FloatArray
    arousal: FloatArray
    #: (n,) how far either is to be trusted, in [0, 1]
    trust: FloatArray


def verdict(told: Features, head: WordsHead | None = None) -> Verdict:
    """What the trained layer makes of n sentences."""
    seven, fine = (head or shipped_head())(told)
    emotional = 1 - seven[:, -1]
    six = seven[:, : len(EKMAN)] / np.maximum(emotional, 1e-12)[:, None]
    # the last label is neutral: what is left are the feelings, by their share
    felt = fine[:, :-1]
    places = felt @ FINE_PLACES[:-1] / np.maximum(felt.sum(axis=1), 1e-12)[:, None]
    return Verdict(six, emotional, fine, places[:, 0], places[:, 1], emotional * decidedness(six))


def englishness(sentences: Sequence[str]) -> float:
    """How far the words are English, in [0, 1], by the share of the commonest ones; 1 where they are too few to tell.

    MiniLM and the layer on it have learnt from English; what they make of another language is noise.
    """
    words = [word for text in sentences for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text.lower())]
    if len(words) < _ENOUGH_WORDS:
        return 1.0
    share = sum(word.replace("’", "'") in _ENGLISH for word in words) / len(words)
    return float(np.clip((share - _FOREIGN) / (_NATIVE - _FOREIGN), 0, 1))


def opinion_of(name: str, at_s: FloatArray, lines: Sequence[Subtitle], doubt: float = 1.0) -> Opinion:
    """The opinion of an expert that reads or hears words.

    Args:
        name: the expert's.
        at_s: (n,) the grid.
        lines: in order of time, their texts plain words.
        doubt: what all confidences are multiplied with, in [0, 1].

    Raises:
        MissingExtraError: the extra `text` is not installed.
        CheckpointError: the layer that ships is missing or damaged.
    """
    texts = [line.text for line in lines]
    found = verdict(features_of(texts))
    trust = found.trust * doubt * englishness(texts)
    columns = np.column_stack([found.valence, found.arousal, found.six])
    means, most = _over_time(at_s, lines, columns, trust)
    classes = np.where(most[:, None] > 0, means[:, 2:], 1 / len(EKMAN))
    return Opinion(
        name,
        at_s,
        means[:, 0],
        means[:, 1],
        most * _CONFIDENCE[0],
        most * _CONFIDENCE[1],
        ekman=classes / classes.sum(axis=1, keepdims=True),
        evidence=_evidence(lines, found, trust),
    )


def _over_time(
    at_s: FloatArray, lines: Sequence[Subtitle], values: FloatArray, trust: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(n, k) values on the grid, averaged by trust where lines or their echoes meet; and (n,) the trust there."""
    total = np.zeros((at_s.size, values.shape[1]))
    weight, most = np.zeros_like(at_s), np.zeros_like(at_s)
    for line, value, sure in zip(lines, values, trust, strict=True):
        first, last = np.searchsorted(at_s, (line.start_s - 0.5 / GRID_HZ, line.end_s + 3 * _ECHO_S))
        since_s = np.maximum(at_s[first:last] - line.end_s, 0)
        strength = sure * np.exp(-since_s / _ECHO_S)
        total[first:last] += strength[:, None] * value
        weight[first:last] += strength
        most[first:last] = np.maximum(most[first:last], strength)
    return total / np.maximum(weight, 1e-12)[:, None], most


def _evidence(lines: Sequence[Subtitle], found: Verdict, trust: FloatArray) -> tuple[Evidence, ...]:
    """The lines that were surest to show an emotion, with the likeliest of the 27 labels, in order of time."""
    telling = [i for i in np.argsort(-trust, kind="stable") if found.emotional[i] > 0.5 and trust[i] > 0]
    best = found.fine[:, :-1].argmax(axis=1)
    return tuple(
        Evidence(
            lines[i].start_s,
            f"“{textwrap.shorten(lines[i].text, _WIDTH, placeholder='…')}” {FINE[best[i]]} "
            f"{found.fine[i, best[i]]:.2f}",
        )
        for i in sorted(telling[:_MOST_EVIDENCE])
    )
