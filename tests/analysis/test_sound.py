"""Sound of known making."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.analysis.expert import Opinion, Unavailable
from emsync_nb.analysis.sound import SoundExpert, measure
from emsync_nb.analysis.timeline import grid
from emsync_nb.domain import AudioClip

RATE = 22050
Samples = NDArray[np.float32]


def tone(hertz: float, level: float, seconds: float = 4) -> Samples:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)).astype(np.float32)


def noise(level: float, seconds: float = 4) -> Samples:
    return (level * np.random.default_rng(2).standard_normal(int(RATE * seconds))).astype(np.float32)


def judge(*blocks: Samples) -> Opinion:
    expert = SoundExpert()
    for block in blocks:
        expert.hear(AudioClip(block[None], RATE))
    return expert.judge(grid(sum(block.size for block in blocks) / RATE), ())


def test_loud_excites_more_than_soft() -> None:
    assert judge(tone(440, 0.5)).arousal.mean() > judge(tone(440, 0.01)).arousal.mean() + 0.4


def test_bright_excites_more_than_dull() -> None:
    assert judge(tone(4000, 0.1)).arousal.mean() > judge(tone(110, 0.1)).arousal.mean()


def test_repeated_onsets_excite_more_than_a_held_tone_of_the_same_energy() -> None:
    beats = np.repeat(np.arange(32) % 2, RATE // 8)[: RATE * 4]
    pulsed = tone(440, 0.1)[: beats.size] * beats * np.sqrt(2)
    assert judge(pulsed.astype(np.float32)).arousal.mean() > judge(tone(440, 0.1)).arousal.mean() + 0.05


def test_tones_please_more_than_noise() -> None:
    assert judge(tone(440, 0.1)).valence.mean() > judge(noise(0.1)).valence.mean() + 0.3


def test_blocks_join_without_a_seam() -> None:
    whole = noise(0.1, 8)
    joined = judge(whole[: RATE * 4], whole[RATE * 4 :])
    assert joined.arousal == pytest.approx(judge(whole).arousal, abs=0.1)


def test_a_pause_is_calm_and_less_trusted() -> None:
    opinion = judge(tone(440, 0.3), np.zeros(RATE * 4, dtype=np.float32))
    assert opinion.arousal[-2] < opinion.arousal[2] - 0.5
    assert opinion.arousal_confidence[-2] < opinion.arousal_confidence[2]


@pytest.mark.parametrize(
    "blocks", [(), (np.zeros(RATE, dtype=np.float32),), (np.zeros(0, dtype=np.float32),)]
)
def test_no_sound_and_silence_are_no_opinion(blocks: tuple[Samples, ...]) -> None:
    with pytest.raises(Unavailable):
        judge(*blocks)


def test_features_of_a_sine_are_those_of_the_textbook() -> None:
    size = 2048
    samples = np.sin(2 * np.pi * 1000 * np.arange(size) / RATE) * np.hanning(size)
    spectrum = np.abs(np.fft.rfft(samples)) * 2 / np.hanning(size).sum()
    mean_square, centroid, flux, flatness = measure(np.stack([spectrum, spectrum]), RATE)[:, 1]
    assert mean_square == pytest.approx(0.5, rel=0.01)
    assert 2**centroid == pytest.approx(1000, rel=0.05)
    assert flux == pytest.approx(0)
    assert flatness < -4


@pytest.mark.parametrize(("third", "sign"), [(64, 1), (63, -1)], ids=["major", "minor"])
def test_a_major_chord_pleases_more_than_a_minor_one(third: int, sign: int) -> None:
    expert = SoundExpert()
    expert.hear(AudioClip(_chord(48, 60, third, 67, 72)[None], 22_050))
    plain = SoundExpert()
    plain.hear(AudioClip(_chord(48, 60, 67, 72)[None], 22_050))
    at_s = np.arange(0.0, 8.0, 0.25)
    difference = expert.judge(at_s, ()).valence - plain.judge(at_s, ()).valence
    assert sign * float(difference.mean()) > 0.1


def _chord(*pitches: int) -> NDArray[np.float32]:
    """Eight seconds of sines at MIDI pitches."""
    time_s = np.arange(8 * 22_050) / 22_050
    sines = [np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time_s) for pitch in pitches]
    return np.asarray(0.1 * np.sum(sines, axis=0), dtype=np.float32)


def test_evidence_tells_level_and_colour() -> None:
    told = judge(tone(4000, 0.1), np.zeros(RATE * 8, dtype=np.float32), tone(80, 1.0)).evidence
    # a sine of amplitude 0.1 has 20 + 3 dB below full scale
    assert told[0].words == "−23 dB, bright 4.0 kHz"
    assert "silence" in {item.words for item in told}
    assert "dull 0.1 kHz" in told[-1].words
