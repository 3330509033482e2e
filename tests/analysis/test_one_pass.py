"""The whole analysis on drawn films."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emsync_nb.analysis import analyze
from emsync_nb.domain import AudioClip, Frame
from emsync_nb.errors import VideoError

if TYPE_CHECKING:
    from tests.analysis.conftest import Studio


@pytest.mark.usefixtures("no_weights")
def test_a_film_without_sound_or_subtitles_is_analysed_and_says_what_is_missing(studio: Studio) -> None:
    frames = studio.film([studio.scene(0)] * 50 + [studio.scene(1)] * 50)
    result = analyze(studio.info(frames), iter(frames), None, None)
    assert [boundary.time_s for boundary in result.cues.boundaries] == [2]
    available = {report.name for report in result.experts if report.available}
    assert available == {"picture", "motion", "rhythm"}
    assert len(result.experts) == 8
    assert all(report.note for report in result.experts)
    assert [opinion.name for opinion in result.opinions] == ["picture", "motion", "rhythm"]
    assert result.cues.curve.times_s.size == 16


def test_loud_sound_raises_arousal(studio: Studio) -> None:
    frames = studio.film([studio.scene(0)] * 50)
    loud = AudioClip(np.random.default_rng(0).uniform(-1, 1, (1, 44100)).astype(np.float32), 22050)
    quiet, excited = (
        analyze(studio.info(frames), frames, sound, None).cues.curve.arousal.mean()
        for sound in (None, [loud])
    )
    assert excited > quiet + 0.3


def test_black_frames_are_calm_and_bounded(studio: Studio) -> None:
    frames = studio.film([studio.flat(0)] * 60)
    result = analyze(studio.info(frames), frames, None, None)
    assert result.cues.boundaries == ()
    assert np.ptp(result.cues.curve.valence) < 1e-6


def test_a_grey_still_stays_mild(studio: Studio) -> None:
    frames = studio.film([studio.flat(110)] * 250)
    curve = analyze(studio.info(frames), frames, None, None).cues.curve
    assert np.abs(curve.valence).max() < 0.2
    assert -0.7 < curve.arousal.mean() < 0


@pytest.mark.parametrize("fps", [1, 120])
def test_slow_and_fast_frame_rates_work(studio: Studio, fps: int) -> None:
    frames = studio.film([studio.scene(0)] * fps * 4 + [studio.scene(1)] * fps * 4, fps)
    result = analyze(studio.info(frames, fps), frames, None, None)
    assert [boundary.time_s for boundary in result.cues.boundaries] == [4]
    assert result.cues.curve.times_s.size == 32


def test_variable_frame_rate_works(studio: Studio) -> None:
    times = [Fraction(i * i, 500) for i in range(60)]
    frames = [Frame(i, time_s, studio.scene(0)) for i, time_s in enumerate(times)]
    curve = analyze(studio.info(frames), frames, None, None).cues.curve
    assert curve.times_s[-1] >= float(times[-1]) - 0.25


def test_one_frame_is_a_film(studio: Studio) -> None:
    frames = studio.film([studio.scene(0)])
    assert analyze(studio.info(frames), frames, None, None).cues.curve.times_s.size == 1


def test_odd_shapes_work(studio: Studio) -> None:
    frames = studio.film([np.full((2, 256, 3), 90, dtype=np.uint8)] * 10)
    assert analyze(studio.info(frames), frames, None, None).cues.boundaries == ()


def test_no_frame_at_all_is_refused(studio: Studio) -> None:
    with pytest.raises(VideoError, match="no picture"):
        analyze(studio.info(studio.film([studio.flat(0)])), [], None, None)


def test_progress_rises_to_one(studio: Studio) -> None:
    frames, told = studio.film([studio.scene(0)] * 50), list[float]()
    sound = [AudioClip(np.zeros((1, 22050), dtype=np.float32), 22050)] * 2
    analyze(studio.info(frames), frames, sound, None, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 5


def test_damaged_subtitles_cost_only_their_expert(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "film.srt"
    path.write_bytes(bytes(range(256)) * 20)
    frames = studio.film([studio.scene(0)] * 30)
    report = next(
        one for one in analyze(studio.info(frames), frames, None, path).experts if one.name == "words"
    )
    assert not report.available


def test_importing_the_room_loads_nothing_heavy() -> None:
    heavy = ("librosa", "cv2", "torch", "scenedetect", "scipy", "sentence_transformers", "av")
    code = f"import sys, emsync_nb.analysis; print([n for n in {heavy!r} if n in sys.modules])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
