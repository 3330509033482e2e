"""What the layer is told."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from emsync_nb import text_embedding
from emsync_nb.analysis.words.features import MAX_TERMS, features_of, hashes, terms_of, tone
from tests.analysis.words.conftest import needs_text


def test_words_signs_and_pairs_are_heard() -> None:
    assert terms_of("Don’t go!!!") == ["don't", "go", "!", "don't go", "go !"]
    assert terms_of("12 ...") == []


def test_hashes_are_known_to_others_and_each_stands_once() -> None:
    (row,) = hashes(["no no"])
    assert list(row[row > 0]) == sorted(zlib.crc32(term) for term in (b"no", b"no no"))
    assert hashes(["word " * 500 + " ".join(f"w{n}" for n in map(chr, range(97, 123)))]).shape == (
        1,
        MAX_TERMS,
    )
    assert hashes([]).shape == (0, MAX_TERMS)


@needs_text
def test_tone_is_vaders() -> None:
    # the first example of VADER's own README, and its score there
    (scores,) = tone(["VADER is smart, handsome, and funny."])
    assert scores == pytest.approx([0.0, 0.254, 0.746, 0.8316], abs=1e-4)
    assert tone([]).shape == (0, 4)


@needs_text
def test_embeddings_are_unit_vectors_and_near_in_meaning() -> None:
    vectors = features_of(["A cat sleeps.", "A kitten is napping.", "The stock market fell."]).vectors
    assert vectors.shape == (3, text_embedding.DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3


def test_no_sentences_need_no_model() -> None:
    assert text_embedding.embed([]).shape == (0, 384)
