"""The network with 8-bit weights in its blocks: steps are paid for by the weights that pass through the memory.

Half as fast again on two cores as 32-bit floats, and a tenth of a second to make (docs/inference.md). Embeddings,
conditions and the networks of the fields, where rounding would be heard first, stay as they are.
"""

from __future__ import annotations

import copy
import logging
import warnings
from typing import TYPE_CHECKING, Any

from emsync_nb.extras import require

if TYPE_CHECKING:
    from torch import Tensor, nn

    from emsync_nb.generation.transformer import EventTransformer

log = logging.getLogger(__name__)

#: what a weight of 8 bits tells apart, on either side of zero
_STEPS = 127


def quantised(network: EventTransformer) -> EventTransformer:
    """A copy that computes its blocks in 8-bit whole numbers; the network itself, with a note, where torch cannot."""
    torch = require("torch")
    if not hasattr(torch, "quantize_per_channel") or torch.backends.quantized.engine == "none":
        log.info("this torch has no 8-bit arithmetic, so composing takes half as long again")
        return network
    light = copy.copy(network)
    light._modules = dict(network._modules)  # the copy shares all but its blocks
    light.blocks = torch.nn.ModuleList(_light_block(block) for block in network.blocks)
    return light


def _light_block(block: nn.Module) -> nn.Module:
    torch = require("torch")
    light = copy.copy(block)
    light._modules = {
        name: _light_product()(layer.weight) if isinstance(layer, torch.nn.Linear) else layer
        for name, layer in block.named_children()
    }
    return light


def _light_product() -> Any:  # noqa: ANN401 - a class of torch's, which is imported here only
    torch = require("torch")

    class LightProduct(torch.nn.Module):  # type: ignore[misc, name-defined]
        """A product with a matrix of 8-bit numbers, each row with its own scale, and without a bias."""

        def __init__(self, weight: Tensor) -> None:
            super().__init__()
            scale = weight.detach().abs().amax(1).clamp_min(1e-9) / _STEPS
            zero = torch.zeros(len(scale), dtype=torch.int64)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch announces another home for this
                small = torch.quantize_per_channel(weight.detach(), scale, zero, 0, torch.qint8)
            self._packed = torch.ops.quantized.linear_prepack(small, None)
            self._product = torch.ops.quantized.linear_dynamic.default

        def forward(self, x: Tensor) -> Tensor:
            # 7 bits for what comes in, or sums of two products would overflow on older processors
            product: Tensor = self._product(x, self._packed, True)
            return product

    return LightProduct
