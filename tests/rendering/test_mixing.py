"""Cue fades, the film's own sound, and WAV files as soundfile reads them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from emsync_nb.domain import BLOCK, AudioClip, Cue, Ending, Entry, Sound
from emsync_nb.errors import AudioError, OutputError
from emsync_nb.rendering import (
    Effect,
    Faded,
    WithOriginal,
    fade_cues,
    mix_with_original,
    read_sound,
    true_peak_dbtp,
    wav_file,
    write_wav,
)

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


def joined(sound: Sound, size: int) -> NDArray[np.float32]:
    return np.concatenate(list(sound.blocks(size)), axis=1)


@given(
    size=st.integers(50, 30_000),
    lengths=st.lists(st.fractions(Fraction(1, 100), 4, max_denominator=1000), min_size=1, max_size=4),
    entries=st.lists(st.sampled_from([("attack", "ring"), ("fade_in", "fade_out")]), min_size=4, max_size=4),
)
@settings(max_examples=40, deadline=None)
def test_fades_do_not_depend_on_the_blocks(
    size: int, lengths: list[Fraction], entries: list[tuple[Entry, Ending]]
) -> None:
    edges = [sum(lengths[:count], Fraction(1, 2)) for count in range(len(lengths) + 1)]
    cues = [Cue(*edge, *how) for edge, how in zip(pairwise(edges), entries, strict=False)]
    audio = steady(8, rate=8000)
    np.testing.assert_array_equal(joined(Faded(audio, cues), size), fade_cues(audio, cues).samples)


@pytest.mark.parametrize("size", [1, 99, 1000, 5000])
@pytest.mark.parametrize("frames", [0, 300, 1000, 1001])
def test_the_original_is_cut_or_padded_whatever_the_blocks(size: int, frames: int) -> None:
    music = AudioClip(np.full((1, 1000), 0.25, dtype=np.float32), RATE)
    original = AudioClip(np.full((2, frames), 0.5, dtype=np.float32), RATE)
    mix = WithOriginal(music, original, 0.0)
    expected = np.full((2, 1000), 0.25, dtype=np.float32)
    expected[:, :frames] += 0.5
    assert (mix.channels, mix.frames) == (2, 1000)
    np.testing.assert_array_equal(joined(mix, size), expected)


def test_a_wav_file_too_long_for_wav_is_rf64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wav_file, "_LARGEST_WAV", 5999)
    audio = steady(1000 / RATE)
    write_wav(audio, tmp_path / "long.wav")
    write_wav(steady(999 / RATE), tmp_path / "short.wav")
    kinds = [soundfile.info(tmp_path / name).format for name in ("long.wav", "short.wav")]
    assert kinds == ["RF64", "WAV"]
    np.testing.assert_allclose(read_sound(tmp_path / "long.wav").samples, audio.samples, atol=2**-22)


class Broken(Effect):
    """Sound that fails after its first block."""

    def blocks(self, size: int = BLOCK) -> Iterator[NDArray[np.float32]]:
        yield next(iter(self.source.blocks(100)))
        raise KeyboardInterrupt


def test_a_wav_file_that_is_interrupted_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_wav(Broken(steady(0.1)), tmp_path / "a.wav")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.wav", b"old")]


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
