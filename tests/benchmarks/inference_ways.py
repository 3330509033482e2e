"""Ways to run the network on a processor: as it is, with 16-bit or 8-bit weights, and through ONNX Runtime.

Each way is a network that `compose` takes: its linear layers or its `states` are replaced.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as fn

from emsync_nb.generation import load, quantised
from emsync_nb.generation.transformer import Block, EventTransformer, KeyValueCache

#: steps that the exported network looks back on
CONTEXT = 512


@dataclass(frozen=True)
class Way:
    """A way to run the network."""

    name: str
    #: a checkpoint and an empty folder → a network ready to compose
    build: Callable[[Path, Path], EventTransformer]
    threads: int = 1
    #: a package that it needs beyond torch
    package: str | None = None

    @property
    def package_mb(self) -> float | None:
        """Size of the extra package; None where it is not installed."""
        if self.package is None:
            return 0.0
        try:
            listed = files(self.package) or []
        except PackageNotFoundError:
            return None
        paths = [Path(str(path.locate())) for path in listed]
        return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def eager(checkpoint: Path, _: Path) -> EventTransformer:
    """As it ships."""
    return load(checkpoint)


class _HalfLinear(nn.Module):
    """A linear layer with weights and sums of products in bfloat16."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.weight = linear.weight.detach().bfloat16()
        self.bias = None if linear.bias is None else linear.bias.detach().bfloat16()

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) → (…, out), both 32-bit."""
        return fn.linear(x.bfloat16(), self.weight, self.bias).float()


def bfloat16(checkpoint: Path, _: Path) -> EventTransformer:
    """Linear layers in bfloat16, all else in 32 bits."""
    network = load(checkpoint)
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear):
                setattr(module, name, _HalfLinear(child))
    return network


def int8(checkpoint: Path, _: Path) -> EventTransformer:
    """Linear layers with 8-bit weights, inputs quantised on the fly."""
    return quantised(load(checkpoint))


def onnx_fp32(checkpoint: Path, folder: Path) -> EventTransformer:
    """Single steps by ONNX Runtime; what follows an empty cache, and the heads, by torch."""
    network = load(checkpoint)
    return _with_session(network, _exported(network, folder))


def onnx_int8(checkpoint: Path, folder: Path) -> EventTransformer:
    """The same with 8-bit weights, inputs quantised on the fly."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network = load(checkpoint)
    small = folder / "small.onnx"
    quantize_dynamic(_exported(network, folder), small, weight_type=QuantType.QInt8, per_channel=True)
    return _with_session(network, small)


WAYS = (
    Way("torch, 32 bits, one thread", eager),
    Way("torch, 32 bits, two threads", eager, threads=2),
    Way("torch, bfloat16 weights, one thread", bfloat16),
    Way("torch, int8 weights, one thread", int8),
    Way("torch, int8 weights, two threads", int8, threads=2),
    Way("ONNX Runtime, 32 bits, one thread", onnx_fp32, package="onnxruntime"),
    Way("ONNX Runtime, 32 bits, two threads", onnx_fp32, threads=2, package="onnxruntime"),
    Way("ONNX Runtime, int8 weights, one thread", onnx_int8, package="onnxruntime"),
)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    left, right = x.chunk(2, dim=-1)
    return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1)


class _Step(nn.Module):
    """One step in plain operations: the cache comes in whole, masked, and the new keys and values go out."""

    def __init__(self, network: EventTransformer) -> None:
        super().__init__()
        self.network = copy.deepcopy(network)

    def forward(self, steps: Tensor, conditions: Tensor, used: Tensor, *caches: Tensor) -> tuple[Tensor, ...]:
        """(rows, 1, COLUMNS), (rows, 1, condition width), (1,) → state, then keys and values of each layer."""
        network, settings = self.network, self.network.settings
        half = settings.width // settings.heads // 2
        wishes = fn.silu(network.condition_in(conditions))
        x = network._embedded(steps) + network.condition_out(wishes)
        angles = used.float() * 10_000.0 ** (-torch.arange(half) / half)
        unseen = torch.where(torch.arange(CONTEXT) < used, 0.0, -1e9)
        new: list[Tensor] = []
        for layer, block in enumerate(network.blocks):
            x = self._block(block, x, angles, unseen, caches[2 * layer : 2 * layer + 2], new)  # type: ignore[arg-type]
        return (network.final_norm(x) + network.condition_state(wishes), *new)

    def _block(
        self,
        block: Block,
        x: Tensor,
        angles: Tensor,
        unseen: Tensor,
        cache: tuple[Tensor, ...],
        new: list[Tensor],
    ) -> Tensor:
        split = block.query_key_value(block.attention_norm(x))
        split = split.view(-1, block.heads + 2 * block.key_heads, x.shape[-1] // block.heads)
        turned = _rotate(block.query_key_norm(split[:, : -block.key_heads]), angles.cos(), angles.sin())
        # (rows, key heads, queries that share them, head width)
        query = turned[:, : block.heads].view(
            -1, block.key_heads, block.heads // block.key_heads, split.shape[-1]
        )
        key, value = turned[:, block.heads :, :, None], split[:, -block.key_heads :, None]
        scores = torch.cat(
            [query @ cache[0] * query.shape[-1] ** -0.5 + unseen, query @ key * query.shape[-1] ** -0.5], -1
        )
        shares = scores.softmax(-1)
        mixed = shares[..., :CONTEXT] @ cache[1] + shares[..., CONTEXT:] * value
        new += [key, value]
        x = x + block.attention_out(mixed.reshape(-1, 1, x.shape[-1]))
        gate, up = block.feed_in(block.feed_norm(x)).chunk(2, dim=-1)
        return x + block.feed_out(fn.silu(gate) * up)


def _exported(network: EventTransformer, folder: Path) -> Path:
    """An ONNX file of `_Step`; keys of the cache are (rows, heads, head width, CONTEXT), values turned."""
    settings, path = network.settings, folder / "step.onnx"
    names = ["steps", "conditions", "used", *_cache_names(settings.layers)]
    out = ["state", *(f"new_{name}" for name in _cache_names(settings.layers))]
    example = (
        torch.zeros(2, 1, 6 + 1 + 5, dtype=torch.long),
        torch.zeros(2, 1, settings.condition_width),
        torch.tensor([3]),
        *(torch.from_numpy(array) for array in _room(network, 2)),
    )
    rows = {name: {0: "rows"} for name in [*names, *out] if name != "used"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the other exporter needs onnxscript
        torch.onnx.export(
            _Step(network).eval(), example, path, dynamo=False, opset_version=17,
            input_names=names, output_names=out, dynamic_axes=rows,
        )  # fmt: skip
    return path


def _cache_names(layers: int) -> list[str]:
    return [f"{kind}{layer}" for layer in range(layers) for kind in ("keys", "values")]


def _room(network: EventTransformer, rows: int) -> list[NDArray[np.float32]]:
    """Empty keys and values of each layer in turn."""
    settings = network.settings
    width, heads = settings.head_width, settings.key_heads
    shapes = [(rows, heads, width, CONTEXT), (rows, heads, CONTEXT, width)]
    return [np.zeros(shape, np.float32) for _ in range(settings.layers) for shape in shapes]


def _with_session(network: EventTransformer, path: Path) -> EventTransformer:
    network.states = _Session(network, path).states  # type: ignore[method-assign]
    return network


class _Session:
    """`EventTransformer.states` with single steps by ONNX Runtime."""

    def __init__(self, network: EventTransformer, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._network, self._states = network, network.states
        self._names = [given.name for given in self._session.get_inputs()]
        self._room: list[NDArray[np.float32]] = []
        #: the cache that `_room` mirrors, and as far as it does
        self._mirrored: tuple[int, int] = (0, 0)

    def states(self, steps: Tensor, conditions: Tensor, cache: KeyValueCache | None = None) -> Tensor:
        """As the network's."""
        if cache is None or steps.shape[1] > 1 or not cache.used:
            return self._states(steps, conditions, cache)
        if self._mirrored != (id(cache), cache.used):
            self._mirror(cache)
        given: list[Any] = [steps.numpy(), conditions.numpy(), np.array([cache.used]), *self._room]
        state, *new = self._session.run(None, dict(zip(self._names, given, strict=True)))
        for keys, values, new_keys, new_values in zip(
            self._room[::2], self._room[1::2], new[::2], new[1::2], strict=True
        ):
            keys[..., cache.used] = new_keys[..., 0]
            values[:, :, cache.used] = new_values[:, :, 0]
        cache.used += 1
        self._mirrored = (id(cache), cache.used)
        return torch.from_numpy(state)

    def _mirror(self, cache: KeyValueCache) -> None:
        """Take over what torch put into a cache."""
        self._room = _room(self._network, cache.keys.shape[1])
        for layer in range(len(cache.keys)):
            used = cache.used
            self._room[2 * layer][..., :used] = cache.keys[layer, :, :, :used].transpose(-1, -2).numpy()
            self._room[2 * layer + 1][:, :, :used] = cache.values[layer, :, :, :used].numpy()
