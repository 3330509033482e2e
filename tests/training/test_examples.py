"""From pieces to excerpts: what is asked for is what was played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable, TableTrack
from emsync_nb.generation.conditioning import EMOTION, ENSEMBLE, OFFSET, SHAPE, TRACKS, WIDTH
from emsync_nb.generation.tokens import BAR, COLUMNS, HEAD, NO_KEY, SOURCE, WRITTEN, Heads, as_steps, encode
from emsync_nb.training import Piece
from emsync_nb.training.corpus.store import Provenance
from emsync_nb.training.examples import Example, Excerpt, batch, excerpt, make_example
from emsync_nb.training.measured import keys

MakePiece = Callable[..., Piece]
Vectors = NDArray[np.float32]
IntArray = NDArray[np.int64]
#: columns of a head, from the values of its classes on
METER, TEMPO, KEY, LEVEL, DENSITY = ((1, 28), (2, 128), (3, 26), (4, 16), (5, 0))


def made(piece: Piece) -> Example:
    example = make_example(piece)
    assert example is not None
    return example


@pytest.fixture
def example(make_piece: MakePiece) -> Example:
    return made(make_piece("tune", seed=3))


def table(rows: list[tuple[int, int, int, int, int]], bars: list[int], bpm: float = 60.0) -> Piece:
    music = MusicTable.build(np.array(rows), np.array([0, *np.cumsum(bars)]), np.full(len(bars), bpm))
    labels = np.stack([np.linspace(-0.5, 0.5, len(bars)), np.linspace(0.9, -0.9, len(bars))], axis=1)
    return Piece(Provenance("by hand", "freedoom", "CC0-1.0"), music, labels)


def as_written(piece: Piece) -> IntArray:
    """The steps of a whole piece."""
    heard = piece.table.by_part()
    return as_steps(encode(heard, Heads.measure(heard, keys(heard))))


def whole(piece: Piece, length: int = 512) -> Excerpt:
    """The excerpt that begins with the first bar and holds all of the piece."""
    example, seed = made(piece), 0
    while (drawn := excerpt(example, length, np.random.default_rng(seed), augment=False)).first_bar:
        seed += 1
    return drawn


def at_bars(drawn: Excerpt) -> Vectors:
    rows: Vectors = drawn.vectors[drawn.steps[:, 0] == BAR]
    return rows


def of_heads(drawn: Excerpt, column: tuple[int, int]) -> list[int]:
    field, first = column
    return (drawn.steps[drawn.steps[:, 0] == HEAD, field] - first).tolist()


def test_an_example_knows_where_bars_are_in_the_sequence_of_events(make_piece: MakePiece) -> None:
    piece = make_piece("tune", seed=3, bars=12, split="validation")
    example, steps = made(piece), as_written(piece)
    assert example.bar_event[:-1].tolist() == np.flatnonzero(steps[:, 0] == BAR).tolist()
    assert example.length == len(steps) == 12 * 11  # a line, a head, three notes, four, two strokes
    assert example.split == "validation"


def test_what_was_played_is_told(make_piece: MakePiece) -> None:
    piece = make_piece("tune", seed=3, bars=12)
    drawn = whole(piece)
    real = len(as_written(piece))
    assert np.array_equal(drawn.steps[:real], as_written(piece))
    assert (drawn.steps[real:] == -1).all()
    # four beats; 115 beats a minute are 18.2 classes above 30; three notes of 70, four of 84, two of 60: 75 on
    # average; 2¼ notes a beat are 9.5 thirds of an octave above ¼
    assert of_heads(drawn, METER) == [16] * 12
    assert of_heads(drawn, TEMPO) == [18] * 12
    assert of_heads(drawn, LEVEL) == [9] * 12
    assert of_heads(drawn, DENSITY) == [11] * 12
    told = at_bars(drawn)
    ahead = [piece.labels[bar : bar + 5].mean(axis=0) for bar in range(12)]
    assert told[:, EMOTION][:, :2] == pytest.approx(np.array(ahead), abs=1e-6)
    assert {PARTS[i] for i in np.flatnonzero(told[:, ENSEMBLE][:, 1:].any(axis=0))} == {"piano", "drums"}
    assert told[:, SHAPE][:, 0] * 8 == pytest.approx([8, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    assert told[:, SHAPE][:, 1] * 8 == pytest.approx([0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8])
    assert (told[:, SHAPE][:, 2:] == [1, 0]).all()  # nothing is given afterwards
    piano = told[:, TRACKS].reshape(12, 2, 4, len(PARTS))[:, 0, :, PARTS.index("piano")]
    # seven notes in four beats; four onsets, one of them of four notes
    assert piano[:, 0] == pytest.approx(np.log2(7 / 4) / 3)
    assert piano[:, 2] == pytest.approx(7 / 4 / 2 - 1)
    assert piano[:, 3] == pytest.approx((78 - 72) / 32)
    assert drawn.changes == ()


def test_bars_longer_than_can_be_written_are_left_out() -> None:
    assert make_example(table([(0, 12, 60, 70, 0)], [8 * GRID])) is not None
    assert make_example(table([(0, 12, 60, 70, 0)], [8 * GRID + 1])) is None


def test_players_in_unison_are_one_event() -> None:
    piece = table([(0, 12, 60, 70, 0)], [48])
    rows, track = np.array([(0, 12, 60, 70, 8), (0, 24, 60, 80, 8)]), np.array([0, 1])
    staves = tuple(
        TableTrack(name, 40, 8, np.zeros(1, dtype=np.int64), np.full(1, 70.0)) for name in ("Violin", "Oboe?")
    )
    doubled = MusicTable.build(rows, piece.table.bar_start, piece.table.bar_bpm, tracks=staves, track=track)
    assert made(replace(piece, table=doubled)).length == 3
    assert whole(replace(piece, table=doubled), 16).steps[2, 1:3].tolist() == [8, 60]


def test_keys_stand_in_heads() -> None:
    scale = [
        (bar * 48 + i * 6, 6, note, 70, 0) for bar in range(4) for i, note in enumerate([63, 67, 70] * 2)
    ]
    assert of_heads(whole(table(scale, [48] * 4)), KEY) == [3] * 4
    chromatic = [(bar * 48 + i * 4, 4, 60 + i, 70, 0) for bar in range(4) for i in range(12)]
    assert of_heads(whole(table(chromatic, [48] * 4)), KEY) == [NO_KEY] * 4


def test_music_without_chords_has_no_hits() -> None:
    chromatic = [(bar * 48 + i * 4, 4, 60 + i, 70, 0) for bar in range(4) for i in range(12)]
    drawn = whole(table(chromatic, [48] * 4))
    real = drawn.steps[:, 0] >= 0
    assert not drawn.vectors[:, OFFSET][:, 2].any()
    assert (drawn.vectors[real, OFFSET][:, 1] == 1).all()  # as far as can be told


def test_where_a_hit_is_told_a_chord_is_played(example: Example) -> None:
    told = 0
    for seed in range(30):
        drawn = excerpt(example, 150, np.random.default_rng(seed), augment=False)
        steps = drawn.steps
        bar = np.cumsum(steps[:, 0] == BAR)
        position = np.maximum(steps[:, 0] - 2, 0)  # lines and heads stand where the bar begins
        here = np.flatnonzero(drawn.vectors[:, OFFSET][:, 2] == 1)
        told += len(here)
        for row in here[here < 140]:  # the end of an excerpt may cut a chord
            together = (bar == bar[row]) & (position == position[row]) & (steps[:, 0] > HEAD)
            assert len(set(steps[together & (steps[:, 1] != DRUMS), 2].tolist())) >= 3
            assert steps[together, 2].min() <= 55
    assert told > 20


def test_the_way_to_the_next_hit_is_told_even_behind_the_end() -> None:
    """One chord in forty is led up to, by louder notes: from sixteen beats before, at 120, all places tell of it."""
    rows = [(at, 12, 72, 60 + (at // 48 % 10 == 9) * 30, 0) for at in range(0, 120 * 48, 6)]
    rows += [(at, 48, pitch, 90, 0) for at in range(0, 120 * 48, 10 * 48) for pitch in (48, 60, 64)]
    rows += [(at, 3, pitch, 60, 0) for at in range(24, 120 * 48, 96) for pitch in (49, 61, 65)]
    example, seen = made(table(rows, [48] * 120, bpm=120.0)), 0
    for seed in range(150):
        drawn = excerpt(example, 16, np.random.default_rng(seed), augment=False)
        beats = drawn.vectors[0, OFFSET][1] * 16
        place = drawn.first_bar % 10
        if 0 < beats < 16 and (beats + place * 4) % 40 == 0:
            assert place >= 6  # 16 events are a bar and a little: the chord lies behind the end
            seen += place < 9
    assert seen > 10


def test_an_excerpt_begins_with_a_bar_and_ends_in_padding(make_piece: MakePiece) -> None:
    piece = make_piece("tune", seed=3, bars=80)
    example, steps, starts = made(piece), as_written(piece), set()
    for seed in range(30):
        drawn = excerpt(example, 150, np.random.default_rng(seed), augment=False)
        assert drawn.steps.shape == (150, COLUMNS)
        assert drawn.vectors.shape == (150, WIDTH)
        assert drawn.vectors.dtype == np.float32
        real = int((drawn.steps[:, 0] >= 0).sum())
        assert real >= 75  # at least half of it is music
        assert (drawn.steps[real:] == -1).all()
        assert not drawn.vectors[real:].any()
        first = example.bar_event[drawn.first_bar]
        # keys too are those of the whole piece: bars around the excerpt were heard
        assert np.array_equal(steps[first : first + real], drawn.steps[:real])
        ahead = piece.labels[drawn.first_bar : drawn.first_bar + 5].mean(axis=0)
        assert drawn.vectors[0, EMOTION][:2] == pytest.approx(ahead, abs=1e-6)
        bars = [min(8, 79 - drawn.first_bar) / 8, min(8, drawn.first_bar) / 8]
        assert drawn.vectors[0, SHAPE][:2].tolist() == bars
        starts.add(drawn.first_bar)
    assert len(starts) > 15


def test_batches_hold_excerpts_of_all_pieces(make_piece: MakePiece) -> None:
    examples = [made(make_piece("tune", seed=seed)) for seed in range(3)]
    steps, vectors = batch(examples, 6, 128, np.random.default_rng(0))
    assert steps.shape == (6, 128, COLUMNS)
    assert steps.dtype == np.int64
    assert vectors.shape == (6, 128, WIDTH)
    assert vectors.dtype == np.float32
    again, _ = batch(examples, 6, 128, np.random.default_rng(0))
    assert np.array_equal(steps, again)
    assert len({row.tobytes() for row in steps}) > 3
    assert (steps[steps[..., 0] >= 0][:, SOURCE] == WRITTEN).all()


def test_long_pieces_and_rare_collections_are_drawn_more_often(make_piece: MakePiece) -> None:
    short, long = (make_piece("a", bars=bars, source="openscore-lieder") for bars in (24, 96))
    orchestra = make_piece("b", bars=24, source="openscore-orchestra")
    unknown = make_piece("c", bars=24, source="music21")
    shares = [made(piece).share for piece in (short, long, orchestra, unknown)]
    assert np.array(shares) / np.sqrt(24 * 11) == pytest.approx([0.6, 1.2, 3.0, 1.0])
    examples = [made(make_piece(name, seed=seed, bars=24, source=source, steps=steps)) for name, seed, source, steps in
                (("a", 1, "openscore-orchestra", 48), ("b", 2, "music21", 36))]  # fmt: skip
    steps, _ = batch(examples, 400, 32, np.random.default_rng(0), augment=False)
    assert np.mean(steps[:, 1, 1] == 28 + 16) == pytest.approx(0.76, abs=0.06)  # 3 · √11 to √10
