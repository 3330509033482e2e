"""A Markov model of tokens: what a generator must beat.

Interpolated Witten-Bell smoothing (Witten & Bell 1991; Chen & Goodman 1999, eq. 15): with c(h, w) how often w followed
h, c(h) the sum over w, T(h) how many different w followed, and h' the context without its oldest token,

    P(w | h) = (c(h, w) + T(h) · P(w | h')) / (c(h) + T(h)),

P(w | h') where h never occurred, and below the empty context all tokens are equally likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """All n-grams of one length; a gram is the number whose digits, to the base of the vocabulary, are its tokens."""

    #: (grams,) rising
    gram: IntArray
    #: (grams,) how often each occurs
    count: IntArray
    #: (contexts,) grams without their last token, rising
    context: IntArray
    #: (contexts + 1,) where each context's grams begin
    first: IntArray
    #: (contexts,) how many tokens followed each
    total: IntArray

    @classmethod
    def of(cls, grams: IntArray, vocabulary: int) -> _Order:
        """Count grams in any order; the array is sorted in place."""
        grams.sort()
        begins = np.flatnonzero(np.concatenate(([True], grams[1:] != grams[:-1]))[: len(grams)])
        gram, count = grams[begins], np.diff(begins, append=len(grams))
        first = np.flatnonzero(np.diff(gram // vocabulary, prepend=-1))
        total = np.add.reduceat(count, first) if len(first) else count
        return cls(gram, count, gram[first] // vocabulary, np.append(first, len(gram)), total)

    def following(self, context: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
        """(n,) totals and numbers of different followers of (n,) contexts, 0 where unseen; and their entries."""
        if not len(self.context):
            return np.zeros(len(context)), np.zeros(len(context)), np.zeros(len(context), dtype=np.int64)
        entry = np.minimum(np.searchsorted(self.context, context), len(self.context) - 1)
        is_seen = self.context[entry] == context
        total = np.where(is_seen, self.total[entry], 0).astype(np.float64)
        kinds = np.where(is_seen, self.first[entry + 1] - self.first[entry], 0).astype(np.float64)
        return total, kinds, entry

    def counts(self, gram: IntArray) -> FloatArray:
        """(n,) how often each of (n,) grams occurs."""
        if not len(self.gram):
            return np.zeros(len(gram))
        entry = np.minimum(np.searchsorted(self.gram, gram), len(self.gram) - 1)
        return np.where(self.gram[entry] == gram, self.count[entry], 0).astype(np.float64)


class MarkovModel:
    """Probabilities of the next token after the last few."""

    def __init__(self, orders: Sequence[_Order], vocabulary: int) -> None:
        """Use `fit`."""
        self._orders = tuple(orders)
        self.vocabulary = vocabulary

    @property
    def order(self) -> int:
        """How many tokens it looks back."""
        return len(self._orders) - 1

    @classmethod
    def fit(cls, sequences: Sequence[NDArray[np.integer]], vocabulary: int, order: int = 3) -> MarkovModel:
        """Count (n,) tokens 0 … vocabulary − 1 of each sequence; nothing goes on from one to the next.

        Needs at most about 40 bytes a token for as long as it counts.

        Raises:
            ValueError: tokens outside the vocabulary, or grams too long to count.
        """
        if vocabulary < 1 or order < 0 or vocabulary ** (order + 1) >= 1 << 63:
            raise ValueError(
                f"{order} tokens of {vocabulary} are too many to look back; choose a lower order"
            )
        for sequence in sequences:
            _check(sequence, vocabulary)
        empty = np.empty(0, dtype=np.int32)
        stream = np.concatenate(
            [empty, *sequences], dtype=np.int32, casting="unsafe"
        )  # checked: they all fit
        lengths = np.array([len(each) for each in sequences], dtype=np.int64)
        orders = [
            _Order.of(_grams(stream, lengths, size, vocabulary), vocabulary) for size in range(1, order + 2)
        ]
        return cls(orders, vocabulary)

    def token_nll(self, sequence: NDArray[np.integer]) -> FloatArray:
        """(n,) −log P of each token after those before it, in nats.

        Raises:
            ValueError: tokens outside the vocabulary.
        """
        _check(sequence, self.vocabulary)
        tokens = sequence.astype(np.int64)
        chance = np.full(len(tokens), 1.0 / self.vocabulary)
        for back, order in enumerate(self._orders):
            grams = _grams(tokens, np.array([len(tokens)]), back + 1, self.vocabulary)
            total, kinds, _ = order.following(grams // self.vocabulary)
            weight = np.maximum(total + kinds, 1.0)
            lower = chance[back:]
            finer = (order.counts(grams) + kinds * lower) / weight
            chance[back:] = np.where(total > 0, finer, lower)
        return np.asarray(-np.log(chance), dtype=np.float64)

    def nll(self, sequence: NDArray[np.integer]) -> float:
        """−log P of a whole sequence, in nats."""
        return float(self.token_nll(sequence).sum())

    def probabilities(self, context: NDArray[np.integer]) -> FloatArray:
        """(vocabulary,) how likely each token is after (n,) tokens, of which the last few count."""
        recent = context[max(0, len(context) - self.order) :].astype(np.int64)
        _check(recent, self.vocabulary)
        chance = np.full(self.vocabulary, 1.0 / self.vocabulary)
        for back, order in enumerate(self._orders[: len(recent) + 1]):
            key = _packed(recent[len(recent) - back :], self.vocabulary)
            total, kinds, entry = (float(value[0]) for value in order.following(np.array([key])))
            if total == 0:
                break  # what never occurred was never the end of a longer context either
            grams = slice(order.first[int(entry)], order.first[int(entry) + 1])
            chance *= kinds
            chance[order.gram[grams] % self.vocabulary] += order.count[grams]
            chance /= total + kinds
        return chance

    def sample(
        self, rng: np.random.Generator, context: NDArray[np.integer], allowed: BoolArray | None = None
    ) -> int:
        """A token after (n,) tokens, drawn from those that a (vocabulary,) mask allows.

        Raises:
            ValueError: nothing is allowed.
        """
        chance = self.probabilities(context)
        if allowed is not None:
            chance = np.where(allowed, chance, 0.0)
        running = np.cumsum(chance)
        if running[-1] <= 0:
            raise ValueError("no token is allowed; let the mask allow at least one")
        last = int(np.searchsorted(running, running[-1]))  # rounding must not lead beyond it
        return min(int(np.searchsorted(running, rng.random() * running[-1], side="right")), last)


def _check(tokens: NDArray[np.integer], vocabulary: int) -> None:
    if len(tokens) and not 0 <= int(tokens.min()) <= int(tokens.max()) < vocabulary:
        raise ValueError(f"tokens must lie in 0 … {vocabulary - 1}; got {tokens.min()} to {tokens.max()}")


def _packed(tokens: IntArray, vocabulary: int) -> int:
    packed = 0
    for token in tokens.tolist():
        packed = packed * vocabulary + token
    return packed


def _grams(stream: NDArray[np.integer], lengths: IntArray, size: int, vocabulary: int) -> IntArray:
    """(m,) all runs of `size` tokens that lie within one of the sequences that make up a (n,) stream."""
    count = max(len(stream) - size + 1, 0)
    grams = np.zeros(count, dtype=np.int64)
    for place in range(size):
        grams *= vocabulary
        grams += stream[place : place + count]
    if len(lengths) <= 1:
        return grams
    ends = np.cumsum(lengths)
    is_within = np.ones(len(stream), dtype=np.bool_)
    for back in range(1, size):
        is_within[(ends - back)[lengths >= back]] = False
    return np.asarray(grams[is_within[:count]])
