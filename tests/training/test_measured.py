"""Keys and ways of playing, measured over the bars around each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import DRUMS, PARTS, MusicTable
from emsync_nb.training.measured import around, emotion_ahead, keys, playing

Row = tuple[int, int, int, int, int]
C_MAJOR = 0
NO_KEY = 24


def music(rows: list[Row], bars: int, steps: int = 48) -> MusicTable:
    return MusicTable.build(np.array(rows), np.arange(bars + 1) * steps, np.full(bars, 60.0))


CHORDS = [
    (bar * 48 + i * 6, 6, note, 70, 0) for bar in range(4) for i, note in enumerate([60, 64, 67, 72] * 2)
]
CHROMATIC = [(bar * 48 + i * 4, 4, 60 + i, 70, 0) for bar in range(4) for i in range(12)]


@pytest.mark.parametrize(
    ("rows", "key"),
    [
        (CHORDS, C_MAJOR),
        ([(at, d, pitch + 3, v, p) for at, d, pitch, v, p in CHORDS], 3),
        ([(at, d, pitch - (pitch == 64), v, p) for at, d, pitch, v, p in CHORDS], 12),
        ([(at, d, pitch + 9 - (pitch == 64), v, p) for at, d, pitch, v, p in CHORDS], 12 + 9),
        (CHROMATIC, NO_KEY),
        ([(at, d, 36 + at % 3, v, DRUMS) for at, d, _, v, _ in CHORDS], NO_KEY),
    ],
)
def test_keys_are_heard(rows: list[Row], key: int) -> None:
    assert keys(music(rows, 4)).tolist() == [key] * 4


def test_keys_look_four_bars_around_and_long_notes_weigh_more() -> None:
    tonic = [(0, 48, 60, 70, 0), (0, 48, 64, 70, 0), (0, 48, 67, 70, 0)]
    # semitones elsewhere would hide the key, were they not so short
    clutter = [(48 + i, 1, 60 + i % 12, 70, 0) for i in range(12)]
    assert keys(music([*tonic, *clutter], 8)).tolist() == [C_MAJOR] * 5 + [C_MAJOR + NO_KEY] * 3


def test_ways_of_playing_by_hand() -> None:
    """One bar of four beats: two chords of two on the piano, three notes of the cello; the others are silent."""
    piano, cello = PARTS.index("piano"), PARTS.index("cello")
    rows = [
        (0, 12, 60, 60, piano), (0, 12, 64, 70, piano), (24, 12, 62, 80, piano), (24, 12, 66, 90, piano),
        (0, 12, 40, 50, cello), (12, 12, 43, 50, cello), (36, 12, 46, 80, cello),
    ]  # fmt: skip
    found = playing(music(rows, 1))
    assert found.shape == (1, len(PARTS), 4)
    # notes a beat, mean pitch, notes at once, mean velocity
    assert found[0, piano].tolist() == [1.0, 63.0, 2.0, 75.0]
    assert found[0, cello].tolist() == [0.75, 43.0, 1.0, 60.0]
    assert np.isnan(np.delete(found[0], [piano, cello], axis=0)).all()


def test_playing_looks_four_bars_around() -> None:
    flute, oboe = PARTS.index("flute"), PARTS.index("oboe")
    early = [(bar * 48, 12, 60, 70, oboe) for bar in range(3)]
    late = [(bar * 48, 12, 80 + bar, 70, flute) for bar in range(10, 20)]
    found = playing(music(early + late, 20))
    assert np.flatnonzero(np.isfinite(found[:, oboe, 0])).tolist() == list(range(7))
    assert np.flatnonzero(np.isfinite(found[:, flute, 0])).tolist() == list(range(6, 20))
    # bars 6 … 14 around bar 10 hold five notes in 36 beats; bars 15 … 19 around the last one five in 20
    assert found[10, flute, 0] == pytest.approx(5 / 36)
    assert found[19, flute, 0] == pytest.approx(5 / 20)
    assert found[10, flute, 1] == pytest.approx(92)


def test_bars_of_several_lengths_count_by_their_beats() -> None:
    table = MusicTable.build(np.array([(0, 12, 60, 70, 0)]), np.array([0, 24, 60]), np.full(2, 90.0))
    assert playing(table)[:, 0, 0] == pytest.approx([1 / 5, 1 / 5])


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20))
def test_sums_around(values: list[float]) -> None:
    wanted = [sum(values[max(0, bar - 4) : bar + 5]) for bar in range(len(values))]
    assert around(np.array(values)) == pytest.approx(wanted)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=15))
def test_emotion_ahead_is_the_mean_of_a_bar_and_the_four_after_it(labels: list[tuple[float, float]]) -> None:
    found = emotion_ahead(np.array(labels))
    for bar in range(len(labels)):
        assert found[bar] == pytest.approx(np.mean(labels[bar : bar + 5], axis=0), abs=1e-9)
