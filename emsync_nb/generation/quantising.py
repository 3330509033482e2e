"""The network with 8-bit weights in its blocks: steps are paid for by the weights that pass through the memory.

Half as fast again on two cores as 32-bit floats, and a tenth of a second to make (docs/inference.md). Embeddings,
conditions and the networks of the fields, where rounding would be heard first, stay as they are.
"""

from __future__ import annotations

import copy
import logging
import warnings
from typing import TYPE_CHECKING

from emsync_nb.extras import require

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

log = logging.getLogger(__name__)


def quantised(network: EventTransformer) -> EventTransformer:
    """A copy that computes its blocks in 8-bit whole numbers; the network itself, with a note, where torch cannot."""
    torch = require("torch")
    quantise = getattr(getattr(torch.ao, "quantization", None), "quantize_dynamic", None)
    if quantise is None or torch.backends.quantized.engine == "none":
        log.info("this torch has no 8-bit arithmetic, so composing takes half as long again")
        return network
    light = copy.copy(network)
    light._modules = dict(network._modules)  # the copy shares all but its blocks
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces another home for this
        blocks = copy.deepcopy(network.blocks)
        light.blocks = quantise(blocks, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)
    return light
