"""Longest matches, against looking everywhere."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.evaluation.suffixes import SuffixIndex, suffix_order

TEXTS = st.lists(st.integers(-1, 2), max_size=60)
QUERIES = st.lists(st.integers(0, 3), max_size=30)


@given(st.lists(st.integers(-1, 2), min_size=1, max_size=60))
def test_suffixes_rise(text: list[int]) -> None:
    order = suffix_order(np.array(text)).tolist()
    assert order == sorted(range(len(text)), key=lambda start: text[start:])


def _longest(text: list[int], query: list[int]) -> int:
    lengths = [0]
    for start in range(len(text)):
        pairs = list(zip(text[start:], query, strict=False))
        lengths.append(next((at for at, (a, b) in enumerate(pairs) if a != b), len(pairs)))
    return max(lengths)


@given(TEXTS, QUERIES)
def test_matches_are_the_longest_and_where_they_say(text: list[int], query: list[int]) -> None:
    lengths, places = SuffixIndex(np.array(text, dtype=np.int64)).matches(np.array(query, dtype=np.int64))
    assert lengths.tolist() == [_longest(text, query[place:]) for place in range(len(query))]
    for place, (length, start) in enumerate(zip(lengths.tolist(), places.tolist(), strict=True)):
        assert text[start : start + length] == query[place : place + length]


def test_long_repetition_is_found_whole() -> None:
    text = np.array([5, 6] * 5000)
    lengths, _ = SuffixIndex(text).matches(np.array([6, 5] * 3000))
    assert lengths[:2].tolist() == [6000, 5999]
