"""A tiny network that has learned nothing, and plans made by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emsync_nb.domain import (
    BarGrid,
    Boundary,
    Cue,
    EmotionCurve,
    Hit,
    Key,
    PlannedCue,
    ScorePlan,
    Section,
    TempoMap,
)
from emsync_nb.preset_library import load_ensemble

torch = pytest.importorskip("torch")

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

MakeNetwork = Callable[..., "EventTransformer"]
MakePlan = Callable[..., ScorePlan]
#: beats a minute of the plans: half a second a beat
BPM = 120


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Tiny networks are faster on one thread, and other tests want the cores."""
    torch.set_num_threads(1)


def _network(seed: int = 0, *, layers: int = 1, scale: float = 8.0) -> EventTransformer:
    from emsync_nb.generation.transformer import EventTransformer, NetworkSettings

    torch.manual_seed(seed)
    network = EventTransformer(
        NetworkSettings(width=32, layers=layers, heads=2, key_heads=1, hidden=48)
    ).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1 and not parameter.any():
                parameter.normal_(std=0.02)  # what begins at nought is for training to wake up
            parameter.mul_(scale)  # untouched, all events would be about equally likely
    return network


@pytest.fixture(scope="session")
def make_network() -> MakeNetwork:
    """Builds a tiny network from a seed."""
    return _network


@pytest.fixture(scope="session")
def network(make_network: MakeNetwork) -> EventTransformer:
    """A tiny network."""
    return make_network()


def _cue(start_beat: int, end_beat: int) -> PlannedCue:
    seconds = Fraction(60, BPM)
    return PlannedCue(Cue(start_beat * seconds, end_beat * seconds), start_beat, end_beat)


def _plan(
    ensemble: str,
    bars: Sequence[int],
    hits: Sequence[int],
    cues: Sequence[tuple[int, int]] | None = None,
    *,
    density: float = 4.0,
    section_beats: int = 16,
) -> ScorePlan:
    grid = BarGrid.from_lengths(bars)
    tempo_map = TempoMap.constant(BPM)
    players = load_ensemble(ensemble)
    planned = tuple(_cue(*cue) for cue in cues or [(0, grid.end_beat)])
    parts = tuple(player.part for player in players.players)
    sections = tuple(
        Section(
            "A", start, min(cue.end_beat, start + section_beats), 0.3, 0.2, Key(7, "major"), density, parts
        )
        for cue in planned
        for start in range(cue.start_beat, cue.end_beat, section_beats)
    )
    boundaries = tuple(Boundary(tempo_map.seconds(beat), "cut", 0.9 - i / 100) for i, beat in enumerate(hits))
    duration = tempo_map.seconds(grid.end_beat)
    return ScorePlan(
        duration_s=duration,
        cues=planned,
        sections=sections,
        hits=tuple(Hit(b, beat) for b, beat in zip(boundaries, hits, strict=True)),
        boundaries=boundaries,
        tempo_map=tempo_map,
        grid=grid,
        curve=EmotionCurve(np.array([0.0, float(duration)]), np.array([-0.4, 0.5]), np.array([-0.6, 0.7])),
        ensemble=players,
    )


@pytest.fixture(scope="session")
def make_plan() -> MakePlan:
    """Builds a plan at 120 beats a minute from bar lengths, beats of hits and (in, out) beats of cues."""
    return _plan
