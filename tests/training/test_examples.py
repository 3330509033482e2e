"""From pieces to excerpts: what is asked for is what was played."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable
from emsync_nb.generation.conditioning import DENSITY, EMOTION, ENSEMBLE, KEY, OFFSET, SHAPE, WIDTH
from emsync_nb.generation.tokens import BAR, encode
from emsync_nb.labelling import label_bars
from emsync_nb.training import Piece
from emsync_nb.training.corpus.store import Provenance
from emsync_nb.training.examples import (
    DROPOUT,
    TRANSPOSE,
    Example,
    batch,
    excerpt,
    is_held_out,
    make_example,
    sample_hits,
)

MakePiece = Callable[..., Piece]
Vectors = NDArray[np.float32]


@pytest.fixture
def example(make_piece: MakePiece) -> Example:
    made = make_example(make_piece("tune", seed=3))
    assert made is not None
    return made


def test_movements_of_one_work_share_their_fate() -> None:
    for number in range(60):
        work = f"Nobody_Op.{number}"
        fates = {
            is_held_out(f"{work}_{movement}", "openscore-orchestra") for movement in ("1", "2", "12", "3b")
        }
        assert len(fates) == 1


def test_about_a_twelfth_is_held_out_and_always_the_same() -> None:
    held = [is_held_out(f"song {number}", "openscore-lieder") for number in range(2000)]
    assert 0.06 < np.mean(held) < 0.105
    assert held == [is_held_out(f"song {number}", "openscore-lieder") for number in range(2000)]


def test_an_example_holds_the_events_and_what_was_played(make_piece: MakePiece) -> None:
    piece = make_piece("tune", seed=3, bars=12)
    example = make_example(piece)
    assert example is not None
    assert np.array_equal(example.events, encode(piece.table))
    assert example.bar.tolist() == (np.cumsum(example.events[:, 0] == BAR) - 1).tolist()
    told = example.conditions
    assert np.array_equal(told.valence, piece.labels[:, 0])
    assert np.array_equal(told.arousal, piece.labels[:, 1])
    # three notes of a chord, four of a tune, two of drums in four beats
    assert told.density.tolist() == [9 / 4] * 12
    assert {PARTS[i] for i in np.flatnonzero(told.parts.any(axis=0))} == {"piano", "drums"}
    assert told.seconds(told.bar_start) == pytest.approx(np.arange(13) * 240 / told.bpm[0])
    # a chord over a bass begins each bar, and nowhere else
    assert np.array_equal(example.chords, piece.table.bar_start[:-1])


def table(rows: list[tuple[int, int, int, int, int]], bars: list[int]) -> Piece:
    music = MusicTable.build(np.array(rows), np.cumsum([0, *bars]), np.full(len(bars), 120.0))
    return Piece(Provenance("x", "freedoom", "CC0-1.0"), music, label_bars(music))


def test_chords_that_could_be_hits() -> None:
    def chord(
        at: int, *pitches: int, length: int = 12, part: int = 0
    ) -> list[tuple[int, int, int, int, int]]:
        return [(at, length, pitch, 70, part) for pitch in pitches]

    rows = [
        *chord(0, 40, 60, 64),
        *chord(12, 40, 60),  # two pitches
        *chord(24, 56, 60, 64),  # no bass
        *chord(36, 40, 60, 64, length=11),  # too short
        *chord(54, 40, 60, 64),  # off the beat
        *chord(60, 40, 60, 64, part=DRUMS),
        *chord(72, 55, 59),
        *chord(72, 62, part=10),  # two parts together
    ]
    example = make_example(table(rows, [48, 48]))
    assert example is not None
    assert example.chords.tolist() == [0, 72]


def test_music_without_chords_or_key() -> None:
    example = make_example(table([(at, 12, 60 + at // 12, 70, 0) for at in range(0, 144, 12)], [48, 48, 48]))
    assert example is not None
    assert example.chords.tolist() == []
    assert example.conditions.tonic.tolist() == [-1, -1, -1]  # a chromatic scale
    assert len(excerpt(example, 32, np.random.default_rng(0), augment=True)[0]) == 32


def test_a_piece_with_a_bar_too_long_is_no_example() -> None:
    assert make_example(table([(0, 12, 60, 70, 0)], [8 * GRID + 1])) is None


def test_the_key_of_a_major_and_a_minor_piece() -> None:
    scale = (0, 2, 4, 5, 7, 9, 11, 12)
    for tonic, mode, steps in ((2, False, scale), (9, True, (0, 2, 3, 5, 7, 8, 10, 12))):
        rows = [(12 * i, 12, 48 + tonic + step, 70, 0) for i, step in enumerate(steps)]
        rows += [(12 * i, 12, 60 + tonic + (0, 7)[i % 2], 70, 1) for i in range(8)]
        example = make_example(table(rows, [48, 48]))
        assert example is not None
        assert example.conditions.tonic.tolist() == [tonic, tonic]
        assert example.conditions.minor.tolist() == [mode, mode]


def test_hits_are_chords_at_least_three_seconds_apart(example: Example) -> None:
    counts = []
    for seed in range(40):
        hits = sample_hits(example.chords, example.conditions, np.random.default_rng(seed))
        assert set(hits.tolist()) <= set(example.chords.tolist())
        assert (np.diff(example.conditions.seconds(hits)) >= 3).all()
        counts.append(len(hits))
    assert max(counts) >= 3


def test_an_excerpt_begins_with_a_bar_and_ends_in_padding(example: Example) -> None:
    starts = set()
    for seed in range(30):
        events, vectors = excerpt(example, 150, np.random.default_rng(seed), augment=False)
        assert events.shape == (150, 5)
        assert vectors.shape == (150, WIDTH)
        assert vectors.dtype == np.float32
        real = int((events[:, 0] >= 0).sum())
        assert real >= 75  # at least half of it is music
        assert (events[real:] == -1).all()
        assert not vectors[real:].any()
        assert events[0, 0] == BAR
        bars = np.flatnonzero(example.events[:, 0] == BAR)
        found = [bar for bar in bars if np.array_equal(example.events[bar : bar + real], events[:real])]
        assert found
        starts |= set(found)
    assert len(starts) > 5


def test_where_a_hit_is_told_a_chord_is_played(example: Example) -> None:
    told = 0
    for seed in range(10):
        events, vectors = excerpt(example, 150, np.random.default_rng(seed), augment=False)
        here = np.flatnonzero(vectors[:, OFFSET][:, 2] == 1)
        told += len(here)
        for row in here:
            bar = np.cumsum(events[:, 0] == BAR)
            together = (bar == bar[row]) & (events[:, 0] == max(1, events[row, 0])) & (events[:, 1] != DRUMS)
            if row < 140:  # the end of an excerpt may cut a chord
                assert len(set(events[together, 2].tolist())) >= 3
    assert told > 20


def pairs(example: Example, seed: int) -> tuple[NDArray[np.int64], Vectors, NDArray[np.int64], Vectors]:
    """The same excerpt as it stands and augmented."""
    plain = excerpt(example, 120, np.random.default_rng(seed), augment=False)
    return *plain, *excerpt(example, 120, np.random.default_rng(seed), augment=True)


def test_transposition_moves_notes_and_key_together(example: Example) -> None:
    shifts = set()
    for seed in range(60):
        events, vectors, moved, told = pairs(example, seed)
        pitched = (events[:, 0] > BAR) & (events[:, 1] != DRUMS)
        distance = moved[:, 2] - events[:, 2]
        shift = int(distance[pitched][0])
        assert (distance == np.where(pitched, shift, 0)).all()
        assert np.array_equal(moved[:, [0, 1, 3, 4]], events[:, [0, 1, 3, 4]])
        if told[:, KEY].any():
            rolled = np.roll(vectors[:, KEY][:, :12], shift, axis=1)
            assert np.array_equal(told[:, KEY][:, :12], rolled)
            assert np.array_equal(told[:, KEY][:, 12:], vectors[:, KEY][:, 12:])
        shifts.add(shift)
    assert min(shifts) == -TRANSPOSE
    assert max(shifts) == TRANSPOSE


def test_pitches_at_the_edge_are_not_pushed_over_it() -> None:
    example = make_example(table([(at, 12, pitch, 70, 0) for at in (0, 12) for pitch in (2, 126)], [48]))
    assert example is not None
    for seed in range(20):
        events, _ = excerpt(example, 16, np.random.default_rng(seed), augment=True)
        assert set(events[events[:, 0] > BAR, 2].tolist()) in ({1, 125}, {2, 126}, {3, 127}, {0, 124})


def test_a_change_of_tempo_is_told_and_stretches_the_way_to_hits(example: Example) -> None:
    for seed in range(20):
        _, vectors, moved, told = pairs(example, seed)
        real = moved[:, 0] >= 0
        octaves = (told[real][:, SHAPE] - vectors[real][:, SHAPE])[:, 0]
        assert np.ptp(octaves) < 1e-5
        assert abs(octaves[0]) <= 0.12 / np.log(2) + 1e-5
        if told[:, OFFSET].any():  # beats to the next hit stay as they are
            assert np.array_equal(told[:, OFFSET][:, :3], vectors[:, OFFSET][:, :3])


def test_conditions_are_left_out_in_whole_groups(example: Example) -> None:
    counts = dict.fromkeys(range(len(DROPOUT)), 0)
    for seed in range(300):
        _, vectors, moved, told = pairs(example, seed)
        real = moved[:, 0] >= 0
        assert np.array_equal(told[real][:, SHAPE][:, 1:], vectors[real][:, SHAPE][:, 1:])  # never left out
        for index, (group, _) in enumerate(DROPOUT):
            if not told[:, group].any():
                counts[index] += 1
            elif group in (EMOTION, DENSITY, ENSEMBLE):
                assert np.array_equal(told[real][:, group], vectors[real][:, group])
    for index, (_, share) in enumerate(DROPOUT):
        assert counts[index] / 300 == pytest.approx(share, abs=0.09)


def test_batches_hold_excerpts_of_all_pieces(make_piece: MakePiece) -> None:
    examples = [
        made for seed in range(3) if (made := make_example(make_piece("tune", seed=seed))) is not None
    ]
    events, vectors = batch(examples, 6, 64, np.random.default_rng(0))
    assert events.shape == (6, 64, 5)
    assert events.dtype == np.int64
    assert vectors.shape == (6, 64, WIDTH)
    assert vectors.dtype == np.float32
    again, _ = batch(examples, 6, 64, np.random.default_rng(0))
    assert np.array_equal(events, again)
    assert len({row.tobytes() for row in events}) > 3
