"""Motion on drawn films."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emsync_nb.analysis.expert import Opinion
from emsync_nb.analysis.motion import MotionExpert
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
