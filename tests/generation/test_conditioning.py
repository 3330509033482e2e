"""Conditions by hand: two bars of four beats at 120 beats a minute, 24 steps a second."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from emsync_nb.domain import PARTS
from emsync_nb.generation.conditioning import (
    CONTROLS,
    EMOTION,
    ENSEMBLE,
    OFFSET,
    OFFSET_CENTRES_S,
    SHAPE,
    TRACKS,
    WIDTH,
    Conditions,
    scaled_controls,
)


@pytest.fixture
def conditions() -> Conditions:
    parts = np.zeros((2, len(PARTS)), dtype=bool)
    parts[0, 3] = parts[1, 5] = True
    return Conditions(
        bar_start=np.array([0, 48, 96]),
        valence=np.array([0.25, -0.5]),
        arousal=np.array([-1.0, 0.75]),
        parts=parts,
        hits=np.array([36, 60]),
        clock_steps=np.array([0.0, 96.0]),
        clock_s=np.array([0.0, 4.0]),
    )


def at(conditions: Conditions, bar: int, position: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    vectors = conditions.vectors(np.array([bar]), np.array([position]))
    assert vectors.shape == (1, WIDTH)
    assert vectors.dtype == np.float32
    return vectors[0].astype(np.float64)


@pytest.mark.parametrize(
    ("bar", "position", "left_s", "left_beats", "here"),
    [
        (0, 0, 1.5, 3, 0),
        (0, 24, 0.5, 1, 0),
        (0, 36, 0.0, 0, 1),  # the first hit
        (0, 37, 23 / 24, 23 / 12, 0),  # the second hit is next
        (1, 0, 0.5, 1, 0),
        (1, 12, 0.0, 0, 1),  # the second hit
        (1, 13, 8.0, 16, 0),  # none follows: as far as can be
    ],
)
def test_the_way_to_the_next_hit(
    conditions: Conditions, bar: int, position: int, left_s: float, left_beats: float, here: int
) -> None:
    told, beats, flag, *bumps = at(conditions, bar, position)[OFFSET]
    assert (told, flag) == (1, here)
    assert beats == pytest.approx(left_beats / 16)
    spelled = [math.exp(-(((left_s - c) / (0.15 + 0.25 * c)) ** 2)) for c in OFFSET_CENTRES_S.tolist()]
    assert bumps == pytest.approx(spelled, abs=1e-6)


def test_the_clock_may_change_its_pace(conditions: Conditions) -> None:
    """The second bar takes three times as long: from its third beat to a hit at its end, three seconds."""
    uneven = replace(
        conditions,
        hits=np.array([96]),
        clock_steps=np.array([0.0, 48.0, 96.0]),
        clock_s=np.array([0.0, 2.0, 8.0]),
    )
    assert uneven.seconds(np.array([24, 72])).tolist() == [1.0, 5.0]
    bumps = at(uneven, 1, 24)[OFFSET][3:]
    assert bumps[6] == pytest.approx(1)  # centred on three seconds
    assert at(uneven, 1, 24)[OFFSET][1] == pytest.approx(2 / 16)


def test_without_hits_every_place_is_far_from_one(conditions: Conditions) -> None:
    free = replace(conditions, hits=np.empty(0, dtype=np.int64))
    far = at(conditions, 1, 40)[OFFSET]
    assert np.array_equal(at(free, 0, 36)[OFFSET], far)


def test_emotion_and_players(conditions: Conditions) -> None:
    first, second = at(conditions, 0, 0), at(conditions, 1, 5)
    assert first[EMOTION].tolist() == [0.25, -1, 1]
    assert second[EMOTION].tolist() == [-0.5, 0.75, 1]
    # whether players are told, then the fourth and the sixth part
    assert np.flatnonzero(first[ENSEMBLE]).tolist() == [0, 1 + 3]
    assert np.flatnonzero(second[ENSEMBLE]).tolist() == [0, 1 + 5]


def test_where_in_the_music(conditions: Conditions) -> None:
    """Bars left, bars gone, bars to the joint, whether there is one; counted up to eight, in eighths."""
    assert [at(conditions, bar, 7)[SHAPE].tolist() for bar in (0, 1)] == [[1 / 8, 0, 1, 0], [0, 1 / 8, 1, 0]]
    within = replace(conditions, bars_before=2, bars_after=1)
    assert [at(within, bar, 0)[SHAPE].tolist() for bar in (0, 1)] == [
        [2 / 8, 2 / 8, 1, 0],
        [1 / 8, 3 / 8, 1, 0],
    ]
    amid = replace(conditions, bars_before=70, bars_after=80)
    assert at(amid, 1, 0)[SHAPE].tolist() == [1, 1, 1, 0]


def test_where_given_music_follows(conditions: Conditions) -> None:
    joined = replace(conditions, joint=np.array([2, 2]))
    assert [at(joined, bar, 0)[SHAPE][2:].tolist() for bar in (0, 1)] == [[2 / 8, 1], [1 / 8, 1]]
    one = replace(conditions, joint=np.array([1, -1]))
    assert [at(one, bar, 0)[SHAPE][2:].tolist() for bar in (0, 1)] == [[1 / 8, 1], [1, 0]]


def test_what_is_asked_of_each_track(conditions: Conditions) -> None:
    assert not at(conditions, 0, 0)[TRACKS].any()
    asked = np.full((2, len(PARTS), len(CONTROLS)), np.nan)
    asked[0, 3] = [4, 72, 3, 104]
    asked[1, 5, 1] = 48
    told = replace(conditions, controls=asked)
    first, second = (at(told, bar, 0)[TRACKS].reshape(2, len(CONTROLS), len(PARTS)) for bar in (0, 1))
    assert first[0, :, 3] == pytest.approx([2 / 3, 0.5, 0.5, 1])
    assert first[1, :, 3].tolist() == [1, 1, 1, 1]
    assert (np.count_nonzero(first[0]), np.count_nonzero(first[1])) == (4, 4)
    assert second[0, 1, 5] == pytest.approx(-0.5)
    assert np.argwhere(second).tolist() == [[0, 1, 5], [1, 1, 5]]


def test_controls_by_hand() -> None:
    rows = np.array([[1.0, 60, 2, 72], [8, 84, 4, 40], [0, 36, 1, 104]])
    wanted = [[0, 0, 0, 0], [1, 1, 1, -1], [math.log2(0.1) / 3, -1, -0.5, 1]]
    assert scaled_controls(rows) == pytest.approx(np.array(wanted))


def test_the_groups_cover_the_vector_once() -> None:
    groups = (EMOTION, OFFSET, SHAPE, ENSEMBLE, TRACKS)
    assert [i for group in groups for i in range(group.start, group.stop)] == list(range(WIDTH))
    assert [group.stop - group.start for group in groups] == [3, 13, 4, 29, 224]
