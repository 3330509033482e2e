"""What a face expresses: face-api.js's expression network, read from its own two files.

The network (Mühler 2018, face-api.js, MIT) takes 112 × 112 pixels through four blocks of four depthwise-separable
convolutions (Chollet 2017, "Xception"), each fed by the sum of those before it (after Huang et al. 2017, "Densely
connected convolutional networks"), to an average over 7 × 7 and one linear layer: 0.33 million weights. These lie in
a shard as bytes, each tensor with the scale and the least value that a JSON manifest gives; the biases are floats.
Only names and shapes of exactly this network are taken, so that a manifest cannot ask for memory or read elsewhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain.curve import FloatArray
from emsync_nb.errors import CheckpointError
from emsync_nb.extras import require

#: order of the classes that the network gives
EXPRESSIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")
#: side of the square pictures that it takes, in pixels
SIDE = 112
#: mean red, green and blue of its training pictures, subtracted before they are divided by 255
_MEAN_RGB = np.array([122.782, 117.001, 104.298], dtype=np.float32)
_MEAN_RGB.setflags(write=False)
#: channels that leave each block
_WIDTHS = (32, 64, 128, 256)
_MAX_MANIFEST_BYTES, _MAX_SHARD_BYTES = 64_000, 4_000_000
_REMEDY = "Fetch it again"

Weights = dict[str, NDArray[np.float32]]


class ExpressionNetwork:
    """The network, opened once; 3.7 ms a face on one core."""

    def __init__(self, manifest: Path, shard: Path) -> None:
        """Open the two files.

        Raises:
            CheckpointError: one cannot be read, or they are not those of this network.
            MissingExtraError: torch is not installed.
        """
        torch = require("torch")
        # torch wants filters as (out, in, height, width); the files hold (height, width, in, out)
        self._tensors = {
            name: torch.from_numpy(np.ascontiguousarray(_turned(name, array)))
            for name, array in _weights(manifest, shard).items()
        }

    def read(self, faces: NDArray[np.uint8]) -> FloatArray:
        """(n, 7) probabilities in the order of `EXPRESSIONS` for (n, 112, 112, 3) RGB pictures of faces."""
        torch = require("torch")
        centred = (faces.astype(np.float32) - _MEAN_RGB) / np.float32(255)
        with _one_thread(), torch.inference_mode():
            layer = torch.from_numpy(np.ascontiguousarray(centred.transpose(0, 3, 1, 2)))
            for block in range(len(_WIDTHS)):
                layer = self._block(layer, f"dense{block}")
            scores = layer.mean(dim=(2, 3)) @ self._tensors["fc/weights"] + self._tensors["fc/bias"]
            return np.asarray(scores.double().softmax(dim=1).numpy())

    def _block(self, layer: Any, name: str) -> Any:  # noqa: ANN401 - tensors of torch, imported late
        """Halve height and width, then three layers, each of which is given the sum of those before."""
        total = self._layer(layer, f"{name}/conv0", stride=2).relu()
        for index in (1, 2, 3):
            total = total + self._layer(total.relu(), f"{name}/conv{index}", stride=1)
        return total.relu()

    def _layer(self, layer: Any, name: str, stride: int) -> Any:  # noqa: ANN401 - as above
        """A convolution with TensorFlow's "same" borders: at stride 2 only below and to the right."""
        functional, tensors = require("torch.nn.functional"), self._tensors
        bordered = functional.pad(layer, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1))
        bias = tensors[f"{name}/bias"]
        if f"{name}/filters" in tensors:
            return functional.conv2d(bordered, tensors[f"{name}/filters"], bias, stride)
        depthwise = tensors[f"{name}/depthwise_filter"]
        single = functional.conv2d(bordered, depthwise, None, stride, groups=len(depthwise))
        return functional.conv2d(single, tensors[f"{name}/pointwise_filter"], bias)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Within, torch takes one thread: layers this small gain nothing from a second, and lose all where cores are busy.

    While other work has one of two cores, threads that wait for each other take 220 ms for a face, one takes 4.
    """
    torch = require("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _turned(name: str, array: NDArray[np.float32]) -> NDArray[np.float32]:
    """A filter with its axes as torch has them; others as they are."""
    if array.ndim < 4:
        return array
    return array.transpose(2, 3, 0, 1) if name.endswith("depthwise_filter") else array.transpose(3, 2, 0, 1)


def _wanted() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every tensor of the network."""
    before = 3
    for block, width in enumerate(_WIDTHS):
        for index in range(4):
            name = f"dense{block}/conv{index}"
            if (block, index) == (0, 0):
                yield f"{name}/filters", (3, 3, before, width)
            else:
                yield f"{name}/depthwise_filter", (3, 3, before, 1)
                yield f"{name}/pointwise_filter", (1, 1, before, width)
            yield f"{name}/bias", (width,)
            before = width
    yield "fc/weights", (before, len(EXPRESSIONS))
    yield "fc/bias", (len(EXPRESSIONS),)


def _weights(manifest: Path, shard: Path) -> Weights:
    """The tensors of the network, dequantised: byte · scale + least value."""
    entries = _entries(manifest)
    content = _content(shard, _MAX_SHARD_BYTES)
    wanted, weights, start = dict(_wanted()), Weights(), 0
    for entry in entries:
        name = _checked_name(manifest, entry, wanted, weights)
        count = math.prod(wanted[name])
        kind, scale, least = _quantisation(manifest, name, entry)
        end = start + count * kind.itemsize
        if end > len(content):
            raise CheckpointError(f"{shard} ends within {name}. {_REMEDY}")
        values = np.frombuffer(content, kind, count, start).astype(np.float32).reshape(wanted[name])
        if not np.isfinite(values).all():
            raise CheckpointError(f"{shard} holds numbers in {name} that are not finite. {_REMEDY}")
        weights[name] = values * np.float32(scale) + np.float32(least)
        start = end
    if len(weights) < len(wanted) or start < len(content):
        raise CheckpointError(f"{manifest} and {shard} do not belong together. {_REMEDY}")
    return weights


def _entries(manifest: Path) -> Sequence[object]:
    try:
        groups = json.loads(_content(manifest, _MAX_MANIFEST_BYTES))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{manifest} is not JSON. {_REMEDY}") from error
    group = groups[0] if isinstance(groups, list) and len(groups) == 1 else None
    entries = group.get("weights") if isinstance(group, dict) else None
    if not isinstance(entries, list):
        raise CheckpointError(f"{manifest} is no manifest of one group of weights. {_REMEDY}")
    return entries


def _checked_name(manifest: Path, entry: object, wanted: dict[str, tuple[int, ...]], taken: Weights) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(name, str) or name not in wanted or name in taken:
        raise CheckpointError(f"{manifest} names a tensor that the expression network has not. {_REMEDY}")
    if entry.get("shape") != list(wanted[name]):
        raise CheckpointError(f"{manifest} gives {name} another shape than {list(wanted[name])}. {_REMEDY}")
    return name


def _quantisation(manifest: Path, name: str, entry: object) -> tuple[np.dtype[Any], float, float]:
    """Type of the numbers in the shard, what they are multiplied by and what is added."""
    found = entry.get("quantization") if isinstance(entry, dict) else None
    if found is None:
        return np.dtype("<f4"), 1.0, 0.0
    scale, least = (found.get(key) if isinstance(found, dict) else None for key in ("scale", "min"))
    is_known = isinstance(found, dict) and found.get("dtype") == "uint8"
    if not (is_known and _is_small(scale) and _is_small(least)):
        raise CheckpointError(f"{manifest} quantises {name} in a way that is not known. {_REMEDY}")
    return np.dtype(np.uint8), float(scale), float(least)  # type: ignore[arg-type]  # checked above


def _is_small(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < 1e6


def _content(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror}). {_REMEDY}") from error
    if len(content) > most:
        raise CheckpointError(f"{path} has more than {most} bytes. {_REMEDY}")
    return content
