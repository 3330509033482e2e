"""`emsync_nb.render` and `emsync_nb.master`, measured with soundfile, pyloudnorm and mido."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pyloudnorm
import pytest
import soundfile

import emsync_nb
from emsync_nb.domain import AudioClip
from emsync_nb.errors import AudioError, MidiError, PresetError, SoundFontError
from emsync_nb.pipeline import ScoreResult

RATE = 44_100


def test_a_score_and_its_file_sound_the_same(full_run: ScoreResult) -> None:
    of_values = emsync_nb.render(full_run.score)
    of_file = emsync_nb.render(str(full_run.files["score.mid"]))
    assert of_values.rate == 48_000
    assert np.array_equal(of_values.samples, of_file.samples)


def test_sound_lasts_as_long_as_the_file_and_fits_full_scale(full_run: ScoreResult, tmp_path: Path) -> None:
    loud = replace(
        full_run.score,
        tracks=tuple(
            replace(track, notes=tuple(replace(note, velocity=127) for note in track.notes))
            for track in full_run.score.tracks
            for _ in range(4)
        ),
    )
    for score in (full_run.score, loud):
        clip = emsync_nb.render(score, rate=RATE)
        assert (clip.rate, clip.samples.shape[0]) == (RATE, 2)
        assert 0.01 < np.abs(clip.samples).max() < 0.9
    length_s = mido.MidiFile(full_run.files["score.mid"]).length
    assert emsync_nb.render(full_run.score).duration_s == pytest.approx(length_s + 2, abs=0.01)


@pytest.mark.parametrize("preset", ["film", "warm"])
def test_mastered_sound_has_the_loudness_of_its_preset(full_run: ScoreResult, preset: str) -> None:
    clip = emsync_nb.render(full_run.score)
    mastered = emsync_nb.master(clip, preset)
    assert mastered.samples.shape == clip.samples.shape
    measured = pyloudnorm.Meter(mastered.rate).integrated_loudness(mastered.samples.T.astype(float))
    assert measured == pytest.approx(-16, abs=0.5)


@pytest.mark.parametrize(("name", "subtype"), [("take.wav", "FLOAT"), ("take.flac", "PCM_24")])
def test_a_file_is_mastered_like_its_samples(tmp_path: Path, name: str, subtype: str) -> None:
    tone = 0.25 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE) / RATE)
    soundfile.write(tmp_path / name, np.stack([tone, tone / 2], axis=1), RATE, subtype=subtype)
    samples, _ = soundfile.read(tmp_path / name, dtype="float32")
    expected = emsync_nb.master(AudioClip(np.ascontiguousarray(samples.T), RATE))
    assert np.array_equal(emsync_nb.master(tmp_path / name).samples, expected.samples)


def test_what_is_wrong_is_said(full_run: ScoreResult, tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound at all")
    silence = AudioClip(np.zeros((2, RATE), dtype=np.float32), RATE)
    with pytest.raises(AudioError, match=r"cannot be read as sound .* Save it as WAV"):
        emsync_nb.master(tmp_path / "text.wav")
    with pytest.raises(AudioError, match=r"no sound file at gone\.wav"):
        emsync_nb.master("gone.wav")
    with pytest.raises(PresetError, match="did you mean 'warm'"):
        emsync_nb.master(silence, "wram")
    with pytest.raises(MidiError, match=r"text\.wav"):
        emsync_nb.render(tmp_path / "text.wav")
    with pytest.raises(SoundFontError, match=r"gone\.sf2"):
        emsync_nb.render(full_run.score, soundfont="gone.sf2")
    with pytest.raises(AudioError, match="sample rate"):
        emsync_nb.render(full_run.score, rate=1)
