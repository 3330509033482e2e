"""How long a plan takes: an hour of film with 500 boundaries, fitted again after every edit. Prints milliseconds.

Process time: what else the computer does counts little, and waiting for the disk, which a change does, not at all.

Run: python -m tests.benchmarks.fit_500 [RUNS]
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from emsync_nb.domain import Boundary, EmotionCurve, Spotting, VideoCues, VideoInfo
from emsync_nb.planning import plan_spotting
from emsync_nb.preset_library import load_ensemble
from emsync_nb.session import Session

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


@contextmanager
def hour_session(folder: Path) -> Iterator[Session]:
    """A session of that hour, which nobody filmed."""
    spotting, film = hour(), folder / "hour.mp4"
    film.write_bytes(b"pictures")
    found = SimpleNamespace(cues=spotting.film, opinions=())
    with (
        patch("emsync_nb.session.work.analyze_film", lambda *_, **__: found),
        Session.create(film) as session,
    ):
        session.analyze(ensemble=spotting.ensemble)
        yield session


def milliseconds(spotting: Spotting, runs: int = RUNS) -> list[float]:
    """Process time of each fit, shortest first."""
    ensemble = load_ensemble(spotting.ensemble)
    return sorted(_taken(lambda: plan_spotting(spotting, ensemble)) for _ in range(runs))


class Change(NamedTuple):
    """Process times of a change in milliseconds."""

    #: the boundary moved, the plan fitted, its state written
    made_ms: float
    #: the plan read afterwards
    read_ms: float


def changes(runs: int = RUNS) -> list[Change]:
    """Boundaries of a session moved by a frame, one after the other; shortest change first."""
    found = []
    with TemporaryDirectory() as folder, hour_session(Path(folder)) as session:
        for number in range(1, runs + 1):
            made_ms = _taken(lambda number=number: move(session, number))
            found.append(Change(made_ms, _taken(lambda: session.score_plan)))
    return sorted(found)


def move(session: Session, number: int) -> None:
    """One boundary a frame later."""
    session.change(
        "moved", lambda plan: plan.moved(number, plan.film.boundaries[number - 1].time_s + 1 / FPS)
    )


def _taken(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


def main(arguments: Sequence[str]) -> None:
    """Two lines: the fit alone, and the whole change; of each the shortest and the middle run."""
    runs = int(arguments[0]) if arguments else RUNS
    fits, whole = milliseconds(hour(), runs), changes(runs)
    middle = runs // 2
    print(f"plan of {LENGTH_S} s, {BOUNDARIES} boundaries: {fits[0]:.0f} ms at best, {fits[middle]:.0f} ms")
    print(
        f"a whole change of it, kept: {whole[0].made_ms:.0f} ms at best, {whole[middle].made_ms:.0f} ms; "
        f"its plan read: {max(change.read_ms for change in whole):.1f} ms at most"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
