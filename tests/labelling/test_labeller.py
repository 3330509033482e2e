"""Labels: in range, in the right direction, and as good as the coefficients say."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.domain import GRID, PARTS, MusicTable
from emsync_nb.labelling import NAMES, Labeller, label_bars
from emsync_nb.training import cross_validate, fit_labeller, load_rated
from emsync_nb.training.label_fit import RatedBars

BAR = 4 * GRID
PIANO = PARTS.index("piano")
MAJOR, MINOR = (0, 4, 7), (0, 3, 7)


def piece(triad: tuple[int, ...], *, bpm: float, velocity: int, every: int, base: int = 60) -> MusicTable:
    """Eight bars of one triad, broken into notes of `every` steps over a bass."""
    rows = [(at, every, base + triad[at // every % 3], velocity, PIANO) for at in range(0, 8 * BAR, every)]
    rows += [(at, BAR, base - 12, velocity, PIANO) for at in range(0, 8 * BAR, BAR)]
    return MusicTable.build(np.array(rows), np.arange(9) * BAR, np.full(8, bpm))


def test_a_fast_loud_major_piece_and_a_slow_soft_minor_one() -> None:
    bright = label_bars(piece(MAJOR, bpm=168, velocity=112, every=6)).mean(axis=0)
    dark = label_bars(piece(MINOR, bpm=56, velocity=36, every=48, base=48)).mean(axis=0)
    assert bright[1] > 0.4 > -0.4 > dark[1]
    assert bright[0] > dark[0] + 0.2


def test_mode_alone_moves_valence_and_tempo_alone_arousal() -> None:
    plain = label_bars(piece(MAJOR, bpm=100, velocity=80, every=12)).mean(axis=0)
    sad = label_bars(piece(MINOR, bpm=100, velocity=80, every=12)).mean(axis=0)
    fast = label_bars(piece(MAJOR, bpm=150, velocity=80, every=12)).mean(axis=0)
    assert plain[0] > sad[0] + 0.1
    assert fast[1] > plain[1] + 0.1


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 4 * BAR - 1),
            st.integers(1, 200),
            st.integers(0, 127),
            st.integers(1, 127),
            st.integers(0, len(PARTS) - 1),
        ),
        max_size=30,
    ),
    st.floats(20, 320),
)
def test_any_music_gets_labels_on_the_plane(rows: list[tuple[int, ...]], bpm: float) -> None:
    music = MusicTable.build(np.array(rows, dtype=np.int64), np.arange(5) * BAR, np.full(4, bpm))
    labels = label_bars(music)
    assert labels.shape == (4, 2)
    assert (np.abs(labels) <= 1).all()


def test_the_average_bar_is_neutral() -> None:
    rng = np.random.default_rng(1)
    model = Labeller(np.zeros(3), np.ones(3), rng.normal(size=(3, 2)), np.array([0.2, 0.1]), np.ones(2))
    assert model.raw(np.zeros((1, 3))).tolist() == [[0.2, 0.1]]
    # beyond three deviations nothing changes
    assert np.array_equal(model.raw(np.full((1, 3), 3.0)), model.raw(np.full((1, 3), 50.0)))


def test_the_fit_finds_a_linear_truth() -> None:
    rng = np.random.default_rng(2)
    features = rng.normal(5, 2, size=(4000, 4))
    truth = np.array([[0.1, 0], [0, -0.2], [0.05, 0.05], [0, 0]])
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    ratings = np.clip(standard, -3, 3) @ truth + [0.1, -0.05]
    rated = RatedBars(features, ratings, np.arange(4000) // 40)
    assert fit_labeller(rated, ridge=1e-6).weights == pytest.approx(truth, abs=1e-3)
    scores = cross_validate(rated, ridge=1e-6)
    assert scores["valence_r"] > 0.999
    assert scores["arousal_mae"] < 0.01 < scores["arousal_mae_of_mean"]


@pytest.fixture(scope="module")
def coefficients() -> dict[str, object]:
    text = files("emsync_nb.labelling").joinpath("coefficients.json").read_text(encoding="utf-8")
    content: dict[str, object] = json.loads(text)
    return content


def test_the_coefficients_fit_the_features(coefficients: dict[str, object]) -> None:
    assert tuple(coefficients["features"]) == NAMES  # type: ignore[arg-type]
    shapes = {name: np.shape(coefficients[name]) for name in ("mean", "deviation", "weights")}  # type: ignore[call-overload]
    assert shapes == {"mean": (len(NAMES),), "deviation": (len(NAMES),), "weights": (len(NAMES), 2)}
    assert np.shape(coefficients["intercept"]) == np.shape(coefficients["spread"]) == (2,)  # type: ignore[arg-type]
    assert (np.array(coefficients["deviation"]) > 0).all()
    assert "VGMIDI" in str(coefficients["provenance"])


@pytest.mark.data
def test_the_coefficients_are_as_good_as_they_say(data_folder: Path, coefficients: dict[str, object]) -> None:
    rated = load_rated(data_folder / "music" / "vgmidi")
    stated = coefficients["cross_validation_by_piece"]
    assert cross_validate(rated) == pytest.approx(stated, abs=2e-4)
    # worth having: better than saying the mean
    assert stated["valence_mae"] < stated["valence_mae_of_mean"]  # type: ignore[index]
    assert stated["arousal_mae"] < stated["arousal_mae_of_mean"]  # type: ignore[index]
    fitted = fit_labeller(rated)
    for name in ("mean", "deviation", "weights", "intercept", "spread"):
        assert getattr(fitted, name) == pytest.approx(np.array(coefficients[name]), abs=1e-4), name
