"""The same music is found in any key, at any speed and for other players; other music is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable
from emsync_nb.training.corpus.duplicates import (
    COMMON,
    LEAST_RUNS,
    RUN,
    are_related,
    find_duplicates,
    runs_of,
    shared_runs,
)

PIANO, FLUTE = PARTS.index("piano"), PARTS.index("flute")


def melody(seed: int, notes: int = 200, *, up: int = 0, part: int = FLUTE, stretch: int = 1) -> MusicTable:
    rng = np.random.default_rng(seed)
    lengths = rng.choice([3, 6, 12], notes)
    onsets = np.concatenate(([0], np.cumsum(lengths)[:-1])) * stretch
    pitches = 60 + np.cumsum(rng.choice([-2, -1, 1, 2, 4, -5], notes)) % 30 + up
    rows = np.stack([onsets, lengths * stretch, pitches, np.full(notes, 80), np.full(notes, part)], axis=1)
    return of_rows(rows)


def of_rows(rows: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> MusicTable:
    bars = int(rows[:, 0].max()) // (4 * GRID) + 1
    return MusicTable.build(rows, np.arange(bars + 1) * 4 * GRID, np.full(bars, 100.0))


def duplicates(*tables: MusicTable) -> dict[int, int]:
    runs = [runs_of(table) for table in tables]
    return find_duplicates(runs, shared_runs(runs))


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(-24, 24), st.sampled_from([1, 2, 4]))
def test_key_speed_and_instrument_do_not_matter(seed: int, up: int, stretch: int) -> None:
    assert duplicates(melody(seed), melody(seed, up=up, part=PIANO, stretch=stretch)) == {1: 0}


def test_an_accompaniment_does_not_hide_a_tune() -> None:
    tune = melody(3)
    bass = [(at, 12, 36 + at % 5, 60, PIANO) for at in range(0, int(tune.onset.max()), 12)]
    # notes of the bass between those of the tune would be outline of their own
    bass = [row for row in bass if row[0] in set(tune.onset.tolist())]
    assert duplicates(tune, of_rows(np.concatenate([tune.rows, np.array(bass)]))) == {1: 0}


def test_other_music_is_other_music() -> None:
    assert duplicates(*(melody(seed) for seed in range(12))) == {}


def test_the_fuller_of_two_is_kept() -> None:
    long = melody(5, 200)
    short = of_rows(long.rows[:130])
    assert duplicates(short, long) == {0: 1}
    assert duplicates(long, short) == {1: 0}


def test_a_quotation_keeps_pieces_in_one_split_and_both_in_the_corpus() -> None:
    whole = melody(6, 300)
    quoted = whole.rows[:80]
    own = melody(7, 400).rows
    own[:, 0] += quoted[-1, 0] + 48
    runs = [runs_of(whole), runs_of(of_rows(np.concatenate([quoted, own])))]
    shared = shared_runs(runs)
    assert find_duplicates(runs, shared) == {}
    assert are_related(runs, (0, 1), shared[0, 1])


def test_repeated_notes_and_what_everyone_plays_say_nothing() -> None:
    drone = of_rows(np.array([(at * 6, 6, 60, 80, PIANO) for at in range(200)]))
    assert runs_of(drone) == frozenset()
    scale = [(at * 6, 6, 60 + [0, 2, 4, 5, 7, 9, 11, 12][at % 8], 80, PIANO) for at in range(100)]
    many = [runs_of(of_rows(np.array(scale))) for _ in range(COMMON + 1)]
    assert shared_runs(many) == {}


@pytest.mark.parametrize("notes", [0, 1, RUN])
def test_what_is_too_short_has_no_runs(notes: int) -> None:
    rows = np.array([(at * 6, 6, 60 + at, 80, PIANO) for at in range(notes)], dtype=np.int64).reshape(-1, 5)
    table = MusicTable.build(rows, np.array([0, 480]), np.array([100.0]))
    assert runs_of(table) == frozenset()
    assert LEAST_RUNS > 1


def test_drums_are_known_by_what_they_hit() -> None:
    rng = np.random.default_rng(1)
    onsets, keys = np.cumsum(rng.choice([3, 6], 200)), rng.choice([36, 38, 42, 46], 200)
    rows = np.stack([onsets, np.full(200, 3), keys, np.full(200, 90), np.full(200, DRUMS)], axis=1)
    assert duplicates(of_rows(rows), of_rows(rows)) == {1: 0}
