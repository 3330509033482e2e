"""The whole network: a decoder-only transformer over note events, conditioned at every position.

One step an event; the five fields of the next event are predicted one after the other by small heads, each
knowing the fields before it. Rotary positions (Su et al. 2021), RMS normalisation (Zhang & Sennrich 2019),
gated feed-forward (Shazeer 2020), conditions through a small network added to every step (EMSYNC).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from emsync_nb.generation.conditioning import WIDTH
from emsync_nb.generation.tokens import FIELDS, SIZES


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """The network's shape; it travels in the checkpoint."""

    width: int = 256
    layers: int = 6
    heads: int = 4
    #: hidden units of the gated feed-forward
    hidden: int = 704
    dropout: float = 0.0
    condition_width: int = WIDTH
    sizes: tuple[int, ...] = SIZES

    def __post_init__(self) -> None:
        if min(self.width, self.layers, self.heads, self.hidden) < 1 or len(self.sizes) != len(FIELDS):
            raise ValueError(f"impossible network shape: {asdict(self)}")
        if self.width % (2 * self.heads):
            raise ValueError(f"width {self.width} must be a multiple of twice the heads {self.heads}")


@dataclass(slots=True)
class KeyValueCache:
    """Keys and values of the steps seen so far, in preallocated memory."""

    #: (layers, batch, heads, length, head width) each
    keys: Tensor
    values: Tensor
    #: steps filled
    used: int = 0

    @classmethod
    def allocate(cls, settings: NetworkSettings, batch: int, length: int) -> KeyValueCache:
        """Room for `length` steps of `batch` sequences."""
        shape = (settings.layers, batch, settings.heads, length, settings.width // settings.heads)
        return cls(torch.zeros(shape), torch.zeros(shape))


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions: (batch, heads, time, width) turned by (time, width / 2) angles."""
    left, right = x.chunk(2, dim=-1)
    return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1)


class Block(nn.Module):
    """Attention, then a gated feed-forward, each on a normalised copy."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.heads, self.dropout = settings.heads, settings.dropout
        self.attention_norm = nn.RMSNorm(settings.width)
        self.query_key_value = nn.Linear(settings.width, 3 * settings.width, bias=False)
        self.attention_out = nn.Linear(settings.width, settings.width, bias=False)
        self.feed_norm = nn.RMSNorm(settings.width)
        self.feed_in = nn.Linear(settings.width, 2 * settings.hidden, bias=False)
        self.feed_out = nn.Linear(settings.hidden, settings.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, cache: KeyValueCache | None, layer: int) -> Tensor:
        """(batch, time, width) → the same shape."""
        x = x + fn.dropout(
            self._attend(self.attention_norm(x), cos, sin, cache, layer), self.dropout, self.training
        )
        gate, value = self.feed_in(self.feed_norm(x)).chunk(2, dim=-1)
        return x + fn.dropout(self.feed_out(fn.silu(gate) * value), self.dropout, self.training)

    def _attend(self, x: Tensor, cos: Tensor, sin: Tensor, cache: KeyValueCache | None, layer: int) -> Tensor:
        batch, time, width = x.shape
        split = self.query_key_value(x).view(batch, time, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each (batch, heads, time, head width)
        query, key = _rotate(query, cos, sin), _rotate(key, cos, sin)
        if cache is not None:
            end = cache.used + time
            cache.keys[layer, :, :, cache.used : end] = key
            cache.values[layer, :, :, cache.used : end] = value
            key, value = cache.keys[layer, :, :, :end], cache.values[layer, :, :, :end]
        # a single new step sees all of the cache; several at once only ever follow an empty one
        mixed = fn.scaled_dot_product_attention(query, key, value, is_causal=time > 1)
        out: Tensor = self.attention_out(mixed.transpose(1, 2).reshape(batch, time, width))
        return out


class FieldHead(nn.Module):
    """Logits of one field from the state and the fields before it."""

    def __init__(self, width: int, size: int) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(width)
        self.inner = nn.Linear(width, width)
        self.out = nn.Linear(width, size)

    def forward(self, state: Tensor) -> Tensor:
        """(…, width) → (…, size)."""
        logits: Tensor = self.out(fn.gelu(self.inner(self.norm(state))))
        return logits


class EventTransformer(nn.Module):
    """Predicts the next event from the events so far and what is asked at each of them."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.settings = settings
        width = settings.width
        self.field_embeddings = nn.ModuleList(nn.Embedding(size, width) for size in settings.sizes)
        self.condition_in = nn.Linear(settings.condition_width, width)
        self.condition_out = nn.Linear(width, width)
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.layers))
        self.final_norm = nn.RMSNorm(width)
        #: fields already chosen, as the later heads see them
        self.chosen_embeddings = nn.ModuleList(nn.Embedding(size, width) for size in settings.sizes[:-1])
        self.heads = nn.ModuleList(FieldHead(width, size) for size in settings.sizes)
        self.apply(self._initialise)

    def _initialise(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def _angles(self, start: int, time: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """Cosine and sine of the rotary angles, (time, head width / 2) each."""
        half = self.settings.width // self.settings.heads // 2
        frequencies = 10_000.0 ** (-torch.arange(half, device=device) / half)
        angles = torch.arange(start, start + time, device=device)[:, None] * frequencies
        return angles.cos(), angles.sin()

    def states(self, events: Tensor, conditions: Tensor, cache: KeyValueCache | None = None) -> Tensor:
        """(batch, time, 5) events and (batch, time, condition width) → (batch, time, width) states."""
        x = sum((table(events[..., i]) for i, table in enumerate(self.field_embeddings)), torch.zeros(()))
        x = x + self.condition_out(fn.silu(self.condition_in(conditions)))
        cos, sin = self._angles(cache.used if cache else 0, events.shape[1], events.device)
        for layer, block in enumerate(self.blocks):
            x = block(x, cos, sin, cache, layer)
        if cache is not None:
            cache.used += events.shape[1]
        out: Tensor = self.final_norm(x)
        return out

    def field_logits(self, state: Tensor, field: int) -> Tensor:
        """(…, width) state, with the earlier fields added by `choose` → (…, size) logits of a field."""
        logits: Tensor = self.heads[field](state)
        return logits

    def choose(self, state: Tensor, field: int, value: Tensor) -> Tensor:
        """The state that knows that `field` took `value`."""
        known: Tensor = state + self.chosen_embeddings[field](value)
        return known

    def loss(self, events: Tensor, conditions: Tensor) -> Tensor:
        """(5,) summed negative log likelihood of each field in nats, over all events after the first.

        Fields that a bar event leaves empty do not count; nor do steps whose position is −1 (padding).
        """
        inputs = events[:, :-1].clamp_min(0)
        state = self.states(inputs, conditions[:, :-1])
        targets = events[:, 1:]
        losses = []
        for field in range(len(FIELDS)):
            wanted = targets[..., field]
            counted = targets[..., 0] >= (0 if field == 0 else 1)
            logits = self.field_logits(state[counted], field)
            losses.append(fn.cross_entropy(logits, wanted[counted], reduction="sum"))
            if field + 1 < len(FIELDS):
                state = self.choose(state, field, wanted.clamp_min(0))
        return torch.stack(losses)


def count_parameters(network: nn.Module) -> int:
    """Trained numbers in the network."""
    return sum(parameter.numel() for parameter in network.parameters())


def settings_from(values: dict[str, Any]) -> NetworkSettings:
    """Settings as a checkpoint's header holds them; lists become tuples again."""
    return NetworkSettings(**{**values, "sizes": tuple(values["sizes"])})
