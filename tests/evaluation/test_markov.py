"""The Markov model against its formula, written out token by token."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.evaluation import MarkovModel

VOCABULARY = 4
SEQUENCES = st.lists(st.lists(st.integers(0, VOCABULARY - 1), max_size=12), max_size=5)
TOKENS = st.lists(st.integers(0, VOCABULARY - 1), max_size=12)


def formula(sequences: list[list[int]], context: list[int], token: int) -> float:
    """Interpolated Witten-Bell, by recursion and by looking through everything."""
    lower = formula(sequences, context[1:], token) if context else 1 / VOCABULARY
    size = len(context)
    followers = [
        sequence[at + size]
        for sequence in sequences
        for at in range(len(sequence) - size)
        if sequence[at : at + size] == context
    ]
    kinds = len(set(followers))
    return (followers.count(token) + kinds * lower) / (len(followers) + kinds) if followers else lower


def model(sequences: list[list[int]], order: int = 3) -> MarkovModel:
    return MarkovModel.fit([np.array(each, dtype=np.int64) for each in sequences], VOCABULARY, order)


@given(SEQUENCES, TOKENS, st.integers(0, 3))
def test_nll_is_that_of_the_formula(sequences: list[list[int]], tokens: list[int], order: int) -> None:
    wanted = [
        -math.log(formula(sequences, tokens[max(0, at - order) : at], token))
        for at, token in enumerate(tokens)
    ]
    fitted, sequence = model(sequences, order), np.array(tokens, dtype=np.int64)
    np.testing.assert_allclose(fitted.token_nll(sequence), wanted)
    assert fitted.nll(sequence) == pytest.approx(sum(wanted))


@given(SEQUENCES, TOKENS)
def test_probabilities_are_those_of_the_formula_and_sum_to_one(
    sequences: list[list[int]], context: list[int]
) -> None:
    chance = model(sequences).probabilities(np.array(context, dtype=np.int64))
    wanted = [formula(sequences, context[-3:], token) for token in range(VOCABULARY)]
    np.testing.assert_allclose(chance, wanted)
    assert chance.sum() == pytest.approx(1)


def test_a_large_vocabulary_does_not_mix_grams_up() -> None:
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 30_000, 2000)
    fitted = MarkovModel.fit([tokens.astype(np.uint16)], 30_000)
    # nearly every gram occurs once: P(w) of what always follows is at least a half
    assert np.median(np.exp(-fitted.token_nll(tokens)[3:])) > 0.5
    assert fitted.probabilities(tokens[:5]).sum() == pytest.approx(1)


def test_samples_come_as_often_as_they_are_likely() -> None:
    fitted, context = model([[0, 1, 2, 0, 1, 3, 0, 1, 2]]), np.array([0, 1])
    rng = np.random.default_rng(1)
    drawn = np.bincount([fitted.sample(rng, context) for _ in range(4000)], minlength=VOCABULARY) / 4000
    np.testing.assert_allclose(drawn, fitted.probabilities(context), atol=0.03)


def test_only_what_is_allowed_is_drawn() -> None:
    fitted, allowed = model([[0, 1, 2] * 5]), np.array([True, False, False, True])
    rng = np.random.default_rng(2)
    assert {fitted.sample(rng, np.array([0]), allowed) for _ in range(300)} == {0, 3}
    with pytest.raises(ValueError, match="allowed"):
        fitted.sample(rng, np.array([0]), np.zeros(VOCABULARY, dtype=bool))


@pytest.mark.parametrize("token", [-1, VOCABULARY])
def test_tokens_outside_the_vocabulary_are_refused(token: int) -> None:
    with pytest.raises(ValueError, match="0 … 3"):
        model([[0, token]])
    for ask in (model([[0]]).nll, model([[0]]).probabilities):
        with pytest.raises(ValueError, match="0 … 3"):
            ask(np.array([token]))


def test_grams_that_cannot_be_counted_are_refused() -> None:
    with pytest.raises(ValueError, match="lower order"):
        MarkovModel.fit([], 1 << 16, order=3)
