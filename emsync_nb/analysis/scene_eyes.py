"""Eyes: frozen networks that turn a picture into a description, in which alike scenes lie near each other.

`MobileNetEyes` are two ImageNet networks with 8-bit weights: MobileNet v1 (Howard et al. 2017, arXiv:1704.04861), of
which the last two layers of features are taken, the earlier averaged over the picture, and MobileNet v2 (Sandler et
al. 2018, arXiv:1801.04381), of which the last. All are sums of non-negative activations, so that roots are compared,
as with RootSIFT (Arandjelović & Zisserman 2012). `ClipEyes` is CLIP (Radford et al. 2021, arXiv:2103.00020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.clip import CLIP, load_clip
from emsync_nb.analysis.expert import Unavailable
from emsync_nb.analysis.layers import Float32, shares
from emsync_nb.errors import BrokenExtraError, CheckpointError, EmsyncError, MissingExtraError
from emsync_nb.extras import require
from emsync_nb.tflite import Network, Tensor, check_ends, open_network
from emsync_nb.weights import path_of, what_is_missing

#: pixels, the side of the square that the networks see, whatever the shape of the picture
SIDE = 224
#: ImageNet's classes
CLASSES = 1000
_REMEDY = "Run: emsync weights verify"

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What eyes saw in a picture."""

    #: (sum of the eyes' blocks,) float32
    description: Float32
    #: (1000,) probabilities of ImageNet's classes; None where the eyes know none
    classes: Float32 | None = None


class Eyes(Protocol):
    """Frozen networks behind one interface."""

    #: what a head must have been trained for
    name: str
    #: lengths of the parts of a description, each of which counts the same
    blocks: tuple[int, ...]
    #: for reports
    words: str

    def look(self, picture: Picture) -> Sight:
        """See a picture, (height, width, 3) uint8 RGB of any size."""


class MobileNetEyes:
    """MobileNet v1 and v2; about 30 ms of one core a picture. Not to be shared by threads."""

    name = "mobilenet-v1+v2"
    blocks: tuple[int, ...] = (1024, 1024, 1280)
    words = "MobileNet v1 and v2"

    def __init__(self) -> None:
        """Open both networks.

        Raises:
            Unavailable: one of the files is not here, or LiteRT is not installed.
            CheckpointError: a file is another network.
            WeightsError: `EMSYNC_WEIGHTS` names no folder.
        """
        takes = ((1, SIDE, SIDE, 3), "uint8")
        self._first, self._second = _opened("mobilenet-v1-embedding", "mobilenet-v2")
        check_ends(self._first, "MobileNet v1", takes, ((1, 1, 1, 1024), "uint8"), _REMEDY)
        check_ends(self._second, "MobileNet v2", takes, ((1, CLASSES + 1), "uint8"), _REMEDY)
        self._before_last = _layer(
            self._first, "MobilenetV1/MobilenetV1/Conv2d_12_pointwise/Relu6", (1, 7, 7, 1024)
        )
        self._pooled = _layer(self._second, "MobilenetV2/Logits/AvgPool", (1, 1, 1, 1280))

    def look(self, picture: Picture) -> Sight:
        """See a picture, (height, width, 3) uint8 RGB; it is squeezed into the square."""
        square = _square(picture)
        (last,) = self._first.run(square)
        (levels,) = self._second.run(square)
        before = self._before_last.real(self._first.inner(self._before_last))
        parts = (
            self._first.outputs[0].real(last),
            before.mean(axis=(1, 2)),
            self._pooled.real(self._second.inner(self._pooled)),
        )
        log_odds = self._second.outputs[0].real(levels)[
            0, 1:
        ]  # class 0 is "background", and none of ImageNet's
        return Sight(np.concatenate([_rooted(part.ravel()) for part in parts]), shares(log_odds))


class ClipEyes:
    """CLIP ViT-B/32 through sentence-transformers, from a folder that the user has brought."""

    name = CLIP
    blocks: tuple[int, ...] = (512,)
    words = "CLIP ViT-B/32"

    def __init__(self) -> None:
        """Load the model.

        Raises:
            Unavailable: its folder is not here, or sentence-transformers is not installed.
            WeightsError: `EMSYNC_WEIGHTS` names no folder, or this one holds something else than CLIP in safetensors.
        """
        line = what_is_missing(self.name)
        if line is not None:
            raise Unavailable(line)
        try:
            self._model = load_clip(path_of(self.name))
        except (MissingExtraError, BrokenExtraError) as error:
            raise Unavailable(str(error)) from error

    def look(self, picture: Picture) -> Sight:
        """See a picture, (height, width, 3) uint8 RGB; CLIP crops it to a square itself."""
        image = require("PIL.Image").fromarray(picture)
        vector = self._model.encode([image], normalize_embeddings=True, show_progress_bar=False)[0]
        description = np.asarray(vector, dtype=np.float32)
        if description.shape != (self.blocks[0],):
            raise CheckpointError(
                f"{self.name} gives {description.shape} numbers where CLIP ViT-B/32 gives 512"
            )
        return Sight(description)


def _opened(*names: str) -> list[Network]:
    line = what_is_missing(*names)
    if line is not None:
        raise Unavailable(line)
    try:
        return [open_network(path_of(name), keep_inner=True) for name in names]
    except EmsyncError as error:
        raise Unavailable(str(error)) from error


def _layer(network: Network, name: str, shape: tuple[int, ...]) -> Tensor:
    """An inner value; where layers were fused, its name is the first of several."""
    for tensor in network.tensors():
        if tensor.name.split(";")[0] == name and tensor.shape == shape and tensor.dtype is np.uint8:
            return tensor
    raise CheckpointError(f"{network.path} has no layer {name}. {_REMEDY}")


def _square(picture: Picture) -> Picture:
    """(1, SIDE, SIDE, 3): the whole picture, squeezed; areas are averaged where it shrinks."""
    cv2 = require("cv2")
    way = cv2.INTER_AREA if min(picture.shape[:2]) > SIDE else cv2.INTER_LINEAR
    resized = cv2.resize(np.ascontiguousarray(picture), (SIDE, SIDE), interpolation=way)
    return np.asarray(resized, dtype=np.uint8)[np.newaxis]


def _rooted(part: Float32) -> Float32:
    """Roots of shares: a vector of length 1, or 0 where nothing answered."""
    roots = np.sqrt(np.maximum(part, 0))
    return np.asarray(roots / max(float(np.linalg.norm(roots)), 1e-12), dtype=np.float32)
