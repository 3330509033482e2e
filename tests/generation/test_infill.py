"""Cells written anew: everything else stays, note for note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emsync_nb.domain import Note, Score, ScorePlan, Track
from emsync_nb.errors import PlanError
from emsync_nb.preset_library import load_ensemble
from tests.generation.promises import ENSEMBLES, check_hits, check_pitches

torch = pytest.importorskip("torch")

from emsync_nb.generation import (  # noqa: E402 - after the check for torch
    Cells,
    ComposeSettings,
    SamplingSettings,
    compose,
    refill,
)

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

MakePlan = Callable[..., ScorePlan]
QUICK = SamplingSettings(context=192, kept=64, guidance=1.0)
LENGTHS = (4, 3, 4, 2, 4, 4, 5, 4)
#: in steady bars, in a short one, at the end of one; the last cue's out lies within a bar
HITS, CUES = (0, 5, 10, 13, 17, 22, 28), ((0, 19), (19, 29))


def is_open(plan: ScorePlan, cells: Sequence[Cells], name: str, note: Note) -> bool:
    bar = next(b.number for b in reversed(plan.grid.bars) if b.start_beat <= note.start_beat)
    return any(c.first_bar <= bar <= c.last_bar and (c.tracks is None or name in c.tracks) for c in cells)


def check_refilled(plan: ScorePlan, before: Score, after: Score, cells: Sequence[Cells]) -> None:
    """Locked notes are the same; new ones lie in open cells, in range and in a cue; no pitch sounds twice at once."""
    players = {player.name: player for player in plan.ensemble.players}
    kept = {t.name: [n for n in t.notes if not is_open(plan, cells, t.name, n)] for t in before.tracks}
    now = {t.name: t.notes for t in after.tracks}
    for name, notes in kept.items():
        assert [n for n in now.get(name, ()) if not is_open(plan, cells, name, n)] == notes
    for track in after.tracks:
        check_pitches(track.notes)
        player = players[track.name]
        for note in track.notes:
            if is_open(plan, cells, track.name, note):
                assert player.low <= note.pitch <= player.high
                assert any(a <= note.start_beat and note.end_beat <= b for a, b in CUES)
            else:
                assert note in kept[track.name]
    assert (after.tempo_map, after.grid, after.markers, after.keys) == (
        before.tempo_map,
        before.grid,
        before.markers,
        before.keys,
    )


def moved(score: Score, by: Fraction, longer: Fraction) -> Score:
    """Every note off the grid, late and longer, as by hand; none into the next on its pitch."""
    return replace(score, tracks=tuple(replace(t, notes=_untangled(t, by, longer)) for t in score.tracks))


def _untangled(track: Track, by: Fraction, longer: Fraction) -> tuple[Note, ...]:
    notes: list[Note] = []
    for note in sorted(track.notes, key=lambda n: n.start_beat, reverse=True):
        start, end = note.start_beat + by, note.end_beat + by + longer
        following = [other.start_beat for other in notes if other.pitch == note.pitch]
        notes.append(replace(note, start_beat=start, duration_beats=min([end, *following]) - start))
    return tuple(sorted(notes, key=lambda n: (n.start_beat, n.pitch)))


@pytest.fixture(scope="module")
def scored(network: EventTransformer, make_plan: MakePlan) -> Callable[[str], tuple[ScorePlan, Score]]:
    """A plan and a score of it, composed once for each ensemble."""
    found: dict[str, tuple[ScorePlan, Score]] = {}

    def get(name: str) -> tuple[ScorePlan, Score]:
        if name not in found:
            plan = make_plan(name, LENGTHS, HITS, CUES)
            found[name] = plan, compose(network, plan, ComposeSettings(7, QUICK))
        return found[name]

    return get


@st.composite
def some_cells(draw: st.DrawFn, name: str) -> list[Cells]:
    """One to three rectangles of bars and tracks."""
    names = [player.name for player in load_ensemble(name).players]
    cells = []
    for _ in range(draw(st.integers(1, 3))):
        first = draw(st.integers(1, len(LENGTHS)))
        last = draw(st.integers(first, len(LENGTHS)))
        tracks = draw(st.one_of(st.none(), st.sets(st.sampled_from(names), min_size=1)))
        cells.append(Cells(first, last, None if tracks is None else tuple(sorted(tracks))))
    return cells


@pytest.mark.parametrize("name", ["band", "string-quartet", "piano-solo", "chamber-orchestra"])
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), seed=st.integers(0, 1000))
def test_what_is_locked_stays_and_hits_are_still_met(
    network: EventTransformer,
    scored: Callable[[str], tuple[ScorePlan, Score]],
    tmp_path: Path,
    name: str,
    data: st.DataObject,
    seed: int,
) -> None:
    plan, score = scored(name)
    cells = data.draw(some_cells(name))
    after = refill(network, plan, score, cells, ComposeSettings(seed, QUICK))
    check_refilled(plan, score, after, cells)
    check_hits(after, plan, tmp_path)


@pytest.mark.parametrize("name", ["band", "string-quartet"])
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    by=st.fractions(0, 1, max_denominator=97),
    longer=st.fractions(0, 9, max_denominator=31),
)
def test_notes_moved_off_the_grid_by_hand_stay_too(
    network: EventTransformer,
    scored: Callable[[str], tuple[ScorePlan, Score]],
    name: str,
    data: st.DataObject,
    by: Fraction,
    longer: Fraction,
) -> None:
    """Even where they sound on into open bars, or out of their cue."""
    plan, score = scored(name)
    score = moved(score, by, longer)
    cells = data.draw(some_cells(name))
    check_refilled(plan, score, refill(network, plan, score, cells, ComposeSettings(1, QUICK)), cells)


@pytest.mark.parametrize("name", ENSEMBLES)
def test_each_player_alone_can_be_written_anew_and_hits_are_still_met(
    network: EventTransformer, scored: Callable[[str], tuple[ScorePlan, Score]], tmp_path: Path, name: str
) -> None:
    plan, score = scored(name)
    for player in plan.ensemble.players[::3]:
        cells = [Cells(1, 3, (player.name,)), Cells(6, 7, (player.name,))]
        after = refill(network, plan, score, cells, ComposeSettings(3, QUICK))
        check_refilled(plan, score, after, cells)
        check_hits(after, plan, tmp_path)


def test_a_locked_chord_that_sounds_on_is_not_struck_into(
    network: EventTransformer, make_plan: MakePlan, tmp_path: Path
) -> None:
    """The chord of a hit takes other pitches, though the piano holds nearly all that it could."""
    plan = make_plan("piano-solo", [4, 4, 4], [0, 4, 9])
    held = [p for p in range(30, 101) if p % 12 in (0, 4, 7)]
    notes = tuple(Note(Fraction(1), Fraction(7, 2), pitch, 60) for pitch in held)
    opening = tuple(Note(Fraction(0), Fraction(1), pitch, 60) for pitch in (36, 40, 43))
    track = Track("Piano", 0, is_drum=False, notes=(*opening, *notes))
    score = Score((track,), plan.tempo_map, plan.grid)
    for seed in range(5):
        after = refill(network, plan, score, [Cells(2, 3)], ComposeSettings(seed, QUICK))
        assert after.tracks[0].notes[: len(track.notes)] == track.notes
        check_pitches(after.tracks[0].notes)
        check_hits(after, plan, tmp_path)


def test_the_whole_score_can_be_written_anew(
    network: EventTransformer, scored: Callable[[str], tuple[ScorePlan, Score]], tmp_path: Path
) -> None:
    plan, score = scored("band")
    whole = [Cells(1, len(LENGTHS))]
    other = refill(network, plan, score, whole, ComposeSettings(8, QUICK))
    assert {t.name: t.notes for t in other.tracks} != {t.name: t.notes for t in score.tracks}
    check_hits(other, plan, tmp_path)
    again = refill(network, plan, score, whole, ComposeSettings(8, QUICK))
    assert again == other


def test_drums_alone_leave_the_rest_alone(
    network: EventTransformer, scored: Callable[[str], tuple[ScorePlan, Score]]
) -> None:
    plan, score = scored("band")
    after = refill(network, plan, score, [Cells(1, 8, ("Drums",))], ComposeSettings(2, QUICK))
    others = [[t for t in s.tracks if not t.is_drum] for s in (score, after)]
    assert others[0] == others[1]
    drums = [t.notes for s in (score, after) for t in s.tracks if t.is_drum]
    assert len(drums) == 2
    assert drums[0] != drums[1]


def test_tracks_of_others_and_of_one_name_stay(
    network: EventTransformer, scored: Callable[[str], tuple[ScorePlan, Score]]
) -> None:
    plan, score = scored("string-quartet")
    double = replace(score.tracks[0], notes=score.tracks[0].notes[-3:])
    guest = Track("Theremin", 80, is_drum=False, notes=(Note(Fraction(1, 7), Fraction(5), 70, 9),))
    after = refill(network, plan, replace(score, tracks=(guest, *score.tracks, double)), [Cells(2, 2)])
    assert guest in after.tracks
    assert double in after.tracks
    assert len(after.tracks) == len(score.tracks) + 2


def test_a_player_who_had_nothing_gets_a_track(
    network: EventTransformer, scored: Callable[[str], tuple[ScorePlan, Score]]
) -> None:
    plan, score = scored("string-quartet")
    name = plan.ensemble.players[1].name
    without = replace(score, tracks=tuple(t for t in score.tracks if t.name != name))
    after = refill(network, plan, without, [Cells(1, 8, (name,))], ComposeSettings(1, QUICK))
    assert [t.name for t in after.tracks] == [player.name for player in plan.ensemble.players]
    new = after.tracks[1]
    assert new.notes
    assert (new.program, new.dynamics) == (plan.ensemble.players[1].program, score.tracks[0].dynamics)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([], "nothing to write anew: name bars and tracks"),
        ([Cells(0, 1)], "bars 0 to 1 are not in 1 to 8"),
        ([Cells(3, 2)], "bars 3 to 2 are not in 1 to 8"),
        ([Cells(1, 2), Cells(8, 9)], "bars 8 to 9 are not in 1 to 8"),
        ([Cells(1, 2, ("Zither",))], "no track named 'Zither'; there are .*"),
        ([Cells(1, 2, ())], "nothing to write anew: name bars and tracks"),
    ],
)
def test_cells_that_are_not_there_are_refused(
    network: EventTransformer,
    scored: Callable[[str], tuple[ScorePlan, Score]],
    cells: list[Cells],
    message: str,
) -> None:
    plan, score = scored("string-quartet")
    with pytest.raises(PlanError, match=message) as caught:
        refill(network, plan, score, cells)
    assert "\n" not in str(caught.value)
