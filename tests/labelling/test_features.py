"""Features of bars made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings

from emsync_nb.domain import DRUMS, MusicTable
from emsync_nb.labelling import NAMES, bar_features
from emsync_nb.labelling.pitch_classes import interval_counts, set_roughness, set_sizes, sets_with
from tests.labelling.hand_made import BAR, PIANO, any_table, chords, table

C_MAJOR, C_MINOR = (48, 52, 55, 60), (48, 51, 55, 60)


def feature(name: str, music: MusicTable, bar: int = -1, window: int = 16) -> float:
    features = bar_features(music)
    assert features.shape == (music.bars, len(NAMES))
    return float(features[bar, NAMES.index(f"{name}_{window}")])


def test_one_bar_by_hand() -> None:
    # two seconds: C3 for all of them, C4 and E4 one after the other, a drum on each beat
    rows = [(0, 48, 48, 64, PIANO), (0, 24, 60, 80, PIANO), (24, 24, 64, 100, PIANO)]
    rows += [(at, 3, 38, 80, DRUMS) for at in (0, 12, 24, 36)]
    music = table(rows)
    wanted = {
        "pace": math.log2(0.5),
        "density": math.log2(0.25 + 4 / 2),  # drums are events
        "rapid": 0.0,
        "steadiness": 2 / 3,  # of three gaps the first has none before it
        "loudness": (80 + 100) / 2 / 127,  # drums are no notes
        "power": math.log2(0.25 + ((80 / 64) ** 2 + (100 / 64) ** 2) / 2),
        "accents": 1 / 2,
        "legato": 2.0,  # C in octaves is one note, the longest: held over the next onset, at most twice as long
        "chords": 0.0,
        "single": 1.0,
        "register": (54 + 56) / 2,
        "low_thickness": 0.0,
        "low_presence": 0.4,
        "major_chords": 0.0,
        "tritones": 0.0,
        "semitones": 0.0,
        "offbeat": 0.0,
        "repeated": 0.0,
    }
    assert {name: feature(name, music) for name in wanted} == pytest.approx(wanted)


def test_pairs_count_once() -> None:
    # C, E, F#: a major third, a tone and one tritone
    weights = np.zeros((1, 12))
    weights[0, [0, 4, 6]] = 1.0
    assert interval_counts(weights).tolist() == [[0, 1, 0, 1, 0, 1]]
    assert feature("tritones", chords(60, 64, 66)) == pytest.approx(1 / 3)


def test_sets_of_pitch_classes() -> None:
    triad, cluster = 1 | 1 << 4 | 1 << 7, 0b111
    assert set_sizes()[[0, 1, triad, 4095]].tolist() == [0, 1, 3, 12]
    assert sets_with("major")[[triad, triad << 3, cluster, 4095]].tolist() == [1, 1, 0, 1]
    assert sets_with("minor")[triad] == 0
    # a fifth, a major and a minor third by Huron's table; two semitones and a tone
    assert set_roughness()[triad] == pytest.approx((0.0 + 0.23 + 0.28) / 3)
    assert set_roughness()[cluster] == pytest.approx((2 * 1.0 + 0.77) / 3)


@pytest.mark.parametrize("tonic", range(12))
def test_major_and_minor_are_told_apart_in_every_key(tonic: int) -> None:
    assert feature("mode", chords(*(pitch + tonic for pitch in C_MAJOR))) > 0.6
    assert feature("mode", chords(*(pitch + tonic for pitch in C_MINOR))) < 0.4
    assert feature("chord_mode", chords(*(pitch + tonic for pitch in C_MAJOR))) == 1
    assert feature("chord_mode", chords(*(pitch + tonic for pitch in C_MINOR))) == -1


def test_a_broken_chord_is_a_chord() -> None:
    broken = table([(at, 6, 60 + (0, 3, 7)[at // 6 % 3], 70, PIANO) for at in range(0, BAR, 6)])
    assert feature("chord_mode", broken) < -0.3


def test_a_cluster_is_rougher_and_less_clear_than_a_triad() -> None:
    triad, cluster = chords(60, 64, 67), chords(60, 61, 62, 63)
    assert feature("roughness", cluster) > feature("roughness", triad) + 0.3
    assert feature("key_clarity", cluster) < feature("key_clarity", triad) - 0.2
    assert feature("semitones", cluster) > 0 == feature("semitones", triad)


@pytest.mark.parametrize(
    ("name", "less", "more"),
    [
        ("density", chords(60, every=24), chords(60, every=12)),
        ("density", chords(60, bpm=80), chords(60, bpm=160)),
        ("pace", chords(60, bpm=160), chords(60, bpm=80)),
        ("rapid", chords(60, every=12), chords(60, every=3)),
        ("loudness", chords(60, velocity=40), chords(60, velocity=41)),
        ("power", chords(60), chords(60, 64, 67)),
        ("register", chords(48, 60), chords(50, 62)),
        ("low_presence", chords(60), chords(40)),
        ("low_attacks", chords(60), chords(46)),
        ("low_thickness", chords(40, 60), chords(40, 43, 60)),
        ("staccato", chords(60, every=12), chords(60, every=12, length=3)),
        ("legato", chords(60, every=12, length=3), chords(60, every=12)),
        ("chords", chords(60, 64), chords(60, 64, 67)),
    ],
)
def test_more_of_it_is_a_higher_number(name: str, less: MusicTable, more: MusicTable) -> None:
    assert feature(name, less) < feature(name, more)


def test_a_rolled_chord_is_one_event() -> None:
    # a twelfth of a beat at 120 is 42 ms
    rolled = table(
        [(at + late, 12, 60 + 4 * late, 70, PIANO) for at in range(0, BAR, 12) for late in range(3)]
    )
    assert feature("density", rolled) == feature("density", chords(60, every=12))


def test_a_bar_is_heard_with_what_went_before_and_not_with_what_follows() -> None:
    loud_late = table([(at * BAR, 48, 60, 40 if at < 20 else 120, PIANO) for at in range(40)], bars=40)
    short = [feature("loudness", loud_late, bar) * 127 for bar in (18, 19, 20, 21, 23, 39)]
    assert short == pytest.approx([40, 40, 60, 80, 120, 120])
    long = [feature("loudness", loud_late, bar, window=64) * 127 for bar in (19, 20, 27, 35)]
    assert long == pytest.approx([40, 45, 80, 120])


def test_silence_and_drums_alone_have_finite_features() -> None:
    silent = bar_features(table([], bars=3))
    beaten = table([(0, 3, 36, 90, DRUMS), (12, 3, 38, 90, DRUMS)], bars=3)
    assert np.isfinite(silent).all()
    assert np.isfinite(bar_features(beaten)).all()
    assert feature("density", beaten, 0) > feature("density", table([], bars=3), 0)
    assert bar_features(table([], bars=0)).shape == (0, len(NAMES))


@settings(max_examples=80)
@given(any_table())
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_any_music_has_finite_features(music: MusicTable) -> None:
    features = bar_features(music)
    assert features.shape == (music.bars, len(NAMES))
    assert np.isfinite(features).all()
    shares = [
        index for index, name in enumerate(NAMES) if name.startswith(("rapid", "offbeat", "mode", "single"))
    ]
    assert ((features[:, shares] >= 0) & (features[:, shares] <= 1 + 1e-9)).all()
