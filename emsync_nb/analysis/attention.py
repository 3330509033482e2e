"""The trained layers: attention over whatever experts are present, one moment at a time.

Each expert's opinion is a token. Tokens attend to each other (Vaswani et al. 2017, "Attention is all you need"), then
an attention of its own per output weighs the experts, whose values were brought to one scale before: the answer is an
average with weights that depend on what all of them say, times a gain. Nothing is added: the network cannot learn what
films are like on the average, only whom to trust. Experts that are
missing, or know nothing at a moment, are masked. The method is Sulun's fusion of frozen experts (Video-based Music
Generation, University of Porto, chapter on video emotion), made small.

Training is `emsync_nb.training.emotion`; this is numpy only, so that a film can be analysed without torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.circumplex import EKMAN
from emsync_nb.analysis.expert import Opinion
from emsync_nb.analysis.layers import Float32, in_heads, levelled, shares, softmax
from emsync_nb.errors import CheckpointError
from emsync_nb.extras import require

#: the experts that have a place in the network; the order is part of every checkpoint
EXPERTS = ("picture", "motion", "rhythm", "sound", "words", "scene", "events", "faces")
#: whose place others take: what is heard or read are words too
_SAME_PLACE = {"subtitles": "words", "speech": "words", "screen": "words"}
#: numbers of a token: valence, arousal, both confidences, both products, six classes, whether there are classes
FEATURES = 6 + len(EKMAN) + 1
WIDTH, HEADS = 24, 2
#: what is answered beside the six classes: for valence and arousal each a log-variance and a log-gain; an expert who is
#: alone is taken back towards the middle, several who agree are not
_OTHERS = 4
#: gains lie between these logarithms: nobody is outdone by much, and where all say 0 the answer is 0
GAINS = (-2.0, 0.3)
#: a deviation of this size halves the confidence
HALF_SD = 0.5
_FORMAT = "emsync-fusion-2"
#: name → shape of every tensor of a checkpoint
SHAPES: dict[str, tuple[int, ...]] = {
    "scale": (len(EXPERTS), 2),
    "token.weight": (len(EXPERTS), FEATURES, WIDTH),
    "token.bias": (len(EXPERTS), WIDTH),
    "query": (WIDTH, WIDTH),
    "key": (WIDTH, WIDTH),
    "value": (WIDTH, WIDTH),
    "out": (WIDTH, WIDTH),
    "up.weight": (WIDTH, 2 * WIDTH),
    "up.bias": (2 * WIDTH,),
    "down.weight": (2 * WIDTH, WIDTH),
    "down.bias": (WIDTH,),
    "weigh.weight": (WIDTH, 2),
    "weigh.bias": (len(EXPERTS), 2),
    "answer.weight": (WIDTH, len(EKMAN) + _OTHERS),
    "answer.bias": (len(EKMAN) + _OTHERS,),
    "temperature": (1,),
}


#: (experts, 2): slopes of those who, when they are alone, are read by the line that fits them best, for it was better
#: than the network; 0 for all others. A checkpoint may lack it
LINES = "lines"


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the network makes of many moments."""

    #: (n, 2) valence and arousal in [-1, 1]
    values: NDArray[np.float64]
    #: (n, 2) confidence in [0, 1]
    confidence: NDArray[np.float64]
    #: (n, 6) probabilities in the order of EKMAN
    ekman: NDArray[np.float64]
    #: (experts, n, 2) how much each expert counted; 0 where it was not there
    weights: NDArray[np.float64]


def tokens_of(opinions: Sequence[Opinion]) -> tuple[Float32, NDArray[np.bool_]]:
    """(n, experts, FEATURES) tokens and (n, experts) who is there. Of two in one place the more confident counts."""
    moments = len(opinions[0].times_s)
    tokens = np.zeros((moments, len(EXPERTS), FEATURES), dtype=np.float32)
    present = np.zeros((moments, len(EXPERTS)), dtype=np.bool_)
    for opinion in opinions:
        name = _SAME_PLACE.get(opinion.name, opinion.name)
        if name not in EXPERTS:
            continue
        place = EXPERTS.index(name)
        rows = _rows(opinion)
        trust = rows[:, 2] + rows[:, 3]
        better = (trust > 0) & (trust > tokens[:, place, 2] + tokens[:, place, 3])
        tokens[better, place] = rows[better]
        present[:, place] |= better
    return tokens, present


def _rows(opinion: Opinion) -> Float32:
    """(n, FEATURES) one opinion as tokens."""
    columns = [opinion.valence, opinion.arousal, opinion.valence_confidence, opinion.arousal_confidence]
    columns += [columns[0] * columns[2], columns[1] * columns[3]]
    classes = np.zeros((len(opinion.times_s), len(EKMAN))) if opinion.ekman is None else opinion.ekman
    known = np.full((len(opinion.times_s), 1), opinion.ekman is not None)
    return np.hstack([np.stack(columns, axis=1), classes, known]).astype(np.float32)


class Attention:
    """The network of one checkpoint."""

    def __init__(self, tensors: Mapping[str, Float32]) -> None:
        """Tensors by name, of the shapes in SHAPES, and LINES.

        Raises:
            ValueError: one is missing, of another shape, or not finite.
        """
        lines = (len(EXPERTS), 2)
        tensors = {LINES: np.zeros(lines, dtype=np.float32), **tensors}
        for name, shape in (*SHAPES.items(), (LINES, lines)):
            if name not in tensors or tensors[name].shape != shape or not np.all(np.isfinite(tensors[name])):
                raise ValueError(f"the tensor {name!r} must be {shape} finite numbers")
        self._of = {name: np.asarray(tensors[name], dtype=np.float32) for name in (*SHAPES, LINES)}

    def __call__(self, tokens: Float32, present: NDArray[np.bool_]) -> Answer:
        """The answer at each moment; 0 with no confidence where nobody is there.

        Args:
            tokens: (n, experts, FEATURES), as `tokens_of` gives them.
            present: (n, experts).
        """
        t = self._of
        x = np.einsum("nef,efw->new", tokens, t["token.weight"]) + t["token.bias"]
        x = x * present[..., None]
        x = x + self._attended(levelled(x), present)
        hidden = np.maximum(levelled(x) @ t["up.weight"] + t["up.bias"], 0)
        x = levelled(x + hidden @ t["down.weight"] + t["down.bias"])
        weights = softmax(x @ t["weigh.weight"] + t["weigh.bias"], present[..., None], axis=1)
        said = tokens[..., :2] * t["scale"]
        pooled = np.einsum("ne,new->nw", weights.mean(axis=2), x)
        answers = pooled @ t["answer.weight"] + t["answer.bias"]
        answer = _answer(weights, said, answers, float(t["temperature"][0]), np.asarray(present.any(axis=1)))
        return replace(answer, values=self._by_lines(tokens, present, answer.values))

    def _by_lines(
        self, tokens: Float32, present: NDArray[np.bool_], values: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(n, 2) the values, but by its line where somebody is alone of whom that was better."""
        place = present.argmax(axis=1)
        slopes = self._of[LINES][place]
        by_line = np.clip(tokens[np.arange(len(tokens)), place, :2] * slopes, -1, 1)
        is_better = (present.sum(axis=1) == 1) & slopes.any(axis=1)
        return np.where(is_better[:, None], by_line, values)

    def _attended(self, x: Float32, present: NDArray[np.bool_]) -> Float32:
        """(n, experts, WIDTH) what each token hears of the others."""
        queries, keys, values = (in_heads(x @ self._of[name], HEADS) for name in ("query", "key", "value"))
        scores = np.einsum("nhqd,nhkd->nhqk", queries, keys) / np.sqrt(WIDTH // HEADS)
        heard = np.einsum("nhqk,nhkd->nhqd", softmax(scores, present[:, None, None, :], axis=3), values)
        return np.asarray(heard.transpose(0, 2, 1, 3).reshape(x.shape) @ self._of["out"], dtype=np.float32)


def _answer(
    weights: Float32, said: Float32, answers: Float32, temperature: float, somebody: NDArray[np.bool_]
) -> Answer:
    said_together = np.einsum("neo,neo->no", weights, said).astype(np.float64)
    others = answers[:, len(EKMAN) :].astype(np.float64)
    log_variance, log_gain = others[:, :2].clip(-8, 4), others[:, 2:].clip(*GAINS)
    values = np.where(somebody[:, None], np.tanh(np.exp(log_gain) * said_together), 0.0)
    deviation = np.exp(log_variance / 2)
    confidence = np.where(somebody[:, None], 1 / (1 + deviation / HALF_SD), 0.0)
    logits = answers[:, : len(EKMAN)].astype(np.float64) / temperature
    classes = shares(logits)
    classes[~somebody] = 1 / len(EKMAN)
    return Answer(values, confidence, classes, weights.transpose(1, 0, 2).astype(np.float64))


def save_attention(tensors: Mapping[str, Float32], path: Path, provenance: str) -> None:
    """Write a checkpoint; `provenance` says what it was trained on.

    Raises:
        MissingExtraError: safetensors is not installed.
    """
    Attention(tensors)
    whole = {
        name: np.ascontiguousarray(tensors[name], dtype=np.float32)
        for name in (*SHAPES, LINES)
        if name in tensors
    }
    metadata = {"format": _FORMAT, "experts": ",".join(EXPERTS), "provenance": provenance}
    require("safetensors.numpy").save_file(whole, path, metadata=metadata)


def load_attention(path: Path) -> Attention:
    """The network of a checkpoint.

    Raises:
        CheckpointError: missing, damaged, or of another format.
        MissingExtraError: safetensors is not installed.
    """
    safetensors = require("safetensors")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            known = dict(file.metadata() or {})
            if known.get("format") != _FORMAT or known.get("experts") != ",".join(EXPERTS):
                raise CheckpointError(f"{path} is no fusion checkpoint of this version. Train it again")
            names = {*SHAPES, *({LINES} & set(file.keys()))}
            return Attention({name: file.get_tensor(name) for name in names})
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(
            f"{path} is not a readable fusion checkpoint ({reason}). Train it again"
        ) from error
