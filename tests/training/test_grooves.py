"""Drum performances: read, looped, matched with music, and laid over it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable, TableTrack
from emsync_nb.training.augmentation import Augmentation, augment
from emsync_nb.training.corpus.catalogue import catalogue
from emsync_nb.training.corpus.drummers import TO_GENERAL_MIDI, general_midi, on_the_beat
from emsync_nb.training.corpus.reading import ReadJob, read_piece
from emsync_nb.training.corpus.store import Piece, Provenance, Split, unpack
from emsync_nb.training.grooves import (
    Groove,
    beats_of,
    lay_groove,
    loop_of,
    matching,
    takes_drums,
)

pytest.importorskip("mido")

Rows = list[tuple[int, int, int, int, int]]
PIANO, CHOIR, VIOLIN = PARTS.index("piano"), PARTS.index("choir"), PARTS.index("violin-1")
#: kick on one, snare on three, and the hi-hat between; each bar of the loop is told by its velocities
BAR = ((0, 36), (6, 42), (12, 42), (18, 42), (24, 38), (30, 42), (36, 42), (42, 42))


def drumming(bars: int = 4, steps: int = 48, bpm: float = 100.0) -> MusicTable:
    rows = [(b * steps + at, 2, key, 60 + b, DRUMS) for b in range(bars) for at, key in BAR if at < steps]
    return MusicTable.build(np.array(rows), np.arange(bars + 1) * steps, np.full(bars, bpm))


def piece(
    name: str = "1_funk-groove1_100_beat_4-4", split: Split = "train", table: MusicTable | None = None
) -> Piece:
    table = drumming() if table is None else table
    return Piece(Provenance(name, "groove", "CC-BY-4.0", split=split), table, np.zeros((table.bars, 2)))


def groove(bpm: float = 100.0, meter: str = "4-4", split: Split = "train", bars: int = 4) -> Groove:
    over, under = map(int, meter.split("-"))
    table = drumming(bars, 48 * over // under, bpm)
    return Groove.from_piece(piece(f"drummer1/session1/7_rock_{bpm:.0f}_beat_{meter}", split, table))


def music(rows: Rows | None = None, bars: int = 8, steps: int = 48, bpm: float = 100.0) -> MusicTable:
    """A note a beat on a piano, and whatever else is given."""
    rows = rows if rows is not None else [(at, 12, 60, 72, PIANO) for at in range(0, bars * steps, 12)]
    return MusicTable.build(np.array(rows), np.arange(bars + 1) * steps, np.full(bars, bpm))


def test_facts_stand_in_the_name() -> None:
    made = Groove.from_piece(piece("drummer1/eval_session/1_funk-groove1_138_beat_4-4", "test"))
    assert (made.style, made.kind, made.meter, made.split, made.licence) == (
        "funk/groove1",
        "beat",
        (4, 4),
        "test",
        "CC-BY-4.0",
    )
    assert made.bpm == pytest.approx(100)  # as the table has it
    assert made.bar_steps == 48


def test_the_session_is_part_of_the_name() -> None:
    plain = piece()
    played = replace(plain, provenance=replace(plain.provenance, work="drummer3/session2"))
    assert Groove.from_piece(played).name == "drummer3/session2/1_funk-groove1_100_beat_4-4"


@pytest.mark.parametrize(("steps", "meter"), [(48, (4, 4)), (36, (3, 4)), (30, (5, 8)), (60, (5, 4))])
def test_without_a_telling_name_the_bars_tell_the_meter(steps: int, meter: tuple[int, int]) -> None:
    assert Groove.from_piece(piece("beat", table=drumming(steps=steps))).meter == meter


def test_what_is_no_groove_is_refused() -> None:
    with pytest.raises(ValueError, match="not drums alone"):
        Groove.from_piece(piece(table=music()))
    with pytest.raises(ValueError, match="no bars of 4/4"):
        Groove.from_piece(piece(table=drumming(steps=36)))
    with pytest.raises(ValueError, match="no full bar"):
        Groove.from_piece(piece(table=music([(0, 2, 36, 80, DRUMS)], bars=1)))


def test_only_beats_of_the_collection_are_taken() -> None:
    other = Piece(Provenance("x", "freedoom", "BSD-3-Clause"), drumming(), np.zeros((4, 2)))
    strokes = piece("3_rock_100_beat_4-4", table=music([(0, 2, 36, 80, DRUMS)], bars=1))
    fill = piece("2_rock_100_fill_4-4")
    assert [one.name for one in beats_of([other, strokes, fill, piece()])] == ["1_funk-groove1_100_beat_4-4"]


def test_keys_become_those_of_general_midi_once() -> None:
    rows = [(key, 1, key, 80, DRUMS) for key in range(22, 60)] + [(90, 1, 22, 80, PIANO)]
    table = MusicTable.build(np.array(rows), np.array([0, 96]), np.array([100.0]))
    mapped = general_midi(table)
    wanted = [TO_GENERAL_MIDI.get(key, key) for key in range(22, 60)]
    assert mapped.pitch.tolist() == [*wanted, 22]  # a piano keeps its notes
    assert general_midi(mapped).pitch.tolist() == mapped.pitch.tolist()
    assert not set(TO_GENERAL_MIDI) & set(TO_GENERAL_MIDI.values())


@pytest.mark.parametrize("by", [-1, 0, 1])
def test_a_drummer_ahead_or_behind_is_put_on_the_beat(by: int) -> None:
    straight = drumming()
    rows = straight.rows
    rows[:, 0] = np.maximum(rows[:, 0] + by, 0)
    rows = np.concatenate([rows, [(5 * 12 + 4, 1, 38, 33, DRUMS)]])  # one stroke of its own
    put = on_the_beat(MusicTable.build(rows, straight.bar_start, straight.bar_bpm))
    cut_off = {0} if by < 0 else set()  # the first stroke could not be early
    assert set(put.onset.tolist()) - {5 * 12 + 4 - by, 1} == set(straight.onset.tolist()) - cut_off
    assert on_the_beat(put) is put


def test_a_loop_leaves_out_the_pick_up_and_the_last_stroke() -> None:
    full = drumming(bars=3)
    rows = [(at + 48, *rest) for at, *rest in full.rows.tolist()]
    table = MusicTable.build(
        np.array([(42, 2, 38, 70, DRUMS), *rows, (192, 2, 49, 90, DRUMS)]),
        np.arange(6) * 48,
        np.full(5, 100.0),
    )
    looped = loop_of(table)
    assert looped.bars == 3
    assert looped.rows.tolist() == full.rows.tolist()


def test_which_music_takes_drums() -> None:
    assert takes_drums(music())
    assert not takes_drums(music([(0, 12, 60, 72, PIANO), (0, 2, 36, 80, DRUMS)]))
    assert not takes_drums(music([(0, 12, 60, 72, PIANO), (0, 12, 72, 80, CHOIR)]))  # a song
    assert takes_drums(music([(0, 12, 60, 72, PIANO), (0, 12, 72, 80, CHOIR), (0, 12, 72, 80, VIOLIN)]))
    pickup = MusicTable.build(music().rows, np.array([0, 12, 60, 108]), np.full(3, 100.0))
    assert not takes_drums(pickup)
    rubato = MusicTable.build(music().rows, np.arange(9) * 48, np.linspace(100, 112, 8))
    assert not takes_drums(rubato)
    assert not takes_drums(music([], bars=2))


@pytest.mark.parametrize(
    ("bpm", "stretches"),
    [(84, []), (86, [1]), (100, [1]), (114, [1]), (116, []), (169, []), (171, [2]), (229, [2]), (231, [])],
)
def test_tempo_matches_as_it_is_or_at_half_time(bpm: float, stretches: list[int]) -> None:
    assert [stretch for _, stretch in matching(music(bpm=bpm), [groove()], "train")] == stretches


def test_no_half_time_in_threes() -> None:
    waltz = music([(at, 12, 60, 72, PIANO) for at in range(0, 288, 12)], steps=36, bpm=200)
    assert matching(waltz, [groove(100, "3-4")], "train") == []
    assert len(matching(waltz, [groove(190, "3-4")], "train")) == 1


def test_meter_and_split_match() -> None:
    shelf = [groove(split=split) for split in ("train", "validation", "test")] + [groove(100, "5-4")]
    for split in ("train", "validation", "test"):
        assert [found.split for found, _ in matching(music(), shelf, split)] == [split]
    assert [found.meter for found, _ in matching(music(steps=60), shelf, "train")] == [(5, 4)]
    assert matching(music(steps=36), shelf, "train") == []


def test_three_quarters_are_not_six_eighths() -> None:
    shelf = [groove(100, "3-4"), groove(100, "6-8")]
    jig = music([(at, 18, 60, 72, PIANO) for at in range(0, 288, 18)], steps=36)
    waltz = music([(at, 12, 60, 72, PIANO) for at in range(0, 288, 12)], steps=36)
    assert [found.meter for found, _ in matching(jig, shelf, "train")] == [(6, 8)]
    assert [found.meter for found, _ in matching(waltz, shelf, "train")] == [(3, 4)]


@given(
    st.sampled_from(["4-4", "3-4", "6-8", "5-4"]),
    st.integers(1, 9),
    st.integers(1, 6),
    st.integers(0, 20),
    st.integers(1, 2),
    st.booleans(),
)
def test_drums_are_looped_bar_by_bar(
    meter: str, bars: int, loop: int, first: int, stretch: int, described: bool
) -> None:
    pattern = groove(100, meter, bars=loop)
    steps = pattern.bar_steps
    # as loud as the drums are, so that their velocities, which tell the bars apart, stay what they are
    level = round(float(pattern.table.velocity.mean()))
    plain = music([(at, 12, 60, level, PIANO) for at in range(0, bars * steps, 12)], bars, steps)
    tracks = (TableTrack("piano", 0, PIANO, np.zeros(1, dtype=np.int64), np.full(1, 60.0)),)
    zeros = np.zeros(len(plain.onset), dtype=np.int64)
    table = MusicTable.build(
        plain.rows,
        plain.bar_start,
        plain.bar_bpm,
        tracks=tracks if described else (),
        track=zeros if described else None,
    )
    laid = lay_groove(table, pattern, first, stretch)
    is_drum = laid.part == DRUMS
    assert laid.rows[~is_drum].tolist() == table.rows.tolist()
    assert np.array_equal(laid.bar_start, table.bar_start)
    assert np.array_equal(laid.bar_bpm, table.bar_bpm)
    drums = laid.rows[is_drum]
    source = pattern.table
    span = steps * stretch
    for index in range(-(-bars // stretch)):
        inside = drums[(drums[:, 0] >= index * span) & (drums[:, 0] < (index + 1) * span)]
        wanted = source.rows[source.bar_of() == (first + index) % source.bars]
        onset = (wanted[:, 0] % steps) * stretch
        kept = onset + index * span < bars * steps
        assert (inside[:, 0] - index * span).tolist() == onset[kept].tolist()
        assert inside[:, 2].tolist() == wanted[kept, 2].tolist()
        assert inside[:, 1].tolist() == (wanted[kept, 1] * stretch).tolist()
        assert np.abs(inside[:, 3] - wanted[kept, 3]).max(initial=0) <= 1
    if described:
        track = laid.tracks[int(laid.track[is_drum][0])]
        assert (track.name, track.part) == (pattern.name, DRUMS)


def test_half_time_puts_the_backbeat_on_three() -> None:
    backbeat = [(0, 2, 36, 80, DRUMS), (12, 2, 38, 80, DRUMS), (24, 2, 36, 80, DRUMS), (36, 2, 38, 80, DRUMS)]
    pattern = Groove.from_piece(piece(table=music(backbeat, bars=1)))
    laid = lay_groove(music(bars=2, bpm=200), pattern, 0, stretch=2)
    snares = laid.onset[laid.pitch == 38] % 48
    assert (snares / GRID + 1).tolist() == [3, 3]


def test_drums_are_soft_under_soft_music() -> None:
    soft = lay_groove(music([(0, 48, 60, 46, PIANO)]), groove(bars=1), 0)
    assert set(soft.velocity[soft.part == DRUMS].tolist()) == {46}
    softest = lay_groove(music([(0, 48, 60, 5, PIANO)]), groove(bars=1), 0)
    assert set(softest.velocity[softest.part == DRUMS].tolist()) == {36}  # 0.6 of 60


def test_drums_of_another_meter_are_not_laid() -> None:
    with pytest.raises(ValueError, match="bars of 48 steps"):
        lay_groove(music(steps=36), groove(), 0)


def test_drums_are_marked() -> None:
    settings = Augmentation(transpose=0, retime=0, drop=0, merge=0, recast=0, groove=1)
    shelf = [groove(split="test"), groove(split="train")]
    drawn = augment(music(), settings, np.random.default_rng(0), grooves=shelf, split="train")
    assert drawn.changes == ("groove: drummer1/session1/7_rock_100_beat_4-4 (CC-BY-4.0)",)
    assert (drawn.table.part == DRUMS).sum() == 8 * 8
    alone = augment(music(bpm=140), settings, np.random.default_rng(0), grooves=shelf, split="train")
    assert alone.changes == ()
    starts = {
        int(augment(music(), settings, np.random.default_rng(seed), grooves=shelf[1:]).table.velocity[1])
        for seed in range(40)
    }
    assert len(starts) == 4  # each bar of the performance may be the first


@pytest.mark.data
def test_the_collection_is_read_and_laid_over_music(data_folder: Path) -> None:
    listed = [entry for entry in catalogue(data_folder / "music") if entry.source == "groove"]
    with (data_folder / "music" / "groove" / "info.csv").open(newline="") as stream:
        told = {Path(row["midi_filename"]).stem: row for row in csv.DictReader(stream)}
    pieces = []
    for entry in listed[::7]:
        outcome = read_piece(ReadJob(entry, ""))
        if isinstance(outcome, str):
            assert "fewer than" in outcome
            continue
        pieces += unpack(io.BytesIO(outcome))
    for own in pieces:
        row, table = told[own.provenance.name], own.table
        over, under = map(int, row["time_signature"].split("-"))
        assert set(np.diff(table.bar_start).tolist()) == {48 * over // under}
        assert np.median(table.bar_bpm) == pytest.approx(float(row["bpm"]), abs=1)
        assert set(table.part.tolist()) == {DRUMS}
        assert set(table.pitch.tolist()) <= set(range(36, 58)) - set(TO_GENERAL_MIDI)
    beats = beats_of(pieces)
    assert len(beats) > 60
    styles = {row["style"].replace("/", "-") for row in told.values()}
    assert {beat.style.replace("/", "-") for beat in beats} <= styles
    found = matching(music(bpm=110), beats, "train")
    assert len(found) > 15
    place = np.zeros(6, dtype=np.int64)
    for beat, stretch in found:
        laid = lay_groove(music(bpm=110), beat, 0, stretch)
        drums = laid.onset[laid.part == DRUMS]
        assert len(drums) >= 3 * 8 / stretch
        place += np.bincount(drums // stretch % 6, minlength=6)
    assert place[0] > 2.5 * max(place[1], place[5])  # drummers meet the eighths
