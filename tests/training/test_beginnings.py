"""Bars that stand alone: each a bar line and its own head, with what is asked for there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.generation.conditioning import WIDTH
from emsync_nb.generation.tokens import (
    AFTER,
    BAR_EVENT,
    BESIDE,
    COLUMNS,
    NO_HEAD,
    RECALLED,
    WRITTEN,
)
from emsync_nb.training.beginnings import beginnings

IntArray = NDArray[np.int64]
Vectors = NDArray[np.float32]


def line(source: int = WRITTEN) -> list[int]:
    return [*BAR_EVENT, source, *NO_HEAD]


def head(name: int, source: int = WRITTEN) -> list[int]:
    """A head with a name: its density."""
    classes = [44, 142, 35, 25, name]
    return [1, *classes, source, *classes]


def note(source: int = WRITTEN) -> list[int]:
    """A note on the bar line; it would be taken for a bar's line or head by its place alone."""
    return [2, 12, 40, 14, 8, 23, source, *NO_HEAD]


PADDING = [-1] * COLUMNS
#: two excerpts of ten steps; heads 1, 2, 3 and 4 are to be written
STEPS = np.array(
    [
        [
            line(RECALLED), head(9, RECALLED), note(RECALLED),
            line(), note(BESIDE), note(BESIDE), head(1), note(),
            line(), head(2),
        ],
        [
            line(AFTER), head(8, AFTER),
            line(), head(3), note(),
            line(), note(BESIDE), head(4),
            line(), PADDING,
        ],
    ]
)  # fmt: skip
#: where the line and the head of each stand: excerpt, line, head
PLACES = {1: (0, 3, 6), 2: (0, 8, 9), 3: (1, 2, 3), 4: (1, 5, 7)}
#: conditions that tell where they stand
VECTORS = np.arange(20, dtype=np.float32).reshape(2, 10, 1) + np.array([0, 100], dtype=np.float32)


def drawn(count: int, seed: int = 0) -> tuple[IntArray, Vectors, list[int]]:
    """Lines and heads, their conditions, the names of the heads."""
    steps, vectors = beginnings(STEPS, VECTORS, count, np.random.default_rng(seed))
    assert steps.shape == (count, 2, COLUMNS)
    assert vectors.shape == (count, 2, 2)
    assert vectors.dtype == np.float32
    return steps, vectors, steps[:, 1, 5].tolist()


@pytest.mark.parametrize("count", [1, 3, 4, 40])
def test_each_is_a_line_and_its_own_head_even_where_given_notes_stand_between(count: int) -> None:
    steps, vectors, names = drawn(count)
    for name, (bar, of_bar), told in zip(names, steps.tolist(), vectors, strict=True):
        excerpt, at_line, at_head = PLACES[name]
        assert bar == line()
        assert of_bar == head(name)
        assert np.array_equal(told, VECTORS[excerpt, [at_line, at_head]])


def test_only_heads_that_are_to_be_written_are_drawn() -> None:
    names = [name for seed in range(20) for name in drawn(4, seed)[2]]
    assert set(names) == {1, 2, 3, 4}  # and neither what is recalled nor what follows


def test_where_there_are_enough_heads_none_comes_twice() -> None:
    assert all(sorted(drawn(4, seed)[2]) == [1, 2, 3, 4] for seed in range(20))
    assert all(len(set(drawn(3, seed)[2])) == 3 for seed in range(20))
    assert len({frozenset(drawn(3, seed)[2]) for seed in range(40)}) == 4  # whichever is left out


def test_where_there_are_fewer_some_come_again() -> None:
    names = drawn(4000)[2]
    shares = np.bincount(names, minlength=5)[1:] / 4000
    assert shares == pytest.approx([0.25] * 4, abs=0.03)


def test_the_same_dice_draw_the_same() -> None:
    assert np.array_equal(drawn(40, seed=5)[0], drawn(40, seed=5)[0])
    assert not np.array_equal(drawn(40, seed=5)[0], drawn(40, seed=6)[0])


def test_what_it_draws_from_stays_as_it_is() -> None:
    steps, vectors = STEPS.copy(), VECTORS.copy()
    mine, told = beginnings(steps, vectors, 4, np.random.default_rng(0))
    mine[:], told[:] = -5, -5
    assert np.array_equal(steps, STEPS)
    assert np.array_equal(vectors, VECTORS)


def test_a_batch_of_given_music_alone_teaches_nothing() -> None:
    steps = np.full((1, 8, COLUMNS), -1)
    first, vectors = beginnings(steps, np.zeros((1, 8, WIDTH), dtype=np.float32), 5, np.random.default_rng(0))
    assert first.shape == (5, 2, COLUMNS) and (first == -1).all()
    assert vectors.shape == (5, 2, WIDTH)
