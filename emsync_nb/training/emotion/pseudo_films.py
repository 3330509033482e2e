"""Films that nobody shot: photographs, sentences and music of known emotion, put together to one emotion at a time.

No collection of films with emotion over time may be used here, so films are composed of what has labels: each shot has
an emotion, drawn anew, and shows a photograph, says a sentence and plays music whose own labels lie near it. What this
can show: whether the fusion weighs the experts by what they know, lets the sure ones win, and is robust when some are
missing or contradict each other. What it cannot: how pictures, words and music work together in a real film, where a
merry waltz may accompany a murder. Motion and rhythm have no labelled data at all, and few photographs show a face: in
two films of three these three are simulated as voices that are right to a stated degree (`SIMULATED`), whatever the
photographs show, which is an assumption, not a measurement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.attention import EXPERTS, FEATURES
from emsync_nb.domain.curve import FloatArray

Tokens = NDArray[np.float32]

#: expert → how far its valence and arousal are assumed to follow the truth, as correlations
SIMULATED: Mapping[str, tuple[float, float]] = {
    "motion": (0.10, 0.45),
    "rhythm": (0.05, 0.40),
    "faces": (0.55, 0.30),
}
#: how sure the simulated ones are on average, of valence and of arousal
_SIMULATED_TRUST: Mapping[str, tuple[float, float]] = {
    "motion": (0.1, 0.6),
    "rhythm": (0.1, 0.5),
    "faces": (0.6, 0.4),
}
#: how often a simulated expert, or a whole bank, has nothing to say in a film
_MISSING = 0.35
#: deviation of the labels of a shot's material from the emotion of the shot
_SCATTER = 0.2
#: of so many items nearest to what is looked for, one is drawn
_NEAREST = 5
#: share of shots whose material is drawn without regard to their emotion: a film contradicts itself at times
_CONTRARY = 0.1
#: emotions are drawn evenly up to here on both axes: where labels happen to be common is no knowledge of films
_EDGE = 0.8
#: seconds of a shot, shortest and longest
_SHOT_S = (2.0, 10.0)


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Things of one kind with their labels, and what experts say of each."""

    name: str
    #: (m, 2) valence and arousal in [-1, 1], as people (or the labeller) gave them
    labels: FloatArray
    #: expert → (m, FEATURES)
    tokens: Mapping[str, Tokens]

    def __post_init__(self) -> None:
        for name, rows in self.tokens.items():
            if rows.shape != (len(self.labels), FEATURES) or name not in EXPERTS:
                raise ValueError(
                    f"bank {self.name}: {name} must be an expert's ({len(self.labels)}, {FEATURES})"
                )

    def part(self, rows: NDArray[np.int64]) -> Bank:
        """Some of its items."""
        return Bank(self.name, self.labels[rows], {name: each[rows] for name, each in self.tokens.items()})


@dataclass(frozen=True, slots=True, eq=False)
class PseudoFilm:
    """One film, shot by shot."""

    #: (s,) seconds at which each shot begins
    starts_s: FloatArray
    end_s: float
    #: (s, 2) the emotion of each shot
    emotion: FloatArray
    #: (s, experts, FEATURES)
    tokens: Tokens
    #: (s, experts)
    present: NDArray[np.bool_]

    @property
    def is_spoken(self) -> NDArray[np.bool_]:
        """(s,) whether anybody says anything."""
        return np.asarray(self.present.any(axis=1))

    def speaks(self, place: int) -> NDArray[np.bool_]:
        """(s,) whether the expert in a place does."""
        return np.asarray(self.present[:, place])


def make_films(banks: Sequence[Bank], count: int, shots: int, seed: int) -> list[PseudoFilm]:
    """So many films of so many shots; the same for the same seed."""
    draw = np.random.default_rng(seed)
    return [_film(banks, shots, draw) for _ in range(count)]


def _film(banks: Sequence[Bank], shots: int, draw: np.random.Generator) -> PseudoFilm:
    lengths = draw.uniform(*_SHOT_S, size=shots)
    emotion = draw.uniform(-_EDGE, _EDGE, (shots, 2))
    tokens = np.zeros((shots, len(EXPERTS), FEATURES), dtype=np.float32)
    present = np.zeros((shots, len(EXPERTS)), dtype=np.bool_)
    heard = [bank for bank in banks if draw.random() > _MISSING] or [banks[int(draw.integers(len(banks)))]]
    for bank in heard:
        rows = _matching(bank.labels, emotion, draw)
        for name, each in bank.tokens.items():
            place = EXPERTS.index(name)
            tokens[:, place] = each[rows]
            present[:, place] = each[rows, 2] + each[rows, 3] > 0
    for name in SIMULATED:
        # also over what faces said of a photograph; keeping it was tried (docs/fusion-card.md)
        if draw.random() > _MISSING:
            place = EXPERTS.index(name)
            tokens[:, place] = _simulated(name, emotion, draw)
            present[:, place] = True
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    return PseudoFilm(starts[:-1], float(starts[-1]), emotion, tokens, present)


def _matching(labels: FloatArray, emotion: FloatArray, draw: np.random.Generator) -> NDArray[np.int64]:
    """(s,) an item for each shot, near its emotion but for a few."""
    wanted = emotion + draw.normal(0, _SCATTER, emotion.shape)
    distance = np.linalg.norm(labels[None] - wanted[:, None], axis=2)
    near = np.argsort(distance, axis=1)[:, : min(_NEAREST, len(labels))]
    rows = near[np.arange(len(near)), draw.integers(near.shape[1], size=len(near))]
    contrary = draw.random(len(rows)) < _CONTRARY
    return np.where(contrary, draw.integers(len(labels), size=len(rows)), rows)


def _simulated(name: str, emotion: FloatArray, draw: np.random.Generator) -> Tokens:
    """(s, FEATURES) of an expert that follows the truth to its stated degree, and knows roughly when it does not."""
    shots = len(emotion)
    trust = np.clip(np.array(_SIMULATED_TRUST[name]) * draw.uniform(0.3, 1.7, (shots, 2)), 0, 1)
    follows = np.array(SIMULATED[name]) * trust / np.array(_SIMULATED_TRUST[name])
    spread = emotion.std(axis=0) + 0.2
    noise = draw.normal(0, spread, (shots, 2)) * np.sqrt(np.maximum(0, 1 - follows**2))
    said = np.clip(follows * emotion + noise, -1, 1)
    rows = np.zeros((shots, FEATURES), dtype=np.float32)
    rows[:, 0:2], rows[:, 2:4], rows[:, 4:6] = said, trust, said * trust
    return rows
