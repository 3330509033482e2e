"""The trained layer on top of MiniLM: from what is known of a sentence to Ekman's classes and GoEmotions' labels.

One hidden layer for its meaning and tone, and one weight for each word and label; trained by `emsync train words`
(`training.words`). This room only reads it; docs/words-card.md tells what it learnt from and how good it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.layers import Float32, shares
from emsync_nb.analysis.words.features import TONES, Features, Hashes
from emsync_nb.analysis.words.labels import FINE, SEVEN
from emsync_nb.domain.curve import FloatArray
from emsync_nb.errors import CheckpointError
from emsync_nb.extras import require
from emsync_nb.text_embedding import DIMENSIONS
from emsync_nb.weights import WORDS

#: changes whenever the tensors change their meaning
FORMAT = "emsync-words-1"
#: a larger file is not one of ours
MAX_BYTES = 1_000_000
_MAX_HIDDEN = 1024
_REMEDY = "reinstall emsync_nb"


@dataclass(frozen=True, slots=True, eq=False)
class WordsHead:
    """The layers; calling them takes numpy alone."""

    #: (384 + 4, hidden), (hidden,): of the embedding and of VADER's scores
    hidden: Float32
    hidden_bias: Float32
    #: (hidden, 7 + 28), (7 + 28,): logits of `SEVEN`, then of `FINE`
    out: Float32
    out_bias: Float32
    #: (terms,) CRC-32 of the words and pairs that tell something, rising; (terms, 7 + 28) what each adds to the logits
    terms: Hashes
    words: Float32
    #: (2,) what the logits of either are divided by, fitted where the layers were not
    temperature: Float32
    #: (28,) probabilities from which on a label is given
    thresholds: Float32

    def __post_init__(self) -> None:
        width = self.hidden_bias.size
        wanted = {
            "hidden": (DIMENSIONS + len(TONES), width),
            "hidden_bias": (width,),
            "out": (width, len(SEVEN) + len(FINE)),
            "out_bias": (len(SEVEN) + len(FINE),),
            "terms": (len(self.terms),),
            "words": (len(self.terms), len(SEVEN) + len(FINE)),
            "temperature": (2,),
            "thresholds": (len(FINE),),
        }
        for name, shape in wanted.items():
            value = getattr(self, name)
            kind = np.uint32 if name == "terms" else np.float32
            if value.shape != shape or value.dtype != kind or not np.all(np.isfinite(value)):
                raise ValueError(f"{name} must be {shape} finite numbers of the kind {np.dtype(kind).name}")
        if not 0 < width <= _MAX_HIDDEN or not np.all(self.temperature > 0):
            raise ValueError(f"1 to {_MAX_HIDDEN} hidden units and positive temperatures are wanted")
        if not self.terms.size or np.any(self.terms[1:] <= self.terms[:-1]):
            raise ValueError("terms must rise")

    def __call__(self, told: Features) -> tuple[FloatArray, FloatArray]:
        """What n sentences say.

        Returns:
            (n, 7) probabilities of `SEVEN`, rows summing to 1, and (n, 28) of `FINE`, each for itself.
        """
        heard = np.maximum(np.hstack([told.vectors, told.tone]) @ self.hidden + self.hidden_bias, 0)
        places = np.minimum(np.searchsorted(self.terms, told.terms), self.terms.size - 1)
        known = (self.terms[places] == told.terms) & (told.terms > 0)
        single = (self.words[places] * known[..., None]).sum(axis=1)
        logits = (heard @ self.out + self.out_bias + single).astype(np.float64)
        seven, fine = np.split(logits, [len(SEVEN)], axis=1)
        fine = np.exp(-np.logaddexp(0, -fine / self.temperature[1]))
        return shares(seven / self.temperature[0]), fine


def save_head(head: WordsHead, path: Path, facts: Mapping[str, str]) -> None:
    """Write the layers as 16-bit floats with `facts`, their provenance, in the header, in place of an older file.

    Raises:
        MissingExtraError: safetensors is not installed.
    """
    tensors = {name: getattr(head, name) for name in WordsHead.__dataclass_fields__}
    tensors = {
        name: value if name == "terms" else value.astype(np.float16) for name, value in tensors.items()
    }
    beside = path.with_suffix(".partial")
    require("safetensors.numpy").save_file(tensors, str(beside), metadata={**facts, "format": FORMAT})
    beside.replace(path)


def load_head(path: Path) -> WordsHead:
    """Read the layers.

    Raises:
        CheckpointError: missing, damaged, of another format, or with tensors that do not fit.
        MissingExtraError: safetensors is not installed.
    """
    safetensors = require("safetensors")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CheckpointError(f"{path}: larger than {MAX_BYTES:,} bytes, not a head for words; {_REMEDY}")
        with safetensors.safe_open(str(path), framework="np") as archive:
            known = (archive.metadata() or {}).get("format")
            if known != FORMAT:
                raise CheckpointError(
                    f"{path}: format {known!r:.60}, but this version reads {FORMAT!r}; {_REMEDY}"
                )
            return WordsHead(**{name: _tensor(archive, name) for name in WordsHead.__dataclass_fields__})
    except (OSError, ValueError, TypeError, AttributeError, safetensors.SafetensorError) as error:
        reason = " ".join(str(error).split())[:120]
        raise CheckpointError(f"{path}: damaged head for words ({reason}); {_REMEDY}") from error


def _tensor(archive: Any, name: str) -> NDArray[Any]:  # noqa: ANN401 - a type of safetensors, imported above only
    value = np.asarray(archive.get_tensor(name))
    return value if name == "terms" else value.astype(np.float32)


@cache
def shipped_head() -> WordsHead:
    """The layers that come with the package.

    Raises:
        CheckpointError: as `load_head`.
    """
    return load_head(WORDS.path)
