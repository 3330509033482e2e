"""How much music is written to measure a composer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers of pieces; all are deterministic in the seed."""

    #: valences and arousals of the grid, and pieces for each pair
    levels: tuple[float, ...] = (-0.8, -0.4, 0.0, 0.4, 0.8)
    grid_each: int = 8
    #: the same with the tempo fixed, and with other guidance
    fixed_each: int = 2
    guided_each: int = 2
    #: pieces whose emotion changes at half time, for valence and for arousal each
    turning: int = 48
    #: films with hits, and seconds of each
    films: int = 16
    film_s: int = 45
    #: films with hits further apart, to see whether more changes at them than elsewhere, and seconds of each
    sparse_films: int = 16
    sparse_s: int = 90
    #: pairs of pieces with and without boundary offsets
    run_ups: int = 80
    #: scores of which cells are written anew
    refills: int = 16
    #: pieces of at least a minute for collapse, and how many of them for originality
    long_pieces: int = 200
    original: int = 100
    #: pieces for each value of each control
    controlled: int = 6
    #: held-out excerpts
    held_out: int = 120
    #: pieces written by the Markov model, and by people, for comparison
    compared: int = 80
    #: pieces of the grid rendered and heard by the second estimator
    rendered: int = 50
    #: seconds of the film that is composed for speed
    speed_s: int = 180
    seed: int = 2026


FULL = Scale()
QUICK = Scale(
    levels=(-0.7, 0.0, 0.7),
    grid_each=1,
    fixed_each=0,
    guided_each=0,
    turning=2,
    films=1,
    film_s=24,
    sparse_films=1,
    sparse_s=40,
    run_ups=0,
    refills=1,
    long_pieces=2,
    original=2,
    controlled=0,
    held_out=8,
    compared=0,
    rendered=0,
    speed_s=16,
)
