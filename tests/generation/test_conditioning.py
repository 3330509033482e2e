"""Conditions by hand: two bars of four beats at 120 beats a minute, 24 steps a second."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from emsync_nb.domain import PARTS
from emsync_nb.generation.conditioning import (
    DENSITY,
    EMOTION,
    ENSEMBLE,
    KEY,
    OFFSET,
    OFFSET_CENTRES_S,
    SHAPE,
    WIDTH,
    Conditions,
)


@pytest.fixture
def conditions() -> Conditions:
    parts = np.zeros((2, len(PARTS)), dtype=bool)
    parts[0, 3] = parts[1, 5] = True
    return Conditions(
        bar_start=np.array([0, 48, 96]),
        valence=np.array([0.25, -0.5]),
        arousal=np.array([-1.0, 0.75]),
        bpm=np.array([120.0, 60.0]),
        density=np.array([3.0, 0.0]),
        tonic=np.array([9, -1]),
        minor=np.array([True, False]),
        parts=parts,
        hits=np.array([36, 60]),
        clock_steps=np.array([0.0, 96.0]),
        clock_s=np.array([0.0, 4.0]),
    )


def at(conditions: Conditions, bar: int, position: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    vectors = conditions.vectors(np.array([bar]), np.array([position]))
    assert vectors.shape == (1, WIDTH)
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


def test_without_hits_every_place_is_far_from_one(conditions: Conditions) -> None:
    free = replace(conditions, hits=np.empty(0, dtype=np.int64))
    far = at(conditions, 1, 40)[OFFSET]
    assert np.array_equal(at(free, 0, 36)[OFFSET], far)


def test_emotion_density_shape_key_and_players(conditions: Conditions) -> None:
    first, second = at(conditions, 0, 0), at(conditions, 1, 5)
    assert first[EMOTION].tolist() == [0.25, -1, 1]
    assert second[EMOTION].tolist() == [-0.5, 0.75, 1]
    assert first[DENSITY] == pytest.approx([math.log(4) / 2, 1])
    # an octave below 120 is −1; both bars are regular; bars left and bars since, out of eight
    assert first[SHAPE].tolist() == [0, 0, 1 / 8, 0]
    assert second[SHAPE].tolist() == [-1, 0, 0, 1 / 8]
    assert np.flatnonzero(first[KEY]).tolist() == [9, 13]  # A, minor
    assert not second[KEY].any()  # unknown
    assert np.flatnonzero(first[ENSEMBLE]).tolist() == [3]
    assert np.flatnonzero(second[ENSEMBLE]).tolist() == [5]


def test_the_groups_cover_the_vector_once() -> None:
    groups = (EMOTION, OFFSET, DENSITY, SHAPE, KEY, ENSEMBLE)
    assert [i for group in groups for i in range(group.start, group.stop)] == list(range(WIDTH))
