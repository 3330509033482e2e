"""Statistics of pieces whose numbers can be told by hand, and distances against SciPy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from emsync_nb.domain import MusicTable
from emsync_nb.evaluation import STATISTICS, distance_to_human, music_statistics
from emsync_nb.evaluation.statistics import wasserstein
from tests.evaluation.hand_made import BAR, DRUMS, FLUTE, PIANO, any_piece, melody, table

VALUES = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=20)


def statistic(name: str, music: MusicTable) -> float:
    return music_statistics(music)[name]


def test_entropy_is_taken_over_four_bars() -> None:
    # four bars on C and G, four bars on C alone
    music = melody([60, 67] * 8 + [60, 72] * 8, 12)
    assert statistic("pitch_class_entropy", music) == pytest.approx((1.0 + 0.0) / 2)
    assert statistic("pitch_class_entropy", melody(range(60, 72), 6)) == pytest.approx(math.log2(12))


def test_a_scale_is_consistent_and_a_foreign_note_is_not() -> None:
    scale = [62, 64, 66, 67, 69, 71, 73]
    assert statistic("scale_consistency", melody(scale)) == 1.0
    assert statistic("scale_consistency", melody([*scale, 60])) == pytest.approx(7 / 8)
    assert statistic("scale_consistency", melody(range(60, 72))) == pytest.approx(7 / 12)


def test_groove_counts_places_that_differ() -> None:
    beats = [(at, 3, 60, 70, DRUMS) for at in (0, 12, 24, 36)]
    same = [(at + BAR, *rest) for at, *rest in beats]
    assert statistic("groove_consistency", table([*beats, *same], bars=2)) == 1.0
    # one beat of the second bar comes a step late: two places differ
    late = [*same[:3], (same[3][0] + 1, 3, 60, 70, DRUMS)]
    assert statistic("groove_consistency", table([*beats, *late], bars=2)) == pytest.approx(1 - 2 / BAR)


def test_a_beat_is_empty_when_nothing_sounds_in_it() -> None:
    music = table([(0, 18, 60, 70, PIANO), (47, 1, 38, 70, DRUMS)])
    assert statistic("empty_beat_rate", music) == pytest.approx(1 / 4)


@given(any_piece())
def test_polyphony_counts_pitches_step_by_step(music: MusicTable) -> None:
    sounding: list[set[int]] = [set() for _ in range(int(music.bar_start[-1]))]
    for onset, duration, pitch, _, part in music.rows.tolist():
        for step in range(onset, min(onset + duration, len(sounding))):
            if part != DRUMS:
                sounding[step].add(pitch)
    counts = [len(pitches) for pitches in sounding if pitches]
    wanted = float(np.mean(counts)) if counts else float("nan")
    assert statistic("polyphony", music) == pytest.approx(wanted, nan_ok=True)


def test_self_similarity_looks_two_bars_back() -> None:
    def bars(*kinds: int) -> MusicTable:
        rows = [(BAR * bar + kind, 6, 60 + kind, 70, FLUTE) for bar, kind in enumerate(kinds)]
        return table(rows, bars=len(kinds))

    assert statistic("self_similarity", bars(0, 1, 0, 1)) == pytest.approx(1.0)
    # what repeats at once is no return
    assert statistic("self_similarity", bars(0, 1, 2, 2)) == pytest.approx(0.0)
    assert math.isnan(statistic("self_similarity", bars(0, 0)))


@given(any_piece())
def test_statistics_stay_in_their_ranges(music: MusicTable) -> None:
    found = music_statistics(music)
    assert tuple(found) == STATISTICS
    for name, value in found.items():
        low, high = {"pitch_class_entropy": (0, math.log2(12)), "polyphony": (1, 128)}.get(name, (0, 1))
        assert math.isnan(value) or low - 1e-9 <= value <= high + 1e-9


@given(VALUES, VALUES)
def test_wasserstein_is_that_of_scipy(first: list[float], second: list[float]) -> None:
    found = wasserstein(np.array(first), np.array(second))
    assert found == pytest.approx(wasserstein_distance(first, second), abs=1e-6)


def test_distance_is_in_standard_deviations_of_human_pieces() -> None:
    human = [{"polyphony": value} for value in (1.0, 3.0)]
    assert distance_to_human([{"polyphony": value + 5} for value in (1.0, 3.0)], human) == {"polyphony": 5.0}
    assert distance_to_human(human, human) == {"polyphony": 0.0}
    assert distance_to_human([{"polyphony": math.nan}, *human], human) == {"polyphony": 0.0}


def test_distance_where_it_cannot_be_told() -> None:
    alike = [{"polyphony": 2.0}] * 2
    assert distance_to_human(alike, alike) == {"polyphony": 0.0}
    assert distance_to_human([{"polyphony": 3.0}], alike) == {"polyphony": math.inf}
    assert math.isnan(distance_to_human([{"polyphony": math.nan}], alike)["polyphony"])
    assert math.isnan(distance_to_human([], alike)["polyphony"])
