"""Draws events from the network, one field after the other, within what the composer allows.

The network answers in torch; masks, softmax and the draw itself are numpy, with a seeded generator, so that the
same seed gives the same music.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from emsync_nb.generation.conditioning import EMOTION
from emsync_nb.generation.tokens import BAR, FIELDS
from emsync_nb.generation.transformer import KeyValueCache

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

BoolArray = NDArray[np.bool_]
#: for a field, given the fields chosen so far: which values may follow
Allowed = Callable[[int, Sequence[int]], BoolArray]


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How freely to draw."""

    #: per field: position, part, pitch, duration, velocity
    temperatures: tuple[float, ...] = (1.0, 1.0, 0.92, 0.95, 0.95)
    #: the smallest set of values with this much probability is drawn from (Holtzman et al. 2020)
    nucleus: float = 0.95
    #: 1: follow the emotion as learned; more: exaggerate it (Ho & Salimans 2022)
    guidance: float = 1.5
    #: events the network looks back on
    context: int = 1024

    def __post_init__(self) -> None:
        if len(self.temperatures) != len(FIELDS) or min(self.temperatures) <= 0:
            raise ValueError(f"temperatures must be {len(FIELDS)} positive numbers, got {self.temperatures}")
        if not 0 < self.nucleus <= 1:
            raise ValueError(f"nucleus must lie in (0, 1], got {self.nucleus}")
        if not 0 <= self.guidance <= 5:
            raise ValueError(f"guidance must lie in 0 … 5, got {self.guidance}")
        if self.context < 64:
            raise ValueError(f"context must be at least 64 events, got {self.context}")


class Sampler:
    """The network with its memory of the music so far.

    Two sequences run side by side: one that knows the emotion and one that does not; guidance is the
    difference between their answers. When the memory is full, the older half is forgotten.
    """

    def __init__(
        self, network: EventTransformer, settings: SamplingSettings, rng: np.random.Generator
    ) -> None:
        self._network, self._settings, self._rng = network, settings, rng
        self._rows = 1 if settings.guidance == 1 else 2
        self._cache = KeyValueCache.allocate(network.settings, self._rows, settings.context)
        self._history: list[tuple[Sequence[int], NDArray[np.float32]]] = []
        self._state = torch.zeros(self._rows, network.settings.width)

    @torch.inference_mode()
    def push(self, event: Sequence[int], condition: NDArray[np.float32]) -> None:
        """Take in one event and the (WIDTH,) condition at its position."""
        if self._cache.used == self._settings.context:
            self._forget()
        self._history.append((event, condition))
        self._feed([(event, condition)])

    def _forget(self) -> None:
        """Keep the younger half, from a bar line on where it holds one, as in training."""
        kept = self._history[-self._settings.context // 2 :]
        first_bar = next((index for index, (event, _) in enumerate(kept) if event[0] == BAR), 0)
        self._history = kept[first_bar:]
        self._cache.used = 0
        self._feed(self._history)

    def _feed(self, steps: Sequence[tuple[Sequence[int], NDArray[np.float32]]]) -> None:
        events = torch.tensor([list(event) for event, _ in steps])  # (time, 5)
        told = torch.from_numpy(np.stack([condition for _, condition in steps]))  # (time, WIDTH)
        rows = [told]
        if self._rows == 2:
            untold = told.clone()
            untold[:, EMOTION] = 0
            rows.append(untold)
        states = self._network.states(events.expand(self._rows, -1, -1), torch.stack(rows), self._cache)
        self._state = states[:, -1]

    @torch.inference_mode()
    def draw(self, allowed: Allowed) -> tuple[int, ...]:
        """The five fields of the next event; a bar event ends with its first field."""
        state = self._state
        chosen: list[int] = []
        for field in range(len(FIELDS)):
            value = self._draw_field(state, field, allowed(field, chosen))
            chosen.append(value)
            if field == 0 and value == 0:
                break
            if field + 1 < len(FIELDS):
                state = self._network.choose(state, field, torch.tensor(value))
        return tuple(chosen)

    def _draw_field(self, state: torch.Tensor, field: int, mask: BoolArray) -> int:
        options = np.flatnonzero(mask)
        if len(options) == 1:
            return int(options[0])
        logits = self._network.field_logits(state, field).numpy().astype(np.float64)
        guided = (
            logits[-1] + self._settings.guidance * (logits[0] - logits[-1]) if self._rows == 2 else logits[0]
        )
        return int(options[self._pick(guided[options] / self._settings.temperatures[field])])

    def _pick(self, logits: NDArray[np.float64]) -> int:
        """Nucleus sampling over logits; the index drawn."""
        probabilities = np.exp(logits - logits.max())
        probabilities /= probabilities.sum()
        order = np.argsort(-probabilities, kind="stable")
        mass = np.cumsum(probabilities[order])
        kept = order[: int(np.searchsorted(mass, self._settings.nucleus)) + 1]
        cumulative = np.cumsum(probabilities[kept])
        return int(
            kept[min(len(kept) - 1, int(np.searchsorted(cumulative, self._rng.random() * cumulative[-1])))]
        )
