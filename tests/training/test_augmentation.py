"""Music goes through changes: what stays, what moves, and that a draw can be repeated."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import DRUMS, INSTRUMENT_RANGES, PARTS, MusicTable, TableTrack
from emsync_nb.labelling import label_bars
from emsync_nb.training.augmentation import (
    MERGES,
    STAND_INS,
    Augmentation,
    allowed_shifts,
    augment,
    drop_tracks,
    merge_tracks,
    merges_for,
    recast,
    scale_tempo,
    transpose,
    within_hands,
)
from emsync_nb.training.augmentation.hands import FINGERS, most_sounding
from emsync_nb.training.augmentation.tracks import LEAST_NOTES_A_BAR

Row = tuple[int, int, int, int, int]
NEVER = Augmentation(transpose=0, retime=0, drop=0, merge=0, groove=0, recast=0)


def part(name: str) -> int:
    return PARTS.index(name)


def music(rows: list[Row], bars: int = 2, steps: int = 48, bpm: float = 100.0) -> MusicTable:
    return MusicTable.build(np.array(rows), np.arange(bars + 1) * steps, np.full(bars, bpm))


@st.composite
def tables(draw: st.DrawFn) -> MusicTable:
    """A few bars for up to six tracks, which may share parts and may be described."""
    steps, bars = draw(st.sampled_from([24, 36, 48, 60])), draw(st.integers(1, 5))
    parts = draw(st.lists(st.integers(0, len(PARTS) - 1), min_size=1, max_size=6))
    note = st.tuples(
        st.integers(0, bars * steps - 1),
        st.integers(1, 60),
        st.one_of(st.integers(55, 67), st.integers(0, 127)),
        st.integers(1, 127),
        st.integers(0, len(parts) - 1),
    )
    notes = np.array(draw(st.lists(note, min_size=1, max_size=80)))
    track = notes[:, 4].copy()
    notes[:, 4] = np.array(parts)[track]
    bar_start, bpm = np.arange(bars + 1) * steps, np.linspace(90, 110, bars)
    if not draw(st.booleans()):
        return MusicTable.build(notes, bar_start, bpm)
    described = tuple(
        TableTrack(f"staff {i}", 0, p, np.zeros(1, dtype=np.int64), np.full(1, 60.0))
        for i, p in enumerate(parts)
    )
    return MusicTable.build(notes, bar_start, bpm, tracks=described, track=track)


def same(one: MusicTable, other: MusicTable, but: tuple[str, ...] = ()) -> bool:
    names = [field.name for field in fields(MusicTable) if field.name not in (*but, "tracks")]
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def beyond(table: MusicTable, index: int) -> tuple[int, int]:
    """How far a part goes below and above its range, in semitones."""
    span, pitch = INSTRUMENT_RANGES[PARTS[index]], table.pitch[table.part == index]
    return max(0, span.low - int(pitch.min())), max(0, int(pitch.max()) - span.high)


def is_no_worse(before: MusicTable, after: MusicTable) -> bool:
    pitched = [index for index in set(after.part.tolist()) if index != DRUMS]
    old, new = ([beyond(table, index) for index in pitched] for table in (before, after))
    return all(b[0] <= a[0] and b[1] <= a[1] for a, b in zip(old, new, strict=True))


@given(tables(), st.integers(0, 12))
def test_every_shift_that_is_allowed_keeps_ranges_and_no_other_would(table: MusicTable, limit: int) -> None:
    allowed = allowed_shifts(table, limit).tolist()
    assert 0 in allowed
    drums = table.part == DRUMS
    for shift in range(-limit, limit + 1):
        pitch = np.where(drums, table.pitch, table.pitch + shift)
        moved = replace(table, pitch=pitch)
        assert (shift in allowed) == (is_no_worse(table, moved) and (not drums.all() or shift == 0))
        if shift in allowed:
            assert same(transpose(table, shift), moved)
        else:
            with pytest.raises(ValueError, match="out of its range"):
                transpose(table, shift)


def test_shifts_by_hand() -> None:
    flute, violin, drums = part("flute"), part("violin-1"), part("drums")
    assert allowed_shifts(music([(0, 12, 57, 80, violin)]), 5).tolist() == [-2, -1, 0, 1, 2, 3, 4, 5]
    # a piccolo on the flute's staff comes no further out, and the flute's low C may go down to B
    piccolo = music([(0, 12, 105, 80, flute), (12, 12, 60, 80, flute)])
    assert allowed_shifts(piccolo, 5).tolist() == [-1, 0]
    assert allowed_shifts(music([(0, 12, 36, 80, drums)]), 3).tolist() == [0]  # nothing to move
    both = transpose(music([(0, 12, 60, 80, violin), (0, 12, 42, 80, drums)]), 4)
    assert both.pitch.tolist() == [64, 42]


@given(tables(), st.floats(0.5, 2))
def test_another_tempo_is_the_same_music_in_less_time(table: MusicTable, factor: float) -> None:
    faster = scale_tempo(table, factor)
    assert same(faster, table, but=("bar_bpm",))
    assert faster.bar_seconds == pytest.approx(table.bar_seconds / factor)


@pytest.mark.parametrize("factor", [0.0, -1.0, float("inf"), float("nan")])
def test_an_impossible_tempo_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="positive number"):
        scale_tempo(music([(0, 12, 60, 80, 0)]), factor)


def with_tracks(table: MusicTable) -> set[tuple[int, ...]]:
    return {(*row, track) for row, track in zip(table.rows.tolist(), table.track.tolist(), strict=True)}


@given(tables(), st.integers(0, 2**32 - 1))
def test_whole_tracks_are_dropped_and_music_is_left(table: MusicTable, seed: int) -> None:
    fewer = drop_tracks(table, np.random.default_rng(seed))
    assert same(fewer, drop_tracks(table, np.random.default_rng(seed)))
    if fewer is table:
        return
    assert with_tracks(fewer) == {row for row in with_tracks(table) if row[5] in set(fewer.track.tolist())}
    assert set(fewer.track.tolist()) < set(table.track.tolist())
    assert np.array_equal(fewer.bar_start, table.bar_start)
    pitched = table.part != DRUMS
    assert (fewer.part != DRUMS).sum() >= LEAST_NOTES_A_BAR * table.bars
    heights = {
        t: table.pitch[pitched & (table.track == t)].mean() for t in set(table.track[pitched].tolist())
    }
    outer = {min(heights, key=heights.__getitem__), max(heights, key=heights.__getitem__)}
    ties = [t for t in heights if heights[t] in (heights[min(outer)], heights[max(outer)])]
    assert set(fewer.track.tolist()) & set(ties)


def quartet(notes: int = 8) -> MusicTable:
    """Two violins, viola and cello that play `notes` quarters each."""
    voices = {"violin-1": 76, "violin-2": 67, "viola": 60, "cello": 48}
    return music([(at * 12, 12, pitch, 70, part(p)) for p, pitch in voices.items() for at in range(notes)])


def test_bass_and_melody_mostly_stay() -> None:
    left = [set(drop_tracks(quartet(), np.random.default_rng(seed)).part.tolist()) for seed in range(300)]
    outer = {part("violin-1"), part("cello")}
    assert all(players < set(quartet().part.tolist()) for players in left)
    assert np.mean([outer <= players for players in left]) > 0.8
    assert any(not outer <= players for players in left)
    assert all(outer & players for players in left)


def test_too_little_is_never_left() -> None:
    sparse = quartet(notes=1)  # half a note a bar each
    for seed in range(30):
        assert drop_tracks(sparse, np.random.default_rng(seed)) is sparse
    drums = music([(at, 3, 42, 60, DRUMS) for at in range(0, 96, 6)])
    assert drop_tracks(drums, np.random.default_rng(0)) is drums


def sounding(table: MusicTable, members: set[int]) -> set[tuple[int, int]]:
    return {
        (step, pitch)
        for onset, duration, pitch, _, index in table.rows.tolist()
        if index in members
        for step in range(onset, onset + duration)
    }


def struck(table: MusicTable, members: set[int]) -> list[tuple[int, int]]:
    is_member = np.isin(table.part, list(members))
    return sorted(set(zip(table.onset[is_member].tolist(), table.pitch[is_member].tolist(), strict=True)))


@given(tables())
def test_merged_tracks_sound_as_before(table: MusicTable) -> None:
    for merge in merges_for(table):
        members, target = {part(name) for name in merge.members}, part(merge.target)
        merged = merge_tracks(table, merge)
        assert set(merged.part.tolist()) & members == {target}
        assert max(beyond(merged, target)) == 0
        assert np.array_equal(merged.bar_start, table.bar_start)
        others = {row for row in with_tracks(table) if row[4] not in members}
        assert {row for row in with_tracks(merged) if row[4] not in members} == others
        joined = merged.part == target
        assert len(set(merged.track[joined].tolist())) == 1
        if merged.tracks:
            assert merged.tracks[merged.track[joined][0]].part == target
        before, after = struck(table, members), struck(merged, {target})
        assert joined.sum() == len(after)
        most = most_sounding(merged.onset[joined], (merged.onset + merged.duration)[joined])
        if merge.two_hands:
            assert most <= FINGERS
            assert set(after) <= set(before)
            assert sounding(merged, {target}) <= sounding(table, members)
        if not merge.two_hands or (len(after) == len(before) and most < FINGERS):
            assert after == before
            assert sounding(merged, {target}) == sounding(table, members)


def test_players_in_unison_become_one_and_a_held_note_is_struck_again() -> None:
    one, two = part("violin-1"), part("violin-2")
    table = music([(0, 12, 60, 50, one), (0, 24, 60, 90, two), (12, 36, 67, 70, one), (24, 6, 67, 80, two)])
    merged = merge_tracks(table, MERGES[0])
    strings = part("strings")
    assert merged.rows.tolist() == [
        [0, 24, 60, 90, strings],
        [12, 12, 67, 70, strings],
        [24, 24, 67, 80, strings],  # it sounds as long as the first violin held it
    ]


def test_who_takes_over_for_whom() -> None:
    assert [merge.target for merge in merges_for(quartet())] == ["strings", "piano"]
    winds = music([(0, 48, 72, 70, part("oboe")), (0, 48, 48, 70, part("bassoon"))])
    assert [merge.target for merge in merges_for(winds)] == ["organ", "piano"]
    alone = music([(0, 48, 72, 70, part("oboe")), (0, 3, 36, 70, DRUMS)])
    assert merges_for(alone) == ()
    with pytest.raises(ValueError, match="fewer than two"):
        merge_tracks(alone, MERGES[0])
    too_low = music([(0, 48, 20, 70, part("cello")), (0, 48, 72, 70, part("violin-1"))])
    assert merges_for(too_low) == ()


def test_ten_fingers_hold_the_outer_notes_and_every_pitch_class() -> None:
    chord = [36, 43, 48, 52, 55, 60, 62, 64, 67, 69, 71, 72, 84]  # C major with added notes, thirteen of them
    rows = np.array([(0, 24, pitch, 70, 0) for pitch in chord])
    kept = within_hands(rows)[:, 2].tolist()
    assert len(kept) == FINGERS
    assert {36, 84, 43, 52, 62, 69, 71} <= set(kept)  # outer notes, and the lowest of each class


def test_a_held_note_makes_room_for_a_new_one() -> None:
    held = [(0, 48, pitch, 70, 0) for pitch in range(48, 58)]
    rows = within_hands(np.array([*held, (24, 12, 72, 60, 0), (24, 12, 59, 90, 0)]))
    ends = {pitch: onset + duration for onset, duration, pitch, _, _ in rows.tolist()}
    assert ends[48] == 48  # the bass
    assert (ends[72], ends[59]) == (36, 36)
    assert sorted(ends.values()).count(24) == 2  # two inner notes are let go
    assert len(rows) == 12


@given(tables(), st.integers(0, 2**32 - 1))
def test_other_players_play_the_same_notes(table: MusicTable, seed: int) -> None:
    plain, other = table.by_part(), recast(table, np.random.default_rng(seed))
    assert same(other, recast(table, np.random.default_rng(seed)))
    rows = [
        sorted(
            (onset, pitch, duration, velocity, part == DRUMS) for onset, duration, pitch, velocity, part in t
        )
        for t in (plain.rows.tolist(), other.rows.tolist())
    ]
    assert rows[0] == rows[1]
    assert np.array_equal(other.bar_start, table.bar_start)
    assert np.array_equal(other.bar_bpm, table.bar_bpm)
    before, after = (set(t.part.tolist()) for t in (plain, other))
    assert len(before) == len(after)  # nobody plays for two
    assert all(max(beyond(other, new)) == 0 for new in after - before)


def test_who_stands_in_is_of_the_same_kind() -> None:
    names = set(PARTS) - {"drums", "timpani"}
    assert set(STAND_INS) <= names
    for name, others in STAND_INS.items():
        assert set(others) <= names - {name}
        span = INSTRUMENT_RANGES[name]
        for other in others:  # most of the one's comfortable notes are the other's too
            theirs = INSTRUMENT_RANGES[other]
            shared = min(span.comfortable_high, theirs.high) - max(span.comfortable_low, theirs.low)
            assert shared > 0.4 * (span.comfortable_high - span.comfortable_low), (name, other)


def test_half_of_the_parts_are_recast_and_never_out_of_range() -> None:
    drawn = [recast(quartet(), np.random.default_rng(seed)) for seed in range(200)]
    kept = [len(set(one.part.tolist()) & set(quartet().part.tolist())) for one in drawn]
    assert np.mean(kept) == pytest.approx(2, abs=0.25)
    cellists = {PARTS[int(one.part[one.pitch == 48][0])] for one in drawn}
    assert cellists == {"cello", "bassoon", "trombone", "horn", "bass-guitar"}
    high = music([(0, 12, 100, 70, part("violin-1"))])  # above the flute and the oboe
    assert {PARTS[int(recast(high, np.random.default_rng(s)).part[0])] for s in range(40)} == {
        "violin-1",
        "violin-2",
        "lead",
    }
    drums = music([(0, 12, 40, 70, DRUMS)])
    assert same(recast(drums, np.random.default_rng(0)), drums)


@given(tables(), st.integers(0, 2**32 - 1))
def test_a_draw_can_be_repeated_and_tells_what_it_did(table: MusicTable, seed: int) -> None:
    settings = Augmentation(drop=0.5, merge=0.5, recast=0.5)
    first, again = (augment(table, settings, np.random.default_rng(seed)) for _ in range(2))
    assert same(first.table, again.table)
    assert first.changes == again.changes
    assert np.array_equal(first.table.bar_start, table.bar_start)
    # who recasts may find nobody else to play; tracks are then the parts all the same
    assert same(first.table, table) or first.changes
    assert not same(first.table, table) or set(first.changes) <= {"recast"}
    known = set(table.part.tolist())
    assert all(max(beyond(first.table, p)) == 0 for p in set(first.table.part.tolist()) - known)
    drums = [t.rows[t.part == DRUMS].tolist() for t in (first.table, table)]
    assert drums[0] == drums[1] or any("dropped" in change for change in first.changes)


@given(tables())
def test_nothing_happens_where_nothing_is_asked_for(table: MusicTable) -> None:
    untouched = augment(table, NEVER, np.random.default_rng(0))
    assert untouched.table is table
    assert untouched.changes == ()


def test_all_shifts_and_tempi_are_drawn() -> None:
    table, settings = music([(0, 12, 60, 80, part("piano"))]), Augmentation(transpose=1, retime=1)
    drawn = [augment(table, settings, np.random.default_rng(seed)) for seed in range(400)]
    shifts = [int(one.table.pitch[0]) - 60 for one in drawn]
    counts = [shifts.count(shift) for shift in range(-5, 6)]
    assert sum(counts) == 400
    assert min(counts) > 15  # of 36 expected
    tempi = np.log([one.table.bar_bpm[0] / 100 for one in drawn])
    assert -0.12 <= tempi.min() < -0.11 < 0.11 < tempi.max() <= 0.12
    for one, shift in zip(drawn, shifts, strict=True):
        assert (f"transposed {shift:+d}" in one.changes) == (shift != 0)


def test_another_orchestration_feels_the_same() -> None:
    rng, table = np.random.default_rng(1), quartet()
    melody = [(at * 6, 6, 72 + int(rng.choice([0, 2, 4, 7])), 80, part("violin-1")) for at in range(64)]
    rows = [(row[0] + 96 * turn, *row[1:]) for row in table.rows.tolist() for turn in range(4)]
    whole = music([*rows, *melody], bars=8)
    for merge in merges_for(whole):
        assert np.abs(label_bars(merge_tracks(whole, merge)) - label_bars(whole)).max() < 0.1, merge.name


@pytest.mark.parametrize(
    "wrong",
    [
        {"drop": -0.1},
        {"merge": 1.1},
        {"groove": float("nan")},
        {"recast": 2},
        {"semitones": 25},
        {"semitones": -1},
        {"tempo": 0.8},
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"probabilities|at most"):
        Augmentation(**wrong)
