"""Films that were never shot: boundaries and a curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.domain import Boundary, EmotionCurve, Ensemble, VideoCues, VideoInfo
from emsync_nb.preset_library import load_ensemble

MakeFilm = Callable[..., VideoCues]


def _film(
    duration_s: Fraction | int,
    boundaries: Sequence[tuple[Fraction | float, float]] = (),
    *,
    valence: float | None = None,
    arousal: float | None = None,
) -> VideoCues:
    info = VideoInfo(Path("film.mp4"), Fraction(duration_s), Fraction(25), 640, 360, 0, False, "h264")
    cuts = tuple(Boundary(Fraction(time), "cut", strength) for time, strength in sorted(boundaries))
    times = np.linspace(0, float(duration_s), max(2, int(duration_s)))
    moving = [np.sin(times / 17), np.cos(times / 23)]
    fixed = [moving[i] if value is None else times * 0 + value for i, value in enumerate((valence, arousal))]
    return VideoCues(info, cuts, EmotionCurve(times, fixed[0], fixed[1]))


@pytest.fixture(scope="session")
def make_film() -> MakeFilm:
    """Builds a film from its length, (time, strength) of its boundaries and, if wanted, one emotion."""
    return _film


@pytest.fixture(scope="session")
def band() -> Ensemble:
    """An ensemble with drums."""
    return load_ensemble("band")
