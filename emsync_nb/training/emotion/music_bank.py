"""Music of known emotion: composed by the shipped network, labelled bar by bar, and rendered.

Nothing but what this package composes itself is heard, so no licence of anybody's music is touched. The labels are the
labeller's (docs/labeller-card.md: r 0.80 and 0.84 with people on piano music), not people's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from emsync_nb.domain import AudioClip, Ensemble, Score
from emsync_nb.domain.curve import FloatArray
from emsync_nb.generation import free_pieces, load, quantised
from emsync_nb.labelling import label_bars
from emsync_nb.notation import write_midi
from emsync_nb.notation.reading import read_table
from emsync_nb.preset_library import load_ensemble, names
from emsync_nb.rendering import render
from emsync_nb.weights import generator_checkpoint

#: bars of a piece, and the seconds of it that are heard
BARS, HEARD_S = 8, 14.0
#: samples a second
RATE = 22_050
_AT_ONCE = 16


def music_of_known_emotion(count: int, seed: int = 0) -> Iterator[tuple[AudioClip, FloatArray]]:
    """So many pieces for ensembles in turn: the sound, and (2,) valence and arousal as labelled.

    A piece takes about a second and a half on one core.

    Args:
        count: how many; emotions are drawn all over the plane.
        seed: the same seed gives the same music on the same machine.
    """
    network = quantised(load(generator_checkpoint()))
    draw = np.random.default_rng(seed)
    ensembles = [load_ensemble(name) for name in names("ensembles")]
    for first in range(0, count, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, count))
        players: list[Ensemble] = [ensembles[number % len(ensembles)] for number in numbers]
        asked = [np.tile(draw.uniform(-0.9, 0.9, 2), (BARS, 1)) for _ in numbers]
        seeds = [seed * 100_000 + number for number in numbers]
        for score in free_pieces(network, players, asked, seeds, ear=label_bars):
            if score.note_count:
                yield _heard(score)


def _heard(score: Score) -> tuple[AudioClip, FloatArray]:
    with tempfile.TemporaryDirectory(prefix="emsync-") as folder:
        midi = Path(folder) / "piece.mid"
        write_midi(score, midi)
        labels = label_bars(read_table(midi, unfold=False)).mean(axis=0)
        clip = render(midi, rate=RATE)
    return AudioClip(clip.samples[:, : round(HEARD_S * RATE)], RATE), np.asarray(labels)
