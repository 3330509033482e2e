"""Keys, tempi, densities and players that follow the emotion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.domain import Ensemble, Key, Player
from emsync_nb.planning.sections import (
    CONTRAST,
    active_parts,
    density_for,
    fullness_for,
    next_key,
    tempo_for,
)
from emsync_nb.preset_library import load_ensemble, names

NAMES = names("ensembles")
CELLO = Player("Cello", "cello", 42, 36, 76, "bass", density=0.8)
FLUTE = Player("Flute", "flute", 73, 60, 96, "melody", density=1.2)
DRUMS = Player("Drums", "drums", 0, 35, 81, "rhythm", is_drum=True, density=3.0)


def test_tempo_by_hand() -> None:
    # 96 beats a minute, 0.55 octaves either way
    assert tempo_for(0) == 96
    assert tempo_for(1) == pytest.approx(140.55, abs=0.01)
    assert tempo_for(-1) == pytest.approx(65.57, abs=0.01)


def test_density_by_hand() -> None:
    assert density_for(0, [CELLO]) == pytest.approx(0.8)
    assert density_for(0, [CELLO, FLUTE]) == pytest.approx(2.0)
    # 2 to the power of 0.7
    assert density_for(1, [CELLO, FLUTE]) == pytest.approx(2 * 1.6245, rel=1e-4)
    assert density_for(-1, [CELLO, FLUTE]) == pytest.approx(2 / 1.6245, rel=1e-4)


def test_drums_do_not_make_the_others_busier() -> None:
    assert density_for(0.3, [CELLO, FLUTE, DRUMS]) == density_for(0.3, [CELLO, FLUTE])


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("ambient", 2, 4),
        ("piano-solo", 3, 5),
        ("string-quartet", 4, 6),
        ("piano-and-strings", 4, 6),
        ("band", 4, 7),
        ("chamber-orchestra", 7, 9),
        ("full-orchestra", 9, 12),
    ],
)
def test_a_whole_ensemble_is_neither_empty_nor_a_flood(name: str, least: float, most: float) -> None:
    assert least <= density_for(0, load_ensemble(name).players) <= most


@settings(max_examples=60)
@given(st.sampled_from(NAMES), st.floats(-1, 1), st.integers(0, 10_000))
def test_whoever_plays_somebody_is_asked_for_notes(name: str, arousal: float, seed: int) -> None:
    ensemble = load_ensemble(name)
    parts = active_parts(ensemble, arousal, np.random.default_rng(seed))
    playing = [player for player in ensemble.players if player.part in parts]
    assert 0 < density_for(arousal, playing) <= density_for(arousal, ensemble.players)


def test_a_change_of_mode_goes_to_the_relative_key() -> None:
    rng = np.random.default_rng(0)
    assert next_key(Key(0, "major"), -0.5, 0, rng) == Key(9, "minor")
    assert next_key(Key(9, "minor"), 0.5, 0, rng) == Key(0, "major")


@given(st.integers(0, 11), st.sampled_from(["major", "minor"]), st.floats(-0.049, 0.049), st.integers(0, 99))
def test_a_neutral_valence_keeps_the_mode(tonic: int, mode: str, valence: float, seed: int) -> None:
    key = Key(tonic, "major" if mode == "major" else "minor")
    assert next_key(key, valence, 0, np.random.default_rng(seed)).mode == mode


def test_a_lift_of_arousal_goes_up_a_fifth_or_a_tone() -> None:
    reached = {next_key(Key(2, "major"), 0.5, 0.5, np.random.default_rng(s)).tonic for s in range(30)}
    assert reached == {9, 4}


@settings(max_examples=60)
@given(st.sampled_from(NAMES), st.floats(-1, 1), st.integers(0, 10_000))
def test_a_bass_and_a_melody_always_play(name: str, arousal: float, seed: int) -> None:
    ensemble = load_ensemble(name)
    parts = active_parts(ensemble, arousal, np.random.default_rng(seed))
    roles = {player.role for player in ensemble.players if player.part in parts}
    assert roles >= {"bass", "melody"} & {player.role for player in ensemble.players}
    assert list(parts) == [player.part for player in ensemble.players if player.part in parts]


def test_a_section_is_fuller_where_arousal_rises_and_thinner_where_it_falls() -> None:
    assert fullness_for(0.1, 0.3, None) == 0.1  # the first one has nothing to differ from
    assert fullness_for(0.1, 0.3, 0.0) == pytest.approx(0.1 + CONTRAST)
    assert fullness_for(0.1, -0.3, -CONTRAST) == pytest.approx(0.1 - CONTRAST)
    assert fullness_for(0.9, 0.3, 0.0) == 1
    assert fullness_for(-0.9, -0.3, 0.0) == -1


@given(st.floats(-0.5, 0.5), st.floats(-0.14, 0.14))
def test_where_arousal_hardly_moves_full_and_thin_take_turns(arousal: float, step: float) -> None:
    fuller = fullness_for(arousal, step, -CONTRAST)
    assert fuller - arousal == pytest.approx(CONTRAST)
    assert fullness_for(arousal, step, fuller - arousal) - arousal == pytest.approx(-CONTRAST)


@settings(max_examples=60)
@given(st.sampled_from(NAMES), st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 10_000))
def test_who_rested_comes_in_first(name: str, first: float, then: float, seed: int) -> None:
    """Nobody goes on playing, but bass and melody, while one who rested rests again; rhythm waits for full music."""
    ensemble, rng = load_ensemble(name), np.random.default_rng(seed)
    before = active_parts(ensemble, first, rng)
    parts = active_parts(ensemble, then, rng, before)
    indispensable = {
        next(player.part for player in ensemble.players if player.role == role)
        for role in ("bass", "melody")
        if any(player.role == role for player in ensemble.players)
    }
    rest_again = [
        p for p in ensemble.players if p.part not in parts + before and (p.role != "rhythm" or then >= 0)
    ]
    go_on = [p for p in ensemble.players if p.part in parts and p.part in before]
    free = [p for p in go_on if p.part not in indispensable and (p.role != "rhythm" or then >= 0)]
    assert not rest_again or not free


def test_everybody_plays_when_aroused_and_fewer_when_calm() -> None:
    orchestra: Ensemble = load_ensemble("chamber-orchestra")
    rng = np.random.default_rng(1)
    assert len(active_parts(orchestra, 1.0, rng)) == len(orchestra.players)
    assert len(active_parts(orchestra, -1.0, rng)) < len(orchestra.players)
    assert "timpani" not in active_parts(orchestra, -1.0, rng)
