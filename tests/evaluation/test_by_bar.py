"""What sounds in each bar, against counting step by step."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from emsync_nb.domain import GRID, PARTS, MusicTable
from emsync_nb.evaluation.by_bar import bar_chroma, bar_onsets, bar_parts, cosine
from tests.evaluation.hand_made import BAR, DRUMS, PIANO, any_piece, table


@given(any_piece())
def test_sound_is_shared_out_to_the_bars(music: MusicTable) -> None:
    chroma, parts = np.zeros((music.bars, 12)), np.zeros((music.bars, len(PARTS)), dtype=bool)
    for onset, duration, pitch, _, part in music.rows.tolist():
        for step in range(onset, min(onset + duration, int(music.bar_start[-1]))):
            bar = int(np.searchsorted(music.bar_start, step, side="right")) - 1
            parts[bar, part] = True
            chroma[bar, pitch % 12] += (part != DRUMS) / GRID
    np.testing.assert_allclose(bar_chroma(music), chroma, atol=1e-9)
    assert (bar_parts(music) == parts).all()


def test_onsets_stand_at_their_place_in_the_bar() -> None:
    begins = bar_onsets(table([(3, 1, 60, 70, PIANO), (BAR + 47, 90, 40, 70, DRUMS)], bars=2))
    assert begins.shape == (2, BAR)
    assert np.argwhere(begins).tolist() == [[0, 3], [1, 47]]


def test_late_onsets_of_an_endless_bar_share_a_place() -> None:
    begins = bar_onsets(table([(5000, 1, 60, 70, PIANO)], bar=10_000))
    assert np.argwhere(begins).tolist() == [[0, 191]]


def test_two_silences_are_alike_and_silence_is_unlike_sound() -> None:
    rows = np.array([[0.0, 0.0], [3.0, 4.0]])
    np.testing.assert_allclose(cosine(rows, rows), np.eye(2))
