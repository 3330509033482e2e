"""Every place of a long text in alphabetical order, so that the longest match of another text is found at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
HashArray = NDArray[np.uint64]

#: odd, so that multiplying by it loses nothing modulo 2^64
_BASE = np.uint64(0x9E3779B97F4A7C15 | 1)


def suffix_order(text: IntArray) -> IntArray:
    """(n,) where each suffix of (n,) text begins, in rising order of the suffixes.

    By doubling (Manber & Myers 1993, "Suffix arrays"): places ordered by what follows within 2^k symbols are
    ordered within 2^(k+1) by their own rank and that of the place 2^k further on.
    """
    size = len(text)
    rank = np.unique(text, return_inverse=True)[1].reshape(-1).astype(np.int64)
    reach = 1
    while True:
        key = rank * (size + 1)
        key[: max(size - reach, 0)] += rank[reach:] + 1
        order = np.argsort(key)
        key = key[order]
        rank[order] = np.cumsum(np.diff(key, prepend=key[:1]) != 0)
        if reach >= size or rank[order[-1]] == size - 1:
            return np.asarray(order, dtype=np.int64)
        reach *= 2


def _mixed(text: IntArray) -> HashArray:
    """(n,) scattered bits of each symbol: the finaliser of SplitMix64 (Steele et al. 2014)."""
    value = text.astype(np.uint64) + _BASE
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)), dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class _Hashed:
    """A text with running sums of symbol · base^place, so that any two stretches compare at once."""

    #: (n,) symbols
    text: IntArray
    #: (n + 1,) modulo 2^64
    sums: HashArray
    #: (n + 1,) base^place modulo 2^64
    powers: HashArray

    @classmethod
    def of(cls, text: IntArray) -> _Hashed:
        powers = np.full(len(text) + 1, _BASE, dtype=np.uint64)
        powers[0] = 1
        np.cumprod(powers, out=powers)
        sums = np.zeros(len(text) + 1, dtype=np.uint64)
        np.cumsum(_mixed(text) * powers[:-1], out=sums[1:])
        return cls(text, sums, powers)

    def has_same(
        self, at: IntArray, other: _Hashed, other_at: IntArray, length: IntArray
    ) -> NDArray[np.bool_]:
        """(m,) whether `length` symbols from `at` are those of the other text from `other_at`."""
        mine = (self.sums[at + length] - self.sums[at]) * other.powers[other_at]
        theirs = (other.sums[other_at + length] - other.sums[other_at]) * self.powers[at]
        return np.asarray(mine == theirs)


class SuffixIndex:
    """The longest match in a text, for every place of another: O(log n · log m) for each."""

    def __init__(self, text: IntArray) -> None:
        """Index (n,) symbols; negative ones match nothing and part what must not match across them."""
        # a last separator, so that a match ends before the text does
        ended = np.append(text, -1).astype(np.int64)
        # separators that differ keep the doubling short
        apart = np.flatnonzero(ended < 0)
        ended[apart] = -1 - np.arange(len(apart))
        self._hashed = _Hashed.of(ended)
        self._order = suffix_order(ended).astype(np.int32)

    def matches(self, query: IntArray) -> tuple[IntArray, IntArray]:
        """(m,) lengths of the longest match from each place of (m,) non-negative symbols, and where it is."""
        size, hashed = len(query), _Hashed.of(query)
        place = np.arange(size)
        low, high = np.zeros(size, dtype=np.int64), np.full(size, len(self._order))
        while (low < high).any():
            middle = np.minimum((low + high) // 2, len(self._order) - 1)
            is_before = self._comes_before(middle, hashed, place)
            is_open = low < high
            low = np.where(is_open & is_before, middle + 1, low)
            high = np.where(is_open & ~is_before, middle, high)
        # the longest match stands next to where the query would
        candidates = [np.maximum(low - 1, 0), np.minimum(low, len(self._order) - 1)]
        starts = [self._order[entry].astype(np.int64) for entry in candidates]
        lengths = [self._shared(start, hashed, place) for start in starts]
        is_second = lengths[1] > lengths[0]
        return np.where(is_second, lengths[1], lengths[0]), np.where(is_second, starts[1], starts[0])

    def _comes_before(self, entry: IntArray, query: _Hashed, place: IntArray) -> NDArray[np.bool_]:
        """(m,) whether the suffixes at entries of the order stand before those of the query."""
        start = self._order[entry].astype(np.int64)
        length = self._shared(start, query, place)
        is_whole = place + length >= len(query.text)
        theirs = query.text[np.minimum(place + length, len(query.text) - 1)]
        return np.asarray(~is_whole & (self._hashed.text[start + length] < theirs))

    def _shared(self, start: IntArray, query: _Hashed, place: IntArray) -> IntArray:
        """(m,) how many symbols are the same from `start` here and from `place` in the query."""
        room = np.minimum(len(self._hashed.text) - start, len(query.text) - place)
        length = np.zeros(len(place), dtype=np.int64)
        for bit in reversed(range(len(query.text).bit_length())):
            tried = length + (1 << bit)
            fits = tried <= room
            same = self._hashed.has_same(start, query, place, np.where(fits, tried, 0))
            length = np.where(fits & same, tried, length)
        return length
