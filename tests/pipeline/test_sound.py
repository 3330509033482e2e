"""`emsync_nb.render` and `emsync_nb.master`, measured with soundfile, pyloudnorm and mido."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
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
from emsync_nb.pipeline import ScoreResult, ScoreSettings
from emsync_nb.pipeline.progress import Stopwatch
from emsync_nb.pipeline.sound import open_studio, write_sound
from emsync_nb.video import probe
from tests.pipeline.tiny_film import make_film

ROOT = Path(__file__).parents[2]
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


class Listener:
    """Notes each stage's shares."""

    def __init__(self) -> None:
        self.shares: dict[str, list[float]] = {}

    def stage(self, name: str, share: float) -> None:
        self.shares.setdefault(name, []).append(share)

    def notice(self, line: str) -> None:
        """None are expected here."""
        raise AssertionError(line)


def test_each_stage_tells_how_far_it_is_and_leaves_only_files(
    full_run: ScoreResult, film: Path, tmp_path: Path
) -> None:
    shutil.copy(full_run.files["score.mid"], tmp_path)
    settings = ScoreSettings(stems=True, keep_sound_db=-12.0)
    listener = Listener()
    files = write_sound(
        probe(film), full_run.plan, open_studio(settings), tmp_path, settings, Stopwatch(listener)
    )
    assert list(listener.shares) == ["rendering", "mastering", "mux"]
    for shares in listener.shares.values():
        assert shares == sorted(shares) and len(shares) > 10
    written = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {*files.values(), tmp_path / "score.mid"}
    # full_run was made from the same notes with the same settings
    for name in ("mix.wav", "master.wav", "scored.mp4"):
        assert files[name].read_bytes() == full_run.files[name].read_bytes()


#: what a minute of film may add; each sound held as a whole would add 23
MB_A_MINUTE = 5.0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the most memory that was held")
def test_memory_does_not_grow_with_the_film() -> None:
    short_mb, long_mb = (_peak_mb(minutes, "--stems", "--keep-sound", "-12") for minutes in (0.5, 2.0))
    assert long_mb - short_mb < 1.5 * MB_A_MINUTE


def _peak_mb(minutes: float, *options: str) -> float:
    """What a process of its own needs for the sound of a film."""
    command = [sys.executable, "-m", "tests.benchmarks.long_sound", "--minutes", str(minutes), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout)["peak_mb"])


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


def test_a_silent_film_has_no_sound_to_keep_and_is_told_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    film = make_film(tmp_path / "silent.mp4", with_sound=False)
    emsync_nb.score(film, tmp_path / "out", ScoreSettings(ensemble="piano-solo", keep_sound_db=-6.0))
    assert (
        "The film has no sound of its own to keep; the scored film carries the music alone" in caplog.messages
    )
