"""A small attention network over named features of a clip, whatever their widths: one answer for the whole clip.

Each kind of features (a modality: CLIP of the pictures, BEATs of the sound, what an expert of ours said …) gives up to
16 rows, one a moment. Rows are brought to one scale and projected to one width, so that each is a token; tokens of all
modalities and moments attend to each other (Vaswani et al. 2017), an attention of its own pools them, and a linear
layer answers. Modalities and moments that are missing are masked. The method is Sulun's: frozen features, joined by
one transformer (Sulun, Viana & Davies 2024, "VEMOCLAP: A video emotion classification web application", ISM; Sulun,
Viana & Davies 2024, "Movie trailer genre classification using multimodal pretrained features", Expert Systems with
Applications 258). Probabilities are calibrated by one temperature (Guo et al. 2017).

Training is `emsync_nb.training.emotion.feature_fit`; this is numpy only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.layers import Float32, in_heads, levelled, shares, softmax
from emsync_nb.errors import CheckpointError, OutputError
from emsync_nb.extras import require

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: "classes": one of several; "labels": any of several; "plane": valence and arousal
Task = Literal["classes", "labels", "plane"]
#: rows of a modality, evenly spread over the clip
MOMENTS = 16
WIDTH, HEADS, LAYERS = 64, 4, 2
#: further from the mean than so many deviations a feature is cut off
REACH = 8.0
#: what a checkpoint may ask for at most
_MOST_MODALITIES, _WIDEST, _MOST_ANSWERS = 32, 8192, 64
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_FORMAT = "emsync-features-1"
#: the entry of a checkpoint that says what it is
_ABOUT = "head"
#: nothing of these is read: opening one may run any program
PICKLES = (".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth")


@dataclass(frozen=True, slots=True)
class HeadSpec:
    """What a network takes and answers."""

    task: Task
    #: names of the answers, in order
    answers: tuple[str, ...]
    #: (name, numbers in a row) of each modality, in order
    modalities: tuple[tuple[str, int], ...]
    #: what it was trained on; never empty, for random weights answer nothing
    provenance: str

    def __post_init__(self) -> None:
        names = [name for name, _ in self.modalities]
        if self.task not in get_args(Task):
            raise ValueError(f"a task is one of {', '.join(get_args(Task))}, got {self.task!r:.40}")
        if not 1 <= len(names) <= _MOST_MODALITIES or len(set(names)) != len(names):
            raise ValueError(f"modalities must be 1 to {_MOST_MODALITIES} different names, got {len(names)}")
        if not all(_NAME.fullmatch(name) and 1 <= width <= _WIDEST for name, width in self.modalities):
            raise ValueError(f"a modality is a short name in small letters and 1 to {_WIDEST} numbers")
        if not 2 <= len(self.answers) <= _MOST_ANSWERS or len(set(self.answers)) != len(self.answers):
            raise ValueError(f"answers must be 2 to {_MOST_ANSWERS} different names")
        if not self.provenance.strip():
            raise ValueError("there is no word of what it was trained on")

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name → shape of every tensor."""
        shapes: dict[str, tuple[int, ...]] = {}
        for name, width in self.modalities:
            shapes |= {f"mean.{name}": (width,), f"deviation.{name}": (width,)}
            shapes |= {f"in.{name}.weight": (width, WIDTH), f"in.{name}.bias": (WIDTH,)}
        shapes["time"] = (MOMENTS, WIDTH)
        for layer in range(LAYERS):
            shapes |= {f"{layer}.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value", "out")}
            shapes |= {f"{layer}.up.weight": (WIDTH, 2 * WIDTH), f"{layer}.up.bias": (2 * WIDTH,)}
            shapes |= {f"{layer}.down.weight": (2 * WIDTH, WIDTH), f"{layer}.down.bias": (WIDTH,)}
        shapes |= {"pool": (WIDTH,), "answer.weight": (WIDTH, len(self.answers))}
        return shapes | {"answer.bias": (len(self.answers),), "temperature": (1,), "threshold": (1,)}


class FeatureFusion:
    """The network of one checkpoint."""

    def __init__(self, tensors: Mapping[str, Float32], spec: HeadSpec) -> None:
        """Tensors by name, of the shapes that `spec` gives.

        Raises:
            ValueError: one is missing, of another shape, not finite, or a deviation or the temperature is not above 0.
        """
        self.spec = spec
        shapes = spec.shapes()
        for name, shape in shapes.items():
            if name not in tensors or tensors[name].shape != shape or not np.all(np.isfinite(tensors[name])):
                raise ValueError(f"the tensor {name!r} must be {shape} finite numbers")
            if name.startswith(("deviation.", "temperature")) and not np.all(tensors[name] > 0):
                raise ValueError(f"the tensor {name!r} must be above 0")
        self._of = {name: np.asarray(tensors[name], dtype=np.float32) for name in shapes}

    @property
    def threshold(self) -> float:
        """From which probability on a label counts as given."""
        return float(self._of["threshold"][0])

    def __call__(self, clips: Sequence[Mapping[str, Float32]]) -> FloatArray:
        """(n, answers): probabilities; for the plane, values in [-1, 1].

        Args:
            clips: of each, (moments, width) rows by modality; those that the network does not know are passed over, a
                row of NaN is a moment at which nothing is known. With nothing at all, it answers what is usual.

        Raises:
            ValueError: a modality has another width.
        """
        logits = self.logits(clips)
        if self.spec.task == "plane":
            return np.tanh(logits)
        scaled = logits / float(self._of["temperature"][0])
        if self.spec.task == "labels":
            return 1 / (1 + np.exp(-np.clip(scaled, -60, 60)))
        return shares(scaled)

    def logits(self, clips: Sequence[Mapping[str, Float32]]) -> FloatArray:
        """(n, answers) before temperature, softmax, sigmoid or tanh."""
        t = self._of
        rows, by_modality = stacked(clips, self.spec.modalities)
        there = np.concatenate(list(by_modality.values()), axis=1)
        x = np.concatenate([self._projected(name, rows[name]) for name, _ in self.spec.modalities], axis=1)
        for layer in range(LAYERS):
            x = x + self._attended(levelled(x), there, layer)
            hidden = np.maximum(levelled(x) @ t[f"{layer}.up.weight"] + t[f"{layer}.up.bias"], 0)
            x = x + hidden @ t[f"{layer}.down.weight"] + t[f"{layer}.down.bias"]
        x = levelled(x)
        pooled = np.einsum("nt,ntw->nw", softmax(x @ t["pool"], there), x)
        return np.asarray(pooled @ t["answer.weight"] + t["answer.bias"], dtype=np.float64)

    def _projected(self, name: str, rows: Float32) -> Float32:
        """(n, moments, WIDTH) the tokens of one modality."""
        t = self._of
        standard = np.clip((rows - t[f"mean.{name}"]) / t[f"deviation.{name}"], -REACH, REACH)
        tokens = standard @ t[f"in.{name}.weight"] + t[f"in.{name}.bias"] + t["time"][: rows.shape[1]]
        return np.asarray(tokens, dtype=np.float32)

    def _attended(self, x: Float32, there: BoolArray, layer: int) -> Float32:
        """(n, tokens, WIDTH) what each token hears of the others."""
        queries, keys, values = (
            in_heads(x @ self._of[f"{layer}.{part}"], HEADS) for part in ("query", "key", "value")
        )
        scores = queries @ keys.swapaxes(2, 3) / np.sqrt(WIDTH // HEADS)
        heard = softmax(scores, there[:, None, None, :]) @ values
        joined = heard.transpose(0, 2, 1, 3).reshape(x.shape)
        return np.asarray(joined @ self._of[f"{layer}.out"], dtype=np.float32)


def stacked(
    clips: Sequence[Mapping[str, NDArray[Any]]], modalities: Sequence[tuple[str, int]]
) -> tuple[dict[str, Float32], dict[str, BoolArray]]:
    """(n, moments, width) rows by modality, and (n, moments) which of them are there; the others are 0.

    A modality has as many moments as the longest of the clips, at least 1, at most MOMENTS.

    Raises:
        ValueError: a modality has another width.
    """
    rows: dict[str, Float32] = {}
    there: dict[str, BoolArray] = {}
    for name, width in modalities:
        thin = [thinned(clip[name]) if name in clip else np.zeros((0, width)) for clip in clips]
        wrong = [part.shape for part in thin if part.ndim != 2 or part.shape[1] != width]
        if wrong:
            raise ValueError(f"{name} must have rows of {width} numbers, got shape {wrong[0]}")
        longest = max([1, *map(len, thin)])
        rows[name] = np.zeros((len(clips), longest, width), dtype=np.float32)
        there[name] = np.zeros((len(clips), longest), dtype=np.bool_)
        for number, part in enumerate(thin):
            known = ~np.isnan(part).any(axis=1)
            there[name][number, : len(part)] = known
            rows[name][number, : len(part)][known] = part[known]
    return rows, there


def thinned(rows: NDArray[Any]) -> NDArray[Any]:
    """At most MOMENTS rows, evenly spread from the first to the last."""
    if len(rows) <= MOMENTS:
        return rows
    return rows[np.linspace(0, len(rows) - 1, MOMENTS).round().astype(np.int64)]


def save_head(tensors: Mapping[str, Float32], spec: HeadSpec, path: Path) -> None:
    """Write a checkpoint.

    Raises:
        OutputError: the file cannot be written.
        MissingExtraError: safetensors is not installed.
    """
    FeatureFusion(tensors, spec)
    whole = {name: np.ascontiguousarray(tensors[name], dtype=np.float32) for name in spec.shapes()}
    # one entry, for safetensors writes several in any order, and the same head shall be the same bytes
    about = json.dumps({"format": _FORMAT} | asdict(spec))
    safetensors = require("safetensors.numpy")
    try:
        path.write_bytes(safetensors.save(whole, {_ABOUT: about}))
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another file") from error


def load_head(path: Path) -> FeatureFusion:
    """The network of a checkpoint.

    Raises:
        CheckpointError: missing, damaged, of another format, or a pickle.
        MissingExtraError: safetensors is not installed.
    """
    if path.suffix.lower() in PICKLES:
        raise CheckpointError(
            f"{path} may run any program when it is opened, and is not read. Train again: emsync train genre --help"
        )
    safetensors = require("safetensors")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {}).get(_ABOUT, "null"))
            if not isinstance(about, dict) or about.get("format") != _FORMAT:
                raise CheckpointError(f"{path} is no head of this version. Train it again")
            spec = _spec_of(about)
            return FeatureFusion({name: file.get_tensor(name) for name in spec.shapes()}, spec)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, safetensors.SafetensorError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{path} is not a readable head ({reason}). Train it again") from error


def _spec_of(about: Mapping[str, Any]) -> HeadSpec:
    """The spec in a checkpoint, whatever JSON stands there.

    Raises:
        ValueError, TypeError, KeyError: it is none.
    """
    answers, task, provenance = about["answers"], about["task"], about["provenance"]
    if not isinstance(answers, list) or not all(
        isinstance(word, str) for word in [*answers, task, provenance]
    ):
        raise ValueError("its answers are no names")
    modalities = tuple((name, width) for name, width in about["modalities"])
    if not all(isinstance(name, str) and isinstance(width, int) for name, width in modalities):
        raise ValueError("its modalities are no names and widths")
    return HeadSpec(task, tuple(answers), modalities, provenance)
