"""Stills are the film's own pictures, one where each shot is in its middle."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from emsync_nb.domain import Boundary, EmotionCurve, VideoCues
from emsync_nb.pipeline import stills_of
from emsync_nb.pipeline.stills import STILL_SIDE
from emsync_nb.video import iter_frames, probe


def test_stills_are_the_pictures_in_the_middle(film: Path) -> None:
    info = probe(film)
    half = info.duration_s / 2
    cues = VideoCues(info, (Boundary(half, "cut", 0.5),), EmotionCurve([0, 1], [0, 0], [0, 0]))
    stills = stills_of(cues)
    assert stills[0].start_s == 0
    assert stills[-1].end_s == float(info.duration_s)
    assert float(half) in {still.start_s for still in stills}
    frames = [(one.time_s, one.rgb.copy()) for one in iter_frames(info, long_side=STILL_SIDE)]
    for still in stills:
        middle = Fraction((still.start_s + still.end_s) / 2)
        expected = next(rgb for time_s, rgb in frames if time_s >= middle)
        assert np.array_equal(still.rgb, expected)
        assert max(still.rgb.shape) <= STILL_SIDE
