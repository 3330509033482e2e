"""Features of bars made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable
from emsync_nb.labelling import NAMES, bar_features

BAR = 4 * GRID
PIANO = PARTS.index("piano")
Row = tuple[int, int, int, int, int]


def table(rows: list[Row], bars: int = 1, bpm: float = 120.0) -> MusicTable:
    starts = np.arange(bars + 1) * BAR
    return MusicTable.build(np.array(rows, dtype=np.int64), starts, np.full(bars, bpm))


def chords(
    *pitches: int, every: int = 24, velocity: int = 70, bars: int = 1, bpm: float = 120.0
) -> MusicTable:
    """The same chord again and again, each held until the next."""
    rows = [(at, every, p, velocity, PIANO) for at in range(0, bars * BAR, every) for p in pitches]
    return table(rows, bars, bpm)


def feature(name: str, music: MusicTable, bar: int = 0) -> float:
    features: NDArray[np.float64] = bar_features(music)
    assert features.shape == (music.bars, len(NAMES))
    return float(features[bar, NAMES.index(name)])


def test_one_bar_by_hand() -> None:
    # two seconds: C3 for all of them, C4 and E4 one after the other, a drum on each beat
    rows = [(0, 48, 48, 60, PIANO), (0, 24, 60, 80, PIANO), (24, 24, 64, 100, PIANO)]
    rows += [(at, 3, 38, 80, DRUMS) for at in (0, 12, 24, 36)]
    music = table(rows)
    wanted = {
        "tempo": math.log2(120),
        "onset_rate": math.log(1 + 2 / 2),
        "note_rate": math.log(1 + 3 / 2),
        "velocity": (60 + 80 + 100 + 4 * 80) / 7,
        "register": (4 * 48 + 2 * 60 + 2 * 64) / 8,
        "entropy": -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25)),
        "dissonance": 0.23,  # one pair, a major third
        "tritones": 0.0,
        "note_length": math.log(8 / 3 * 0.5),
        "legato": 8 / 3 / 2,
        "polyphony": 8 / 4,
        "drums": 2.0,
    }
    assert {name: feature(name, music) for name in wanted} == pytest.approx(wanted)


def test_major_and_minor_triads_differ_in_mode() -> None:
    for tonic in range(12):
        assert feature("mode", chords(*(48 + tonic + step for step in (0, 4, 7, 12)))) > 0.1
        assert feature("mode", chords(*(48 + tonic + step for step in (0, 3, 7, 12)))) < -0.1


def test_a_cluster_is_rougher_less_clear_and_less_certain_than_a_triad() -> None:
    triad, cluster = chords(60, 64, 67), chords(60, 61, 62, 63)
    assert feature("dissonance", cluster) > feature("dissonance", triad) + 0.3
    assert feature("key_clarity", cluster) < feature("key_clarity", triad) - 0.2
    assert feature("entropy", cluster) > feature("entropy", triad)
    assert feature("tritones", chords(60, 66)) > feature("tritones", triad) == 0


@pytest.mark.parametrize(
    ("name", "less", "more"),
    [
        ("tempo", chords(60, bpm=70), chords(60, bpm=71)),
        ("onset_rate", chords(60, every=24), chords(60, every=12)),
        ("onset_rate", chords(60, bpm=80), chords(60, bpm=160)),
        ("note_rate", chords(60, 64), chords(60, 64, 67)),
        ("velocity", chords(60, velocity=40), chords(60, velocity=41)),
        ("velocity_top", chords(60, velocity=40), chords(60, velocity=90)),
        ("register", chords(48, 60), chords(50, 62)),
        ("register_top", chords(48, 60), chords(48, 72)),
        ("register_low", chords(40, 60), chords(48, 60)),
        ("note_length", chords(60, every=6), chords(60, every=24)),
        ("note_length", chords(60, bpm=160), chords(60, bpm=80)),
        ("polyphony", chords(60), chords(60, 64)),
    ],
)
def test_more_of_it_is_a_higher_number(name: str, less: MusicTable, more: MusicTable) -> None:
    assert feature(name, less) < feature(name, more)


def test_silence_and_drums_alone_have_finite_features() -> None:
    silent = bar_features(table([], bars=3))
    beaten = bar_features(table([(0, 3, 36, 90, DRUMS), (12, 3, 38, 90, DRUMS)], bars=3))
    assert np.isfinite(silent).all()
    assert np.isfinite(beaten).all()
    assert beaten[0, NAMES.index("drums")] == pytest.approx(2 / 6)
    assert beaten[0, NAMES.index("velocity")] == 90
    assert silent[:, NAMES.index("velocity")].tolist() == [0, 0, 0]


def test_a_bar_is_heard_with_two_on_each_side() -> None:
    loud_at_the_end = table([(at * BAR, 48, 60, 60 if at < 6 else 120, PIANO) for at in range(9)], bars=9)
    levels = [feature("velocity", loud_at_the_end, bar) for bar in range(9)]
    assert levels == pytest.approx([60, 60, 60, 60, 72, 84, 96, 105, 120])


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 6 * BAR - 1),
            st.integers(1, 100),
            st.integers(0, 127),
            st.integers(1, 127),
            st.integers(0, len(PARTS) - 1),
        ),
        max_size=40,
    ),
    st.floats(20, 320),
)
def test_any_music_has_finite_features(rows: list[Row], bpm: float) -> None:
    features = bar_features(table(rows, 6, bpm))
    assert np.isfinite(features).all()
    assert (np.abs(features[:, [NAMES.index("major_fit"), NAMES.index("minor_fit")]]) <= 1 + 1e-9).all()
    entropy = features[:, NAMES.index("entropy")]
    assert ((entropy >= -1e-9) & (entropy <= math.log2(12) + 1e-9)).all()
