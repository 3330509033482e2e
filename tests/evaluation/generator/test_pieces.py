"""Music to be measured is read back from MIDI; made-up films have hits."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from emsync_nb.domain import BarGrid, Note, Score, TempoMap, Track
from emsync_nb.evaluation.generator.emotion import correlation, grid, turning
from emsync_nb.evaluation.generator.health import LONG_S, lived, long_pieces
from emsync_nb.evaluation.generator.pieces import ENSEMBLES, made_up_film, read_back
from emsync_nb.evaluation.generator.scale import Scale


def test_a_score_is_read_back_as_its_file_tells_it() -> None:
    notes = (Note(Fraction(0), Fraction(2), 48, 80), Note(Fraction(5, 2), Fraction(1, 2), 60, 96))
    score = Score((Track("Cello", 42, False, notes),), TempoMap.constant(90), BarGrid.from_lengths([4]))
    table = read_back(score)
    assert table.onset.tolist() == [0, 30]
    assert table.duration.tolist() == [24, 6]
    assert table.pitch.tolist() == [48, 60]
    assert abs(float(table.bar_bpm[0]) - 90) < 0.01


def test_a_made_up_film_is_the_same_each_time_and_has_hits() -> None:
    (film, plan), (_, again) = (made_up_film(4, 40, "string-quartet") for _ in range(2))
    assert plan.hits and plan.hits == again.hits
    assert plan.tempo_map == again.tempo_map
    assert float(film.video.duration_s) == 40


def test_the_grid_holds_every_pair_as_often_as_asked_and_all_ensembles() -> None:
    pieces = grid(Scale(), 8)
    pairs, counts = np.unique([one.emotion[0] for one in pieces], axis=0, return_counts=True)
    assert len(pairs) == 25 and set(counts.tolist()) == {8}
    assert {one.ensemble for one in pieces} == set(ENSEMBLES)
    assert len({one.seed for one in pieces}) == len(pieces)


def test_turning_pieces_turn_one_thing_only() -> None:
    pieces = turning(Scale())
    steps = np.array([one.emotion[-1] - one.emotion[0] for one in pieces])
    assert (np.count_nonzero(steps, axis=1) == 1).all()
    assert (np.count_nonzero(steps, axis=0) == Scale().turning).all()
    assert (steps > 0).any(axis=0).all() and (steps < 0).any(axis=0).all()


def test_long_pieces_last_a_minute_whatever_tempo_they_take(tiny_checkpoint: Path) -> None:
    assert all(piece["seconds"] >= LONG_S for piece in lived(long_pieces(3, 0)))


def test_correlation_is_pearsons_and_nan_where_nothing_varies() -> None:
    assert correlation(np.array([1.0, 2, 3]), np.array([2.0, 4, 6])) == 1.0
    assert np.isnan(correlation(np.array([1.0, 1, 1]), np.array([2.0, 4, 6])))
