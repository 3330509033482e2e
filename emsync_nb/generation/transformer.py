"""The whole network: a decoder-only transformer over musical events, conditioned at every step.

One step an event; the six fields of the next event are predicted one after the other by small networks, each
knowing the fields before it. Rotary positions (Su et al. 2021), layer normalisation, also of queries and keys (Henry
et al. 2020), keys and values shared by groups of queries (Ainslie et al. 2023), gated feed-forward (Shazeer 2020),
conditions through a small network added to every step (EMSYNC).
"""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as fn

from emsync_nb.generation.conditioning import WIDTH
from emsync_nb.generation.tokens import (
    BAR,
    DENSITY,
    EVENT,
    FIELDS,
    HEAD,
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
    #: heads that keys and values have; each serves as many queries. Reading them back is what a long memory costs
    key_heads: int = 2
    #: hidden units of the gated feed-forward
    hidden: int = 1152
    #: share of the blocks' outputs left out in training
    dropout: float = 0.0
    condition_width: int = WIDTH
    sizes: tuple[int, ...] = SIZES

    def __post_init__(self) -> None:
        counts = (self.width, self.layers, self.heads, self.key_heads, self.hidden)
        if min(counts) < 1 or len(self.sizes) != len(FIELDS):
            raise ValueError(f"impossible network shape: {asdict(self)}")
        if self.width % (2 * self.heads):
            raise ValueError(f"width {self.width} must be a multiple of twice the heads {self.heads}")
        if self.heads % self.key_heads:
            raise ValueError(f"{self.heads} heads must be a multiple of the {self.key_heads} of keys")

    @property
    def head_width(self) -> int:
        """Numbers in one query, key or value."""
        return self.width // self.heads


@dataclass(slots=True)
class KeyValueCache:
    """Keys and values of the steps seen so far, in preallocated memory."""

    #: (layers, batch, key heads, length, head width) each
    keys: Tensor
    values: Tensor
    #: what `_rotate` takes, for every position
    angles: tuple[Tensor, Tensor]
    #: the step that each sequence is remembered from
    starts: list[int]
    #: steps filled
    used: int = 0

    @classmethod
    def allocate(cls, settings: NetworkSettings, batch: int, length: int) -> KeyValueCache:
        """Room for `length` steps of `batch` sequences."""
        shape = (settings.layers, batch, settings.key_heads, length, settings.head_width)
        angles = _angles(length, settings.head_width)
        return cls(torch.zeros(shape), torch.zeros(shape), angles, [0] * batch)

    def forget(self) -> None:
        """Begin anew."""
        self.used, self.starts = 0, [0] * len(self.starts)

    def anew(self, first: int, end: int, count: int) -> KeyValueCache:
        """Some of the sequences, of the same memory, to be filled with `count` steps up to where all others are."""
        start = self.used - count
        self.starts[first:end] = [start] * (end - first)
        keys, values = self.keys[:, first:end], self.values[:, first:end]
        return KeyValueCache(keys, values, self.angles, [start] * (end - first), start)

    def only(self, sequences: list[int]) -> KeyValueCache:
        """A copy with some of the sequences."""
        starts = [self.starts[sequence] for sequence in sequences]
        return KeyValueCache(
            self.keys[:, sequences], self.values[:, sequences], self.angles, starts, self.used
        )

    def add(self, layer: int, keys: Tensor, values: Tensor) -> None:
        """Keep a layer's keys and values of new steps, (batch, key heads, time, head width)."""
        end = self.used + keys.shape[2]
        self.keys[layer, :, :, self.used : end] = keys
        self.values[layer, :, :, self.used : end] = values

    def spans(self) -> list[tuple[int, int, int]]:
        """Runs of sequences that are remembered from one step: the first, the one behind the last, the step."""
        runs = itertools.groupby(enumerate(self.starts), key=lambda pair: pair[1])
        return [((group := list(pairs))[0][0], group[-1][0] + 1, start) for start, pairs in runs]


def _angles(length: int, head_width: int, device: torch.device | None = None) -> tuple[Tensor, Tensor]:
    """Cosine and signed sine of the rotary angles of positions, (length, 1, head width) each."""
    half = head_width // 2
    frequencies = 10_000.0 ** (-torch.arange(half, device=device) / half)
    angles = (torch.arange(length, device=device)[:, None] * frequencies)[:, None]
    return torch.cat([angles.cos(), angles.cos()], -1), torch.cat([-angles.sin(), angles.sin()], -1)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions: each left half of (batch, time, heads, head width) turned against its right half."""
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), sin)


class Block(nn.Module):
    """Attention, then a gated feed-forward, each on a normalised copy."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.heads, self.key_heads, self.dropout = settings.heads, settings.key_heads, settings.dropout
        width, head_width = settings.width, settings.head_width
        self.attention_norm = nn.LayerNorm(width, bias=False)
        heads = settings.heads + 2 * settings.key_heads
        self.query_key_value = nn.Linear(width, heads * head_width, bias=False)
        self.attention_out = nn.Linear(width, width, bias=False)
        self.query_key_norm = nn.LayerNorm(head_width, bias=False)
        self.feed_norm = nn.LayerNorm(width, bias=False)
        self.feed_in = nn.Linear(width, 2 * settings.hidden, bias=False)
        self.feed_out = nn.Linear(settings.hidden, width, bias=False)

    def forward(
        self, x: Tensor, angles: tuple[Tensor, Tensor], cache: KeyValueCache | None, layer: int
    ) -> Tensor:
        """(batch, time, width) → the same shape."""
        x = x + self._dropped(self._attend(self.attention_norm(x), angles, cache, layer))
        gate, value = self.feed_in(self.feed_norm(x)).chunk(2, dim=-1)
        return x + self._dropped(self.feed_out(fn.silu(gate) * value))

    def _dropped(self, x: Tensor) -> Tensor:
        return fn.dropout(x, self.dropout) if self.training and self.dropout else x

    def _attend(
        self, x: Tensor, angles: tuple[Tensor, Tensor], cache: KeyValueCache | None, layer: int
    ) -> Tensor:
        batch, time, width = x.shape
        split = self.query_key_value(x).view(batch, time, -1, width // self.heads)
        turned = _rotate(self.query_key_norm(split[:, :, : -self.key_heads]), *angles)
        query = turned[:, :, : self.heads]
        key, value = (
            part.transpose(1, 2) for part in (turned[:, :, self.heads :], split[:, :, -self.key_heads :])
        )
        if cache is not None:
            cache.add(layer, key, value)
        if time == 1:  # one new step sees all there is, so the queries that share keys go in place of times
            grouped = query.reshape(batch, self.key_heads, -1, query.shape[-1])
            mixed = _looking_back(grouped, key, value, cache, layer)
        else:  # several at once only ever follow an empty cache
            key, value = (part.repeat_interleave(self.heads // self.key_heads, 1) for part in (key, value))
            seen = fn.scaled_dot_product_attention(query.transpose(1, 2), key, value, is_causal=True)
            mixed = seen.transpose(1, 2)
        out: Tensor = self.attention_out(mixed.reshape(batch, time, width))
        return out


def _looking_back(
    query: Tensor, key: Tensor, value: Tensor, cache: KeyValueCache | None, layer: int
) -> Tensor:
    """What one step of each sequence finds in all that it remembers, (batch, key heads, queries, head width)."""
    if cache is None:
        return fn.scaled_dot_product_attention(query, key, value)
    end = cache.used + 1
    found = [
        fn.scaled_dot_product_attention(
            query[first:last],
            cache.keys[layer, first:last, :, start:end],
            cache.values[layer, first:last, :, start:end],
        )
        for first, last, start in cache.spans()
    ]
    return found[0] if len(found) == 1 else torch.cat(found)


class FieldHead(nn.Module):
    """Logits of one field from the state and the fields before it."""

    def __init__(self, width: int, size: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, bias=False)
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
        #: of the music that it learnt from, see `borrowing`; None where that is not known
        self.known_runs: NDArray[np.uint8] | None = None
        width, sizes = settings.width, settings.sizes
        #: of all values of all columns of a step: its fields, its source, the head of the bar that it stands in
        self.embeddings = nn.EmbeddingBag(sum(_columns(sizes)), width, mode="sum")
        self.condition_in = nn.Linear(settings.condition_width, width)
        self.condition_out = nn.Linear(width, width)
        #: conditions once more at the end, so that a wish is heard without passing through all blocks
        self.condition_state = nn.Linear(width, width)
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.layers))
        self.final_norm = nn.LayerNorm(width, bias=False)
        #: fields already chosen, as the later heads see them
        self.chosen_embeddings = nn.ModuleList(nn.Embedding(size, width) for size in sizes[:-1])
        self.heads = nn.ModuleList(FieldHead(width, size) for size in sizes)
        self.apply(self._initialise)
        # few excerpts make a batch and conditions hardly change within one: what they say must not begin as a whisper
        nn.init.normal_(self.condition_in.weight, std=_CONDITION_STD)
        nn.init.zeros_(self.condition_out.weight)
        nn.init.zeros_(self.condition_state.weight)

    def _initialise(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding | nn.EmbeddingBag):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def _embedded(self, steps: Tensor) -> Tensor:
        """(batch, time, COLUMNS) steps → (batch, time, width)."""
        sizes = torch.tensor((0, *_columns(self.settings.sizes)[:-1]), device=steps.device)
        out: Tensor = self.embeddings((steps + sizes.cumsum(0)).flatten(0, 1))
        return out.view(*steps.shape[:2], -1)

    def states(self, steps: Tensor, conditions: Tensor, cache: KeyValueCache | None = None) -> Tensor:
        """(batch, time, COLUMNS) steps and (batch, time, condition width) → (batch, time, width) states."""
        wishes = fn.silu(self.condition_in(conditions))
        x = self._embedded(steps) + self.condition_out(wishes)
        angles = self._angles_of(steps, cache)
        for layer, block in enumerate(self.blocks):
            x = block(x, angles, cache, layer)
        if cache is not None:
            cache.used += steps.shape[1]
        out: Tensor = self.final_norm(x) + self.condition_state(wishes)
        return out

    def _angles_of(self, steps: Tensor, cache: KeyValueCache | None) -> tuple[Tensor, Tensor]:
        if cache is None:
            return _angles(steps.shape[1], self.settings.head_width, steps.device)
        cos, sin = (part[cache.used : cache.used + steps.shape[1]] for part in cache.angles)
        return cos, sin

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


def _columns(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """How many values each column of a step can take, in the order of the columns."""
    return (*sizes, SOURCES, *sizes[1:])


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
