"""`emsync_nb.analysis.feature_fusion` once more, in torch, to be trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from emsync_nb.analysis.feature_fusion import HEADS, LAYERS, REACH, WIDTH, HeadSpec

#: what is measured or fitted after training, not learnt; all 1 or 0.5 to begin with
_FIXED = ("mean.", "deviation.", "temperature", "threshold")
#: the first threshold; the one that counts is fitted on held-out clips
_EVEN_ODDS = 0.5


class FeatureFusionNetwork(nn.Module):
    """The tensors of `spec.shapes()`; `forward` mirrors `FeatureFusion.logits` (tested to agree)."""

    def __init__(
        self, spec: HeadSpec, *, dropout: float = 0.0, modality_dropout: float = 0.0, seed: int = 0
    ) -> None:
        """Dropouts in [0, 1) act in training only: of numbers in tokens, and of whole modalities of a clip."""
        super().__init__()
        self.spec, self._dropout, self._modality_dropout = spec, dropout, modality_dropout
        draw = torch.Generator().manual_seed(seed)
        self.of = nn.ParameterDict()
        for name, shape in spec.shapes().items():
            if name.startswith(_FIXED):
                first = 0.0 if name.startswith("mean.") else _EVEN_ODDS if name == "threshold" else 1.0
                self.of[_key(name)] = nn.Parameter(torch.full(shape, first), requires_grad=False)
            elif len(shape) == 2 and not name.startswith("answer"):
                scale = WIDTH if name == "time" else shape[0]
                self.of[_key(name)] = nn.Parameter(torch.randn(shape, generator=draw) / scale**0.5)
            else:
                self.of[_key(name)] = nn.Parameter(torch.zeros(shape))

    def forward(self, rows: Mapping[str, Tensor], by_modality: Mapping[str, Tensor]) -> Tensor:
        """(n, answers) logits.

        Args:
            rows: (n, moments, width) by modality, in the order of the spec, as `stacked` gives them.
            by_modality: (n, moments) of bool, which rows are there.
        """
        there = self._kept(list(by_modality.values()))
        x = torch.cat([self._projected(name, rows[name]) for name, _ in self.spec.modalities], dim=1)
        x = functional.dropout(x, self._dropout, self.training)
        for layer in range(LAYERS):
            x = x + self._attended(_levelled(x), there, layer)
            hidden = functional.relu(
                _levelled(x) @ self._of(f"{layer}.up.weight") + self._of(f"{layer}.up.bias")
            )
            hidden = functional.dropout(hidden, self._dropout, self.training)
            x = x + hidden @ self._of(f"{layer}.down.weight") + self._of(f"{layer}.down.bias")
        x = _levelled(x)
        pooled = torch.einsum("nt,ntw->nw", _softmax(x @ self._of("pool"), there), x)
        logits: Tensor = pooled @ self._of("answer.weight") + self._of("answer.bias")
        return logits

    def _of(self, name: str) -> Tensor:
        found: Tensor = self.of[_key(name)]
        return found

    def _kept(self, by_modality: Sequence[Tensor]) -> Tensor:
        """(n, tokens) what is there, some modalities of some clips left out in training; never all of a clip."""
        there = torch.cat(list(by_modality), dim=1)
        if not self.training or not self._modality_dropout:
            return there
        kept = torch.rand(len(there), len(by_modality)) >= self._modality_dropout
        parts = [part & kept[:, place, None] for place, part in enumerate(by_modality)]
        thinner = torch.cat(parts, dim=1)
        return torch.where(thinner.any(dim=1, keepdim=True), thinner, there)

    def _projected(self, name: str, rows: Tensor) -> Tensor:
        standard = ((rows - self._of(f"mean.{name}")) / self._of(f"deviation.{name}")).clamp(-REACH, REACH)
        return (
            standard @ self._of(f"in.{name}.weight")
            + self._of(f"in.{name}.bias")
            + self._of("time")[: rows.shape[1]]
        )

    def _attended(self, x: Tensor, there: Tensor, layer: int) -> Tensor:
        queries, keys, values = (
            (x @ self._of(f"{layer}.{part}")).reshape(*x.shape[:2], HEADS, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )  # each (n, heads, tokens, w / heads)
        scores = queries @ keys.transpose(2, 3) / (WIDTH // HEADS) ** 0.5
        heard = _softmax(scores, there[:, None, None, :]) @ values
        return heard.transpose(1, 2).flatten(2) @ self._of(f"{layer}.out")

    def standardise(self, rows: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]) -> None:
        """Take over (width,) means and deviations by modality."""
        with torch.no_grad():
            for name, (mean, deviation) in rows.items():
                self._of(f"mean.{name}").copy_(torch.from_numpy(mean))
                self._of(f"deviation.{name}").copy_(torch.from_numpy(deviation))

    def begin_with(self, logits: NDArray[np.float64]) -> None:
        """Take (answers,) logits as the answer to begin with."""
        with torch.no_grad():
            self._of("answer.bias").copy_(torch.from_numpy(logits))

    def calibrate(self, temperature: float, threshold: float) -> None:
        """Take over what was fitted on held-out clips."""
        with torch.no_grad():
            self._of("temperature").fill_(temperature)
            self._of("threshold").fill_(threshold)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """As `FeatureFusion` takes them."""
        return {name: self._of(name).detach().numpy().copy() for name in self.spec.shapes()}

    def parameters_learnt(self) -> int:
        """How many numbers training moves."""
        return sum(one.numel() for one in self.parameters() if one.requires_grad)


def _key(name: str) -> str:
    """A name that torch takes: it splits at dots."""
    return name.replace(".", "/")


def _levelled(x: Tensor) -> Tensor:
    return functional.layer_norm(x, (WIDTH,), eps=1e-5)


def _softmax(scores: Tensor, there: Tensor) -> Tensor:
    """Shares that sum to 1 over what is there; all 0 where nothing is."""
    masked = scores.masked_fill(~there, -1e30)
    return torch.softmax(masked, dim=-1) * there
