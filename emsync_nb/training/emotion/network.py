"""`emsync_nb.analysis.attention` once more, in torch, to be trained."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from emsync_nb.analysis.attention import GAINS, HEADS, SHAPES, WIDTH
from emsync_nb.analysis.circumplex import EKMAN

#: a new network takes every expert at its word, all alike
_ONES = ("scale", "temperature")


class FusionNetwork(nn.Module):
    """The tensors of SHAPES as parameters; `forward` mirrors `Attention.__call__` (tested to agree)."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(seed)
        self.of = nn.ParameterDict()
        for name, shape in SHAPES.items():
            if name in _ONES:
                start = torch.ones(shape)
            elif len(shape) >= 2 and name not in ("token.bias", "weigh.bias"):
                start = torch.randn(shape, generator=draw) / shape[-2] ** 0.5
            else:
                start = torch.zeros(shape)
            self.of[name.replace(".", "_")] = nn.Parameter(start)

    def forward(self, tokens: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(n, 2) values, (n, 2) log-variances and (n, 6) logits.

        Args:
            tokens: (n, experts, FEATURES).
            present: (n, experts) of bool, somebody in every row.
        """
        t = self.of
        x = torch.einsum("nef,efw->new", tokens, t["token_weight"]) + t["token_bias"]  # (n, e, w)
        x = x * present[..., None]
        x = x + self._attended(_levelled(x), present)
        hidden = functional.relu(_levelled(x) @ t["up_weight"] + t["up_bias"])  # (n, e, 2 w)
        x = _levelled(x + hidden @ t["down_weight"] + t["down_bias"])
        scores = x @ t["weigh_weight"] + t["weigh_bias"]  # (n, e, 2)
        weights = torch.softmax(scores.masked_fill(~present[..., None], -torch.inf), dim=1)
        said = tokens[..., :2] * t["scale"]
        pooled = torch.einsum("ne,new->nw", weights.mean(dim=2), x)
        answers = pooled @ t["answer_weight"] + t["answer_bias"]  # (n, 8)
        others = answers[:, len(EKMAN) :].clamp(-8, 4)
        log_variance, log_gain = others[:, :2], others[:, 2:].clamp(*GAINS)
        values = torch.tanh(torch.exp(log_gain) * (weights * said).sum(dim=1))
        return values, log_variance, answers[:, : len(EKMAN)]

    def _attended(self, x: Tensor, present: Tensor) -> Tensor:
        queries, keys, values = (
            (x @ self.of[name]).unflatten(-1, (HEADS, WIDTH // HEADS)).transpose(1, 2)
            for name in ("query", "key", "value")
        )  # each (n, heads, e, w / heads)
        there = present[:, None, None, :]
        heard = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=there)
        mixed: Tensor = heard.transpose(1, 2).flatten(2) @ self.of["out"]
        return mixed

    def tensors(self) -> Mapping[str, np.ndarray]:
        """As `Attention` takes them."""
        return {name: self.of[name.replace(".", "_")].detach().numpy().copy() for name in SHAPES}


def _levelled(x: Tensor) -> Tensor:
    return functional.layer_norm(x, (WIDTH,), eps=1e-5)
