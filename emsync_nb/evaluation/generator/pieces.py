"""Music to be measured: written by the shipped defaults, and read back from MIDI as anyone would read it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import Boundary, EmotionCurve, MusicTable, Score, ScorePlan, VideoCues, VideoInfo
from emsync_nb.generation import SamplingSettings, free_pieces, load, quantised
from emsync_nb.labelling import label_bars
from emsync_nb.notation import write_midi
from emsync_nb.notation.reading import read_table
from emsync_nb.planning import PlanSettings, plan_score
from emsync_nb.preset_library import load_ensemble
from emsync_nb.weights import generator_checkpoint

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

FloatArray = NDArray[np.float64]
Item = TypeVar("Item")

ENSEMBLES = (
    "chamber-orchestra", "string-quartet", "full-orchestra", "piano-and-strings", "piano-solo", "band", "ambient",
)  # fmt: skip
#: pieces that are written in one pass
AT_ONCE = 16
FPS = Fraction(24)


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A piece without a film."""

    #: (bars, 2) valence and arousal
    emotion: FloatArray
    ensemble: str
    seed: int


@cache
def composer() -> EventTransformer:
    """The checkpoint that is measured, once in each process."""
    return quantised(load(generator_checkpoint()))


def constant(valence: float, arousal: float, bars: int) -> FloatArray:
    """(bars, 2) of one emotion."""
    return np.tile(np.array([valence, arousal]), (bars, 1))


def write_pieces(
    wanted: Sequence[Wanted], sampling: SamplingSettings | None = None, *, bpm: float | None = None
) -> list[Score]:
    """The pieces, all in one pass."""
    return free_pieces(
        composer(),
        [load_ensemble(one.ensemble) for one in wanted],
        [one.emotion for one in wanted],
        [one.seed for one in wanted],
        sampling,
        bpm=bpm,
        ear=label_bars,
    )


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """At most `count` of them, evenly spread over the whole list."""
    places = np.linspace(0, len(items) - 1, min(count, len(items))).round().astype(int)
    return [items[place] for place in dict.fromkeys(places.tolist())]


def read_back(score: Score) -> MusicTable:
    """The score as its MIDI file tells it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "score.mid"
        write_midi(score, path)
        return read_table(path, unfold=False)


def _wandering(pushes: FloatArray) -> FloatArray:
    """(n, 2) of what keeps 0.7 of itself from each to the next, and is pushed."""
    found = [pushes[0]]
    for push in pushes[1:]:
        found.append(0.7 * found[-1] + push)
    return np.array(found)


def made_up_film(
    seed: int, seconds: int, ensemble: str, apart_s: tuple[int, int] = (2, 9)
) -> tuple[VideoCues, ScorePlan]:
    """A film that never was: boundaries so many seconds apart, an emotion that wanders, and its plan."""
    rng = np.random.default_rng([seed, 7])
    frames, boundaries = int(rng.integers(24, 120)), []
    while frames < 24 * seconds - 48:
        boundaries.append(Boundary(Fraction(frames, 24), "cut", float(rng.uniform(0.3, 1.0))))
        frames += int(rng.integers(24 * apart_s[0], 24 * apart_s[1]))
    times = np.linspace(0, seconds, max(2, seconds // 12))
    walk = np.clip(_wandering(rng.normal(0, 0.35, (len(times), 2))), -0.9, 0.9)
    info = VideoInfo(Path("made-up.mp4"), Fraction(seconds), FPS, 640, 360, 0, False, "none")
    film = VideoCues(info, tuple(boundaries), EmotionCurve(times, walk[:, 0], walk[:, 1]))
    return film, plan_score(film, load_ensemble(ensemble), PlanSettings(seed=seed))
