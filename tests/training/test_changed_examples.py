"""Excerpts of changed music, with conditions left out and with some of the music given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, PARTS, MusicTable
from emsync_nb.generation.conditioning import EMOTION, ENSEMBLE, OFFSET, SHAPE, TRACKS
from emsync_nb.generation.tokens import (
    AFTER,
    BAR,
    BESIDE,
    EVENT,
    HEAD,
    NO_KEY,
    RECALLED,
    SOURCE,
    WRITTEN,
    Heads,
    as_steps,
    encode,
)
from emsync_nb.labelling import label_bars
from emsync_nb.training import Piece
from emsync_nb.training.augmentation import Augmentation, scale_tempo, transpose
from emsync_nb.training.corpus.store import Provenance
from emsync_nb.training.examples import DROPOUT, Example, Excerpt, batch, excerpt, make_example
from emsync_nb.training.grooves import Groove
from emsync_nb.training.layout import LayoutSettings
from emsync_nb.training.measured import keys

MakePiece = Callable[..., Piece]
IntArray = NDArray[np.int64]
#: nothing changes but what is named
STILL = Augmentation(transpose=0, retime=0, drop=0, merge=0, groove=0, recast=0)
PLAIN = LayoutSettings(beside=0, after=0, recalled=0)


def made(piece: Piece) -> Example:
    example = make_example(piece)
    assert example is not None
    return example


@pytest.fixture(scope="module")
def example(make_piece: MakePiece) -> Example:
    return made(make_piece("tune", seed=3, bars=40))


def table(rows: list[tuple[int, int, int, int, int]], bars: list[int], bpm: float = 60.0) -> Piece:
    music = MusicTable.build(np.array(rows), np.array([0, *np.cumsum(bars)]), np.full(len(bars), bpm))
    return Piece(Provenance("by hand", "freedoom", "CC0-1.0"), music, np.zeros((len(bars), 2)))


def as_written(music: MusicTable) -> IntArray:
    """The steps of a whole piece."""
    heard = music.by_part()
    return as_steps(encode(heard, Heads.measure(heard, keys(heard))))


def changed(example: Example, seed: int, settings: Augmentation, length: int = 120) -> Excerpt:
    return excerpt(example, length, np.random.default_rng(seed), augment=True, settings=settings)


def test_transposition_moves_notes_and_key_together(example: Example) -> None:
    shifts = set()
    for seed in range(60):
        drawn = changed(example, seed, replace(STILL, transpose=1))
        shift = int(drawn.changes[0].split()[1]) if drawn.changes else 0
        steps = as_written(transpose(example.piece.table, shift))
        real, first = int((drawn.steps[:, 0] >= 0).sum()), example.bar_event[drawn.first_bar]
        assert np.array_equal(drawn.steps[:real], steps[first : first + real])
        shifts.add(shift)
    assert len(shifts) == 11
    plain, moved = as_written(example.piece.table), as_written(transpose(example.piece.table, 3))
    kinds = plain[:, 0]
    assert np.array_equal(kinds, moved[:, 0])
    notes = (kinds > HEAD) & (plain[:, 1] != DRUMS)
    assert set((moved - plain)[notes, 2].tolist()) == {3}
    assert not (moved - plain)[kinds > HEAD][:, [1, 3, 4, 5]].any()
    key, later = (steps[kinds == HEAD, 3] - 26 for steps in (plain, moved))
    assert np.array_equal((key % 12 + 3) % 12, later % 12)
    assert np.array_equal(key // 12, later // 12)


@pytest.mark.parametrize("name", ["transpose", "retime"])
def test_what_was_changed_is_labelled_again(example: Example, name: str) -> None:
    """The labels are those of the changed piece, as if it stood in the corpus."""
    piece, seen = example.piece, 0
    for seed in range(30):
        drawn = changed(example, seed, replace(STILL, **{name: 1}), length=60)
        if not drawn.changes or not drawn.vectors[:, EMOTION].any():
            continue
        kind, amount = drawn.changes[0].split(" ")
        is_tempo = kind == "tempo"  # told with four digits
        music = (
            scale_tempo(piece.table, float(amount[1:])) if is_tempo else transpose(piece.table, int(amount))
        )
        told = drawn.vectors[drawn.steps[:, 0] == BAR, EMOTION]
        labels = label_bars(music)
        ahead = [
            labels[bar : bar + 5].mean(axis=0) for bar in range(drawn.first_bar, drawn.first_bar + len(told))
        ]
        assert told[:, :2] == pytest.approx(np.array(ahead), abs=1e-3 if is_tempo else 1e-5)
        before = [piece.labels[drawn.first_bar + bar : drawn.first_bar + bar + 5].mean(axis=0)
                  for bar in range(len(told))]  # fmt: skip
        assert np.abs(np.array(ahead) - before).max() > 2e-3 * is_tempo
        seen += 1
    assert seen > 10


def test_a_change_of_tempo_stands_in_heads_and_stretches_the_way_to_hits(example: Example) -> None:
    settings, known_places, seen = replace(STILL, retime=1), 0, set()
    centres = np.array([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0])
    for seed in range(40):
        drawn = changed(example, seed, settings)
        factor = float(drawn.changes[0].split("×")[1])
        assert 0.885 < factor < 1.13
        heads = drawn.steps[drawn.steps[:, 0] == HEAD, 2] - 128
        wanted = int(np.log2(115 * factor / 30) / np.log2(320 / 30) * 32)
        assert set(heads.tolist()) == {wanted}
        seen.add(wanted)
        offsets = drawn.vectors[drawn.steps[:, 0] >= 0][:, OFFSET]
        if offsets.any():  # seconds and beats to the next hit tell the tempo
            bumps, beats = offsets[:, 3:], offsets[:, 1] * 16
            known = np.flatnonzero((beats > 0.9) & (beats < 8))
            seconds = beats[known] * 60 / (115 * factor)
            spelled = np.exp(-(((seconds[:, None] - centres) / (0.15 + 0.25 * centres)) ** 2))
            assert bumps[known] == pytest.approx(spelled, abs=2e-3)
            known_places += len(known)
    assert known_places > 100
    assert seen >= {17, 18, 19}


def test_drums_alone_are_music_to_learn_from() -> None:
    rows = [(at, 2, 36 + 2 * (at % 24 // 12), 70, DRUMS) for at in range(0, 20 * 48, 12)]
    example = made(table(rows, [48] * 20))
    for seed in range(10):
        drawn = excerpt(example, 60, np.random.default_rng(seed), augment=True)
        assert set(drawn.steps[drawn.steps[:, 0] > HEAD, 2].tolist()) == {36, 38}  # keys stay
        assert all(change.startswith("tempo") or change == "recast" for change in drawn.changes)
        assert set(drawn.steps[drawn.steps[:, 0] == HEAD, 3].tolist()) == {26 + NO_KEY}


def test_drums_of_a_groove_are_in_the_excerpt_and_marked() -> None:
    rows = [(at, 12, pitch, 70, 0) for at in range(0, 40 * 48, 12) for pitch in (48, 64)]
    example = made(table(rows, [48] * 40, bpm=100.0))
    strokes = [(at, 2, 38, 70, DRUMS) for at in (0, 12, 24, 36)]
    performance = MusicTable.build(np.array(strokes), np.array([0, 48]), np.array([104.0]))
    piece = Piece(Provenance("1_rock_104_beat_4-4", "groove", "CC-BY-4.0"), performance, np.zeros((1, 2)))
    rng, shelf = np.random.default_rng(0), [Groove.from_piece(piece)]
    drawn = excerpt(example, 140, rng, augment=True, settings=replace(STILL, groove=1), grooves=shelf)
    assert drawn.changes == ("groove: 1_rock_104_beat_4-4 (CC-BY-4.0)",)
    is_drum = drawn.steps[:, 1] == DRUMS
    assert is_drum.sum() == 40  # ten bars of a line, a head, eight notes and four strokes
    assert set((drawn.steps[is_drum, 0] - 2).tolist()) == {0, 12, 24, 36}
    # three notes a beat: eleven thirds of an octave above a quarter
    assert set(drawn.steps[drawn.steps[:, 0] == HEAD, 5].tolist()) == {12}
    plain = excerpt(example, 140, np.random.default_rng(0), augment=False, grooves=shelf)
    assert not (plain.steps[:, 1] == DRUMS).any()


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
            assert (drawn.steps[:, 0] >= 0).all()


def test_conditions_are_left_out_in_whole_groups(example: Example) -> None:
    counts, draws, all_gone, controls = np.zeros(len(DROPOUT)), 400, 0, []
    for seed in range(draws):
        plain = excerpt(example, 60, np.random.default_rng(seed), augment=False)
        drawn = changed(example, seed, STILL, length=60)
        assert np.array_equal(drawn.steps, plain.steps)  # the music and its heads are never left out
        if not drawn.vectors.any():
            all_gone += 1
            continue
        assert np.array_equal(drawn.vectors[:, SHAPE], plain.vectors[:, SHAPE])
        for index, (group, _) in enumerate(DROPOUT):
            if not drawn.vectors[:, group].any():
                counts[index] += 1
            elif group in (EMOTION, ENSEMBLE):
                assert np.array_equal(drawn.vectors[:, group], plain.vectors[:, group])
        if drawn.vectors[:, TRACKS].any():
            controls.append(_controls_left(drawn, plain))
    assert all_gone / draws == pytest.approx(0.05, abs=0.03)
    # the last by half, and where all four controls or both parts happen to be left out
    assert counts / (draws - all_gone) == pytest.approx([0.15, 0.2, 0.1, 0.5 + 0.5 * 0.11], abs=0.07)
    assert np.mean(controls) == pytest.approx(0.6 * 0.7 / 0.89, abs=0.07)


def _controls_left(drawn: Excerpt, plain: Excerpt) -> float:
    """How many of the controls of both parts are left; each with its mark, and as it was."""
    before, after = (one.vectors[0, TRACKS].reshape(2, 4, len(PARTS)) for one in (plain, drawn))
    known = after[1] == 1
    assert np.array_equal(after[0], np.where(known, before[0], 0))
    assert np.array_equal(after[1], np.where(known, before[1], 0))
    return float(known.sum() / before[1].sum())


def test_the_same_seed_draws_the_same(example: Example) -> None:
    for seed in range(10):
        one, two = (
            excerpt(example, 256, np.random.default_rng(seed), augment=True, layout=LayoutSettings())
            for _ in range(2)
        )
        assert np.array_equal(one.steps, two.steps)
        assert np.array_equal(one.vectors, two.vectors)
        assert one.changes == two.changes


def laid(example: Example, seed: int, layout: LayoutSettings, length: int = 256) -> Excerpt:
    return excerpt(example, length, np.random.default_rng(seed), augment=False, layout=layout)


def events_of(example: Example, first: int, last: int) -> IntArray:
    steps = as_written(example.piece.table)
    return steps[example.bar_event[first] : example.bar_event[last], EVENT]


def test_what_follows_is_given_in_front_and_told_of(example: Example) -> None:
    seen = 0
    for seed in range(30):
        drawn = laid(example, seed, replace(PLAIN, after=1))
        prefix = drawn.steps[drawn.steps[:, SOURCE] == AFTER]
        if not len(prefix):
            continue
        assert (drawn.steps[: len(prefix), SOURCE] == AFTER).all()
        assert not drawn.vectors[: len(prefix)].any()
        main = drawn.steps[len(prefix) :]
        bars = int((main[:, 0] == BAR).sum())
        joint = drawn.first_bar + bars
        assert np.array_equal(main[main[:, 0] >= 0, EVENT], events_of(example, drawn.first_bar, joint))
        # four bars, as many as there are, or as go into 96 events
        following = min(4, 40 - joint)
        assert np.array_equal(prefix[:, EVENT], events_of(example, joint, joint + following))
        shape = drawn.vectors[len(prefix) :][main[:, 0] == BAR, SHAPE]
        assert (shape[:, 3] == 1).all()
        assert (shape[:, 2] * 8).tolist() == [min(8, bars - bar) for bar in range(bars)]
        seen += 1
    assert seen > 15


def test_earlier_music_is_recalled_in_front(example: Example) -> None:
    steps, lines, seen = as_written(example.piece.table), example.bar_event.tolist(), 0

    def without_heads(events: IntArray) -> list[list[int]]:
        """Keys of the first bars that were heard are measured over fewer bars than in the piece."""
        rows: list[list[int]] = np.where(events[:, :1] == HEAD, HEAD, events).tolist()
        return rows

    for seed in range(20):
        drawn = laid(example, seed, replace(PLAIN, recalled=1))
        front, first = int((drawn.steps[:, SOURCE] == RECALLED).sum()), drawn.first_bar
        if not front:
            assert first < 2
            continue
        assert (drawn.steps[:front, SOURCE] == RECALLED).all()
        recalled = without_heads(drawn.steps[:front, EVENT])
        ends_before = [at for at in lines[:first] if at + front <= lines[first]]
        assert any(without_heads(steps[at : at + front, EVENT]) == recalled for at in ends_before)
        main = drawn.steps[front:]
        real = int((main[:, 0] >= 0).sum())
        assert np.array_equal(main[:real], steps[lines[first] : lines[first] + real])
        assert not drawn.vectors[:front].any()
        seen += 1
    assert seen > 10


@pytest.mark.parametrize("after", [0, 1])
def test_what_is_put_in_front_holds_no_bar_of_the_excerpt(after: float) -> None:
    """Each bar of the piece has a pitch of its own, so that it is known wherever it stands."""
    rows = [(bar * 48 + at, 12, 20 + bar, 70, 0) for bar in range(90) for at in range(0, 48, 12)]
    example, close, recalled_and_followed = made(table(rows, [48] * 90)), 0, 0
    for seed in range(60):
        drawn = laid(example, seed, replace(PLAIN, after=after, recalled=1))
        sounds = drawn.steps[:, 0] > HEAD
        bars = {
            source: np.unique(drawn.steps[sounds & (drawn.steps[:, SOURCE] == source), 2] - 20).tolist()
            for source in (WRITTEN, RECALLED, AFTER)
        }
        assert bars[WRITTEN][0] == drawn.first_bar
        assert not bars[RECALLED] or bars[RECALLED][-1] < bars[WRITTEN][0]
        assert not bars[AFTER] or bars[AFTER][0] > bars[WRITTEN][-1]
        close += bars[RECALLED][-1:] == [drawn.first_bar - 1]
        recalled_and_followed += bool(bars[RECALLED] and bars[AFTER])
    assert close > 3  # some would have run into the excerpt
    assert (recalled_and_followed > 15) == bool(after)


def test_given_notes_are_told_from_written_ones(example: Example) -> None:
    seen = 0
    for seed in range(20):
        drawn = laid(example, seed, replace(PLAIN, beside=1))
        plain = laid(example, seed, PLAIN)
        assert drawn.first_bar == plain.first_bar
        given = drawn.steps[:, SOURCE] == BESIDE
        assert len(set(drawn.steps[given, 1].tolist())) <= 1  # one of the two parts
        assert (drawn.steps[given, 0] > HEAD).all()
        # the last bar may be cut elsewhere; all before hold the same notes
        whole = int(np.flatnonzero(plain.steps[:, 0] == BAR)[-1])
        assert sorted(drawn.steps[:whole, EVENT].tolist()) == sorted(plain.steps[:whole, EVENT].tolist())
        seen += given.any()
    assert seen > 12


def test_whatever_is_given_fits(make_piece: MakePiece) -> None:
    examples = [made(make_piece("tune", seed=seed, bars=30)) for seed in range(3)]
    layout = LayoutSettings(beside=0.5, after=0.7, recalled=0.7)
    rng = np.random.default_rng(0)
    for _ in range(20):
        steps, vectors = batch(examples, 4, 256, rng, layout=layout)
        assert steps.shape[:2] == vectors.shape[:2] == (4, 256)
        written = (steps[..., SOURCE] == WRITTEN).sum(axis=1)
        assert (written >= 20).all()  # some of it always has to be written
    assert set(np.unique(steps[..., SOURCE]).tolist()) <= {-1, 0, 1, 2, 3}
