"""Which chords stand for hits: those that the music leads up to."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from emsync_nb.domain import DRUMS, GRID, MusicTable
from emsync_nb.training.hits import choose_hits, full_chords, worth

Row = tuple[int, int, int, int, int]
BEAT = GRID


def music(rows: list[Row], bars: int, bpm: float = 120.0) -> MusicTable:
    return MusicTable.build(np.array(rows).reshape(-1, 5), np.arange(bars + 1) * 48, np.full(bars, bpm))


def chord(at: int, pitches: tuple[int, ...] = (48, 64, 67), duration: int = 12, loud: int = 70) -> list[Row]:
    return [(at, duration, pitch, loud, 0) for pitch in pitches]


def test_chords_have_three_pitches_with_a_bass_on_a_beat() -> None:
    rows = chord(0)
    rows += chord(24, duration=1)  # however short
    rows += chord(48 + 7)  # off the beat
    rows += chord(96, (48, 60))  # two pitches
    rows += [*chord(96 + 12, (48, 60)), (96 + 12, 12, 60, 70, 8)]  # two pitches, one of them twice
    rows += chord(96 + 24, (56, 60, 64))  # no bass: G sharp below middle C is too high
    rows += chord(144, (55, 60, 64))
    rows += [(192 + 12, 12, pitch, 70, DRUMS) for pitch in (36, 38, 42)]  # drums
    rows += [*chord(192 + 36, (48, 60)), (192 + 36, 12, 64, 70, 8)]  # of two players
    assert full_chords(music(rows, 5)).tolist() == [0, 24, 144, 228]
    assert full_chords(music([], 2)).tolist() == []


def run_up(before: list[int], after: list[int]) -> list[Row]:
    """Notes that fill beats 0 … 3 and 4 … 7 evenly, as loud as named."""
    rows = []
    for start, levels in ((0, before), (48, after)):
        rows += [(start + i * 48 // len(levels), 2, 72, loud, 0) for i, loud in enumerate(levels)]
    return rows


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        # plain: three notes begin on a downbeat
        (run_up([60] * 4, [60] * 4) + chord(96, duration=6), 0.4 + 0.3 * np.log2(3)),
        # four velocities louder
        (run_up([60] * 4, [64] * 4) + chord(96, duration=6), 0.8 + 0.4 + 0.3 * np.log2(3)),
        # far louder, and far softer: as much as can be
        (run_up([30] * 4, [90] * 4) + chord(96, duration=6), 2 + 0.4 + 0.3 * np.log2(3)),
        (run_up([90] * 4, [30] * 4) + chord(96, duration=6), -2 + 0.4 + 0.3 * np.log2(3)),
        # a third more notes, by twice the octaves: 8 + 1 against 5 + 1
        (run_up([60] * 5, [60] * 8) + chord(96, duration=6), 2 * np.log2(9 / 6) + 0.4 + 0.3 * np.log2(3)),
        # three notes last a beat; two would not do
        (run_up([60] * 4, [60] * 4) + chord(96), 0.8 + 0.4 + 0.3 * np.log2(3)),
        # four begin, one of them a drum
        (
            run_up([60] * 4, [60] * 4) + chord(96, duration=6) + [(96, 2, 36, 70, DRUMS)],
            0.4 + 0.3 * np.log2(4),
        ),
        # the second beat is none to begin a bar with
        ([(at + 12, *rest) for at, *rest in run_up([60] * 4, [60] * 4) + chord(96, duration=6)], 0.3 * np.log2(3)),
        # nothing before: no way up to it
        (chord(96, duration=6), -1 + 0.4 + 0.3 * np.log2(3)),
        # G, the fifth above the bass, right before
        (
            [*run_up([60] * 4, [60] * 3), (84, 2, 43, 60, 0), *chord(96, duration=6)],
            3.0 + 0.4 + 0.3 * np.log2(3),
        ),
        # F is not
        ([*run_up([60] * 4, [60] * 3), (84, 2, 41, 60, 0), *chord(96, duration=6)], 0.4 + 0.3 * np.log2(3)),
    ],
)  # fmt: skip
def test_worth_by_hand(rows: list[Row], value: float) -> None:
    table = music(rows, 4)
    assert worth(table, full_chords(table)) == pytest.approx([value])


def seconds(
    table: MusicTable, chords: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.interp(chords, table.bar_start, np.append(0, np.cumsum(table.bar_seconds)))


def chosen(table: MusicTable, seed: int) -> list[int]:
    chords = full_chords(table)
    return choose_hits(table, seconds(table, chords), chords, np.random.default_rng(seed)).tolist()


def varied(bars: int = 60) -> MusicTable:
    """A chord on every beat, the loudness drawn by lot."""
    rng, rows = np.random.default_rng(4), []
    for at in range(0, bars * 48, BEAT):
        rows += chord(at, loud=int(rng.integers(40, 100)))
    return music(rows, bars)


def test_hits_are_chords_as_far_apart_as_in_a_film() -> None:
    table, counts = varied(), []
    for seed in range(20):
        hits = chosen(table, seed)
        assert hits == chosen(table, seed)
        assert set(hits) <= set(full_chords(table).tolist())
        times = np.array(hits) / BEAT / 2
        assert (np.diff(times) >= 3).all()
        assert times[0] < 8 + 10  # the first is looked for within eight seconds, and for ten
        assert (np.diff(times) < 12 + 10).all()
        counts.append(len(hits))
    assert len({tuple(chosen(table, seed)) for seed in range(20)}) > 15
    assert min(counts) >= 6  # two minutes of music


def test_the_music_leads_up_to_hits() -> None:
    """Every eighth bar begins after a crescendo; chords as full on all other beats are plain."""
    rows = []
    for bar in range(96):
        for beat in range(4):
            swells = bar % 8 == 7
            rows += chord(bar * 48 + beat * BEAT, loud=60 + 12 * beat if swells else 60)
    hits = Counter(step // 48 % 8 for seed in range(20) for step in chosen(music(rows, 96), seed))
    # after the crescendo or in it; by chance it would be a quarter
    assert (hits[0] + hits[7]) / sum(hits.values()) > 0.75


def test_where_nothing_leads_anywhere_there_are_no_hits() -> None:
    even = music([row for bar in range(40) for row in chord(bar * 48)], 40)
    assert not any(chosen(even, seed) for seed in range(10))
    melody = music([(at, 12, 72, 70, 0) for at in range(0, 480, 12)], 10)
    assert chosen(melody, 0) == []
    assert chosen(music(chord(48), 4), 0) == []  # one chord alone
