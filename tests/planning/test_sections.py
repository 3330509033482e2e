"""Keys, tempi, densities and players that follow the emotion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.domain import Ensemble, Key
from emsync_nb.planning.sections import active_parts, density_for, next_key, tempo_for
from emsync_nb.preset_library import load_ensemble

NAMES = ("band", "chamber-orchestra", "piano-and-strings", "piano-solo", "string-quartet")


def test_tempo_by_hand() -> None:
    # 96 beats a minute, 0.55 octaves either way
    assert tempo_for(0) == 96
    assert tempo_for(1) == pytest.approx(140.55, abs=0.01)
    assert tempo_for(-1) == pytest.approx(65.57, abs=0.01)


def test_density_grows_with_players_and_arousal() -> None:
    assert density_for(0, 4) == pytest.approx(5.0)
    assert density_for(0.7, 4) / density_for(-0.7, 4) == pytest.approx(2, rel=0.02)


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


def test_everybody_plays_when_aroused_and_fewer_when_calm() -> None:
    orchestra: Ensemble = load_ensemble("chamber-orchestra")
    rng = np.random.default_rng(1)
    assert len(active_parts(orchestra, 1.0, rng)) == len(orchestra.players)
    assert len(active_parts(orchestra, -1.0, rng)) < len(orchestra.players)
    assert "timpani" not in active_parts(orchestra, -1.0, rng)
