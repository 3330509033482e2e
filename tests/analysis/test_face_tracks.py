"""Tracks: which boxes are one face."""

from __future__ import annotations

import numpy as np

from emsync_nb.analysis.face_tracks import tracks_of


def tracks(*sightings: tuple[float, int, float, float]) -> list[int]:
    """Of (time, shot, left, width); all boxes are squares at the same height."""
    times, shots, lefts, widths = (np.array(column) for column in zip(*sightings, strict=True))
    boxes = np.stack([lefts, np.full(times.size, 0.2), widths, widths], axis=1)
    return tracks_of(times, shots.astype(np.intp), boxes).tolist()


def test_a_face_that_moves_a_little_is_one() -> None:
    assert tracks((0, 0, 0.1, 0.2), (0.3, 0, 0.15, 0.2), (0.6, 0, 0.22, 0.21)) == [0, 0, 0]


def test_two_faces_keep_apart_in_whatever_order_they_come() -> None:
    row = ((0, 0, 0.1, 0.2), (0, 0, 0.6, 0.2), (0.3, 0, 0.62, 0.2), (0.3, 0, 0.12, 0.2))
    assert tracks(*row) == [0, 1, 1, 0]


def test_a_new_shot_is_a_new_face() -> None:
    assert tracks((0, 0, 0.1, 0.2), (0.3, 1, 0.1, 0.2)) == [0, 1]


def test_a_face_that_was_away_too_long_is_another() -> None:
    assert tracks((0, 0, 0.1, 0.2), (0.9, 0, 0.1, 0.2), (3, 0, 0.1, 0.2)) == [0, 0, 1]


def test_a_jump_and_a_leap_of_size_are_other_faces() -> None:
    assert tracks((0, 0, 0.1, 0.2), (0.3, 0, 0.7, 0.2)) == [0, 1]
    assert tracks((0, 0, 0.1, 0.1), (0.3, 0, 0.1, 0.3)) == [0, 1]


def test_of_two_candidates_the_likest_goes_on() -> None:
    assert tracks((0, 0, 0.1, 0.2), (0.3, 0, 0.2, 0.2), (0.3, 0, 0.11, 0.2)) == [0, 1, 0]


def test_nothing_seen_is_no_track() -> None:
    assert tracks_of(np.zeros(0), np.zeros(0, dtype=np.intp), np.zeros((0, 4))).size == 0
