"""Loudness, true peak, mastering presets: against pyloudnorm, known sines and plain arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from emsync_nb import preset_library
from emsync_nb.domain import BLOCK, AudioClip
from emsync_nb.errors import AudioError, PresetError
from emsync_nb.rendering import (
    Effect,
    Tape,
    load_mastering,
    loudness_lufs,
    master,
    master_measured,
    master_to,
    true_peak_dbtp,
)
from emsync_nb.rendering.loudness import inter_sample_peaks
from emsync_nb.rendering.mastering import STAGES, MasteringSettings, Stage, _Limited

RATE = 48_000
PRESETS = ("bright", "film", "loud-trailer", "small-speaker", "warm")


def clip(*channels: NDArray[np.float64]) -> AudioClip:
    return AudioClip(np.array(channels, dtype=np.float32), RATE)


def sine(hz: float, seconds: float, amplitude: float = 1.0, phase: float = 0.0) -> NDArray[np.float64]:
    return np.asarray(amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE + phase))


def music(level: float) -> AudioClip:
    """Four seconds of plucked chords over noise: peaks well above the mean."""
    rng = np.random.default_rng(5)
    beat = np.exp(-np.arange(RATE // 2) / 6000)
    chords = [beat * sum(sine(hz * step, 0.5) for hz in (220, 277, 330)) for step in (1, 1.5, 1.26, 0.75) * 2]
    left = np.concatenate(chords) * 0.2 + 0.005 * rng.standard_normal(4 * RATE)
    return clip(level * left, level * np.roll(left, 30))


def measured_lufs(audio: AudioClip) -> float:
    return float(pyloudnorm.Meter(audio.rate).integrated_loudness(audio.samples.T))


def test_a_reference_sine_has_its_known_loudness() -> None:
    # EBU Tech 3341, case 1: a stereo sine of 1000 Hz at −23 dBFS measures −23 LUFS
    tone = sine(1000, 20, 10 ** (-23 / 20))
    assert loudness_lufs(clip(tone, tone)) == pytest.approx(-23, abs=0.1)


def test_silence_and_very_short_sound_have_no_loudness() -> None:
    assert loudness_lufs(clip(np.zeros(RATE))) == -math.inf
    assert loudness_lufs(clip(sine(1000, 0.39))) == -math.inf
    assert true_peak_dbtp(clip(np.zeros(RATE))) == true_peak_dbtp(clip(np.zeros(0))) == -math.inf


@pytest.mark.parametrize(
    ("divisor", "phase", "over_db"),
    # EBU Tech 3341, cases 15 to 19: what the samples of such sines miss
    [(4, 0, 0.0), (4, 45, 3.01), (6, 60, 1.25), (8, 67.5, 0.69)],
)
def test_the_true_peak_lies_between_the_samples(divisor: int, phase: float, over_db: float) -> None:
    tone = sine(RATE / divisor, 1, 0.5, math.radians(phase))
    # fade in and out: a sine that starts at once has peaks of its own
    tone *= np.minimum(1, np.minimum(np.arange(RATE), np.arange(RATE)[::-1]) / 4800)
    assert true_peak_dbtp(clip(tone)) == pytest.approx(-6.02, abs=0.15)
    assert true_peak_dbtp(clip(tone)) - 20 * math.log10(np.abs(tone).max()) == pytest.approx(over_db, abs=0.2)


def test_the_true_peak_is_found_in_any_channel_and_place() -> None:
    quiet, late = np.zeros(600_000), np.zeros(600_000)
    late[599_000] = 0.5
    assert true_peak_dbtp(clip(quiet, late)) == pytest.approx(-6.02, abs=0.1)
    assert true_peak_dbtp(clip(late, quiet)) == pytest.approx(-6.02, abs=0.1)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("level", [0.02, 1.0])
def test_every_preset_meets_loudness_and_true_peak(name: str, level: float) -> None:
    result = master_measured(music(level), load_mastering(name))
    assert measured_lufs(result.audio) == pytest.approx(-16, abs=0.5)
    assert true_peak_dbtp(result.audio) <= -1
    assert result.warning is None
    assert result.loudness_lufs == pytest.approx(measured_lufs(result.audio), abs=0.01)
    assert result.audio.samples.shape == (2, 4 * RATE)


def test_all_presets_are_tested() -> None:
    assert preset_library.names("mastering") == PRESETS


def test_where_both_cannot_hold_the_true_peak_wins_and_a_warning_tells() -> None:
    clicks = np.zeros(4 * RATE)
    clicks[::9600] = 0.9
    result = master_measured(clip(clicks), replace(load_mastering("film"), target_lufs=-6.0))
    assert result.true_peak_dbtp <= -1
    assert result.warning is not None and "instead of -6.0" in result.warning


@pytest.mark.parametrize("samples", [np.zeros((2, RATE)), np.zeros((2, 0)), np.full((2, 9000), 0.1)])
def test_silence_and_short_sound_come_back_untouched(samples: NDArray[np.float64]) -> None:
    audio = AudioClip(samples.astype(np.float32), RATE)
    np.testing.assert_array_equal(master(audio, load_mastering("film")).samples, audio.samples)


@pytest.mark.parametrize("name", PRESETS)
def test_mastering_keeps_time(name: str) -> None:
    rng = np.random.default_rng(1)
    noise = 0.2 * rng.standard_normal(2 * RATE) * (np.arange(2 * RATE) % 24_000 < 2000)
    mastered = master(clip(noise, noise), load_mastering(name)).samples[0].astype(np.float64)
    # cross-correlation by FFT: its highest point is the delay
    product = np.fft.rfft(mastered) * np.conj(np.fft.rfft(noise))
    delay = int(np.argmax(np.fft.irfft(product)))
    assert delay in (0, 1, 2 * RATE - 1)


@pytest.mark.parametrize(
    "frames", [0, 1, 30, 19_199, 19_200, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + 63, 2 * BLOCK + 2]
)
@pytest.mark.parametrize("channels", [1, 2])
def test_any_length_is_kept(frames: int, channels: int) -> None:
    samples = np.random.default_rng(frames).normal(0, 0.1, (channels, frames)).astype(np.float32)
    result = master(AudioClip(samples, RATE), load_mastering("film"))
    assert result.samples.shape == samples.shape
    assert np.array_equal(result.samples, samples) == (frames < 0.4 * RATE)


class Crumbs(Effect):
    """A sound that cannot give large blocks, as one from a slow source might: they are put together here."""

    def __init__(self, source: AudioClip, crumb: int) -> None:
        super().__init__(source)
        self._crumb = crumb

    def blocks(self, size: int = BLOCK) -> Iterator[NDArray[np.float32]]:
        return self.source.blocks(self._crumb)


@pytest.mark.parametrize("crumb", [1000, 4801, 1 << 18])
@pytest.mark.parametrize("name", ["film", "loud-trailer"])
def test_mastering_does_not_depend_on_the_blocks(name: str, crumb: int) -> None:
    audio, settings = music(0.7), replace(load_mastering(name), target_lufs=-10.0)
    expected = master_measured(audio, settings)
    with Tape(None, RATE, 2) as tape:
        measures = master_to(tape, Crumbs(audio, crumb), settings)
        np.testing.assert_allclose(AudioClip.of(tape).samples, expected.audio.samples, atol=1e-6)
    assert measures.loudness_lufs == pytest.approx(expected.loudness_lufs, abs=1e-6)
    assert measures.true_peak_dbtp == pytest.approx(expected.true_peak_dbtp, abs=1e-4)


@pytest.mark.parametrize("size", [100, 1000, 1 << 15])
def test_the_limiter_does_not_depend_on_the_blocks(size: int) -> None:
    audio = music(0.7)
    peaks = AudioClip(np.concatenate(list(inter_sample_peaks(audio)), axis=1), RATE)
    limited = _Limited(audio, peaks, np.float32(4), np.float32(0.5))
    whole = AudioClip.of(limited).samples
    np.testing.assert_allclose(np.concatenate(list(limited.blocks(size)), axis=1), whole, atol=1e-6)
    assert 0.4 < np.abs(whole).max() <= 0.5


def test_mastering_tells_how_far_it_is() -> None:
    shares: list[float] = []
    with Tape(None, RATE, 2) as tape:
        master_to(tape, music(1.0), load_mastering("film"), shares.append)
    assert shares == sorted(shares) and len(shares) > 10
    assert 0 < shares[0] < 0.1 and shares[-1] == 1


def shaped_db(name: str, hz: float) -> float:
    """Level of a tone after mastering, relative to one of 1000 Hz that sounds with it."""
    tone = sine(hz, 3, 0.1) + sine(1000, 3, 0.1)
    out = master(clip(tone, tone), load_mastering(name)).samples[0, RATE:].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    at = [spectrum[round(f * len(out) / RATE)] for f in (hz, 1000)]
    return float(20 * math.log10(at[0] / at[1]))


def test_presets_sound_as_they_say() -> None:
    assert shaped_db("bright", 12_000) > 1.5 > -1.5 > shaped_db("warm", 12_000)
    assert shaped_db("warm", 80) > 1
    assert shaped_db("small-speaker", 50) < -9


def test_sound_that_cannot_be_mastered_is_refused() -> None:
    with pytest.raises(AudioError, match="mono or stereo"):
        master(AudioClip(np.ones((3, RATE), dtype=np.float32), RATE), load_mastering("film"))
    with pytest.raises(AudioError, match="NaN"):
        master(clip(np.full(RATE, np.nan)), load_mastering("film"))


HEAD = 'name = "Mine"\ndescription = "Own."\ntarget_lufs = -14\nmax_true_peak_dbtp = -2.0\n'


@pytest.mark.parametrize("kind", sorted(STAGES))
def test_each_kind_of_stage_runs_at_its_limits(kind: str, tmp_path: Path) -> None:
    for side in (0, 1):
        fields = "".join(f"{field} = {span[side]}\n" for field, span in STAGES[kind].items())
        path = tmp_path / "mine.toml"
        path.write_text(f'{HEAD}[[stages]]\ntype = "{kind}"\n{fields}')
        result = master(music(0.3), load_mastering(path))
        assert np.all(np.isfinite(result.samples))
        assert true_peak_dbtp(result) <= -2


def test_a_preset_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + '[[stages]]\ntype = "gain"\ngain_db = 3\n')
    assert load_mastering(path) == MasteringSettings(
        "Mine", (Stage("gain", (("gain_db", 3.0),)),), -14.0, -2.0
    )


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ('type = "gian"', r"line 6: 'type' must be one of .*did you mean 'gain'"),
        ('type = "gain"', r"line 5: the field 'gain_db' is missing"),
        ('type = "gain"\ngain_db = 30', r"line 7: 'gain_db' must lie in -24 … 24, got 30"),
        ('type = "gain"\ngain_db = nan', r"line 7: 'gain_db' must lie in -24 … 24, got nan"),
        ('type = "gain"\ngain_db = 1\nratio = 2', r"line 8: 'ratio' is no field"),
        ('type = "gain"\ngain_db = "loud"', r"line 7: 'gain_db' must be a number from -24 to 24"),
    ],
)
def test_a_wrong_stage_names_line_field_and_range(tmp_path: Path, stage: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"{HEAD}[[stages]]\n{stage}\n")
    with pytest.raises(PresetError, match=words):
        load_mastering(path)
