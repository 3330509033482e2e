"""Music without a film: valence and arousal asked for, bar by bar, and who plays; all else is the network's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import (
    GRID,
    BarGrid,
    DynamicsPoint,
    Ensemble,
    KeyChange,
    Score,
    TempoChange,
    TempoMap,
)
from emsync_nb.domain.tempo import MICROSECONDS
from emsync_nb.errors import PlanError
from emsync_nb.generation.assembly import DYNAMICS_CENTRE, DYNAMICS_REACH, tracks_of
from emsync_nb.generation.brief import KEY, METER, TEMPO, Brief, free_brief, key_of
from emsync_nb.generation.composer import write_takes
from emsync_nb.generation.sampling import SamplingSettings
from emsync_nb.generation.steering import Ear
from emsync_nb.generation.tokens import METER_STEP, tempo_index, tempo_of
from emsync_nb.generation.writer import Written

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

FloatArray = NDArray[np.float64]
#: an hour and more of music, even when it is fast
MAX_BARS = 4096
#: beats a minute that a head can tell
TEMPI = (30, 320)


def free_pieces(
    network: EventTransformer,
    ensembles: Sequence[Ensemble],
    emotions: Sequence[FloatArray],
    seeds: Sequence[int],
    sampling: SamplingSettings | None = None,
    *,
    bpm: float | None = None,
    ear: Ear | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> list[Score]:
    """Pieces of which only the emotion is asked for, composed together: (bars, 2) valence and arousal each.

    Meter, tempo, key, loudness and density are chosen by the network, the tempo too unless `bpm` fixes it.
    `ear` listens and keeps the emotion on its way. `on_progress` receives the share of the first piece that is
    written, 0 … 1.

    Raises:
        PlanError: no bars or too many, values outside [-1, 1], a tempo outside TEMPI, or an ensemble that cannot play
            chords.
    """
    briefs = [
        replace(free_brief(ensemble, _checked(emotion)), ear=ear)
        for ensemble, emotion in zip(ensembles, emotions, strict=True)
    ]
    if bpm is not None:
        if not TEMPI[0] <= bpm <= TEMPI[1]:  # nan fails too
            raise PlanError(f"the tempo must lie in {TEMPI[0]} … {TEMPI[1]} beats a minute, got {bpm:g}")
        for brief in briefs:
            brief.heads[:, TEMPO] = tempo_index(np.array(bpm))
    dice = [np.random.default_rng([seed, 3]) for seed in seeds]
    on_bar = None if on_progress is None else lambda bar: on_progress((bar + 1) / briefs[0].bars)
    takes = write_takes(network, briefs, dice, sampling or SamplingSettings(), on_bar=on_bar)
    return [_score(e, b, take, bpm) for e, b, take in zip(ensembles, briefs, takes, strict=True)]


def _checked(emotion: FloatArray) -> FloatArray:
    if not 1 <= len(emotion) <= MAX_BARS:
        raise PlanError(f"a piece has 1 to {MAX_BARS} bars, got {len(emotion)}")
    if not (np.abs(emotion) <= 1).all():  # nan fails too
        raise PlanError("valence and arousal must lie in -1 … 1; bring them into this range")
    return emotion


def _score(ensemble: Ensemble, brief: Brief, take: Written, bpm: float | None) -> Score:
    grid = BarGrid.from_lengths((take.heads[:, METER] * METER_STEP // GRID).tolist())
    starts = [bar.start_beat for bar in grid.bars]
    tempi = [_us(tempo_of(int(index)) if bpm is None else bpm) for index in take.heads[:, TEMPO]]
    levels = [round(DYNAMICS_CENTRE + DYNAMICS_REACH * float(a)) for a in brief.conditions.arousal]
    dynamics = tuple(DynamicsPoint(Fraction(starts[i]), levels[i]) for i in _steps(levels))
    return Score(
        tracks_of(ensemble, take.rows, [(0, grid.end_beat * GRID)], dynamics),
        TempoMap(tuple(TempoChange(starts[i], tempi[i]) for i in _steps(tempi))),
        grid,
        keys=tuple(_keys(take.heads[:, KEY].tolist(), starts)),
    )


def _us(bpm: float) -> int:
    return round(60 * MICROSECONDS / bpm)


def _steps(values: Sequence[int]) -> list[int]:
    """Where a row of values begins and where it changes."""
    return [i for i, value in enumerate(values) if i == 0 or value != values[i - 1]]


def _keys(classes: Sequence[int], starts: Sequence[int]) -> Iterator[KeyChange]:
    for index in _steps(classes):
        key = key_of(classes[index])
        if key is not None:
            yield KeyChange(starts[index], key)
