"""From a session's values to traits: as the slow and exact ways say it, and for whatever is not there."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import BarGrid, EmotionCurve, Note, Score, Spotting, TempoChange, TempoMap, Track
from emsync_nb.pipeline import plan_of
from emsync_nb.session.keeping import Step
from emsync_nb.session.locking import locked_notes
from emsync_nb.session.state import Lock, State, Take
from emsync_nb.widgets.desk.view import (
    DeskView,
    documents,
    expert_documents,
    history_document,
    track_documents,
)
from emsync_nb.widgets.note_columns import click_columns, note_bytes, seconds_of
from emsync_nb.widgets.packing import unpacked
from tests.session.tiny_session import ENSEMBLE, film_cues

tempo_maps = st.lists(
    st.tuples(st.integers(1, 400), st.integers(250_000, 2_000_000)),
    max_size=6,
    unique_by=lambda step: step[0],
).map(
    lambda steps: TempoMap(
        (TempoChange(0, 500_000), *(TempoChange(Fraction(beat, 4), us) for beat, us in sorted(steps)))
    )
)


def spotting() -> Spotting:
    return Spotting(film_cues(Path("film.mp4")), ENSEMBLE)


def made_score(tracks: int, notes: int, bars: int = 40) -> Score:
    """So many notes in all, the same number a track."""
    rng = random.Random(7)
    made = []
    for number in range(tracks):
        starts = sorted(Fraction(rng.randrange(16 * bars), 4) for _ in range(notes // tracks))
        row = [Note(start, Fraction(1, 2), rng.randrange(40, 90), rng.randrange(1, 128)) for start in starts]
        row.sort(key=lambda note: (note.start_beat, note.pitch))
        made.append(Track(f"Track {number}", number % 128, number == 3, tuple(row)))
    return Score(tuple(made), TempoMap.constant(90), BarGrid.from_lengths([4] * bars))


@given(tempo_maps, st.lists(st.fractions(0, 200, max_denominator=480), max_size=20))
def test_seconds_of_many_beats_are_those_of_each(tempo_map: TempoMap, beats: list[Fraction]) -> None:
    found = seconds_of(tempo_map, np.array([float(beat) for beat in beats]))
    np.testing.assert_allclose(found, [float(tempo_map.seconds(beat)) for beat in beats], rtol=1e-12)


locks = st.builds(
    lambda track, bars, single: Lock(track, None if single else bars, single if track else ()),
    st.sampled_from([None, "Track 0", "Track 2", "No such track"]),
    st.none()
    | st.tuples(st.integers(1, 45), st.integers(0, 9)).map(lambda span: (span[0], span[0] + span[1])),
    st.lists(
        st.tuples(st.integers(0, 640).map(lambda n: Fraction(n, 4)), st.integers(40, 89)), max_size=3
    ).map(tuple),
)


@given(st.lists(locks, max_size=4))
def test_notes_are_locked_as_the_session_says(held: list[Lock]) -> None:
    score = made_score(4, 120)
    # single notes that are there
    there = score.tracks[2].notes[5]
    held = [*held, *([Lock("Track 2", None, ((there.start_beat, there.pitch),))] if len(held) % 2 else [])]
    marked = unpacked(note_bytes(score, held), 6)
    expected = locked_notes(score, held)
    pairs = [(track.name, note) for track in score.tracks for note in track.notes]
    assert marked[5].tolist() == [float(pair in expected) for pair in pairs]


def test_20_000_notes_lie_by_track_and_time() -> None:
    score = made_score(40, 20_000)
    start_s, end_s, pitch, velocity, track, _ = unpacked(note_bytes(score, ()), 6)
    assert len(start_s) == 20_000
    assert (np.diff(track) >= 0).all() and set(track.tolist()) == set(range(40))
    assert all((np.diff(start_s[track == number]) >= 0).all() for number in range(40))
    np.testing.assert_allclose(end_s - start_s, 60 / 90 / 2, atol=1e-4)
    first = score.tracks[0].notes[0]
    assert (pitch[0], velocity[0]) == (first.pitch, first.velocity)
    rows = track_documents(
        score, State(muted=frozenset({"Track 1"}), soloed=frozenset({"Track 2"})), {"Track 5": -6}
    )
    assert [row["name"] for row in rows if row["muted"]] == ["Track 1"]
    assert [row["name"] for row in rows if row["soloed"]] == ["Track 2"]
    assert [row["name"] for row in rows if row["is_drum"]] == ["Track 3"]
    assert (rows[0]["instrument"], rows[3]["instrument"]) == ("Acoustic Grand Piano", "Drums")
    assert [row["volume_db"] for row in rows[4:6]] == [0.0, -6.0]


@pytest.mark.parametrize(
    ("lock", "is_locked"),
    [
        (Lock("Track 0"), True),
        (Lock(), True),
        (Lock("Track 0", (1, 40)), True),
        (Lock("Track 0", (1, 39)), False),
        (Lock("Track 1"), False),
        (Lock("Track 0", None, ((Fraction(0), 60),)), False),
    ],
)
def test_a_track_is_locked_where_all_of_it_is(lock: Lock, is_locked: bool) -> None:
    assert track_documents(made_score(1, 4), State(locks=(lock,)), {})[0]["locked"] is is_locked


@pytest.mark.parametrize("tracks", [0, 1])
def test_no_notes_at_all(tracks: int) -> None:
    silent = Score(made_score(1, 0).tracks[:tracks], TempoMap.constant(90), BarGrid.from_lengths([4]))
    assert note_bytes(silent, [Lock()]) == b""
    assert len(track_documents(silent, State(), {})) == tracks


def test_nothing_is_there_yet() -> None:
    empty = documents(
        DeskView("film.mp4", "00:00:00:00", State(), (Step(0, "created", "now", True),)), {}, {}
    )
    assert all(not value for name, value in empty.items() if name != "history")
    assert empty["history"] == {"undo": None, "redo": None}


def test_what_is_planned() -> None:
    asked = spotting()
    plan = plan_of(asked)
    take = Take("001", "a" * 64, "generated", 5, "plan")
    state = State(asked, (take,), locks=(Lock("Cello", (2, 3)),))
    said = EmotionCurve([0.0], [1.0], [0.0])
    view = DeskView("film.mp4", "00:00:00:00", state, (), plan, None, said)
    found = documents(view, {}, {})
    assert [row["time_s"] for row in found["boundaries"]] == [3.0, 7.48, 8.44, 13.0]
    beats = {hit.boundary.time_s: hit.beat for hit in plan.hits}
    assert [row["beat"] for row in found["boundaries"]] == [
        beats.get(b.time_s) for b in asked.film.boundaries
    ]
    assert found["boundaries"][1]["bar"] is None
    assert found["boundaries"][0]["bar"] == plan.grid.at(beats[Fraction(3)]).number
    assert [row["start_s"] for row in found["sections"]] == [
        float(plan.tempo_map.seconds(section.start_beat)) for section in plan.sections
    ]
    assert found["cues"] == [{"in_s": 0.0, "out_s": 16.0, "entry": "attack", "ending": "fade_out"}]
    assert [column.tolist() for column in unpacked(found["analysed"], 3)] == [[0.0], [1.0], [0.0]]
    assert unpacked(found["curve"], 3)[0].tolist() == [0.0, 8.0, 16.0]
    assert found["takes"] == [
        {
            "name": "001",
            "kind": "generated",
            "seed": 5,
            "accepted": False,
            "notes": None,
            "is_older": False,
            "moved": [],
            "anew": None,
        }
    ]
    assert {(row["heard"], row["off_s"]) for row in found["boundaries"]} == {(None, None)}
    assert found["locks"] == [{"track": "Cello", "bars": [2, 3], "notes": 0, "text": "Cello, bars 2 to 3"}]


def test_the_click() -> None:
    plan = plan_of(spotting())
    time_s, bpm, bar = unpacked(click_columns(plan.tempo_map, plan.grid), 3)
    assert len(time_s) == plan.grid.end_beat
    np.testing.assert_allclose(
        time_s, [float(plan.tempo_map.seconds(beat)) for beat in range(len(time_s))], rtol=1e-6
    )
    np.testing.assert_allclose(bpm, [plan.tempo_map.bpm_at(beat) for beat in range(len(bpm))], rtol=1e-6)
    assert [(beat, bar[beat]) for beat in np.flatnonzero(bar)] == [
        (b.start_beat, b.number) for b in plan.grid.bars
    ]


def test_what_would_be_undone_and_redone() -> None:
    steps = [
        Step(number, what, "now", number == 1) for number, what in enumerate(["created", "moved", "muted"])
    ]
    assert history_document(steps) == {"undo": "moved", "redo": "muted"}


def test_experts_with_and_without_an_opinion() -> None:
    times_s, ones = np.array([0.0, 0.25]), np.ones(2)
    opinion = SimpleNamespace(
        name="events", times_s=times_s, valence=-ones, arousal=ones,
        valence_confidence=ones * 0.5, arousal_confidence=ones,
    )  # fmt: skip
    reports = [
        SimpleNamespace(name="words", available=False, note="no subtitles"),
        SimpleNamespace(name="events", available=True, note="12 windows"),
    ]
    rows, columns = expert_documents(reports, [opinion])  # type: ignore[arg-type,list-item] # as far as it is asked
    assert [(row["label"], row["available"], row["rows"]) for row in rows] == [
        ("Subtitles", False, 0),
        ("Sound events", True, 2),
    ]
    assert rows[0]["reason"] == "no subtitles"
    assert [column.tolist() for column in unpacked(columns, 5)] == [
        *([0, 0.25], [-1, -1], [1, 1]),
        *([0.5, 0.5], [1, 1]),
    ]
