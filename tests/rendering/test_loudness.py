"""Loudness and true peak, block by block: against pyloudnorm, known sines, and themselves."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from emsync_nb.domain import AudioClip
from emsync_nb.rendering import loudness_lufs, true_peak_dbtp
from emsync_nb.rendering.loudness import LoudnessMeter, inter_sample_peaks

Samples = NDArray[np.float64]
SECONDS = 6


def _noise(rate: int) -> Samples:
    return np.random.default_rng(2).normal(0, 0.1, (2, SECONDS * rate))


def _tone(rate: int, hz: float) -> Samples:
    return np.tile(0.3 * np.sin(2 * np.pi * hz * np.arange(SECONDS * rate) / rate), (2, 1))


#: name → sound at a rate
SIGNALS: dict[str, Callable[[int], Samples]] = {
    "white noise": _noise,
    "brown noise": lambda rate: np.cumsum(_noise(rate), axis=1) / 30,
    "mono": lambda rate: _noise(rate)[:1],
    "one side": lambda rate: _noise(rate) * [[1], [0]],
    "five channels": lambda rate: np.concatenate([_noise(rate), _noise(rate)[:, ::-1], _tone(rate, 500)[:1]]),
    "1 kHz": lambda rate: _tone(rate, 1000),
    "40 Hz": lambda rate: _tone(rate, 40),
    "7 kHz": lambda rate: _tone(rate, 7000),
    # what the relative gate drops, what the absolute gate drops, and silence that the filters ring into
    "loud, then soft": lambda rate: _noise(rate) * np.where(np.arange(SECONDS * rate) < 2 * rate, 1, 0.05),
    "loud, then faint": lambda rate: _noise(rate) * np.where(np.arange(SECONDS * rate) < 3 * rate, 1, 1e-4),
    "loud, then silent": lambda rate: _noise(rate) * (np.arange(SECONDS * rate) < 3 * rate),
    "swelling": lambda rate: _noise(rate) * np.linspace(0, 1, SECONDS * rate) ** 3,
}


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
def test_loudness_is_what_pyloudnorm_measures(name: str, rate: int) -> None:
    clip = AudioClip(SIGNALS[name](rate).astype(np.float32), rate)
    expected = pyloudnorm.Meter(rate).integrated_loudness(clip.samples.T.astype(np.float64))
    assert loudness_lufs(clip) == pytest.approx(expected, abs=0.02)


@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_loudness_does_not_depend_on_the_blocks(sizes: list[int]) -> None:
    rate = 44_100
    samples = SIGNALS["loud, then soft"](rate).astype(np.float32)
    whole, in_blocks = LoudnessMeter(rate, 2), LoudnessMeter(rate, 2)
    whole.hear(samples)
    at = turn = 0
    while at < samples.shape[1]:
        in_blocks.hear(samples[:, at : at + sizes[turn % len(sizes)]])
        at, turn = at + sizes[turn % len(sizes)], turn + 1
        if turn > 2000:  # the rest at once: single samples take long
            sizes = [samples.shape[1]]
    assert in_blocks.lufs == pytest.approx(whole.lufs, abs=1e-9)


@pytest.mark.parametrize("rate", [8_000, 11_025, 48_000])
def test_loudness_begins_at_four_tenths_of_a_second(rate: int) -> None:
    tone = _tone(rate, 500)
    enough = math.ceil(0.4 * rate)
    assert loudness_lufs(AudioClip(tone[:, : enough - 1].astype(np.float32), rate)) == -math.inf
    assert loudness_lufs(AudioClip(tone[:, :enough].astype(np.float32), rate)) == pytest.approx(-10.5, abs=2)


@pytest.mark.parametrize("channels", [0, 6])
def test_channels_without_a_weight_are_refused(channels: int) -> None:
    with pytest.raises(ValueError, match="1 to 5 channels"):
        LoudnessMeter(48_000, channels)


@given(st.integers(1, 5000), st.integers(1, 3000))
@settings(max_examples=40, deadline=None)
def test_peaks_between_samples_do_not_depend_on_the_blocks(frames: int, size: int) -> None:
    size = max(size, frames // 50)
    samples = np.random.default_rng(frames).uniform(-1, 1, (2, frames)).astype(np.float32)
    clip = AudioClip(samples, 48_000)
    whole = np.concatenate(list(inter_sample_peaks(clip)), axis=1)
    blocks = list(inter_sample_peaks(clip, size))
    assert whole.shape == (1, frames)
    np.testing.assert_allclose(np.concatenate(blocks, axis=1), whole, atol=1e-6)
    assert np.all(whole[0] >= np.abs(samples).max(axis=0) * 0.999)
    assert true_peak_dbtp(clip) == pytest.approx(20 * math.log10(whole.max()), abs=1e-6)
