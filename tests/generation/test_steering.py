"""What the network is told of emotion: offset by what comes of it, and corrected by what is heard."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import MusicTable
from emsync_nb.generation.steering import MOST, REACH, RESPONSE, Steering, compensated

_MUSIC = MusicTable.build(np.array([[0, 12, 60, 80, 0]]), np.array([0, 48]), np.array([100.0]))
_emotion = st.floats(-1, 1)


@given(_emotion, _emotion)
def test_what_is_told_stays_within_what_was_learnt_and_a_little(valence: float, arousal: float) -> None:
    assert np.abs(compensated(np.array([valence, arousal]))).max() <= MOST + 1e-9


def test_what_can_be_had_is_had() -> None:
    meant = np.array([0.1, 0.0])
    heard = RESPONSE[:, :2] @ compensated(meant) + RESPONSE[:, 2]
    np.testing.assert_allclose(heard, meant, atol=0.05)


def test_bright_and_calm_is_told_as_brighter_and_less_calm() -> None:
    """Calm music is heard as dark, so some calm is given up."""
    valence, arousal = compensated(np.array([0.8, -0.8]))
    assert valence > 1 and -0.8 < arousal < 0


def test_without_an_ear_it_is_told_what_is_meant() -> None:
    steering = Steering(np.array([[0.3, -0.6]] * 4), None)
    steering.listen(3, _MUSIC)
    np.testing.assert_array_equal(steering.told(3), [0.3, -0.6])


def test_what_is_missing_is_added_until_there_is_no_more_to_add() -> None:
    steering = Steering(np.zeros((40, 2)), lambda music: np.array([[-0.5, 0.5]]))
    corrections = []
    for bar in range(40):
        steering.listen(bar, _MUSIC)
        corrections.append(steering.correction.copy())
    assert corrections[0].tolist() == [0, 0]  # one bar says too little
    assert corrections[3][0] > corrections[1][0] > 0 > corrections[1][1] > corrections[3][1]
    assert corrections[-1].tolist() == [REACH, -REACH]


def test_an_ear_that_hears_what_is_meant_changes_nothing() -> None:
    steering = Steering(np.full((8, 2), 0.4), lambda music: np.array([[0.4, 0.4]]))
    steering.listen(7, _MUSIC)
    np.testing.assert_allclose(steering.correction, 0, atol=1e-12)


def test_strength_takes_what_is_meant_further_where_somebody_listens() -> None:
    meant, ear = np.array([[0.4, -0.8]] * 4), lambda music: np.array([[0.6, -1.0]])
    steering = Steering(meant, ear, 1.5)
    steering.listen(3, _MUSIC)
    np.testing.assert_allclose(steering.correction, 0, atol=1e-12)  # (0.6, −1.2), and no further than −1
    np.testing.assert_array_equal(Steering(meant, None, 1.5).told(0), meant[0])


def test_a_turn_begins_anew_on_the_axis_that_turns() -> None:
    meant = np.array([[-0.6, 0.2]] * 6 + [[0.6, 0.2]] * 2)
    steering = Steering(meant, lambda music: np.array([[0.0, 0.0]]))
    for bar in range(6):
        steering.told(bar)
        steering.listen(bar, _MUSIC)
    valence, arousal = steering.correction
    assert valence < 0 < arousal
    steering.told(6)
    assert steering.correction.tolist() == [0.0, arousal]


def test_silence_is_not_listened_to() -> None:
    def never(music: MusicTable) -> np.ndarray:  # type: ignore[type-arg]
        raise AssertionError("nothing sounds")

    empty = MusicTable.build(np.empty((0, 5), dtype=np.int64), np.array([0, 48]), np.array([100.0]))
    Steering(np.zeros((8, 2)), never).listen(7, empty)
