"""How long a plan takes: an hour of film with 500 boundaries, fitted again after every edit. Prints milliseconds.

Run: python -m tests.benchmarks.fit_500
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from emsync_nb.domain import Boundary, EmotionCurve, Spotting, VideoCues, VideoInfo
from emsync_nb.planning import plan_spotting
from emsync_nb.preset_library import load_ensemble

LENGTH_S, BOUNDARIES, RUNS = 3600, 500, 15
FPS = Fraction(24_000, 1001)


def hour() -> Spotting:
    """An hour with as many boundaries as a film has scenes, and emotion that wanders."""
    rng = random.Random(5)
    frames = sorted(rng.sample(range(1, int(LENGTH_S * FPS)), BOUNDARIES))
    boundaries = tuple(
        Boundary(frame / FPS, "cut", strength / BOUNDARIES)
        for frame, strength in zip(frames, rng.sample(range(BOUNDARIES), BOUNDARIES), strict=True)
    )
    info = VideoInfo(Path("hour.mp4"), Fraction(LENGTH_S), FPS, 1280, 720, 0, True, "h264")
    times = np.arange(0, LENGTH_S, 0.5)
    curve = EmotionCurve(times, 0.8 * np.sin(times / 67), 0.7 * np.cos(times / 41))
    return Spotting(VideoCues(info, boundaries, curve), "full-orchestra")


def milliseconds(spotting: Spotting, runs: int = RUNS) -> list[float]:
    """Process time of each run, shortest first."""
    ensemble = load_ensemble(spotting.ensemble)
    found = []
    for _ in range(runs):
        start = time.process_time()
        plan_spotting(spotting, ensemble)
        found.append(1000 * (time.process_time() - start))
    return sorted(found)


def main(arguments: Sequence[str]) -> None:
    """One line: the shortest and the middle run."""
    found = milliseconds(hour(), int(arguments[0]) if arguments else RUNS)
    print(
        f"plan of {LENGTH_S} s, {BOUNDARIES} boundaries: {found[0]:.0f} ms at best, {found[len(found) // 2]:.0f} ms"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
