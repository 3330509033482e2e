"""Motion on drawn films."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.analysis.expert import Opinion
from emsync_nb.analysis.motion import MotionExpert, camera_flow
from emsync_nb.analysis.timeline import grid

if TYPE_CHECKING:
    from tests.analysis.conftest import Picture, Studio


def panning(studio: Studio, widths_a_second: float, fps: int, seconds: int = 3) -> list[Picture]:
    wide = np.hstack([studio.scene(seed) for seed in range(6)])
    steps = [round(128 * widths_a_second * i / fps) for i in range(fps * seconds)]
    return [np.ascontiguousarray(wide[:, step : step + 128]) for step in steps]


def judge(studio: Studio, pictures: list[Picture], fps: int, cut_s: tuple[float, ...] = ()) -> Opinion:
    expert = MotionExpert()
    for glance in studio.glances(studio.film(pictures, fps)):
        expert.see(glance)
    return expert.judge(grid(len(pictures) / fps), studio.cuts_at(*cut_s))


def test_faster_is_more_exciting(studio: Studio) -> None:
    rest, slow, fast = (
        judge(studio, panning(studio, speed, 25), 25).arousal.mean() for speed in (0, 0.08, 0.8)
    )
    assert rest + 0.2 < slow < fast - 0.2


def test_the_frame_rate_hardly_matters(studio: Studio) -> None:
    calm, smooth = (judge(studio, panning(studio, 0.3, fps), fps).arousal[2:-2].mean() for fps in (24, 120))
    assert abs(calm - smooth) < 0.12


def test_a_cut_is_no_motion(studio: Studio) -> None:
    pictures = [studio.scene(0)] * 40 + [studio.scene(1)] * 40
    assert np.ptp(judge(studio, pictures, 25, (1.6,)).arousal) < 0.02


def test_one_frame_a_second_tells_nothing(studio: Studio) -> None:
    opinion = judge(studio, [studio.scene(i) for i in range(5)], 1)
    assert not opinion.arousal_confidence.any()


def test_motion_says_nothing_of_valence(studio: Studio) -> None:
    assert not judge(studio, panning(studio, 0.5, 25), 25).valence_confidence.any()


def _flow(pan: tuple[float, float], zoom: float, subject: tuple[float, float]) -> NDArray[np.float32]:
    """A camera that pans and zooms, and a fifth of the picture that moves besides."""
    y, x = np.mgrid[:36, :64].astype(np.float32)
    flow = np.stack([pan[0] + zoom * (x - 31.5), pan[1] + zoom * (y - 17.5)], axis=-1)
    flow[10:26, 20:50] += np.array(subject, dtype=np.float32)
    return flow.astype(np.float32)


@pytest.mark.parametrize(("pan", "zoom"), [((0, 0), 0), ((3, -1), 0), ((0, 0), 0.05), ((-2, 1), -0.03)])
def test_the_camera_is_told_from_what_moves_before_it(pan: tuple[float, float], zoom: float) -> None:
    camera = camera_flow(_flow(pan, zoom, (4, 2)))
    assert camera == pytest.approx(_flow(pan, zoom, (0, 0)), abs=0.35)


def test_evidence_names_a_still_picture_a_pan_and_a_thing_that_moves(studio: Studio) -> None:
    ground = studio.scene(1)
    moving = []
    for step in range(50):
        picture = ground.copy()
        picture[20:50, step : step + 30] = studio.scene(2)[20:50, :30]
        moving.append(picture)
    # grain everywhere, for flat areas look as if they stood still
    wide = cv2.GaussianBlur(
        np.random.default_rng(3).integers(0, 256, (72, 220, 3)).astype(np.uint8), (0, 0), 2.5
    )
    pan = [np.ascontiguousarray(wide[:, step : step + 128]) for step in range(50)]
    told = [judge(studio, pictures, 25).evidence[0].words for pictures in ([ground] * 50, pan, moving)]
    assert told[0].startswith("stillness, 0.0")
    assert "motion of the camera," in told[1]
    assert "before a still camera" in told[2]
