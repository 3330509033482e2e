"""Labels: in range, in the right direction, the same for an excerpt and for the whole."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from types import FrameType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable
from emsync_nb.labelling import CONTEXT_QUARTERS, NAMES, Labeller, label_bars
from emsync_nb.labelling.labeller import expand
from tests.labelling.hand_made import BAR, PIANO, any_table, table

MAJOR, MINOR = (0, 4, 7), (0, 3, 7)


def piece(triad: tuple[int, ...], *, bpm: float, velocity: int, every: int, base: int = 60) -> MusicTable:
    """Sixteen bars of one triad, broken into notes of `every` steps over a bass."""
    ends = range(0, 16 * BAR, every)
    rows = [(at, every, base + triad[at // every % 3], velocity, PIANO) for at in ends]
    rows += [(at, BAR, base - 12, velocity, PIANO) for at in range(0, 16 * BAR, BAR)]
    return table(rows, 16, bpm)


def mean_label(music: MusicTable) -> tuple[float, float]:
    valence, arousal = label_bars(music).mean(axis=0)
    return float(valence), float(arousal)


def test_a_fast_loud_major_piece_and_a_slow_soft_minor_one() -> None:
    bright = mean_label(piece(MAJOR, bpm=168, velocity=112, every=6))
    dark = mean_label(piece(MINOR, bpm=56, velocity=36, every=48, base=48))
    assert bright[1] > 0.4 > -0.4 > dark[1]
    assert bright[0] > 0.2 > -0.2 > dark[0]


@pytest.mark.parametrize("every", [6, 12, 24])
def test_mode_alone_moves_valence_and_tempo_and_loudness_alone_arousal(every: int) -> None:
    plain = mean_label(piece(MAJOR, bpm=100, velocity=80, every=every))
    sad = mean_label(piece(MINOR, bpm=100, velocity=80, every=every))
    fast = mean_label(piece(MAJOR, bpm=150, velocity=80, every=every))
    loud = mean_label(piece(MAJOR, bpm=100, velocity=115, every=every))
    assert plain[0] > sad[0] + 0.1
    # single broken chords are calm, close to the edge of the plane: steps are small there
    assert fast[1] > plain[1] + 0.01
    assert loud[1] > plain[1] + 0.01


def test_a_march_is_brighter_and_livelier_than_a_dirge() -> None:
    """The same rhythm and the same drum: in C major at 116, and in C minor at 46, low and soft."""
    rhythm = ((0, 9), (9, 3), (12, 12), (24, 12), (36, 12))
    tune = (7, 7, 12, 12, 16, 14, 12, 14, 16, 12, 7, 12, 12, 11, 12)

    def procession(bpm: float, velocity: int, third: int, base: int) -> MusicTable:
        steps = [third + 12 if step == 16 else step for step in tune]
        rows = [
            (
                bar * BAR + at,
                length,
                base + steps[(bar * 5 + i) % len(steps)],
                velocity,
                PARTS.index("trumpet"),
            )
            for bar in range(16)
            for i, (at, length) in enumerate(rhythm)
        ]
        for bar in range(16):
            rows += [(bar * BAR + at, 10, base - 24, velocity, PARTS.index("tuba")) for at in (0, 24)]
            rows += [
                (bar * BAR + at, 10, base - 12 + step, velocity, PARTS.index("horn"))
                for at in (12, 36)
                for step in (0, third, 7)
            ]
            rows += [(bar * BAR + at, 3, 38, velocity, DRUMS) for at in (0, 24)]
        return table(rows, 16, bpm)

    march = mean_label(procession(116, 100, 4, 60))
    dirge = mean_label(procession(46, 50, 3, 53))
    assert march[0] > dirge[0] + 0.5
    assert march[1] > dirge[1] + 0.2


@settings(max_examples=60)
@given(any_table())
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_any_music_gets_labels_on_the_plane(music: MusicTable) -> None:
    labels = label_bars(music)
    assert labels.shape == (music.bars, 2)
    assert (np.abs(labels) <= 1).all()


def test_odd_music_gets_labels_on_the_plane() -> None:
    one_note = table([(0, 1, 60, 1, PIANO)])
    endless = table([(0, 48 * 400, 0, 127, PIANO)], bars=400, bpm=20)
    everything = table(
        [(at, 48, pitch, 127, PIANO) for at in range(0, 96, 1) for pitch in range(128)], bars=2
    )
    beyond = table([(500, 4, 60, 80, PIANO)], bars=1)
    for music in (one_note, endless, everything, beyond, table([], bars=2), table([], bars=0)):
        labels = label_bars(music)
        assert labels.shape == (music.bars, 2)
        assert np.isfinite(labels).all()
        assert (np.abs(labels) <= 1).all()


@settings(max_examples=40)
@given(any_table(bars=40, most=200), st.integers(0, 20))
def test_an_excerpt_with_its_context_has_the_labels_of_the_whole(music: MusicTable, first: int) -> None:
    whole = label_bars(music)
    excerpt = music.cut(first, min(first + 15, music.bars))
    heard = (excerpt.bar_start[1:] >= CONTEXT_QUARTERS * GRID) | (first == 0)
    is_on_slices = music.bar_start[first] % 3 == 0
    if is_on_slices:
        labels = label_bars(excerpt)
        assert labels[heard] == pytest.approx(whole[first : first + excerpt.bars][heard], abs=1e-6)


def test_long_excerpts_have_the_labels_of_the_whole() -> None:
    rng = np.random.default_rng(5)
    rows = [
        (int(at), int(rng.integers(1, 300)), int(rng.integers(30, 90)), int(rng.integers(20, 120)), PIANO)
        for at in rng.integers(0, 80 * BAR, 1500)
    ]
    music = table(rows, 80, 97.0)
    bars = CONTEXT_QUARTERS * GRID // BAR
    labels = label_bars(music.cut(31, 75))
    assert labels[bars - 1 :] == pytest.approx(label_bars(music)[31 + bars - 1 : 75], abs=1e-9)


def test_the_average_bar_is_neutral() -> None:
    rng = np.random.default_rng(1)
    axes = np.zeros((3, 1))
    weights = rng.normal(size=(4, 2))
    centre = np.array([0.2, 0.1])
    model = Labeller(np.zeros(3), np.ones(3), axes, np.ones(1), weights, centre, centre, np.ones(2))
    assert model.raw(np.zeros((1, 3))).tolist() == [[0.2, 0.1]]
    # beyond three deviations nothing changes
    assert np.array_equal(model.raw(np.full((1, 3), 3.0)), model.raw(np.full((1, 3), 50.0)))


def test_terms_are_features_and_products_of_clipped_axes() -> None:
    terms = expand(np.array([[1.0, -2.0]]), np.eye(2), np.array([3.0, 1.5]))
    assert terms.tolist() == [[1.0, -2.0, 1.0, -1.5, 2.25]]


def test_the_coefficients_fit_the_features() -> None:
    text = files("emsync_nb.labelling").joinpath("coefficients.json").read_text(encoding="utf-8")
    content = json.loads(text)
    assert tuple(content["features"]) == NAMES
    axes = np.shape(content["axes"])[1]
    assert np.shape(content["axes"]) == (len(NAMES), axes)
    assert np.shape(content["weights"]) == (len(NAMES) + axes * (axes + 1) // 2, 2)
    assert (np.array(content["deviation"]) > 0).all()
    assert "VGMIDI" in content["provenance"]
    # a compact model: nothing that could give back a piece or a rating
    assert sum(np.size(value) for value in content.values() if isinstance(value, list)) < 2000


def python_calls(music: MusicTable) -> int:
    """How many Python and C functions a labelling calls."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        label_bars(music)
    finally:
        sys.setprofile(None)
    return calls


def test_the_work_is_done_by_arrays_not_note_by_note() -> None:
    short, long = (piece_of(bars, notes) for bars, notes in ((20, 200), (1000, 10_000)))
    label_bars(short)  # look-ups are made once
    assert python_calls(long) <= python_calls(short) + 50


def piece_of(bars: int, notes: int) -> MusicTable:
    """Notes by chance."""
    rng = np.random.default_rng(notes)
    columns = [rng.integers(0, bars * BAR, notes), rng.integers(1, 48, notes), rng.integers(30, 90, notes)]
    columns += [rng.integers(20, 120, notes), rng.integers(0, len(PARTS), notes)]
    return MusicTable.build(np.stack(columns, axis=1), np.arange(bars + 1) * BAR, np.full(bars, 100.0))
