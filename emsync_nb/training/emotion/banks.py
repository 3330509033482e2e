"""What pseudo-films are made of: photographs, sentences and music with labels, as the real experts see or hear them.

Each item is put before its experts as a tiny film, so that what the fusion learns from is what it will get. No expert
is asked about what it was fitted on: the scene head's values are those of heads fitted without the photograph's theme,
and sentences come from the part of GoEmotions that the words' layer has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.attention import EXPERTS, FEATURES, tokens_of
from emsync_nb.analysis.expert import Expert, Opinion, Unavailable
from emsync_nb.analysis.faces import FaceExpert
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.picture import PictureExpert
from emsync_nb.analysis.sound import SoundExpert
from emsync_nb.analysis.sound_events import SoundEventExpert
from emsync_nb.analysis.timeline import grid
from emsync_nb.analysis.words.judging import opinion_of
from emsync_nb.analysis.words.labels import FINE_PLACES
from emsync_nb.domain import AudioClip, Frame
from emsync_nb.domain.curve import FloatArray
from emsync_nb.domain.words import Subtitle
from emsync_nb.extras import require
from emsync_nb.training.emotion.pseudo_films import Bank, Tokens
from emsync_nb.training.emotion.rated_pictures import read_picture
from emsync_nb.training.words.goemotions import read_sentences

#: how long a photograph is shown, and a sentence, in seconds
_SHOWN_S = 2.0
_FRAMES_PER_S = 3
#: longest side of the pictures that the experts see
_SIDE = 256

Say = Callable[[float], None]


def picture_bank(
    paths: Sequence[Path], ratings: FloatArray, scene: NDArray[np.float64], on_progress: Say
) -> Bank:
    """Photographs before the experts that look.

    Args:
        paths: n files.
        ratings: (n, 2) in [-1, 1], what people said.
        scene: (n, 4) valence, arousal and both confidences of a scene head that did not know the theme.
        on_progress: told the share that is done.
    """
    rows: dict[str, list[NDArray[np.float32]]] = {"picture": [], "faces": []}
    for number, path in enumerate(paths):
        frames = list(_still(path))
        for name, expert in (("picture", PictureExpert()), ("faces", FaceExpert())):
            for frame in frames:
                expert.see(frame)
            rows[name].append(_token(name, _judged(expert, _SHOWN_S)))
        on_progress((number + 1) / len(paths))
    seen = np.zeros((len(paths), FEATURES), dtype=np.float32)
    seen[:, :4], seen[:, 4:6] = scene, scene[:, :2] * scene[:, 2:4]
    return Bank(
        "photographs", ratings, {"scene": seen, **{name: np.stack(each) for name, each in rows.items()}}
    )


def sentence_bank(table: Path, count: int, seed: int) -> Bank:
    """Sentences of GoEmotions' test part, each shown alone, with the place of the labels that people gave it.

    Neutral ones are left out: they lie nowhere.
    """
    sentences = read_sentences(table)
    felt = np.flatnonzero(sentences.labels[:, :-1].any(axis=1))
    rows = np.random.default_rng(seed).permutation(felt)[:count]
    labels = sentences.labels[rows, :-1].astype(np.float64)
    places = labels @ FINE_PLACES[:-1] / labels.sum(axis=1, keepdims=True)
    at_s = grid(_SHOWN_S * len(rows) * _APART)
    starts = [number * _SHOWN_S * _APART for number in range(len(rows))]
    lines = [
        Subtitle(start, start + _SHOWN_S, sentences.texts[row])
        for start, row in zip(starts, rows, strict=True)
    ]
    tokens, _ = tokens_of([opinion_of("words", at_s, lines)])
    middles = np.searchsorted(at_s, np.array(starts) + _SHOWN_S / 2)
    return Bank("sentences", places, {"words": tokens[middles, EXPERTS.index("words")]})


#: sentences stand so many of their lengths apart, so that none echoes in the next
_APART = 6


def music_bank(items: Iterable[tuple[AudioClip, FloatArray]], on_item: Callable[[int], None]) -> Bank:
    """Sound before the experts that listen; the middle of each piece counts."""
    labels: list[FloatArray] = []
    rows: dict[str, list[NDArray[np.float32]]] = {"sound": [], "events": []}
    for number, (clip, label) in enumerate(items):
        for name, expert in (("sound", SoundExpert()), ("events", SoundEventExpert())):
            expert.hear(clip)
            rows[name].append(_token(name, _judged(expert, clip.duration_s)))
        labels.append(label)
        on_item(number + 1)
    return Bank("music", np.array(labels), {name: np.stack(each) for name, each in rows.items()})


def _judged(expert: Expert, seconds: float) -> Opinion | None:
    try:
        return expert.judge(grid(seconds), ())
    except Unavailable:
        return None


def _token(name: str, opinion: Opinion | None) -> NDArray[np.float32]:
    """(FEATURES,) the mean of an opinion's moments; zeros where there is none."""
    if opinion is None:
        return np.zeros(FEATURES, dtype=np.float32)
    tokens: Tokens
    tokens, present = tokens_of([opinion])
    place = EXPERTS.index(name)
    rows = tokens[present[:, place], place]
    return rows.mean(axis=0) if len(rows) else np.zeros(FEATURES, dtype=np.float32)


def _still(path: Path) -> Iterable[Glance]:
    """A photograph as the frames of a still film."""
    picture = read_picture(path)
    scale = _SIDE / max(picture.shape[:2])
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    cv2 = require("cv2")
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    for index in range(round(_SHOWN_S * _FRAMES_PER_S)):
        yield Glance.of(Frame(index, Fraction(index, _FRAMES_PER_S), small))
