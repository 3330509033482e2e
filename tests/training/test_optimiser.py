"""Which weights are changed how."""

from __future__ import annotations

import itertools

import pytest

torch = pytest.importorskip("torch")

from emsync_nb.generation.transformer import EventTransformer, NetworkSettings  # noqa: E402 - after the check for torch
from emsync_nb.training.optimiser import optimisers, set_share  # noqa: E402

#: matrices of a network of one layer that map its width to itself or its like
INNER = {
    "blocks.0.query_key_value.weight",
    "blocks.0.attention_out.weight",
    "blocks.0.feed_in.weight",
    "blocks.0.feed_out.weight",
    *(f"heads.{field}.inner.weight" for field in range(6)),
}


@pytest.fixture
def network() -> EventTransformer:
    return EventTransformer(NetworkSettings(width=32, layers=1, heads=2, hidden=48))


def test_matrices_inside_are_muons_and_conditions_are_not(network: EventTransformer) -> None:
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    muon, adam = optimisers(network, 0.01, 0.05)
    groups = [[names[id(p)] for p in group["params"]] for group in (*muon.param_groups, *adam.param_groups)]
    matrices, decaying, others = map(set, groups)
    assert matrices == INNER
    assert {f"condition_{place}.weight" for place in ("in", "out", "state")} < decaying
    assert {f"condition_{place}.bias" for place in ("in", "out", "state")} < others
    assert sorted(itertools.chain(*groups)) == sorted(names.values())  # each once
    assert [group["weight_decay"] for group in (*muon.param_groups, *adam.param_groups)] == [0.05, 0.05, 0]


def test_rates_are_shares_of_the_full_ones(network: EventTransformer) -> None:
    found = optimisers(network, 0.01, 0.05)
    for share in (0.5, 0.01, 1.0):
        set_share(found, share)
        rates = [group["lr"] for optimiser in found for group in optimiser.param_groups]
        assert rates == pytest.approx([0.01 * share] * 3)
