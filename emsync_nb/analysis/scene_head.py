"""The trained layer of the scene expert: kernel ridge regression from a description to valence and arousal.

A description's blocks are standardised, brought to length 1 and joined; the kernel of two descriptions is
exp(γ (cos − 1)), a Gaussian on the sphere. Ridge regression with it (Saunders, Gammerman & Vovk 1998) is a weighted sum
over the pictures that people rated. `emsync_nb.training.emotion.scene_fit` fits it; docs/scene-card.md says how well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.errors import CheckpointError
from emsync_nb.extras import require

#: changes whenever the meaning of what is stored does
FORMAT = "emsync-scene-1"
#: bytes; a larger file is not one of ours
MAX_BYTES = 50_000_000
_REMEDY = "reinstall emsync_nb, or train it anew: emsync train scene"

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class SceneHead:
    """A fitted head; d numbers describe a picture, in n pictures it was fitted on, k directions are kept."""

    #: of the eyes that it was fitted on
    eyes: str
    #: lengths of the blocks of a description, d together
    blocks: tuple[int, ...]
    #: γ of the kernel
    sharpness: float
    #: (d,) of the pictures
    mean: Float32
    #: (d,) of the pictures, positive
    deviation: Float32
    #: (d, k) directions in which the pictures differ most
    directions: Float32
    #: (n, k) the pictures
    pictures: Float32
    #: (n, 2)
    weights: Float32
    #: (2,) where no picture is near
    offset: Float32
    #: (2,) how far valence and arousal are to be trusted for a picture that is not strange, in [0, 1]
    trust: Float32
    #: (1,) the cosine to the nearest picture below which one is strange
    usual: Float32

    def judge(self, descriptions: Float32) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(m, 2) valence and arousal in [-1, 1], and (m,) how familiar each is, in [0, 1].

        Args:
            descriptions: (m, d).
        """
        cosines = self.placed(descriptions) @ self.pictures.T
        kernel = np.exp(self.sharpness * (cosines - 1.0))
        values = np.clip(kernel @ self.weights + self.offset, -1.0, 1.0)
        familiar = np.clip(cosines.max(axis=1) / self.usual[0], 0.0, 1.0)
        return values.astype(np.float64), familiar.astype(np.float64)

    def placed(self, descriptions: Float32) -> Float32:
        """(m, k) on the directions kept."""
        standard = joined((descriptions - self.mean) / self.deviation, self.blocks)
        return np.asarray(standard @ self.directions, dtype=np.float32)


def joined(standard: Float32, blocks: tuple[int, ...]) -> Float32:
    """(m, d) with each block brought to the same length, and each row to length 1."""
    parts = np.split(standard, np.cumsum(blocks)[:-1], axis=1)
    lengths = [np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-9) for part in parts]
    scaled = [part / length for part, length in zip(parts, lengths, strict=True)]
    return np.asarray(np.concatenate(scaled, axis=1) / np.sqrt(len(blocks)), dtype=np.float32)


#: the arrays of a head, each with its shape in letters: d, n, k
_SHAPES = {
    "mean": "d", "deviation": "d", "directions": "dk", "pictures": "nk", "weights": "n2", "offset": "2", "trust": "2",
    "usual": "1",
}  # fmt: skip
#: what is kept as 16-bit floats: it is large, and a rounding of 1/2000 does not matter there
_SHORT = ("directions", "pictures")


def save(head: SceneHead, path: Path, facts: dict[str, str]) -> None:
    """Write a head as safetensors, with `facts` on where it comes from in the header."""
    arrays = {
        name: getattr(head, name).astype(np.float16 if name in _SHORT else np.float32) for name in _SHAPES
    }
    settings = {"eyes": head.eyes, "blocks": head.blocks, "sharpness": head.sharpness}
    header = {**facts, "format": FORMAT, "settings": json.dumps(settings)}
    beside = path.with_suffix(".partial")
    require("safetensors.numpy").save_file(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()}, str(beside), metadata=header
    )
    beside.replace(path)


def load(path: Path) -> SceneHead:
    """Read a head; nothing is unpickled.

    Raises:
        CheckpointError: missing, damaged, of another format, or with numbers that cannot be.
        MissingExtraError: safetensors is not installed.
    """
    header, arrays = _read(path)
    try:
        settings = json.loads(header["settings"])
        head = SceneHead(
            eyes=str(settings["eyes"]),
            blocks=tuple(int(length) for length in settings["blocks"]),
            sharpness=float(settings["sharpness"]),
            **{name: np.asarray(arrays[name], dtype=np.float32) for name in _SHAPES},
        )
        _check(head)
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise CheckpointError(f"{path}: no head of the scene expert ({reason}); {_REMEDY}") from error
    return head


def _read(path: Path) -> tuple[dict[str, str], dict[str, Any]]:
    safetensors = require("safetensors")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CheckpointError(f"{path}: larger than {MAX_BYTES // 10**6} MB, no head of ours; {_REMEDY}")
        with safetensors.safe_open(str(path), framework="np") as archive:
            header = archive.metadata() or {}
            arrays = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118 - no mapping
    except (OSError, safetensors.SafetensorError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:120]
        raise CheckpointError(f"{path}: cannot be read ({reason}); {_REMEDY}") from error
    if header.get("format") != FORMAT:
        found = f"{header.get('format')!r:.60}"
        raise CheckpointError(f"{path}: format {found}, but this version reads {FORMAT!r}; {_REMEDY}")
    return header, arrays


def _check(head: SceneHead) -> None:
    """Whether the shapes belong together and every number is one."""
    sizes = {"d": sum(head.blocks), "n": len(head.weights), "k": head.directions.shape[-1], "2": 2, "1": 1}
    for name, letters in _SHAPES.items():
        array, wanted = getattr(head, name), tuple(sizes[letter] for letter in letters)
        if array.shape != wanted or not np.isfinite(array).all():
            raise ValueError(f"{name} is {array.shape} or not finite where {wanted} is wanted")
    if not (head.blocks and min(head.blocks) > 0 and 0 < head.sharpness < 100 and len(head.weights)):
        raise ValueError("settings out of range")
    if (
        not (head.deviation > 0).all()
        or not 0 < head.usual[0] <= 1
        or not ((head.trust >= 0) & (head.trust <= 1)).all()
    ):
        raise ValueError("deviation, usual or trust out of range")
