"""What the trained layer is told of a sentence: its meaning, its tone by VADER, its words and pairs of words.

MiniLM hears what a sentence is about; how it is felt often lies in single words ("thanks", "ugh"), which a mean
over all words blurs. So telling words and pairs go beside it, as the wide part of a wide-and-deep network (Cheng et al.
2016), each known by its CRC-32 so that no list of words ships, and VADER's four scores (Hutto &
Gilbert 2014, ICWSM; the package vaderSentiment, MIT). docs/words-card.md tells what each brings.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb import text_embedding
from emsync_nb.extras import is_installed, require

Float32 = NDArray[np.float32]
Hashes = NDArray[np.uint32]
#: words and pairs heard of one sentence
MAX_TERMS = 64
#: VADER's scores
TONES = ("neg", "neu", "pos", "compound")
_WORD = re.compile(r"[a-z']+|[!?]+|[^\sa-z'!?\d.,;:\"()\[\]-]")


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Of n sentences."""

    #: (n, 384) of `text_embedding.embed`
    vectors: Float32
    #: (n, 4) VADER's scores in the order of `TONES`
    tone: Float32
    #: (n, MAX_TERMS) CRC-32 of their words and pairs, rising, filled up with 0 in front
    terms: Hashes


def is_available() -> bool:
    """Whether the extra `text` is installed; imports nothing."""
    return text_embedding.is_available() and is_installed("vaderSentiment")


def features_of(sentences: Sequence[str]) -> Features:
    """All that the layer is told.

    Raises:
        MissingExtraError: the extra `text` is not installed.
        BrokenExtraError: MiniLM's weights are missing, or not the ones that were published.
    """
    return Features(text_embedding.embed(sentences), tone(sentences), hashes(sentences))


def tone(sentences: Sequence[str]) -> Float32:
    """(n, 4) VADER's shares of unpleasant, neutral and pleasant words in [0, 1], and its sum in [-1, 1]."""
    scores = [_vader().polarity_scores(sentence) for sentence in sentences]
    rows = [[score[name] for name in TONES] for score in scores]
    return np.array(rows, dtype=np.float32).reshape(-1, len(TONES))


def hashes(sentences: Sequence[str]) -> Hashes:
    """(n, MAX_TERMS) CRC-32 of the words and neighbouring pairs of each sentence, each once."""
    table = np.zeros((len(sentences), MAX_TERMS), dtype=np.uint32)
    for row, sentence in zip(table, sentences, strict=True):
        found = sorted({zlib.crc32(term.encode()) for term in terms_of(sentence)})[:MAX_TERMS]
        row[MAX_TERMS - len(found) :] = found
    return table


def terms_of(sentence: str) -> list[str]:
    """Words in small letters, runs of ! and ? as one, other signs one by one, and all neighbours as pairs."""
    found = _WORD.findall(sentence.lower().replace("’", "'"))
    single = [term[0] if term[0] in "!?" else term for term in found]
    return single + [f"{first} {second}" for first, second in pairwise(single)]


@cache
def _vader() -> Any:  # noqa: ANN401 - a type of vaderSentiment, which is imported here only
    return require("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
