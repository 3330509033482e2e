"""The network: the same with a cache as without, blind to the future, deaf to padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from emsync_nb.generation.conditioning import WIDTH
from emsync_nb.generation.tokens import BAR_EVENT, COLUMNS, SIZES, SOURCES

torch = pytest.importorskip("torch")

from emsync_nb.generation.transformer import (  # noqa: E402 - after the check for torch
    EventTransformer,
    KeyValueCache,
    NetworkSettings,
    count_parameters,
    counted_fields,
    settings_from,
)

if TYPE_CHECKING:
    from torch import Tensor

MakeNetwork = Callable[..., EventTransformer]
#: how many values each column of a step can take: an event, where it comes from, the head in force
RANGES = (*SIZES, SOURCES, *SIZES[1:])


def sequence(length: int, batch: int = 2, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Random steps and conditions."""
    generator = torch.Generator().manual_seed(seed)
    columns = [torch.randint(0, size, (batch, length), generator=generator) for size in RANGES]
    return torch.stack(columns, dim=-1), torch.randn(batch, length, WIDTH, generator=generator)


def music() -> Tensor:
    """(1, 9, COLUMNS) a prefix, a bar with a given note, a bar, padding."""
    line, none = list(BAR_EVENT), list(BAR_EVENT[1:])
    head = [1, 44, 142, 35, 25, 6]
    rows = [
        [*line, 2, *none],
        [*head, 2, *head[1:]],
        [2, 0, 60, 9, 8, 23, 2, *head[1:]],
        [*line, 0, *none],
        [2, 12, 40, 14, 8, 23, 1, *none],
        [*head, 0, *head[1:]],
        [8, 0, 61, 5, 2, 23, 0, *head[1:]],
        [*line, 0, *none],
        [-1] * COLUMNS,
    ]
    return torch.tensor([rows])


#: which fields of these are learnt: kind, part or meter, pitch or tempo, duration or key, velocity or level, density
LEARNT = [
    [0, 0, 0, 0, 0, 0],  # given
    [0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 0],  # a bar line has nothing but its kind
    [0, 0, 0, 0, 0, 0],  # given
    [0, 1, 1, 1, 1, 1],  # a head always follows
    [1, 1, 1, 1, 1, 0],  # a note has no density
    [1, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0],  # padding
]


@pytest.mark.parametrize("split", [1, 7])
@torch.inference_mode()
def test_step_by_step_equals_one_pass(make_network: MakeNetwork, split: int) -> None:
    network = make_network(layers=2, scale=2.0)  # sharper attention would magnify roundings
    steps, conditions = sequence(30)
    whole = network.states(steps, conditions)
    cache = KeyValueCache.allocate(network.settings, 2, 30)
    pieces = [network.states(steps[:, :split], conditions[:, :split], cache)]
    for step in range(split, 30):
        pieces.append(network.states(steps[:, step : step + 1], conditions[:, step : step + 1], cache))
    assert cache.used == 30
    assert torch.allclose(torch.cat(pieces, dim=1), whole, atol=1e-4)


@torch.inference_mode()
def test_later_steps_and_conditions_change_nothing_before(make_network: MakeNetwork) -> None:
    network = make_network(layers=2)
    steps, conditions = sequence(20)
    others, wishes = sequence(20, seed=1)
    before = network.states(steps, conditions)
    steps[:, 12:], conditions[:, 12:] = others[:, 12:], wishes[:, 12:]
    after = network.states(steps, conditions)
    assert before.shape == (2, 20, 32)
    assert torch.allclose(before[:, :12], after[:, :12], atol=1e-5)
    assert not torch.allclose(before[:, 12:], after[:, 12:], atol=1e-2)


@torch.inference_mode()
def test_what_is_foretold_is_not_heard_before(network: EventTransformer) -> None:
    """The losses up to a step do not hang on the conditions at it, nor on any step after it."""
    steps, conditions = music(), torch.randn(1, 9, WIDTH, generator=torch.Generator().manual_seed(0))
    losses = network.losses(steps, conditions)
    conditions[:, 6:] += 1
    steps[:, 7] = steps[:, 6]
    assert torch.allclose(network.losses(steps, conditions)[..., :6], losses[..., :6], atol=1e-5)


@torch.inference_mode()
def test_every_column_and_condition_is_heard(network: EventTransformer) -> None:
    steps, conditions = sequence(4, batch=1)
    before = network.states(steps, conditions)[0, -1]
    for column, size in enumerate(RANGES):
        changed = steps.clone()
        changed[0, -1, column] = (changed[0, -1, column] + 1) % size
        assert not torch.allclose(network.states(changed, conditions)[0, -1], before, atol=1e-4), column
    for column in range(WIDTH):
        wished = conditions.clone()
        wished[0, -1, column] += 1
        assert not torch.allclose(network.states(steps, wished)[0, -1], before, atol=1e-5), column


def attentive(network: EventTransformer) -> EventTransformer:
    """The network with attention spread over all that it hears."""
    with torch.no_grad():
        for block in network.blocks:
            block.query_key_norm.weight.fill_(0.5)
    return network


def silenced(network: EventTransformer, layer: str) -> EventTransformer:
    """The network with conditions shut out of one of the two places where they enter."""
    with torch.no_grad():
        for parameter in network.get_submodule(layer).parameters():
            parameter.zero_()
    return network


def test_a_fresh_network_is_deaf_to_conditions_until_it_learns() -> None:
    torch.manual_seed(0)
    network = EventTransformer(NetworkSettings(width=32, layers=2, heads=2, hidden=48))
    (steps, conditions), (_, others) = sequence(20), sequence(20, seed=1)
    assert torch.equal(network.states(steps, conditions), network.states(steps, others))
    network.losses(steps, conditions).sum().backward()
    for entry in (network.condition_out, network.condition_state):
        assert entry.weight.grad is not None
        assert entry.weight.grad.any()
    assert network.condition_in.weight.grad is not None
    assert not network.condition_in.weight.grad.any()  # the first weights follow once there is a way out
    # and speak up: wishes of size one make hidden units of about a quarter
    assert float(network.condition_in.weight.detach().std()) == pytest.approx(0.25, rel=0.05)


@torch.inference_mode()
def test_conditions_enter_before_the_blocks_and_behind_them(make_network: MakeNetwork) -> None:
    """Behind the blocks a wish sways its own step alone; before them all that follow."""
    steps, conditions = sequence(10)
    wished = conditions.clone()
    wished[:, 4] += 1
    for layer, later in (("condition_out", False), ("condition_state", True)):
        network = silenced(attentive(make_network(layers=2)), layer)
        moved = (network.states(steps, wished) - network.states(steps, conditions)).abs().amax(dim=(0, 2))
        assert not moved[:4].any()
        assert moved[4] > 1e-3
        assert bool((moved[5:] > 1e-5).all()) == later
        assert bool(moved[5:].any()) == later
    deaf = silenced(silenced(make_network(), "condition_out"), "condition_state")
    assert torch.equal(deaf.states(steps, wished), deaf.states(steps, conditions))


@torch.inference_mode()
def test_excerpts_and_lonely_bars_have_losses_of_their_own(network: EventTransformer) -> None:
    steps, conditions = sequence(12)
    lonely, wishes = music()[:, [3, 5]].repeat(5, 1, 1), torch.randn(5, 2, WIDTH)
    whole, first = network(steps, conditions, lonely, wishes)
    assert torch.equal(whole, network.losses(steps, conditions))
    assert torch.equal(first, network.losses(lonely, wishes))
    assert first.shape == (6, 5, 1)
    assert (first[:, :, 0].T > 0).int().tolist() == [LEARNT[5]] * 5  # nothing but the head


def test_the_fields_that_are_learnt() -> None:
    assert counted_fields(music())[0].int().tolist() == LEARNT


@torch.inference_mode()
def test_losses_are_those_of_the_fields_that_are_learnt(network: EventTransformer) -> None:
    steps, conditions = music(), torch.randn(1, 9, WIDTH, generator=torch.Generator().manual_seed(0))
    losses = network.losses(steps, conditions)
    assert losses.shape == (6, 1, 8)
    assert torch.equal(losses[:, 0].T > 0, torch.tensor(LEARNT[1:]) > 0)
    states = network.states(steps[:, :-1], conditions[:, :-1])[0]
    for step in (2, 4, 5, 6):
        state = states[step]
        for field, value in enumerate(steps[0, step + 1, :6].tolist()):
            logits = network.field_logits(state, field)
            assert logits.shape == (SIZES[field],)
            wanted = float(torch.logsumexp(logits, 0) - logits[value]) * LEARNT[step + 1][field]
            assert float(losses[field, 0, step]) == pytest.approx(wanted, rel=1e-3, abs=1e-5)
            if field < 5:
                state = network.choose(state, field, torch.tensor(value))


@torch.inference_mode()
def test_padding_changes_and_costs_nothing(network: EventTransformer) -> None:
    steps, conditions = sequence(12)
    losses = network.losses(steps, conditions)
    padded = torch.cat([steps, torch.full((2, 6, COLUMNS), -1)], dim=1)
    more = network.losses(padded, torch.cat([conditions, torch.randn(2, 6, WIDTH)], dim=1))
    assert torch.allclose(more[..., :11], losses, rtol=1e-4, atol=1e-5)
    assert not more[..., 11:].any()


def test_what_is_given_teaches_nothing(make_network: MakeNetwork) -> None:
    """Without anything to write there is no gradient at all; one bar line moves the head of the kinds alone."""
    network = make_network()
    steps, conditions = music(), torch.zeros(1, 9, WIDTH)
    network.losses(steps[:, :3], conditions[:, :3]).sum().backward()
    assert not any(p.grad is not None and p.grad.any() for p in network.parameters())
    network.losses(steps[:, 2:4], conditions[:, 2:4]).sum().backward()
    moved = [bool(head.out.weight.grad is not None and head.out.weight.grad.any()) for head in network.heads]
    assert moved == [True, False, False, False, False, False]


def test_the_number_of_parameters_by_hand(network: EventTransformer) -> None:
    sizes, width, hidden = sum(SIZES), 32, 48
    embeddings = (sizes + sizes - SIZES[0] + SOURCES + sizes - SIZES[-1]) * width
    conditions = (WIDTH * width + width) + 2 * (width * width + width)
    # two heads of queries share one of keys and one of values
    block = 2 * width * width + 2 * width * 16 + 3 * width * hidden + 2 * width + 16
    heads = 6 * (width + width * width + width) + sizes * width + sizes
    assert count_parameters(network) == embeddings + conditions + block + width + heads


@pytest.mark.parametrize(
    "shape",
    [
        {"width": 30},
        {"heads": 0},
        {"layers": 0},
        {"hidden": -1},
        {"sizes": (1, 2)},
        {"width": 0},
        {"key_heads": 0},
        {"key_heads": 4},
        {"key_heads": 12},
    ],
)
def test_impossible_shapes_are_refused(shape: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"impossible network shape|must be a multiple of"):
        settings_from({"sizes": SIZES, **shape})


def test_settings_come_back_from_lists() -> None:
    assert settings_from({"width": 48, "sizes": list(SIZES)}) == NetworkSettings(width=48)
