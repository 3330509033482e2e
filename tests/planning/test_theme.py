"""Themes: in which key, on which hits, by whom; keys against music21's scales."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from music21 import scale

from emsync_nb.domain import (
    GRID,
    BarGrid,
    Boundary,
    Cue,
    EmotionCurve,
    Ensemble,
    Hit,
    Key,
    PlannedCue,
    Player,
    ScorePlan,
    Section,
    TempoMap,
    Theme,
)
from emsync_nb.errors import PlanError
from emsync_nb.planning import check_playable, place_theme
from emsync_nb.planning.theme import moved
from emsync_nb.preset_library import load_ensemble

#: half a second a beat
BPM = 120
FIRST = Key(0, "major")
SCALES = {"major": scale.MajorScale, "minor": scale.MinorScale}

MakePlan = Callable[..., ScorePlan]


def a_theme(pitches: Sequence[int] = (67, 72, 71, 74), steps: int = GRID, key: Key = FIRST) -> Theme:
    """Notes of equal length."""
    count = len(pitches)
    onsets = tuple(range(0, count * steps, steps))
    return Theme(onsets, (steps,) * count, tuple(pitches), tuple(range(60, 60 + count)), key)


def a_plan(
    hits: Sequence[int],
    sections: Sequence[int],
    cues: Sequence[tuple[int, int]] = ((0, 96),),
    *,
    ensemble: str | Ensemble = "string-quartet",
    key: Key = FIRST,
    beats: int = 96,
) -> ScorePlan:
    """Beats of hits, beats where sections begin, (in, out) beats of cues; everybody plays."""
    tempo = TempoMap.constant(BPM)
    players = load_ensemble(ensemble) if isinstance(ensemble, str) else ensemble
    parts = tuple(player.part for player in players.players)
    planned = tuple(PlannedCue(Cue(tempo.seconds(a), tempo.seconds(b)), a, b) for a, b in cues)
    ends = [*sections[1:], beats]
    boundaries = tuple(Boundary(tempo.seconds(beat), "cut", 0.9 - n / 100) for n, beat in enumerate(hits))
    return ScorePlan(
        duration_s=tempo.seconds(beats),
        cues=planned,
        sections=tuple(
            Section(chr(65 + n), start, end, 0.1, 0.1, key, 4.0, parts)
            for n, (start, end) in enumerate(zip(sections, ends, strict=True))
        ),
        hits=tuple(Hit(boundary, beat) for boundary, beat in zip(boundaries, hits, strict=True)),
        boundaries=boundaries,
        tempo_map=tempo,
        grid=BarGrid.from_lengths([4] * (beats // 4)),
        curve=EmotionCurve(np.array([0.0, 60.0]), np.zeros(2), np.zeros(2)),
        ensemble=players,
    )


def beats_of(plan: ScorePlan, theme: Theme, *times_s: float) -> list[int]:
    """Where the theme enters."""
    entries = place_theme(plan, theme, [Fraction(time_s) for time_s in times_s])
    assert all(entry.notes[0][0] == entry.beat * GRID for entry in entries)
    return [entry.beat for entry in entries]


@pytest.mark.parametrize(("own", "wanted"), [*itertools.product(("major", "minor"), repeat=2)])
@pytest.mark.parametrize("tonics", [(0, 0), (0, 9), (7, 2), (11, 4), (5, 6)])
def test_degrees_are_those_that_music21_counts(own: str, wanted: str, tonics: tuple[int, int]) -> None:
    """Up and down both scales, the seventh of minor natural where it does not lead."""
    degrees = (1, 2, 3, 4, 5, 6, 5, 7, 5, 4, 3, 2, 1)
    before, after = (
        [SCALES[mode](scale.pitch.Pitch(60 + tonic)).pitchFromDegree(degree).midi for degree in degrees]
        for mode, tonic in zip((own, wanted), tonics, strict=True)
    )
    there = Key(tonics[1], wanted)  # type: ignore[arg-type]
    found = moved(a_theme(before, key=Key(tonics[0], own)), there)  # type: ignore[arg-type]
    shifts = {new - old for new, old in zip(found, after, strict=True)}
    assert len(shifts) == 1
    assert shifts.pop() % 12 == 0
    assert abs(found[0] - before[0]) <= 6


def test_notes_between_degrees_keep_their_distance_to_the_lower_one() -> None:
    # C C♯ D D♯ E in C major: in C minor E becomes E♭
    assert moved(a_theme((60, 61, 62, 63, 64)), Key(0, "minor")) == (60, 61, 62, 63, 63)
    # F F♯ G in C minor, now in D major
    assert moved(a_theme((65, 66, 67), key=Key(0, "minor")), Key(2, "major")) == (67, 68, 69)


def test_the_seventh_of_minor_is_raised_where_it_leads_to_the_tonic() -> None:
    assert moved(a_theme((72, 71, 72, 71, 69)), Key(0, "minor")) == (72, 71, 72, 70, 68)
    # and from minor, raised or not, it is the seventh of major
    assert moved(a_theme((72, 71, 72, 70, 68), key=Key(0, "minor")), Key(0, "major")) == (72, 71, 72, 71, 69)


def test_a_key_is_found_for_a_theme() -> None:
    tune = [(0, 12, 62, 80), (12, 12, 66, 80), (24, 12, 69, 80), (36, 12, 67, 80), (48, 24, 62, 80)]
    assert Theme.of(tune).key == Key(2, "major")
    assert Theme.of([(onset + 7, *rest) for onset, *rest in tune]) == Theme.of(tune)  # type: ignore[misc]


def test_it_enters_with_every_second_section_that_begins_on_a_hit() -> None:
    plan = a_plan([8, 24, 30, 40, 56, 72], [0, 8, 24, 32, 40, 56, 72])
    assert beats_of(plan, a_theme()) == [8, 40, 72]
    assert [entry.section for entry in place_theme(plan, a_theme())] == ["B", "E", "G"]


def test_hits_without_room_are_passed_over() -> None:
    # 16 beats of theme; the cue ends at 60
    theme = a_theme((60, 64) * 8)
    assert beats_of(a_plan([8, 30, 48], [0, 8, 30, 48], [(0, 60)]), theme) == [8, 30]
    assert beats_of(a_plan([8, 20, 48], [0, 8, 20, 48], [(0, 60)]), theme) == [8]


@pytest.mark.parametrize(
    ("hits", "sections", "beats"),
    [
        ([8, 40], [0, 8, 40], [8, 40]),  # the second section of two
        ([8, 40], [0], [8, 40]),  # no section begins on a hit
        ([8, 14, 30], [0, 14], [14, 30]),
        ([8, 16, 24], [0, 16], [8, 24]),  # in the middle there is no room for another
        ([8], [0, 8], [8]),
        ([8, 12], [0, 8], [8]),
    ],
)
def test_it_enters_twice_where_two_hits_have_room(
    hits: list[int], sections: list[int], beats: list[int]
) -> None:
    theme = a_theme((60, 64, 67, 64) * 3 if len(hits) == 3 else (60, 64, 67, 64) * 2)
    assert beats_of(a_plan(hits, sections), theme) == beats


def test_where_there_is_no_room_it_is_cut_at_the_end_of_the_cue() -> None:
    plan = a_plan([8, 30, 40], [0, 8, 30], [(0, 10), (20, 42)])
    theme = a_theme((60, 62, 64, 65) * 4, steps=15)
    (entry,) = place_theme(plan, theme)
    assert entry.beat == 30
    assert entry.notes[-1][:2] == (30 * GRID + 9 * 15, 12 * GRID - 9 * 15)
    assert [onset - 30 * GRID for onset, *_ in entry.notes] == [15 * n for n in range(10)]


def test_named_times_mean_the_nearest_hits() -> None:
    plan = a_plan([8, 24, 40, 56], [0, 24])
    assert beats_of(plan, a_theme(), 28.5, 11) == [24, 56]  # beats last half a second
    assert beats_of(plan, a_theme(), 4, 4.5) == [8]
    assert beats_of(plan, a_theme(), 2) == [8]


@pytest.mark.parametrize(
    ("time_s", "words"),
    [
        (6.1, r"no hit lies within 2 s of 0:06.10.* the nearest are at 0:04.00 and 0:12.00"),
        (600, r"10:00.00.* the nearest are at 0:20.00 and 0:28.00"),
    ],
)
def test_a_time_without_a_hit_names_the_nearest(time_s: float, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        place_theme(a_plan([8, 24, 40, 56], [0]), a_theme(), [Fraction(time_s)])


def test_what_cannot_be_placed_is_said() -> None:
    with pytest.raises(PlanError, match=r"still sounds from 0:04.00 when it enters again at 0:06.00"):
        place_theme(a_plan([8, 12], [0]), a_theme((60, 62) * 4), [Fraction(4), Fraction(6)])
    with pytest.raises(PlanError, match="no hit that a theme could enter on"):
        place_theme(a_plan([], [0]), a_theme())
    for wide in (check_playable, lambda theme, _: place_theme(a_plan([8], [0]), theme)):
        with pytest.raises(PlanError, match="spans 80 semitones"):
            wide(a_theme((20, 100)), load_ensemble("string-quartet"))  # type: ignore[operator]


def test_the_first_melody_player_of_the_section_plays() -> None:
    plan = a_plan([8, 40], [0, 40], ensemble="chamber-orchestra")
    sections = (
        plan.sections[0],
        replace(plan.sections[1], parts=tuple(p for p in plan.sections[1].parts if p != "flute")),
    )
    entries = place_theme(replace(plan, sections=sections), a_theme())
    assert [entry.part for entry in entries] == ["flute", "oboe"]
    (entry,) = place_theme(a_plan([8], [0], ensemble="piano-solo"), a_theme())
    assert entry.part == "piano"


def test_above_the_bass_where_the_player_can() -> None:
    """A chord at a hit has the lowest note, at or below G3."""
    (entry,) = place_theme(a_plan([8], [0], ensemble="band"), a_theme((40, 43, 48)))
    assert [pitch for _, _, pitch, _ in entry.notes] == [64, 67, 72]
    low = Ensemble(
        "Low", (Player("Tuba", "tuba", 58, 28, 55, "melody"), Player("Bass", "cello", 42, 28, 50, "bass"))
    )
    (entry,) = place_theme(a_plan([8], [0], ensemble=low), a_theme((40, 43, 48)))
    assert [pitch for _, _, pitch, _ in entry.notes] == [40, 43, 48]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.tuples(st.integers(-7, 7), st.integers(1, 30), st.integers(0, 8)), min_size=1, max_size=20),
    st.integers(30, 90),
    st.sampled_from([Key(tonic, mode) for tonic in range(12) for mode in ("major", "minor")]),  # type: ignore[arg-type]
    st.sampled_from(["band", "chamber-orchestra", "string-quartet", "piano-and-strings", "ambient"]),
)
def test_rhythm_and_loudness_stay_and_pitches_lie_in_range(
    steps: list[tuple[int, int, int]], first: int, key: Key, ensemble: str
) -> None:
    rows, onset, pitch = [], 0, first
    for leap, length, rest in steps:
        rows.append((onset, length, min(first + 12, max(first - 12, pitch)), 64))
        onset, pitch = onset + length + rest, pitch + leap
    theme = Theme.of(rows)
    plan = a_plan([8], [0], ensemble=ensemble, key=key)
    (entry,) = place_theme(plan, theme)
    player = next(player for player in plan.ensemble.players if player.part == entry.part)
    assert player.role == "melody"
    assert all(player.low <= note[2] <= player.high for note in entry.notes)
    assert [(note[0] - 96, note[1], note[3]) for note in entry.notes] == [
        (row[0], row[1], row[3]) for row in rows
    ]
    if theme.key.mode == key.mode:  # nothing but moved
        assert len({note[2] - row[2] for note, row in zip(entry.notes, rows, strict=True)}) == 1
