"""Cue fades, the film's own sound, and WAV files as soundfile reads them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emsync_nb.domain import AudioClip, Cue
from emsync_nb.errors import AudioError, OutputError
from emsync_nb.rendering import fade_cues, mix_with_original, true_peak_dbtp, write_wav

RATE = 48_000


def steady(seconds: float, level: float = 0.5, channels: int = 2, rate: int = RATE) -> AudioClip:
    return AudioClip(np.full((channels, round(seconds * rate)), level, dtype=np.float32), rate)


def gain_at(audio: AudioClip, *times_s: float) -> list[float]:
    return [float(audio.samples[0, round(time_s * audio.rate)]) / 0.5 for time_s in times_s]


def test_music_sounds_only_inside_its_cues() -> None:
    cues = [
        Cue(Fraction(2), Fraction(12), "attack", "fade_out"),
        Cue(Fraction(15), Fraction(18), "fade_in", "fade_out"),
    ]
    faded = fade_cues(steady(20), cues)
    assert gain_at(faded, 0, 1.99, 12, 14.9, 18, 19.9) == [0] * 6
    assert gain_at(faded, 2.01, 5, 8.99) == pytest.approx([1, 1, 1])
    assert faded.samples.shape == (2, 20 * RATE)


def test_a_fade_out_takes_the_last_three_seconds() -> None:
    faded = fade_cues(steady(12), [Cue(Fraction(0), Fraction(12))])
    assert gain_at(faded, 9, 10.5, 11.999) == pytest.approx([1, 0.5, 0], abs=1e-3)
    assert np.all(np.diff(faded.samples[0, 9 * RATE :]) <= 0)


def test_a_fade_in_takes_the_first_two_seconds() -> None:
    faded = fade_cues(steady(12), [Cue(Fraction(0), Fraction(12), "fade_in", "ring")])
    assert gain_at(faded, 0, 1, 2) == pytest.approx([0, 0.5, 1], abs=1e-3)


def test_a_ring_goes_on_for_two_seconds() -> None:
    faded = fade_cues(steady(12), [Cue(Fraction(1), Fraction(6), "attack", "ring")])
    assert gain_at(faded, 5.99, 6, 7, 8, 9) == pytest.approx([1, 1, 0.5, 0, 0], abs=1e-3)


def test_cues_that_meet_leave_no_gap() -> None:
    cues = [Cue(Fraction(0), Fraction(5), ending="ring"), Cue(Fraction(5), Fraction(10), "attack", "ring")]
    faded = fade_cues(steady(10), cues)
    assert faded.samples[0, 2 * RATE :].min() > 0.49


def test_a_short_cue_keeps_a_third_at_full_level() -> None:
    faded = fade_cues(steady(2), [Cue(Fraction(0), Fraction(3, 2), "fade_in", "fade_out")])
    assert gain_at(faded, 0.52, 0.98) == pytest.approx([1, 1], abs=1e-2)


def test_cues_beyond_the_sound_are_cut() -> None:
    cues = [Cue(Fraction(1), Fraction(50)), Cue(Fraction(60), Fraction(70))]
    assert fade_cues(steady(2), cues).samples.shape == (2, 2 * RATE)


def test_no_cues_no_music() -> None:
    assert not fade_cues(steady(1), []).samples.any()


def test_the_original_lies_under_the_music() -> None:
    mixed = mix_with_original(steady(1, 0.25), steady(1, 0.4), -20 * np.log10(2))
    assert mixed.samples == pytest.approx(np.full((2, RATE), 0.45), abs=1e-3)


def test_a_mono_original_of_other_rate_and_length_fits() -> None:
    tone = np.sin(2 * np.pi * 500 * np.arange(22_050) / 44_100, dtype=np.float32)[None, :] * np.float32(0.5)
    mixed = mix_with_original(steady(1, 0.0), AudioClip(tone, 44_100), 0)
    expected = 0.5 * np.sin(2 * np.pi * 500 * np.arange(RATE // 2) / RATE)
    assert mixed.rate == RATE and mixed.samples.shape == (2, RATE)
    np.testing.assert_allclose(mixed.samples[1, 500:23_000], expected[500:23_000], atol=2e-3)
    assert not mixed.samples[:, 24_100:].any()


def test_a_loud_mix_is_lowered_as_a_whole() -> None:
    mixed = mix_with_original(steady(1, 0.9), steady(1, 0.45), 0)
    assert true_peak_dbtp(mixed) == pytest.approx(-1, abs=0.01)
    assert mixed.samples.max() < 0.9


def test_what_cannot_be_mixed_is_refused() -> None:
    with pytest.raises(AudioError, match="6 channels"):
        mix_with_original(steady(1), steady(1, channels=6), 0)
    with pytest.raises(AudioError, match="-120 … 24"):
        mix_with_original(steady(1), steady(1), 60)
    with pytest.raises(AudioError, match="-120 … 24"):
        mix_with_original(steady(1), steady(1), float("nan"))


def test_a_wav_file_holds_24_bits_and_the_same_sound(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    audio = AudioClip(rng.uniform(-1, 1, (2, 5000)).astype(np.float32), RATE)
    write_wav(audio, tmp_path / "a.wav")
    read, rate = soundfile.read(tmp_path / "a.wav", dtype="float64")
    assert (rate, soundfile.info(tmp_path / "a.wav").subtype) == (RATE, "PCM_24")
    np.testing.assert_allclose(read.T, audio.samples, atol=2**-22)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_a_wav_file_is_never_clipped_in_silence(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"peaks at 1\.50"):
        write_wav(steady(0.1, 1.5), tmp_path / "a.wav")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_does_not_exist_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_wav(steady(0.1), tmp_path / "none" / "a.wav")
