"""Scores by a network that has learned nothing: every promise holds all the same.

The hits are judged by `read_hits`, which parses the written MIDI file with other code.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from emsync_nb.domain import (
    Boundary,
    BoundaryKind,
    EmotionCurve,
    Ensemble,
    Player,
    Score,
    ScorePlan,
    VideoCues,
    VideoInfo,
)
from emsync_nb.errors import PlanError
from emsync_nb.notation import read_hits, write_midi
from emsync_nb.planning import PlanSettings, plan_score
from emsync_nb.preset_library import load_ensemble

torch = pytest.importorskip("torch")

from emsync_nb.generation import ComposeSettings, SamplingSettings, compose  # noqa: E402 - after the check for torch

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

MakeNetwork = Callable[..., "EventTransformer"]
MakePlan = Callable[..., ScorePlan]
NAMES = ("band", "chamber-orchestra", "piano-and-strings", "piano-solo", "string-quartet")
QUICK = SamplingSettings(context=64)


def composed(network: EventTransformer, plan: ScorePlan, seed: int = 0) -> Score:
    return compose(network, plan, ComposeSettings(seed, QUICK))


def check_hits(score: Score, plan: ScorePlan, folder: Path) -> None:
    path = folder / "score.mid"
    write_midi(score, path)
    wanted = [float(hit.boundary.time_s) for hit in plan.hits]
    for reading in read_hits(path, wanted, end_s=float(plan.duration_s)):
        assert reading.error_s is not None, reading
        assert abs(reading.error_s) <= 0.001
        assert reading.on_beat


def check_notes(score: Score, plan: ScorePlan) -> None:
    players = {player.name: player for player in plan.ensemble.players}
    spans = [(cue.start_beat, cue.end_beat) for cue in plan.cues]
    for track in score.tracks:
        player = players[track.name]
        ends: dict[int, Fraction] = {}
        for note in track.notes:
            assert player.low <= note.pitch <= player.high
            assert any(start <= note.start_beat and note.end_beat <= end for start, end in spans)
            assert ends.get(note.pitch, 0) <= note.start_beat  # a pitch stops before it sounds again
            ends[note.pitch] = note.end_beat
        starts = [note.start_beat for note in track.notes]
        assert starts == sorted(starts)


def check_bars(score: Score, plan: ScorePlan) -> None:
    onsets = [note.start_beat for track in score.tracks for note in track.notes]
    for cue in plan.cues:
        for bar in plan.grid.bars:
            if bar.beats > 2 and cue.start_beat <= bar.start_beat and bar.end_beat < cue.end_beat:
                assert any(bar.start_beat <= onset < bar.end_beat for onset in onsets), bar


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [1, 2])
def test_hits_in_the_middle_of_bars_and_in_bar_after_bar(
    network: EventTransformer, make_plan: MakePlan, tmp_path: Path, name: str, seed: int
) -> None:
    # beats 4 and 5 follow one another, 11 ends a bar, 19 is the very last beat
    plan = make_plan(name, [4, 4, 3, 1, 5, 3], [0, 4, 5, 7, 9, 11, 14, 19])
    score = composed(network, plan, seed)
    check_hits(score, plan, tmp_path)
    check_notes(score, plan)
    check_bars(score, plan)


@pytest.mark.parametrize("name", ["band", "piano-solo", "string-quartet"])
def test_cues_that_begin_and_end_within_bars(
    network: EventTransformer, make_plan: MakePlan, tmp_path: Path, name: str
) -> None:
    # the second cue begins on the beat where the first one ends; the third stands in a single bar
    plan = make_plan(name, [4] * 7, [2, 6, 9, 12, 18, 25], [(2, 9), (9, 19), (25, 27)])
    score = composed(network, plan)
    check_hits(score, plan, tmp_path)
    check_notes(score, plan)
    check_bars(score, plan)


@pytest.mark.parametrize(("name", "seed"), [("band", 3), ("string-quartet", 4), ("chamber-orchestra", 5)])
def test_a_planned_film_from_end_to_end(
    make_network: MakeNetwork, tmp_path: Path, name: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    frames = sorted({1, 747, *rng.integers(1, 750, 12).tolist()})
    kinds: tuple[BoundaryKind, ...] = ("cut", "fade", "dissolve")
    cuts = tuple(Boundary(Fraction(f, 25), kinds[f % 3], float(rng.random())) for f in frames)
    times = np.linspace(0, 30, 40)
    curve = EmotionCurve(times, np.sin(times + seed), np.cos(times / 3))
    info = VideoInfo(Path("film.mp4"), Fraction(30), Fraction(25), 640, 360, 0, False, "h264")
    plan = plan_score(VideoCues(info, cuts, curve), load_ensemble(name), PlanSettings(seed))
    score = composed(make_network(seed), plan, seed)
    check_hits(score, plan, tmp_path)
    check_notes(score, plan)
    check_bars(score, plan)
    assert len([m for m in score.markers if m.text.endswith("(hit)")]) == len(plan.hits)
    assert len(score.markers) == len(plan.sections) + len(cuts)


def test_the_seed_decides(network: EventTransformer, make_plan: MakePlan) -> None:
    plan = make_plan("piano-and-strings", [4] * 4, [8])
    first, again, other = (composed(network, plan, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def push_bar_line(network: EventTransformer, by: float) -> EventTransformer:
    with torch.no_grad():
        network.heads[0].out.bias[0] += by
    return network


@pytest.mark.parametrize("by", [-1e6, 1e6])
def test_a_network_mad_about_bar_lines_still_keeps_the_promises(
    make_network: MakeNetwork, make_plan: MakePlan, tmp_path: Path, by: float
) -> None:
    plan = make_plan("band", [4, 4, 8, 4], [5, 10, 16])
    score = composed(push_bar_line(make_network(), by), plan)
    check_hits(score, plan, tmp_path)
    check_notes(score, plan)
    check_bars(score, plan)
    # 20 beats of 4 notes: too few or too many, but never without end
    assert 4 + 3 * 3 - 2 <= score.note_count <= 3 * 80 + 3 * 3


def test_many_hits_with_chords_that_last_for_bars(
    make_network: MakeNetwork, make_plan: MakePlan, tmp_path: Path
) -> None:
    network = make_network()
    with torch.no_grad():
        network.heads[3].out.bias[25] += 1e6  # sixteen beats, always
        network.heads[2].out.bias[:] = torch.arange(129) * 1e4  # and as high as can be
    plan = make_plan("string-quartet", [4] * 5, list(range(0, 20, 2)))
    score = composed(network, plan)
    check_hits(score, plan, tmp_path)
    check_notes(score, plan)


def test_progress_rises_to_the_whole(network: EventTransformer, make_plan: MakePlan) -> None:
    plan = make_plan("piano-solo", [4] * 5, [], [(2, 9), (11, 18)])
    shares: list[float] = []
    compose(network, plan, ComposeSettings(0, QUICK), on_progress=shares.append)
    assert shares[-1] == 1
    assert all(0 < a < b for a, b in itertools.pairwise(shares))


def test_drums_are_drums(network: EventTransformer, make_plan: MakePlan) -> None:
    score = composed(network, make_plan("band", [4] * 6, [0]))
    assert {track.name: track.is_drum for track in score.tracks}["Drums"]
    assert sum(track.is_drum for track in score.tracks) == 1


def test_keys_stand_at_bar_lines(network: EventTransformer, make_plan: MakePlan) -> None:
    plan = make_plan("piano-solo", [4] * 6, [], [(2, 22)], section_beats=5)
    modes = itertools.cycle(("major", "minor"))
    sections = tuple(
        replace(section, key=replace(section.key, mode=next(modes))) for section in plan.sections
    )
    score = composed(network, replace(plan, sections=sections))
    # sections begin on beats 2, 7, 12 and 17
    assert [(change.beat, change.key.mode) for change in score.keys] == [
        (0, "major"),
        (4, "minor"),
        (12, "major"),
        (16, "minor"),
    ]


def test_dynamics_follow_arousal(network: EventTransformer, make_plan: MakePlan) -> None:
    plan = make_plan("piano-solo", [4] * 10, [])
    points = composed(network, plan).tracks[0].dynamics
    levels = {int(point.beat): point.value for point in points}
    # 98 + 16 · arousal, from −0.6 on, rising to the end: fades are the renderer's, or the DAW's
    assert levels[0] == round(98 - 16 * 0.6)
    assert list(levels.values()) == sorted(levels.values())
    assert points[-1].value > 98


@pytest.mark.parametrize(
    ("players", "message"),
    [
        ([("flute", 60, 96), ("oboe", 58, 91)], "nobody for a bass note"),
        ([("cello", 36, 76)], "cannot play chords"),
        ([("tuba", 40, 40), ("horn", 40, 40)], "cannot play chords"),
    ],
)
def test_ensembles_that_cannot_play_a_hit_are_refused(
    network: EventTransformer, make_plan: MakePlan, players: list[tuple[str, int, int]], message: str
) -> None:
    plan = make_plan("piano-solo", [4], [])
    ensemble = Ensemble("odd", tuple(Player(p, p, 0, low, high, "bass") for p, low, high in players))
    parts = tuple(part for part, _, _ in players)
    sections = tuple(replace(section, parts=parts) for section in plan.sections)
    with pytest.raises(PlanError, match=message) as caught:
        composed(network, replace(plan, ensemble=ensemble, sections=sections))
    assert "\n" not in str(caught.value)


def test_a_bar_of_nine_beats_is_refused(network: EventTransformer, make_plan: MakePlan) -> None:
    with pytest.raises(PlanError, match="bar 2 has 9 beats; at most 8"):
        composed(network, make_plan("piano-solo", [4, 9], []))


def test_the_package_offers_its_names_only() -> None:
    import emsync_nb.generation as room

    assert all(getattr(room, name) is not None for name in room.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _: Any = room.nonsense
