"""Sessions with as many tracks and notes as one likes: the film is real, its analysis and its music are made up."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np

from emsync_nb.domain import Boundary, EmotionCurve, Note, Score, ScorePlan, Track, VideoCues
from emsync_nb.pipeline import Stopwatch
from emsync_nb.session import Session
from emsync_nb.video import probe

_WORK = "emsync_nb.session.work"
_PROGRAMS = (73, 68, 71, 70, 60, 56, 46, 40, 41, 42)


def make_session(film: Path, tracks: int, notes: int, *, every_s: float = 4.0) -> Path:
    """A session beside a film, with a boundary every so many seconds and one accepted take; its folder.

    Args:
        film: the film.
        tracks: how many.
        notes: how many in all, spread evenly; 0: silence.
        every_s: how far boundaries lie from each other.
    """

    def found(video: Path, *, watch: Stopwatch) -> SimpleNamespace:
        return SimpleNamespace(cues=_cues(video, every_s), opinions=())

    def composed(plan: ScorePlan, seeds: Sequence[int], *, watch: Stopwatch | None = None) -> list[Score]:
        return [_score(plan, tracks, notes) for _ in seeds]

    with (
        patch(f"{_WORK}.analyze_film", found),
        patch(f"{_WORK}.compose_takes_of", composed),
        Session.create(film) as session,
    ):
        session.analyze(ensemble="string-quartet")
        session.accept(session.generate()[0])
        return session.folder


def _cues(video: Path, every_s: float) -> VideoCues:
    info = probe(video)
    count = int((float(info.duration_s) - 0.5) / every_s)
    boundaries = [
        Boundary(
            Fraction(round(number * every_s * info.fps), 1) / info.fps,
            "cut",
            0.2 + 0.7 * number / (count + 1),
        )
        for number in range(1, count + 1)
    ]
    times_s = np.linspace(0, float(info.duration_s), max(8, int(2 * info.duration_s)))
    curve = EmotionCurve(times_s, 0.6 * np.sin(times_s / 3), 0.5 * np.cos(times_s / 5))
    return VideoCues(info, tuple(boundaries), curve)


def _score(plan: ScorePlan, tracks: int, notes: int) -> Score:
    rng = random.Random(3)
    each = notes // tracks
    made = []
    for number in range(tracks):
        step = Fraction(plan.grid.end_beat * 96 // max(each, 1), 96)
        line = tuple(
            Note(
                step * place,
                max(step * 3 / 4, Fraction(1, 96)),
                # no two parts at one pitch: those that share a channel would share the note
                24 + 2 * number % 96 + rng.randrange(2),
                80,
            )
            for place in range(each)
        )
        made.append(Track(f"Part {number + 1}", _PROGRAMS[number % len(_PROGRAMS)], False, line))
    return Score(tuple(made), plan.tempo_map, plan.grid)
