from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.errors import OutputError
from emsync_nb.video import SampleFilm, iter_frames, make_sample_film, probe, read_audio
from emsync_nb.video.sample_film import storyboard


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleFilm]:
    shares: list[float] = []
    yield make_sample_film(tmp_path_factory.mktemp("sample"), on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.fixture(scope="module")
def pictures(sample: SampleFilm) -> NDArray[np.uint8]:
    """(750, height, width, 3), small."""
    return np.stack([frame.rgb for frame in iter_frames(probe(sample.video), long_side=96)])


@pytest.fixture(scope="module")
def truth(sample: SampleFilm) -> dict[str, Any]:
    return dict(json.loads(sample.truth.read_text(encoding="utf-8")))


def test_facts(sample: SampleFilm) -> None:
    info = probe(sample.video)
    assert (info.duration_s, info.fps, info.width, info.height) == (30, 25, 640, 360)
    assert info.has_audio


def test_truth_tells_every_frame(pictures: NDArray[np.uint8], truth: dict[str, Any]) -> None:
    assert truth["frame_count"] == len(pictures) == 750
    assert len({scene["name"] for scene in truth["scenes"]}) >= 6
    ends = [scene["end_frame"] for scene in truth["scenes"]]
    assert [scene["start_frame"] for scene in truth["scenes"]] == [0, *ends[:-1]]
    assert ends[-1] == 750


def test_cuts_and_nothing_else_look_like_cuts(pictures: NDArray[np.uint8], truth: dict[str, Any]) -> None:
    brightness = pictures.astype(np.int16)
    change = [float(np.abs(later - earlier).mean()) for earlier, later in pairwise(brightness)]
    at_cuts = [change[cut - 1] for cut in truth["cuts"]]
    elsewhere = [value for frame, value in enumerate(change, start=1) if frame not in truth["cuts"]]
    assert len(at_cuts) >= 5
    assert min(at_cuts) > 1.3 * max(elsewhere)


def test_fade_goes_through_black(pictures: NDArray[np.uint8], truth: dict[str, Any]) -> None:
    (first, end) = truth["fades"][0]
    assert pictures[(first + end) // 2].mean() < 6
    assert pictures[first - 1].mean() > 20
    assert pictures[end].mean() > 10


def test_moods_differ_in_motion_and_light(pictures: NDArray[np.uint8], truth: dict[str, Any]) -> None:
    def of(name: str) -> NDArray[np.int16]:
        scene = next(scene for scene in truth["scenes"] if scene["name"] == name)
        return pictures[scene["start_frame"] + 15 : scene["end_frame"] - 15].astype(np.int16)

    motion = {name: np.abs(np.diff(of(name), axis=0)).mean() for name in ("dawn", "chase", "stillness")}
    assert motion["chase"] > 3 * motion["dawn"] > 6 * motion["stillness"]
    assert of("dawn").mean() > 2.5 * of("storm").mean()


def test_moods_differ_in_loudness(sample: SampleFilm, truth: dict[str, Any]) -> None:
    clip = read_audio(probe(sample.video), rate=22_050, channels=1)
    assert clip is not None
    level_db = {}
    for scene in truth["scenes"]:
        inside = slice((scene["start_frame"] + 15) * 882, (scene["end_frame"] - 15) * 882)
        level_db[scene["name"]] = 10 * np.log10(np.mean(clip.samples[0, inside] ** 2))
    assert level_db["chase"] > level_db["dawn"] + 8
    assert level_db["dawn"] > level_db["stillness"] + 15


def test_subtitles_are_subrip(sample: SampleFilm) -> None:
    blocks = sample.subtitles.read_text(encoding="utf-8").strip().split("\n\n")
    assert len(blocks) == len(storyboard.LINES)
    assert blocks[0].splitlines() == [
        "1",
        "00:00:00,800 --> 00:00:02,800",
        "A new morning. Everything is waking, soft and golden.",
    ]


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    blocker = tmp_path / "folder"
    blocker.touch()
    with pytest.raises(OutputError, match="cannot be written"):
        make_sample_film(blocker)
