"""The network: the same with a cache as without, blind to the future, deaf to padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from emsync_nb.generation.conditioning import WIDTH
from emsync_nb.generation.tokens import BAR_EVENT, SIZES

torch = pytest.importorskip("torch")

from emsync_nb.generation.transformer import (  # noqa: E402 - after the check for torch
    KeyValueCache,
    NetworkSettings,
    count_parameters,
    settings_from,
)

if TYPE_CHECKING:
    from torch import Tensor

    from emsync_nb.generation.transformer import EventTransformer

MakeNetwork = Callable[..., "EventTransformer"]


def sequence(length: int, batch: int = 2, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Random notes with a bar line every fifth event, and random conditions."""
    generator = torch.Generator().manual_seed(seed)
    fields = [torch.randint(0, size - 1, (batch, length), generator=generator) for size in SIZES]
    events = torch.stack(fields, dim=-1)
    events[..., 0] += 1
    events[:, ::5] = torch.tensor(BAR_EVENT)
    return events, torch.randn(batch, length, WIDTH, generator=generator)


@pytest.mark.parametrize("split", [1, 7])
@torch.inference_mode()
def test_step_by_step_equals_one_pass(make_network: MakeNetwork, split: int) -> None:
    network = make_network(layers=2, scale=4.0)
    events, conditions = sequence(30)
    whole = network.states(events, conditions)
    cache = KeyValueCache.allocate(network.settings, 2, 30)
    pieces = [network.states(events[:, :split], conditions[:, :split], cache)]
    for step in range(split, 30):
        pieces.append(network.states(events[:, step : step + 1], conditions[:, step : step + 1], cache))
    assert cache.used == 30
    assert torch.allclose(torch.cat(pieces, dim=1), whole, atol=1e-4)


@torch.inference_mode()
def test_later_events_and_conditions_change_nothing_before(make_network: MakeNetwork) -> None:
    network = make_network(layers=2)
    events, conditions = sequence(20)
    others, wishes = sequence(20, seed=1)
    before = network.states(events, conditions)
    events[:, 12:], conditions[:, 12:] = others[:, 12:], wishes[:, 12:]
    after = network.states(events, conditions)
    assert torch.allclose(before[:, :12], after[:, :12], atol=1e-5)
    assert not torch.allclose(before[:, 12:], after[:, 12:], atol=1e-2)


@torch.inference_mode()
def test_every_field_and_condition_is_heard(network: EventTransformer) -> None:
    events, conditions = sequence(4, batch=1)
    before = network.states(events, conditions)[0, -1]
    for field in range(5):
        changed = events.clone()
        changed[0, -1, field] = (changed[0, -1, field] + 1) % SIZES[field]
        assert not torch.allclose(network.states(changed, conditions)[0, -1], before, atol=1e-4)
    for column in range(WIDTH):
        wished = conditions.clone()
        wished[0, -1, column] += 1
        assert not torch.allclose(network.states(events, wished)[0, -1], before, atol=1e-5)


@torch.inference_mode()
def test_the_loss_is_the_sum_over_fields_that_are_there(network: EventTransformer) -> None:
    events, conditions = sequence(12, batch=1)
    states = network.states(events[:, :-1], conditions[:, :-1])[0]
    wanted = [0.0] * 5
    for step in range(11):
        state = states[step]
        for field, value in enumerate(events[0, step + 1].tolist()):
            if field and events[0, step + 1, 0] == 0:
                break  # a bar line has nothing but its position
            logits = network.field_logits(state, field)
            wanted[field] -= float(logits[value] - torch.logsumexp(logits, 0))
            if field < 4:
                state = network.choose(state, field, torch.tensor(value))
    assert network.loss(events, conditions).tolist() == pytest.approx(wanted, rel=1e-3)


@torch.inference_mode()
def test_the_loss_ignores_padding(network: EventTransformer) -> None:
    events, conditions = sequence(12)
    loss = network.loss(events, conditions)
    padded = torch.cat([events, torch.full((2, 6, 5), -1)], dim=1)
    wishes = torch.cat([conditions, torch.randn(2, 6, WIDTH)], dim=1)
    assert torch.allclose(network.loss(padded, wishes), loss, rtol=1e-4)


@torch.inference_mode()
def test_bar_lines_alone_cost_their_position_only(network: EventTransformer) -> None:
    events = torch.tensor(BAR_EVENT).expand(1, 6, 5)
    loss = network.loss(events, torch.zeros(1, 6, WIDTH)).tolist()
    assert loss[0] > 0
    assert loss[1:] == [0, 0, 0, 0]


def test_the_number_of_parameters_by_hand(network: EventTransformer) -> None:
    sizes, width, hidden = sum(SIZES), 32, 48
    embeddings = (sizes + sizes - SIZES[-1]) * width
    conditions = (WIDTH * width + width) + (width * width + width)
    block = 4 * width * width + 3 * width * hidden + 2 * width
    heads = 5 * (width + width * width + width) + sizes * width + sizes
    assert count_parameters(network) == embeddings + conditions + block + width + heads


@pytest.mark.parametrize(
    "shape", [{"width": 30}, {"heads": 0}, {"layers": 0}, {"hidden": -1}, {"sizes": (1, 2)}, {"width": 0}]
)
def test_impossible_shapes_are_refused(shape: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"impossible network shape|multiple of twice"):
        settings_from({"sizes": SIZES, **shape})


def test_settings_come_back_from_lists() -> None:
    assert settings_from({"width": 64, "sizes": list(SIZES)}) == NetworkSettings(width=64)
