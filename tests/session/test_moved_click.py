"""Locked music in a plan whose click has moved: it stays where the click is the same, and is refused elsewhere."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import PARTS, BarGrid, DynamicsPoint, Score, TempoChange, TempoMap
from emsync_nb.errors import PlanError
from emsync_nb.generation.assembly import assemble
from emsync_nb.session import Session
from emsync_nb.session.moved_click import moved_bars
from tests.session.test_locks import bar_of, events, events_of, notes

CELLO = "Cello"


@st.composite
def clicks(draw: st.DrawFn) -> Score:
    """Bars and tempi, of which many agree."""
    tempi, beat = [TempoChange(0, draw(st.sampled_from([500_000, 600_000])))], Fraction(0)
    for _ in range(draw(st.integers(0, 4))):
        beat += draw(st.sampled_from([Fraction(3, 2), Fraction(4), Fraction(5)]))
        tempi.append(TempoChange(beat, draw(st.sampled_from([400_000, 500_000, 600_000]))))
    lengths = draw(st.lists(st.sampled_from([3, 4, 4, 4]), min_size=1, max_size=6))
    return Score((), TempoMap(tuple(tempi)), BarGrid.from_lengths(lengths))


@given(clicks(), clicks())
def test_bars_that_stay_have_every_beat_at_its_time_and_others_have_not(take: Score, plan: Score) -> None:
    moved = moved_bars(take, plan)
    for bar in take.grid.bars:
        end = bar.end_beat if bar.number < len(take.grid.bars) else bar.end_beat + 60
        places = [Fraction(place, 2) for place in range(2 * bar.start_beat, 2 * end + 1)]
        there = bar.number > len(plan.grid.bars) or plan.grid.bars[bar.number - 1] == bar
        in_time = all(take.tempo_map.seconds(beat) == plan.tempo_map.seconds(beat) for beat in places)
        assert (bar.number not in moved) == (there and in_time)


def test_a_locked_melody_stays_when_a_later_cut_moves(composing: Session) -> None:
    session = composing
    session.accept(session.generate(seed=3)[0])
    was = session.music("001")
    track = next(t.name for t in was.tracks if any(bar_of(session, note) == 1 for note in t.notes))
    locked = [note for note in notes(session, "001", track) if bar_of(session, note) == 1]
    session.lock(track, (1, 1))
    session.change("moved", lambda plan: plan.moved(4, Fraction(27, 2)))
    # the click that was, up to the anchor before the cut
    assert moved_bars(was, session.score_plan) == frozenset(range(2, len(was.grid.bars) + 1))
    for take in session.generate(takes=2, seed=8):
        score = session.music(take)
        assert (score.tempo_map, score.grid) == (session.score_plan.tempo_map, session.score_plan.grid)
        frame = assemble(session.score_plan, ())
        assert (score.markers, score.keys) == (frame.markers, frame.keys)
        assert [note for note in notes(session, take, track) if bar_of(session, note) == 1] == locked
        there = events(session.folder / take.file, track)
        assert all(events_of(note) <= there for note in locked)
        session.accept(take)
        assert session.regenerate((4, 5), seed=2)


def test_single_locked_notes_stay_too(session: Session) -> None:
    session.accept(session.generate()[0])
    first = notes(session, "001", CELLO)[0]
    session.lock(CELLO, notes=[(first.start_beat, first.pitch)])
    session.change("moved", lambda plan: plan.moved(4, Fraction(27, 2)))
    (take,) = session.generate(seed=4)
    assert notes(session, take, CELLO)[0] == first


def test_bars_that_have_moved_are_named(session: Session) -> None:
    session.accept(session.generate()[0])
    session.lock(CELLO, (1, 3))
    session.lock("Viola", (5, 5))
    session.change("moved", lambda plan: plan.moved(4, Fraction(27, 2)))
    line = (
        r"take 001 has another click than the plan in bars 2–3, 5, so notes of Viola, Cello that stay there would "
        r"miss the picture; undo the change of the plan, unlock them, write those bars anew too, or generate anew"
    )
    with pytest.raises(PlanError, match=line):
        session.generate()
    session.unlock("Viola")
    session.unlock(CELLO, (2, 3))
    assert session.generate()


def test_what_is_not_written_anew_is_not_left_off_the_picture(session: Session) -> None:
    session.accept(session.generate()[0])
    session.change("moved", lambda plan: plan.moved(4, Fraction(27, 2)))
    with pytest.raises(PlanError, match=r"in bars 6–8, so notes of Violin I, Violin II, Viola, Cello"):
        session.regenerate((1, 5))
    with pytest.raises(PlanError, match=r"in bars 2–8, so notes of Violin II, Viola, Cello"):
        session.regenerate(tracks=["Violin I"])
    (take,) = session.regenerate((2, len(session.score_plan.grid.bars)), seed=6)
    (first,) = {
        tuple(note for note in notes(session, name, CELLO) if bar_of(session, note) == 1)
        for name in ("001", take.name)
    }
    assert first


def test_dynamics_are_the_takes_where_it_stays_and_the_plans_elsewhere(session: Session) -> None:
    session.accept(session.generate()[0])
    was = session.music("001")
    loud = (DynamicsPoint(Fraction(0), 33), DynamicsPoint(Fraction(2), 44), DynamicsPoint(Fraction(9), 55))
    tracks = tuple(replace(track, dynamics=loud) for track in was.tracks)
    session.keep_score(replace(was, tracks=tracks), session.plan)
    session.lock(CELLO, (1, 1))
    session.change("moved", lambda plan: plan.moved(4, Fraction(27, 2)))
    rows = [(0, 12, 60, 60, PARTS.index("cello"))]
    planned = assemble(session.score_plan, rows).tracks[0].dynamics
    (take,) = session.generate(seed=4)
    (track,) = [track for track in session.music(take).tracks if track.name == CELLO]
    second = session.score_plan.grid.bars[1].start_beat
    assert [point for point in track.dynamics if point.beat < second] == list(loud[:2])
    in_force = [point.value for point in planned if point.beat <= second][-1]
    assert [point for point in track.dynamics if point.beat >= second] == [
        DynamicsPoint(Fraction(second), in_force),
        *(point for point in planned if point.beat > second),
    ]
