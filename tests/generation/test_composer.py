"""Scores by a network that has learned nothing: every promise holds all the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import (
    GRID,
    PARTS,
    Boundary,
    BoundaryKind,
    EmotionCurve,
    Ensemble,
    Note,
    Player,
    Score,
    ScorePlan,
    VideoCues,
    VideoInfo,
)
from emsync_nb.errors import PlanError
from emsync_nb.planning import PlanSettings, plan_score
from emsync_nb.preset_library import load_ensemble
from tests.generation.promises import ENSEMBLES, check_bars, check_hits, check_notes

torch = pytest.importorskip("torch")

from emsync_nb.generation import (  # noqa: E402 - after the check for torch
    ComposeSettings,
    Given,
    SamplingSettings,
    compose,
    compose_takes,
)
from emsync_nb.generation.composer import MAX_TAKES  # noqa: E402

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

MakeNetwork = Callable[..., "EventTransformer"]
MakePlan = Callable[..., ScorePlan]
IntArray = NDArray[np.int64]
QUICK = SamplingSettings(context=192, kept=64)


def composed(network: EventTransformer, plan: ScorePlan, seed: int = 0) -> Score:
    return compose(network, plan, ComposeSettings(seed, QUICK))


@pytest.mark.parametrize("name", ENSEMBLES)
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
    # 20 beats of 4 notes: heads foretell up to 2.5 times as many, bars overflow by 1.6; never without end
    assert 4 + 3 * 3 - 2 <= score.note_count <= 2.6 * 1.6 * 80 + 3 * 3


def test_many_hits_with_chords_that_last_for_bars(
    make_network: MakeNetwork, make_plan: MakePlan, tmp_path: Path
) -> None:
    network = make_network()
    with torch.no_grad():
        network.heads[3].out.bias[25] += 1e6  # sixteen beats, always
        bias = network.heads[2].out.bias
        bias[:] = torch.arange(len(bias)) * 1e4  # and as high as can be
    plan = make_plan("string-quartet", [4] * 5, list(range(0, 20, 2)))
    score = composed(network, plan)
    check_hits(score, plan, tmp_path)
    check_notes(score, plan)


def test_sections_play_with_their_own_casts(
    network: EventTransformer, make_plan: MakePlan, tmp_path: Path
) -> None:
    plan = make_plan("chamber-orchestra", [4] * 8, [0, 9, 16, 30])
    low = ("cello", "viola", "bassoon")
    sections = (plan.sections[0], replace(plan.sections[1], parts=low))
    score = composed(network, replace(plan, sections=sections))
    check_hits(score, plan, tmp_path)
    names = {p.name for p in plan.ensemble.players if p.part in low}
    later = {t.name for t in score.tracks for note in t.notes if note.start_beat >= 16}
    earlier = {t.name for t in score.tracks for note in t.notes if note.start_beat < 16}
    assert later <= names
    assert not earlier <= names


def test_takes_of_one_pass_each_keep_the_promises(
    network: EventTransformer, make_plan: MakePlan, tmp_path: Path
) -> None:
    plan = make_plan("string-quartet", [4, 3, 4, 4], [2, 5, 11], [(1, 14)])
    takes = compose_takes(network, plan, [3, 4, 3], QUICK)
    for score in takes:
        check_hits(score, plan, tmp_path)
        check_notes(score, plan)
        check_bars(score, plan)
    # a network this small hardly rounds: who sits beside does not matter
    assert takes[0] == takes[2] == composed(network, plan, 3)
    assert takes[1] == composed(network, plan, 4)
    assert takes[0] != takes[1]


@pytest.mark.parametrize("count", [0, MAX_TAKES + 1])
def test_no_takes_and_too_many_are_refused(
    network: EventTransformer, make_plan: MakePlan, count: int
) -> None:
    with pytest.raises(PlanError, match=f"1 to {MAX_TAKES} takes .* got {count}; ask for fewer"):
        compose_takes(network, make_plan("piano-solo", [4], []), range(count), QUICK)


def theme(plan: ScorePlan, part: str) -> IntArray:
    """Notes of all sorts: on a hit, off the beat, across a bar line, one above the other."""
    rows = [
        (48, 6, 67, 90),
        (54, 18, 69, 80),
        (72, 12, 71, 80),
        (72, 12, 74, 99),
        (90, 20, 72, 70),
        (168, 30, 66, 64),
    ]
    return np.array([(*row, PARTS.index(part)) for row in rows])


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("chamber-orchestra", "flute"),
        ("string-quartet", "violin-1"),
        ("piano-solo", "piano"),
        ("band", "keys"),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_theme_is_played_note_for_note_and_accompanied(
    network: EventTransformer, make_plan: MakePlan, tmp_path: Path, name: str, part: str, seed: int
) -> None:
    plan = make_plan(name, [4] * 6, [4, 6, 14, 19])
    rows = theme(plan, part)
    given = Given.beside(plan, rows)
    score = compose(network, plan, ComposeSettings(seed, QUICK), given=given)
    check_hits(score, plan, tmp_path)
    check_notes(score, plan)
    wanted = {Note(Fraction(o, GRID), Fraction(d, GRID), p, v) for o, d, p, v, _ in rows.tolist()}
    player = next(p for p in plan.ensemble.players if p.part == part)
    played = next(set(t.notes) for t in score.tracks if t.name == player.name)
    assert wanted <= played
    if name != "piano-solo":  # who has others to accompany them plays nothing else in these bars
        assert {n for n in played if 4 <= n.start_beat < 12 or 12 <= n.start_beat < 20} == wanted
    others = [n for t in score.tracks for n in t.notes if n not in wanted]
    assert any(4 <= n.start_beat < 8 for n in others)


def test_progress_rises_to_the_whole(network: EventTransformer, make_plan: MakePlan) -> None:
    plan = make_plan("piano-solo", [4] * 5, [], [(2, 9), (11, 18)])
    shares: list[float] = []
    compose(network, plan, ComposeSettings(0, QUICK), on_progress=shares.append)
    assert shares[-1] == 1
    assert all(0 < a < b for a, b in itertools.pairwise(shares))


def test_progress_counts_bars_that_stand(network: EventTransformer, make_plan: MakePlan) -> None:
    plan, shares = make_plan("piano-solo", [4] * 3, []), list[float]()
    closed = Given(np.empty((0, 5), dtype=np.int64), np.ones((3, len(PARTS)), dtype=bool))
    compose(network, plan, ComposeSettings(0, QUICK), given=closed, on_progress=shares.append)
    assert shares[-1] == 1


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
