"""From pieces to excerpts: what is asked for is what was played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable, TableTrack
from emsync_nb.generation.conditioning import DENSITY, EMOTION, ENSEMBLE, KEY, OFFSET, SHAPE, WIDTH
from emsync_nb.generation.tokens import BAR, encode
from emsync_nb.labelling import label_bars
from emsync_nb.training import Piece
from emsync_nb.training.augmentation import Augmentation, scale_tempo, transpose
from emsync_nb.training.corpus.store import Provenance
from emsync_nb.training.examples import DROPOUT, Example, Excerpt, batch, excerpt, make_example
from emsync_nb.training.grooves import Groove

MakePiece = Callable[..., Piece]
Vectors = NDArray[np.float32]
#: nothing changes but what is named
STILL = Augmentation(transpose=0, retime=0, drop=0, merge=0, groove=0)


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


def whole(piece: Piece, length: int = 512) -> Excerpt:
    """The excerpt that begins with the first bar and holds all of the piece."""
    example, seed = made(piece), 0
    while (drawn := excerpt(example, length, np.random.default_rng(seed), augment=False)).first_bar:
        seed += 1
    return drawn


def at_bars(drawn: Excerpt) -> Vectors:
    rows: Vectors = drawn.vectors[drawn.events[:, 0] == BAR]
    return rows


def test_an_example_knows_where_bars_are_in_the_sequence_of_events(make_piece: MakePiece) -> None:
    piece = make_piece("tune", seed=3, bars=12, split="validation")
    example, events = made(piece), encode(piece.table)
    assert example.bar_event[:-1].tolist() == np.flatnonzero(events[:, 0] == BAR).tolist()
    assert example.length == len(events)
    assert example.split == "validation"


def test_what_was_played_is_told(make_piece: MakePiece) -> None:
    piece = make_piece("tune", seed=3, bars=12)
    drawn = whole(piece)
    real = len(encode(piece.table))
    assert np.array_equal(drawn.events[:real], encode(piece.table))
    assert (drawn.events[real:] == -1).all()
    told = at_bars(drawn)
    assert told[:, EMOTION][:, :2] == pytest.approx(piece.labels)
    # three notes of a chord, four of a tune, two of drums in four beats
    assert told[:, DENSITY][:, 0] == pytest.approx(np.full(12, np.log1p(9 / 4) / 2))
    assert {PARTS[i] for i in np.flatnonzero(told[:, ENSEMBLE].any(axis=0))} == {"piano", "drums"}
    assert told[:, SHAPE][:, 0] == pytest.approx(np.full(12, np.log2(115 / 120)))
    assert told[:, SHAPE][:, 2] * 8 == pytest.approx([8, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    assert told[:, SHAPE][:, 3] * 8 == pytest.approx([0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8])
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
    assert made(replace(piece, table=doubled)).length == 2
    assert whole(replace(piece, table=doubled), 16).events[1].tolist()[1:3] == [8, 60]


SCALE = [
    (bar * 48 + i * 6, 6, note, 70, 0) for bar in range(4) for i, note in enumerate([60, 64, 67, 72] * 2)
]
CHROMATIC = [(bar * 48 + i * 4, 4, 60 + i, 70, 0) for bar in range(4) for i in range(12)]


@pytest.mark.parametrize(
    ("rows", "tonic", "minor"),
    [
        (SCALE, 0, False),
        ([(at, d, pitch + 3, v, p) for at, d, pitch, v, p in SCALE], 3, False),
        ([(at, d, pitch - (pitch == 64), v, p) for at, d, pitch, v, p in SCALE], 0, True),
        (CHROMATIC, None, False),
    ],
)
def test_keys_are_heard(rows: list[tuple[int, int, int, int, int]], tonic: int | None, minor: bool) -> None:
    told = at_bars(whole(table(rows, [48] * 4)))[:, KEY]
    wanted = np.zeros(14)
    if tonic is not None:
        wanted[[tonic, 12 + minor]] = 1
    assert told == pytest.approx(np.tile(wanted, (4, 1)))


def test_music_without_chords_has_no_hits() -> None:
    drawn = whole(table(CHROMATIC, [48] * 4))
    assert hits(drawn) == []
    assert (drawn.vectors[: len(CHROMATIC), OFFSET][:, 1] == 1).all()  # as far as can be told


def test_conditions_look_four_bars_around() -> None:
    early = [(bar * 48, 12, 60, 70, PARTS.index("oboe")) for bar in range(3)]
    late = [(bar * 48, 12, 60, 70, PARTS.index("flute")) for bar in range(10, 20)]
    told = at_bars(whole(table(early + late, [48] * 20)))
    flute, oboe = (told[:, ENSEMBLE][:, PARTS.index(name)].astype(bool) for name in ("flute", "oboe"))
    assert np.flatnonzero(oboe).tolist() == list(range(7))
    assert np.flatnonzero(flute).tolist() == list(range(6, 20))


def hits(drawn: Excerpt) -> list[int]:
    """Steps of the piece where a hit is told, from the excerpt's first bar on, in bars of four beats."""
    here = np.flatnonzero(drawn.vectors[:, OFFSET][:, 2] == 1)
    bar = np.cumsum(drawn.events[:, 0] == BAR)[here] - 1
    return sorted(set((bar * 48 + np.maximum(drawn.events[here, 0] - 1, 0)).tolist()))


def test_hits_are_only_on_held_chords_with_a_bass_on_a_beat() -> None:
    def chord(at: int, pitches: list[int], duration: int = 12) -> list[tuple[int, int, int, int, int]]:
        return [(at, duration, pitch, 70, 0) for pitch in pitches]

    rows = chord(0, [48, 64, 67])  # at the very beginning: nothing leads into it
    rows += chord(24, [48, 64, 67], duration=11)  # too short
    rows += chord(48 + 7, [48, 64, 67])  # off the beat
    rows += chord(96, [48, 60])  # two pitches
    rows += chord(96 + 24, [72, 76, 79])  # no bass
    rows += chord(144, [48, 60, 64])
    rows += [(192 + 12, 12, pitch, 70, DRUMS) for pitch in (36, 38, 42)]  # drums
    example = made(table(rows, [48] * 5))
    told = set()
    for seed in range(60):
        drawn = excerpt(example, 64, np.random.default_rng(seed), augment=False)
        told |= {step + 48 * drawn.first_bar for step in hits(drawn)}
    assert told == {144}


def test_hits_are_as_far_apart_as_in_a_film() -> None:
    rows = [(at, 12, pitch, 70, 0) for at in range(0, 60 * 48, 12) for pitch in (48, 60, 64, 67)]
    example, counts = made(table(rows, [48] * 60, bpm=120.0)), []
    for seed in range(20):
        drawn = excerpt(example, 800, np.random.default_rng(seed), augment=False)
        times = np.array(hits(drawn)) / GRID / 2
        assert (np.diff(times) >= 3).all()
        assert (np.diff(times) < 14.5).all()
        counts.append(len(times))
    assert max(counts) >= 8


def test_the_way_to_the_next_hit_is_told_even_behind_the_end() -> None:
    """A chord every sixteen beats at 120: from each place the next one is at most 8 s away."""
    rows = [(at, 48, pitch, 70, 0) for at in range(0, 40 * 192, 192) for pitch in (48, 60, 64)]
    rows += [(at, 6, 72, 70, 0) for at in range(0, 40 * 192, 12)]
    example, seen = made(table(rows, [24] * 320, bpm=120.0)), 0
    for seed in range(40):
        drawn = excerpt(example, 16, np.random.default_rng(seed), augment=False)
        beats = drawn.vectors[:, OFFSET][0, 1] * 16
        place = drawn.first_bar % 8
        if beats < 16:
            assert beats == pytest.approx((8 - place) % 8 * 2)
            seen += 1
    assert seen > 15


def test_an_excerpt_begins_with_a_bar_and_ends_in_padding(example: Example) -> None:
    events, starts = encode(example.piece.table), set()
    for seed in range(30):
        drawn = excerpt(example, 150, np.random.default_rng(seed), augment=False)
        assert drawn.events.shape == (150, 5)
        assert drawn.vectors.shape == (150, WIDTH)
        assert drawn.vectors.dtype == np.float32
        real = int((drawn.events[:, 0] >= 0).sum())
        assert real >= 75  # at least half of it is music
        assert (drawn.events[real:] == -1).all()
        assert not drawn.vectors[real:].any()
        first = example.bar_event[drawn.first_bar]
        assert np.array_equal(events[first : first + real], drawn.events[:real])
        assert drawn.vectors[0, EMOTION][:2] == pytest.approx(example.piece.labels[drawn.first_bar])
        starts.add(drawn.first_bar)
    assert len(starts) > 5


def test_where_a_hit_is_told_a_chord_is_played(example: Example) -> None:
    told = 0
    for seed in range(10):
        drawn = excerpt(example, 150, np.random.default_rng(seed), augment=False)
        events = drawn.events
        here = np.flatnonzero(drawn.vectors[:, OFFSET][:, 2] == 1)
        told += len(here)
        for row in here:
            bar = np.cumsum(events[:, 0] == BAR)
            together = (bar == bar[row]) & (events[:, 0] == max(1, events[row, 0])) & (events[:, 1] != DRUMS)
            if row < 140:  # the end of an excerpt may cut a chord
                assert len(set(events[together, 2].tolist())) >= 3
    assert told > 20


def changed(example: Example, seed: int, settings: Augmentation, length: int = 120) -> Excerpt:
    return excerpt(example, length, np.random.default_rng(seed), augment=True, settings=settings)


def test_transposition_moves_notes_and_key_together(example: Example) -> None:
    events = encode(example.piece.table)
    moved_keys = 0
    for seed in range(60):
        drawn = changed(example, seed, replace(STILL, transpose=1))
        first = example.bar_event[drawn.first_bar]
        written = events[first : first + int((drawn.events[:, 0] >= 0).sum())]
        moved = drawn.events[: len(written)]
        pitched = (written[:, 0] > BAR) & (written[:, 1] != DRUMS)
        shift = int((moved - written)[pitched][0, 2])
        assert ((moved - written) == np.where(pitched[:, None], [[0, 0, shift, 0, 0]], 0)).all()
        assert drawn.changes == ((f"transposed {shift:+d}",) if shift else ())
        told = drawn.vectors[: len(written), KEY]
        if told.any():
            plain = whole(example.piece).vectors[first : first + len(written), KEY]
            assert np.array_equal(told[:, :12], np.roll(plain[:, :12], shift, axis=1))
            assert np.array_equal(told[:, 12:], plain[:, 12:])
            moved_keys += shift != 0
    assert moved_keys > 20


@pytest.mark.parametrize("name", ["transpose", "retime"])
def test_what_was_changed_is_labelled_again(example: Example, name: str) -> None:
    """The labels are those of the changed piece, exactly, as if it stood in the corpus."""
    piece, seen = example.piece, 0
    for seed in range(30):
        drawn = changed(example, seed, replace(STILL, **{name: 1}), length=60)
        if not drawn.changes or not drawn.vectors[:, EMOTION].any():
            continue
        kind, amount = drawn.changes[0].split(" ")
        if kind == "tempo":  # told with four digits; the condition holds it in full
            factor = float(2 ** (float(drawn.vectors[0, SHAPE][0]) - np.log2(piece.table.bar_bpm[0] / 120)))
            assert factor == pytest.approx(float(amount[1:]), abs=1e-4)
            music = scale_tempo(piece.table, factor)
        else:
            music = transpose(piece.table, int(amount))
        told = at_bars(drawn)
        wanted = label_bars(music)[drawn.first_bar : drawn.first_bar + len(told)]
        assert told[:, EMOTION][:, :2] == pytest.approx(wanted, abs=1e-5)
        assert np.abs(wanted - piece.labels[drawn.first_bar : drawn.first_bar + len(told)]).max() > 1e-4
        seen += 1
    assert seen > 10


def test_a_change_of_tempo_is_told_and_stretches_the_way_to_hits(example: Example) -> None:
    settings, ratios = replace(STILL, retime=1), []
    for seed in range(20):
        drawn = changed(example, seed, settings)
        real = drawn.events[:, 0] >= 0
        octaves = drawn.vectors[real][:, SHAPE][:, 0] - np.log2(115 / 120)
        assert np.ptp(octaves) < 1e-5
        assert abs(octaves[0]) <= 0.12 / np.log(2) + 1e-5
        offsets = drawn.vectors[real][:, OFFSET]
        if offsets.any():  # seconds and beats to the next hit tell the tempo
            bumps, beats = offsets[:, 3:], offsets[:, 1] * 16
            centres = np.array([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0])
            known = np.flatnonzero((beats > 0.9) & (beats < 8))
            seconds = beats[known] * 60 / (115 * 2 ** octaves[0])
            wanted = np.exp(-(((seconds[:, None] - centres) / (0.15 + 0.25 * centres)) ** 2))
            assert bumps[known] == pytest.approx(wanted, abs=1e-3)
            ratios.append(len(known))
    assert sum(ratios) > 100


def test_drums_alone_are_music_to_learn_from() -> None:
    rows = [(at, 2, 36 + 2 * (at % 24 // 12), 70, DRUMS) for at in range(0, 20 * 48, 12)]
    example = made(table(rows, [48] * 20))
    for seed in range(10):
        drawn = excerpt(example, 60, np.random.default_rng(seed), augment=True)
        real = drawn.events[:, 0] >= 0
        assert set(drawn.events[real, 2].tolist()) == {36, 38, 128}  # keys stay, and 128 is a bar line's
        assert all(change.startswith("tempo") for change in drawn.changes)
        assert not drawn.vectors[:, KEY].any()


def test_drums_of_a_groove_are_in_the_excerpt_and_marked() -> None:
    rows = [(at, 12, pitch, 70, 0) for at in range(0, 40 * 48, 12) for pitch in (48, 64)]
    example = made(table(rows, [48] * 40, bpm=100.0))
    strokes = [(at, 2, 38, 70, DRUMS) for at in (0, 12, 24, 36)]
    performance = MusicTable.build(np.array(strokes), np.array([0, 48]), np.array([104.0]))
    piece = Piece(Provenance("1_rock_104_beat_4-4", "groove", "CC-BY-4.0"), performance, np.zeros((1, 2)))
    rng, shelf = np.random.default_rng(0), [Groove.from_piece(piece)]
    drawn = excerpt(example, 120, rng, augment=True, settings=replace(STILL, groove=1), grooves=shelf)
    assert drawn.changes == ("groove: 1_rock_104_beat_4-4 (CC-BY-4.0)",)
    is_drum = drawn.events[:, 1] == DRUMS
    assert is_drum.sum() == pytest.approx(120 * 4 / 13, abs=4)  # of a bar line, eight notes and four strokes
    assert set(drawn.events[is_drum, 0].tolist()) == {1, 13, 25, 37}
    told = at_bars(drawn)
    if told[:, DENSITY].any():
        assert told[:, DENSITY][:, 0] == pytest.approx(np.full(len(told), np.log1p(3) / 2))
    plain = excerpt(example, 120, np.random.default_rng(0), augment=False, grooves=shelf)
    assert not (plain.events[:, 1] == DRUMS).any()


def test_excerpts_of_fewer_tracks_are_still_full() -> None:
    """Half of the music may go; then more bars are taken."""
    voices = {"violin-1": 76, "violin-2": 67, "viola": 60, "cello": 48}
    rows = [
        (at * 12, 12, pitch, 70, PARTS.index(part)) for part, pitch in voices.items() for at in range(1600)
    ]
    example = made(table(rows, [48] * 400))
    for seed in range(20):
        drawn = changed(example, seed, replace(STILL, drop=1), length=200)
        assert drawn.changes[0].startswith("tracks dropped")
        if drawn.first_bar < 350 and "3" not in drawn.changes[0]:
            assert (drawn.events[:, 0] >= 0).all()


def test_conditions_are_left_out_in_whole_groups(example: Example) -> None:
    counts = dict.fromkeys(range(len(DROPOUT)), 0)
    for seed in range(300):
        plain = excerpt(example, 120, np.random.default_rng(seed), augment=False)
        drawn = changed(example, seed, STILL)
        assert np.array_equal(drawn.events[:, :1], plain.events[:, :1])
        assert np.array_equal(drawn.vectors[:, SHAPE], plain.vectors[:, SHAPE])  # never left out
        for index, (group, _) in enumerate(DROPOUT):
            if not drawn.vectors[:, group].any():
                counts[index] += 1
            elif group != OFFSET:
                assert np.array_equal(drawn.vectors[:, group], plain.vectors[:, group])
    for index, (_, share) in enumerate(DROPOUT):
        assert counts[index] / 300 == pytest.approx(share, abs=0.09)


def test_the_same_seed_draws_the_same(example: Example) -> None:
    for seed in range(10):
        one, two = (excerpt(example, 90, np.random.default_rng(seed), augment=True) for _ in range(2))
        assert np.array_equal(one.events, two.events)
        assert np.array_equal(one.vectors, two.vectors)
        assert one.changes == two.changes


def test_batches_hold_excerpts_of_all_pieces(make_piece: MakePiece) -> None:
    examples = [made(make_piece("tune", seed=seed)) for seed in range(3)]
    events, vectors = batch(examples, 6, 64, np.random.default_rng(0))
    assert events.shape == (6, 64, 5)
    assert events.dtype == np.int64
    assert vectors.shape == (6, 64, WIDTH)
    assert vectors.dtype == np.float32
    again, _ = batch(examples, 6, 64, np.random.default_rng(0))
    assert np.array_equal(events, again)
    assert len({row.tobytes() for row in events}) > 3
