"""Takes made by hand, and what the network says when it is asked directly."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from emsync_nb.generation.conditioning import WIDTH
from emsync_nb.generation.sampling import Choice, Heard, Idea, Reminder, SamplingSettings, Take, perform
from emsync_nb.generation.tokens import BAR_EVENT, KIND, NO_HEAD, SIZES, WRITTEN

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

#: so little that only the most likely value is left
GREEDY = 1e-9
Mask = NDArray[np.bool_]
IntArray = NDArray[np.int64]
Event = tuple[int, ...]
Step = tuple[IntArray, NDArray[np.float32]]
ANY = tuple(np.ones(size, dtype=bool) for size in SIZES)
FIELD_COUNT = len(SIZES)


def settings_of(**changes: object) -> SamplingSettings:
    """Quick to forget, drawn from all of what is likely."""
    usual: dict[str, object] = {"temperatures": (1.0,) * FIELD_COUNT, "context": 128, "kept": 64}
    return SamplingSettings(**(usual | changes))  # type: ignore[arg-type]


def condition(seed: int = 0) -> NDArray[np.float32]:
    """Random wishes."""
    return np.random.default_rng(seed).normal(size=WIDTH).astype(np.float32)


def line() -> IntArray:
    """The step of a bar line."""
    return np.array([*BAR_EVENT, WRITTEN, *NO_HEAD])


def drawing(
    events: list[Event], masks: Sequence[Mask], fields: int = FIELD_COUNT, *, anew: bool = False
) -> Generator[Choice, int, None]:
    """Draw one event and note it."""
    drawn: list[int] = []
    for field in range(fields):
        drawn.append((yield Choice(field, masks[field], anew)))
        assert isinstance(drawn[-1], int)
    events.append(tuple(drawn))


def playing(events: list[Event], count: int, masks: Sequence[Mask] = ANY) -> Take:
    """A bar line, then events as they are drawn."""
    yield Heard(line(), condition())
    for step in range(count):
        yield from drawing(events, masks)
        yield Heard(np.array([*events[-1], WRITTEN, *NO_HEAD]), condition(step))


def played(
    network: EventTransformer, sampling: SamplingSettings, seeds: Iterable[int], counts: Iterable[int]
) -> list[list[Event]]:
    """Takes of so many events, played together."""
    found: list[list[Event]] = [[] for _ in counts]
    takes = [playing(events, count) for events, count in zip(found, counts, strict=True)]
    perform(network, sampling, takes, [np.random.default_rng(seed) for seed in seeds])
    return found


def chosen(
    network: EventTransformer, sampling: SamplingSettings, take: Callable[[list[Event]], Take], seed: int = 0
) -> Event:
    """What a single take draws at its end."""
    events: list[Event] = []
    perform(network, sampling, [take(events)], [np.random.default_rng(seed)])
    return events[-1]


def after(
    heard: Sequence[Heard | Reminder | Idea], masks: Sequence[Mask] = ANY, *, anew: bool = False
) -> Callable[[list[Event]], Take]:
    """A take that hears, then draws one event."""

    def take(events: list[Event]) -> Take:
        yield from heard
        yield from drawing(events, masks, anew=anew)

    return take


@torch.inference_mode()
def state_after(network: EventTransformer, heard: Sequence[Step]) -> torch.Tensor:
    """The state of the network after steps and their conditions, heard all at once."""
    steps = torch.from_numpy(np.stack([step for step, _ in heard]))[None]
    wishes = torch.from_numpy(np.stack([wish for _, wish in heard]))[None]
    return network.states(steps, wishes)[0, -1]


@torch.inference_mode()
def kind_logits(network: EventTransformer, heard: Sequence[Step]) -> NDArray[np.float64]:
    """What the network says of the next kind."""
    return network.field_logits(state_after(network, heard), KIND).numpy().astype(np.float64)
