"""A planted change is the newest bar line, and a test sees it and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from emsync_nb.domain import MusicTable
from emsync_nb.evaluation import bar_novelty, hit_novelty
from tests.evaluation.hand_made import BAR, DRUMS, FLUTE, PIANO, Row, any_piece, table

C_MAJOR, F_SHARP = (60, 64, 67), (66, 70, 73)


def section(first: int, bars: int, pitches: tuple[int, ...], every: int, part: int) -> list[Row]:
    starts = range(first * BAR, (first + bars) * BAR, every)
    return [(at, every, pitch, 70, part) for at in starts for pitch in pitches]


def changed(at: int, pitches: tuple[int, ...], every: int, part: int, bars: int = 24) -> MusicTable:
    """C major in half notes of the piano, then something else from bar `at` on."""
    return table(
        [*section(0, at, C_MAJOR, 24, PIANO), *section(at, bars - at, pitches, every, part)], bars=bars
    )


@pytest.mark.parametrize(
    ("pitches", "every", "part"),
    [
        (C_MAJOR, 24, FLUTE),
        (F_SHARP, 24, PIANO),
        (C_MAJOR, 3, PIANO),
        ((84, 88, 91), 24, PIANO),
        (F_SHARP, 3, FLUTE),
    ],
    ids=["instrument", "harmony", "density", "register", "all"],
)
def test_a_change_is_the_newest_bar_line(pitches: tuple[int, ...], every: int, part: int) -> None:
    novelty = bar_novelty(changed(11, pitches, every, part))
    assert np.isnan(novelty[0])
    assert np.nanargmax(novelty) == 11
    assert novelty[11] > 1


def test_nothing_is_new_where_nothing_changes() -> None:
    assert bar_novelty(table(section(0, 8, C_MAJOR, 24, PIANO), bars=8))[1:].tolist() == [0.0] * 7


def test_an_entry_after_silence_is_new() -> None:
    novelty = bar_novelty(table(section(6, 6, C_MAJOR, 24, DRUMS), bars=12))
    assert np.nanargmax(novelty) == 6


@given(any_piece())
def test_novelty_is_standardised(music: MusicTable) -> None:
    novelty = bar_novelty(music)
    assert novelty.shape == (music.bars,)
    assert np.isfinite(novelty[1:]).all()
    assert music.bars < 2 or abs(novelty[1:].mean()) < 1e-6


def test_hits_at_changes_are_told_from_hits_elsewhere() -> None:
    places = [5, 8, 11, 14, 17, 19]
    pieces = [changed(at, F_SHARP, 6, FLUTE) for at in places]
    at_changes = hit_novelty(pieces, [[at] for at in places], seed=1)
    assert at_changes.p_value < 0.01
    assert at_changes.mean_at_hits > at_changes.mean_elsewhere + 1
    # a bar beside the change is near enough, three bars are not
    near = hit_novelty(pieces, [[at + 1] for at in places], seed=1)
    assert near.mean_at_hits == pytest.approx(at_changes.mean_at_hits)
    assert hit_novelty(pieces, [[at + 3] for at in places], seed=1).p_value > 0.5


def test_chance_keeps_its_promise() -> None:
    """Hits by chance come out below 10 % about one time in ten."""
    rng = np.random.default_rng(4)
    pieces = [changed(at, F_SHARP, 6, FLUTE) for at in (5, 9, 13, 17)]
    tests = [
        hit_novelty(pieces, rng.integers(24, size=(4, 2)).tolist(), seed=number, permutations=200)
        for number in range(200)
    ]
    assert 0.04 < np.mean([test.p_value <= 0.1 for test in tests]) < 0.17


def test_the_seed_decides() -> None:
    pieces = [changed(5, F_SHARP, 6, FLUTE)]
    first, again, other = (hit_novelty(pieces, [[9]], seed=seed, permutations=50) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("hits", [[[24]], [[-1]], [[]], [[1], [2]]])
def test_hits_must_lie_in_their_pieces(hits: list[list[int]]) -> None:
    with pytest.raises(ValueError, match=r"hits|longer"):
        hit_novelty([changed(5, F_SHARP, 6, FLUTE)], hits, seed=0)
