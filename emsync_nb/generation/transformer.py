"""The whole network: a decoder-only transformer over musical events, conditioned at every step.

One step an event; the six fields of the next event are predicted one after the other by small networks, each
knowing the fields before it. Rotary positions (Su et al. 2021), RMS normalisation (Zhang & Sennrich 2019), also of
queries and keys (Henry et al. 2020), gated feed-forward (Shazeer 2020), conditions through a small network added to
every step (EMSYNC).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from emsync_nb.generation.conditioning import WIDTH
from emsync_nb.generation.tokens import (
    BAR,
    DENSITY,
    EVENT,
    FIELDS,
    HEAD,
    IN_FORCE,
    KIND,
    SIZES,
    SOURCE,
    SOURCES,
    WRITTEN,
)

#: of the first weights of conditions, so that wishes of size one make hidden units answer
_CONDITION_STD = 0.25
#: marks what the loss leaves out
_LEFT_OUT = -100


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """The network's shape; it travels in the checkpoint."""

    width: int = 384
    layers: int = 6
    heads: int = 6
    #: hidden units of the gated feed-forward
    hidden: int = 1024
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
        self.query_norm = nn.RMSNorm(settings.width // settings.heads)
        self.key_norm = nn.RMSNorm(settings.width // settings.heads)
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
        query, key = _rotate(self.query_norm(query), cos, sin), _rotate(self.key_norm(key), cos, sin)
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
        logits: Tensor = self.out(fn.gelu(self.inner(self.norm(state)), approximate="tanh"))
        return logits


class EventTransformer(nn.Module):
    """Predicts the next event from the events so far and what is asked at each of them."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.settings = settings
        width, sizes = settings.width, settings.sizes
        self.field_embeddings = nn.ModuleList(nn.Embedding(size, width) for size in sizes)
        #: the head of the bar that a step stands in
        self.force_embeddings = nn.ModuleList(nn.Embedding(size, width) for size in sizes[1:])
        self.source_embedding = nn.Embedding(SOURCES, width)
        self.condition_in = nn.Linear(settings.condition_width, width)
        self.condition_out = nn.Linear(width, width)
        #: conditions once more at the end, so that a wish is heard without passing through all blocks
        self.condition_state = nn.Linear(width, width)
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.layers))
        self.final_norm = nn.RMSNorm(width)
        #: fields already chosen, as the later heads see them
        self.chosen_embeddings = nn.ModuleList(nn.Embedding(size, width) for size in sizes[:-1])
        self.heads = nn.ModuleList(FieldHead(width, size) for size in sizes)
        self.apply(self._initialise)
        # few excerpts make a batch and conditions hardly change within one: what they say must not begin as a whisper
        nn.init.normal_(self.condition_in.weight, std=_CONDITION_STD)
        nn.init.zeros_(self.condition_out.weight)
        nn.init.zeros_(self.condition_state.weight)

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

    def _embedded(self, steps: Tensor) -> Tensor:
        """(batch, time, COLUMNS) steps → (batch, time, width)."""
        x = self.source_embedding(steps[..., SOURCE])
        for column, table in enumerate(self.field_embeddings, start=EVENT.start):
            x = x + table(steps[..., column])
        for column, table in enumerate(self.force_embeddings, start=IN_FORCE.start):
            x = x + table(steps[..., column])
        out: Tensor = x
        return out

    def states(self, steps: Tensor, conditions: Tensor, cache: KeyValueCache | None = None) -> Tensor:
        """(batch, time, COLUMNS) steps and (batch, time, condition width) → (batch, time, width) states."""
        wishes = fn.silu(self.condition_in(conditions))
        x = self._embedded(steps) + self.condition_out(wishes)
        cos, sin = self._angles(cache.used if cache else 0, steps.shape[1], steps.device)
        for layer, block in enumerate(self.blocks):
            x = block(x, cos, sin, cache, layer)
        if cache is not None:
            cache.used += steps.shape[1]
        out: Tensor = self.final_norm(x) + self.condition_state(wishes)
        return out

    def field_logits(self, state: Tensor, field: int) -> Tensor:
        """(…, width) state, with the earlier fields added by `choose` → (…, size) logits of a field."""
        logits: Tensor = self.heads[field](state)
        return logits

    def choose(self, state: Tensor, field: int, value: Tensor) -> Tensor:
        """The state that knows that `field` took `value`."""
        known: Tensor = state + self.chosen_embeddings[field](value)
        return known

    def losses(self, steps: Tensor, conditions: Tensor) -> Tensor:
        """(6, batch, time − 1) negative log likelihood of each field of each next event, in nats.

        Zero where nothing is to be learnt: fields that an event leaves empty, the kind of a head (it always follows
        a bar line), events that were given, and padding, which is −1 throughout.
        """
        targets = steps[:, 1:, EVENT]
        state = self.states(steps[:, :-1].clamp_min(0), conditions[:, :-1])
        counted = counted_fields(steps[:, 1:])
        found = []
        for field in range(len(FIELDS)):
            wanted = targets[..., field].clamp_min(0)
            logits = self.field_logits(state, field).float()
            aim = wanted.masked_fill(~counted[..., field], _LEFT_OUT)
            found.append(fn.cross_entropy(logits.flatten(0, 1), aim.flatten(), reduction="none").view_as(aim))
            if field + 1 < len(FIELDS):
                state = self.choose(state, field, wanted)
        return torch.stack(found)

    def forward(
        self, steps: Tensor, conditions: Tensor, first_steps: Tensor, first_conditions: Tensor
    ) -> tuple[Tensor, Tensor]:
        """`losses` of excerpts and of lonely bars, in one graph for compilers and for several processes."""
        return self.losses(steps, conditions), self.losses(first_steps, first_conditions)


def counted_fields(steps: Tensor) -> Tensor:
    """(…, COLUMNS) steps → (…, 6) which of their fields the network has to foretell."""
    kind = steps[..., KIND, None]
    field = torch.arange(len(FIELDS), device=steps.device)
    of_note = (kind > HEAD) & (field != DENSITY)
    of_head = (kind == HEAD) & (field != KIND)
    of_bar = (kind == BAR) & (field == KIND)
    return (of_note | of_head | of_bar) & (steps[..., SOURCE, None] == WRITTEN)


def count_parameters(network: nn.Module) -> int:
    """Trained numbers in the network."""
    return sum(parameter.numel() for parameter in network.parameters())


def settings_from(values: dict[str, Any]) -> NetworkSettings:
    """Settings as a checkpoint's header holds them; lists become tuples again."""
    return NetworkSettings(**{**values, "sizes": tuple(values["sizes"])})
